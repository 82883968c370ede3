"""Staff accounts, their sessions in the database, and sign-in attempts (trust T6)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from clinic import keys
from clinic.db import Base, public_id_column


class User(Base):
    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    sign_in_name: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int] = mapped_column(default=0)
    rendering_provider_id: Mapped[int | None] = mapped_column(ForeignKey("rendering_provider.id"))
    active: Mapped[bool] = mapped_column(default=True)
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    theme: Mapped[str] = mapped_column(default="")  # light, dark, "" as the computer has it
    single_keys: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    @property
    def totp_seed(self) -> str | None:
        """The base32 seed of the second factor, opened with the key ring."""
        if self.totp_sealed is None:
            return None
        return keys.unseal(self.totp_sealed, f"user_account.totp:{self.public_id}").decode()

    def set_totp_seed(self, seed: str) -> None:
        if not self.public_id:
            raise ValueError("give the user its public id before sealing its seed")
        self.totp_sealed = keys.seal(seed, f"user_account.totp:{self.public_id}")


class UserSession(Base):
    """One signed-in browser; the token itself is known to the cookie only."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    data: Mapped[str] = mapped_column(default="{}")
    address: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SignInAttempt(Base):
    """Counted per account name digest and per address, so that lock-outs survive a restart."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix__sign_in_attempt__address_at", "address", "at"),
        Index("ix__sign_in_attempt__subject_at", "subject", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    address: Mapped[str]
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    succeeded: Mapped[bool]
