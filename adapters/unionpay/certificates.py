"""Reading certificates and keys from files, so that an exchanged file counts from the next message on."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from foundation.errors import BadInput


def certificate(path: Path) -> x509.Certificate:
    """The certificate in a PEM or DER file; read again when the file was changed."""
    return _certificate(path, _changed(path))


def certificates(paths: Iterable[Path]) -> tuple[x509.Certificate, ...]:
    """The certificates of several files, in their order."""
    return tuple(certificate(path) for path in paths)


def private_key(path: Path) -> RSAPrivateKey:
    """The RSA key in a PEM or DER file without a password; read again when the file was changed."""
    return _private_key(path, _changed(path))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise BadInput("certificate or key", path.name, f"a file that can be read ({error.strerror})") from None


@lru_cache(maxsize=256)
def _certificate(path: Path, _at: int) -> x509.Certificate:
    content = path.read_bytes()
    try:
        if b"-----BEGIN" in content:
            found = x509.load_pem_x509_certificate(content)
        else:
            found = x509.load_der_x509_certificate(content)
        _ = (found.public_key(), found.subject, found.issuer, found.not_valid_after_utc)  # parsed only when asked for
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise BadInput("certificate", path.name, f"an X.509 certificate in PEM or DER ({error})") from None
    return found


@lru_cache(maxsize=64)
def _private_key(path: Path, _at: int) -> RSAPrivateKey:
    content = path.read_bytes()
    load = load_pem_private_key if b"-----BEGIN" in content else load_der_private_key
    try:
        key = load(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput("signing_key", path.name, f"a private key in PEM or DER, without password ({error})") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadInput("signing_key", path.name, "an RSA key")
    return key
