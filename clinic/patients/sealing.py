"""The number of social security: sealed for its row, found by its blind index (trust T7)."""

from clinic import keys


def ssn_index(ssn: str) -> bytes:
    """The blind index of nine digits."""
    return keys.blind_index(ssn, "patient.ssn")


def sealed(public_id: str, ssn: str) -> dict[str, bytes]:
    """The two columns of a patient's SSN; none of them for ""."""
    if not ssn:
        return {}
    return {"ssn_sealed": keys.seal(ssn, f"patient.ssn:{public_id}"), "ssn_index": ssn_index(ssn)}
