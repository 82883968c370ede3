"""A clinic of stand-ins under the real supervisor, run as a program of its own: `python stand_in.py FOLDER`.

FOLDER `-` means the default folder of the checkout this file's `clinic` was found in. It imports only
`clinic.embedded`, so that any Python of the machine can run it, as any account.
"""

import signal
import sys
from pathlib import Path

import clinic.embedded
from clinic.embedded import Addresses, Service, Step, Supervisor, default_folder

CHECKOUT = Path(clinic.embedded.__file__).parents[2]
WEB = "import time; print('serving', flush=True); time.sleep(600)"
# Like RQ: a first SIGTERM waits for the job, a second ends it; the work horse is a group of its own.
WORKER = """
import os, signal, sys, time
from clinic.embedded import die_with_parent
asked = []
def stop(number, frame):
    asked.append(number)
    if len(asked) == 2 or sys.argv[1] != "busy":
        os.kill(horse, signal.SIGKILL)
        os._exit(0)
signal.signal(signal.SIGTERM, stop)
horse = os.fork()
if horse == 0:
    os.setpgrp()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent(signal.SIGKILL)
    time.sleep(600)
while True:
    time.sleep(600)
"""


def main(where: str, worker: str) -> int:
    """Print the folder, then `ready` when everything serves, then whatever the supervisor says."""
    folder = default_folder(CHECKOUT) if where == "-" else Path(where)
    print("folder", folder, flush=True)  # noqa: T201

    def ready(addresses: Addresses) -> None:
        print("ready", None not in (addresses.app_url, addresses.owner_url, addresses.redis_url), flush=True)  # noqa: T201

    step = "import os; print('migrating as', os.environ['CLINIC_OWNER_URL'].partition(':')[2].split(':')[0])"
    failing = "import sys; print('no such revision'); sys.exit(3)"
    broken = "raise SystemExit('no module named clinic.web')"
    return Supervisor(
        folder,
        [
            Service("web", [sys.executable, "-c", broken if worker == "broken-web" else WEB]),
            Service(
                "worker", [sys.executable, "-c", WORKER, worker], death_signal=signal.SIGKILL, echo=False
            ),
            Service("clock", [sys.executable, "-c", WEB], echo=False),
        ],
        steps=[Step("migrate", [sys.executable, "-c", failing if worker == "failing-step" else step])],
        on_ready=ready,
    ).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
