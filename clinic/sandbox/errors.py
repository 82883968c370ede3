"""What the practice payer refuses."""

from clinic.db import ClinicError


class SandboxError(ClinicError):
    """An instruction or a plan that the practice payer does not understand."""
