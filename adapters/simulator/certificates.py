"""The played certificate authority, UnionPay's signing certificate, and the merchants' keys, kept in one folder.

An integrator points his own configuration at the folder: `<merchant>.key` and `.cer` to sign with, `acp_root.cer` and
`acp_middle.cer` to trust; `acp-<merchant>.secret` where both sign with a shared key; `ums-<region>-app.secret` and
`ums-<region>-communication.secret`, `qra-<merchant>.secret`; `heyi-<region>.secret` and `registry-<region>.secret` for
the gateways.
"""

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

from adapters.simulator.setup import Setup

SIGNER_NAME = "041@Z2026@中国银联股份有限公司@00000001"
"""The common name under which UnionPay signs; its third part names the signer."""

_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_UNTIL = datetime(2045, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Identity:
    """A private key with its certificate."""

    key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @cached_property
    def shown(self) -> str:
        """The certificate in PEM as messages carry it, with CRLF."""
        return self.pem.decode().replace("\n", "\r\n")


@dataclass(frozen=True, slots=True)
class SharedKey:
    """What a merchant and ACP sign with instead of certificates: signMethod 11 (SHA-256) or 12 (SM3)."""

    method: str
    key: str


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of the played world. Secrets are the bytes of the text in their files."""

    signer: Identity
    middle: Identity
    merchants: Mapping[str, x509.Certificate]
    acp_keys: Mapping[str, SharedKey]
    ums_app_keys: Mapping[str, str]
    ums_communication_keys: Mapping[str, str]
    qra_keys: Mapping[str, str]
    gateway_secrets: Mapping[str, bytes]
    registry_secrets: Mapping[str, bytes]


def open_keys(folder: Path, setup: Setup) -> Keys:
    """Reads the keys of a folder and makes those that are missing. Private files are readable by the owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    root = _kept(folder, "acp_root", "Simulated Payment Root CA", None)
    middle = _kept(folder, "acp_middle", "Simulated Payment OCA1", root)
    return Keys(
        signer=_kept(folder, "acp_signer", SIGNER_NAME, middle, authority=False),
        middle=middle,
        merchants={
            each.merchant: _kept(
                folder, each.merchant, f"041@{each.merchant}@{each.region}@00000001", middle, False
            ).certificate
            for each in setup.regions
            if each.channel == "acp"
        },
        acp_keys={
            each.merchant: SharedKey(each.sign_method, _kept_secret(folder / f"acp-{each.merchant}.secret").decode())
            for each in setup.regions
            if each.channel == "acp" and each.sign_method != "01"
        },
        ums_app_keys=_kept_keys(folder, "ums-{}-app", [each.region for each in setup.regions if each.ums]),
        ums_communication_keys=_kept_keys(
            folder, "ums-{}-communication", [each.region for each in setup.regions if each.ums]
        ),
        qra_keys=_kept_keys(
            folder, "qra-{}", [number for each in setup.regions if each.qra for number in each.merchants]
        ),
        gateway_secrets={each.region: _kept_secret(folder / f"heyi-{each.region}.secret") for each in setup.regions},
        registry_secrets={
            each.region: _kept_secret(folder / f"registry-{each.region}.secret") for each in setup.regions
        },
    )


@cache
def stranger() -> Identity:
    """UnionPay's name under a certificate authority that nobody trusts: what a forger would use."""
    root = issue("Simulated Payment Root CA", None)
    return issue(SIGNER_NAME, issue("Simulated Payment OCA1", root), authority=False)


@cache
def expired(middle: Identity) -> Identity:
    """UnionPay's name under the right authority, but out of date."""
    return issue(SIGNER_NAME, middle, authority=False, valid=(_FROM, _FROM + timedelta(days=365)))


def issue(
    name: str,
    issuer: Identity | None,
    authority: bool = True,
    valid: tuple[datetime, datetime] = (_FROM, _UNTIL),
) -> Identity:
    """A new key with a certificate, signed by the issuer or, without one, by itself."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(secrets.randbits(62) + 1)
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return Identity(key, certificate)


def _kept(folder: Path, file: str, name: str, issuer: Identity | None, authority: bool = True) -> Identity:
    key_file, certificate_file = folder / f"{file}.key", folder / f"{file}.cer"
    if key_file.exists() and certificate_file.exists():
        # made by ourselves: proving its primes again costs a tenth of a second a key
        key = serialization.load_pem_private_key(key_file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(f"{key_file} is not an RSA key")
        return Identity(key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))
    made = issue(name, issuer, authority)
    plain = made.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_private(key_file, plain)
    certificate_file.write_bytes(made.pem)
    return made


def _kept_keys(folder: Path, name: str, owners: Iterable[str]) -> dict[str, str]:
    """The shared keys of a kind, by region or merchant."""
    return {owner: _kept_secret(folder / f"{name.format(owner)}.secret").decode() for owner in owners}


def _kept_secret(path: Path) -> bytes:
    if not path.exists():
        _write_private(path, secrets.token_hex(32).encode())
    return path.read_bytes().strip()


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
