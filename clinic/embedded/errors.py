"""What can go wrong while starting; each message is a sentence for the person at the terminal."""


class EmbeddedError(Exception):
    """The embedded servers cannot do what was asked."""


class AlreadyRunning(EmbeddedError):
    """Another supervisor holds the data folder; `pid` is its process, None when it cannot be told."""

    def __init__(self, folder: object, pid: int | None) -> None:
        self.pid = pid
        holder = f"process {pid}" if pid else "another process"
        super().__init__(f"Clinic is already running on {folder}: {holder} holds it. Stop that one first.")


class DataInUse(EmbeddedError):
    """A PostgreSQL that we did not start holds the database files; `pid` is its process."""

    def __init__(self, folder: object, pid: int) -> None:
        self.pid = pid
        super().__init__(f"The database in {folder} is held by a PostgreSQL, process {pid}. Stop it first.")


class CannotStart(EmbeddedError):
    """A server or a step did not come up; the message carries its last words."""
