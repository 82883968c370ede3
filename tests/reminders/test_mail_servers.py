"""E-mail over a mail server as clinics have them: TLS that is checked, a sign-in, never a password in the open."""

import datetime
import ipaddress
import socket
import ssl

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from clinic import db, messages
from clinic.config import ConfigError, from_environment
from clinic.demo.mail_sink import Keep
from clinic.models import Message
from tests import factories

# The server of these tests does not see that a connection was TLS from its first byte, and warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
USER, PASSWORD = "clinic", "correct horse"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """One that the host signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("mail")
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


def known(server, session, envelope, mechanism, said):
    return AuthResult(success=(said.login, said.password) == (USER.encode(), PASSWORD.encode()))


@pytest.fixture(params=["starttls", "tls"])
def server(request, certificate, tmp_path):
    """(security, port, folder) of a server that takes mail over TLS from who signed in, and from nobody else."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    late = request.param == "starttls"
    made = Controller(
        Keep(tmp_path / "kept"),
        hostname="127.0.0.1",
        port=port,
        ssl_context=None if late else context,
        tls_context=context if late else None,
        require_starttls=late,
        authenticator=known,
        auth_required=True,
        # To the server a connection that was TLS from its first byte looks as if it never became so.
        auth_require_tls=late,
    )
    made.start()
    yield request.param, port, tmp_path / "kept"
    made.stop()


@pytest.fixture
def waiting(session):
    factories.make_practice(session, name="Riverside Family Medicine")
    with db.transaction() as current:
        return messages.write(
            current, "receipt", to="maria@example.com", subject="Hello", text="Thank you.", key="tls"
        )


def handed(message, security, port, password=PASSWORD):
    server = messages.MailServer("127.0.0.1", port, "billing@clinic.example.com", security, USER, password)
    with db.transaction() as current:
        messages.deliver(current, message.id, server, None)


def test_mail_goes_over_tls_with_a_sign_in_and_bears_the_clinics_name(
    server, waiting, certificate, monkeypatch
) -> None:
    security, port, folder = server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    handed(waiting, security, port)
    (kept,) = folder.glob("*.eml")
    assert b"From: Riverside Family Medicine <billing@clinic.example.com>" in kept.read_bytes()
    assert waiting.state == "sent"


def test_a_server_whose_certificate_nobody_vouches_for_gets_neither_password_nor_mail(
    server, waiting
) -> None:
    security, port, folder = server
    with pytest.raises(messages.NotSent):
        handed(waiting, security, port)
    assert list(folder.glob("*.eml")) == []


def test_a_wrong_password_leaves_the_mail_waiting(server, waiting, certificate, monkeypatch) -> None:
    security, port, folder = server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with pytest.raises(messages.NotSent):
        handed(waiting, security, port, "wrong")
    assert list(folder.glob("*.eml")) == []
    assert db.session.scalars(select(Message)).one().state == "queued"


@pytest.mark.parametrize(("port", "security"), [("25", "none"), ("587", "starttls"), ("465", "tls")])
def test_the_port_says_how_the_connection_is_kept_from_others(
    environment, monkeypatch, port, security
) -> None:
    monkeypatch.setenv("CLINIC_SMTP_PORT", port)
    assert from_environment().smtp_security == security


def test_a_password_that_would_travel_in_the_open_stops_the_start(environment, monkeypatch) -> None:
    monkeypatch.setenv("CLINIC_SMTP_USER", USER)
    monkeypatch.setenv("CLINIC_SMTP_PORT", "25")
    with pytest.raises(ConfigError, match="CLINIC_SMTP_SECURITY"):
        from_environment()
    monkeypatch.setenv("CLINIC_SMTP_SECURITY", "ssl3")
    with pytest.raises(ConfigError, match="must be none, starttls, tls"):
        from_environment()
