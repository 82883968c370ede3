"""The demo's mail server: real SMTP, every message kept as a file in the data folder, none delivered."""

import asyncio
import signal
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from clinic import log
from clinic.config import Config


class Keep:
    """Write each message as it came, named so that newer ones sort last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        name = f"{time.time_ns()}.eml"
        part = self.folder / f"{name}.part"
        part.write_bytes(envelope.original_content or b"")
        part.rename(self.folder / name)
        return "250 kept"


async def serve(folder: Path, port: int) -> None:
    """Accept mail on 127.0.0.1 until SIGTERM."""
    loop = asyncio.get_running_loop()
    handler = Keep(folder)
    server = await loop.create_server(lambda: SMTP(handler, hostname="mail.example.com"), "127.0.0.1", port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server:
        await stop.wait()


def run(settings: Config, port: int) -> None:
    log.configure()
    asyncio.run(serve(settings.data_folder / "mail", port))
