"""The practice payer as a process of its own: a turn every few seconds, for ever (Z1)."""

import importlib
import time

from clinic import clearinghouse, log
from clinic.config import Config

TURN_SECONDS = 2.0


def run(settings: Config) -> None:
    """Read, answer and pay until told to stop; raises SendingRefused at once outside rehearsal.

    Each turn is a transaction, so a kill at any moment leaves it done or not begun.
    """
    clearinghouse.connect(settings)
    clearinghouse.exchange_folder()
    turn = importlib.import_module("jobs.sandbox").turn
    while True:
        try:
            turn()
        except Exception as error:
            # A database that restarts is back at the next turn.
            log.failure("practice_payer_turn_failed", error)
        time.sleep(TURN_SECONDS)
