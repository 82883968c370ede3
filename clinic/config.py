"""One frozen configuration, read once from the environment; complete or no start (design 9)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class ConfigError(Exception):
    """The environment lacks something the system cannot run without."""


@dataclass(frozen=True)
class Config:
    """Everything that differs between two installations.

    `database_url` is the application's role, `owner_url` the role that migrates; `rehearsal` opens the
    movable clock and the practice payer, and must never be set where real claims leave the house.
    """

    database_url: str
    owner_url: str
    redis_url: str
    secret_key: str
    key_file: Path
    data_folder: Path
    base_url: str = "http://127.0.0.1:8000"
    timezone: str = "America/Los_Angeles"
    rehearsal: bool = False
    demo: bool = False
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_security: str = "none"  # starttls: plain until TLS is agreed; tls: from the first byte
    smtp_user: str = ""
    smtp_password: str = ""
    mail_from: str = "billing@clinic.example.com"
    stripe_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: str = ""
    sms_account: str = ""
    sms_token: str = ""
    sms_from: str = ""
    sms_api_base: str = "https://api.twilio.com"
    exchange_folder: Path = Path("var/exchange")
    idle_minutes: int = 15
    session_hours: int = 12

    @property
    def host(self) -> str:
        """The name in `base_url`, which makes an entry of a calendar file this clinic's own."""
        return urlsplit(self.base_url).hostname or "clinic"


REQUIRED = {
    "DATABASE_URL": "the application's PostgreSQL URL",
    "REDIS_URL": "the Redis URL, for example unix:///run/clinic/redis.sock",
    "CLINIC_SECRET_KEY": "at least 32 random characters that sign cookies and forms",
    "CLINIC_KEY_FILE": "the path of the key ring that encrypts stored files and identifiers",
}
SECURITY = ("none", "starttls", "tls")
# What a mail server expects on the ports that are kept for it (RFC 8314).
USUAL_SECURITY = {"587": "starttls", "465": "tls"}
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


def from_environment(environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration; raises ConfigError naming every missing or unreadable variable at once."""
    problems = [f"{name} is missing: {what}" for name, what in REQUIRED.items() if not environment.get(name)]
    if 0 < len(environment.get("CLINIC_SECRET_KEY", "")) < 32:
        problems.append("CLINIC_SECRET_KEY is shorter than 32 characters")
    for name in ("CLINIC_REHEARSAL", "CLINIC_DEMO"):
        if environment.get(name, "").lower() not in FLAGS:
            problems.append(f"{name} must be 1 or 0, not {environment[name]!r}")
    port = environment.get("CLINIC_SMTP_PORT", "25")
    if not port.isdigit():
        problems.append(f"CLINIC_SMTP_PORT must be a number, not {port!r}")
    security = environment.get("CLINIC_SMTP_SECURITY", "") or USUAL_SECURITY.get(port, "none")
    if security not in SECURITY:
        problems.append(f"CLINIC_SMTP_SECURITY must be {', '.join(SECURITY)}, not {security!r}")
    if environment.get("CLINIC_SMTP_USER") and security == "none":
        problems.append(
            "CLINIC_SMTP_USER needs CLINIC_SMTP_SECURITY, or the password would travel in the open"
        )
    if problems:
        raise ConfigError("; ".join(problems))
    folder = Path(environment.get("CLINIC_DATA", "var"))
    return Config(
        database_url=environment["DATABASE_URL"],
        owner_url=environment.get("CLINIC_OWNER_URL", environment["DATABASE_URL"]),
        redis_url=environment["REDIS_URL"],
        secret_key=environment["CLINIC_SECRET_KEY"],
        key_file=Path(environment["CLINIC_KEY_FILE"]),
        data_folder=folder,
        base_url=environment.get("CLINIC_BASE_URL", Config.base_url).rstrip("/"),
        timezone=environment.get("CLINIC_TIMEZONE", Config.timezone),
        rehearsal=FLAGS[environment.get("CLINIC_REHEARSAL", "").lower()],
        demo=FLAGS[environment.get("CLINIC_DEMO", "").lower()],
        smtp_host=environment.get("CLINIC_SMTP_HOST", Config.smtp_host),
        smtp_port=int(port),
        smtp_security=security,
        smtp_user=environment.get("CLINIC_SMTP_USER", ""),
        smtp_password=environment.get("CLINIC_SMTP_PASSWORD", ""),
        mail_from=environment.get("CLINIC_MAIL_FROM", Config.mail_from),
        stripe_key=environment.get("STRIPE_KEY", ""),
        stripe_webhook_secret=environment.get("STRIPE_WEBHOOK_SECRET", ""),
        stripe_api_base=environment.get("STRIPE_API_BASE", ""),
        sms_account=environment.get("TWILIO_ACCOUNT_SID", ""),
        sms_token=environment.get("TWILIO_AUTH_TOKEN", ""),
        sms_from=environment.get("TWILIO_FROM", ""),
        sms_api_base=environment.get("TWILIO_API_BASE", Config.sms_api_base),
        exchange_folder=Path(environment.get("CLINIC_EXCHANGE", str(folder / "exchange"))),
    )
