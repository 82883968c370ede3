"""Everything on one machine: PostgreSQL and Redis out of wheels, and the supervisor that keeps them alive.

For `clinic demo` and `clinic serve`:

    Supervisor(folder, [Service("web", argv, ready=answers(host, port)), …], steps=[Step("migrate", argv)]).run()

For every other command: `with open_database(folder) as urls:` joins the running clinic, or starts
PostgreSQL for as long as the block lasts. For tests: `start_for_tests()`. How it is done: design 9.
"""

from clinic.embedded.errors import AlreadyRunning, CannotStart, DataInUse, EmbeddedError
from clinic.embedded.folders import default_folder, running
from clinic.embedded.output import say
from clinic.embedded.postgres import Server, open_database, start_for_tests
from clinic.embedded.processes import die_with_parent
from clinic.embedded.redis import find_redis
from clinic.embedded.service import Addresses, Service, Step, answers
from clinic.embedded.supervisor import Supervisor

__all__ = [
    "Addresses",
    "AlreadyRunning",
    "CannotStart",
    "DataInUse",
    "EmbeddedError",
    "Server",
    "Service",
    "Step",
    "Supervisor",
    "answers",
    "default_folder",
    "die_with_parent",
    "find_redis",
    "open_database",
    "running",
    "say",
    "start_for_tests",
]
