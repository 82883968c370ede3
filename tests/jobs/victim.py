"""A worker process that does one row of work and stops at a statement, to be killed there: run with
`python -m tests.jobs.victim DATABASE_URL WORK_ID WORDS`; prints `here` when a statement with WORDS was executed after the
remittance's first row (what takes the lease before that is another transaction).
"""

import sys
import time
from typing import Any

from sqlalchemy import event

from clinic import clock, db, keys
from jobs import work


def main(url: str, work_id: int, words: str) -> None:
    keys.use(keys.KeyRing({1: bytes(range(32))}, bytes(range(32, 64))))
    clock.configure("America/Los_Angeles")
    engine = db.connect(url)
    begun: list[str] = []

    @event.listens_for(engine, "after_cursor_execute")
    def wait(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO remittance " in statement:
            begun.append(statement)
        if begun and words in statement:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            time.sleep(60)

    work.run(work_id)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
