"""Who may sign for UnionPay: a chain of pinned certificates, checked link by link, and the name at its end.

Without this anybody could sign with a certificate of their own; the chain and the name are the authentication.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from adapters.unionpay.signature import verify_rsa
from settlement.ports.channel import Unauthentic

TEST_SIGNER = "00040000:SIGN"  # who signs in UnionPay's test environment

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_LONGEST_CHAIN = 5
_LONGEST_PEM = 8192


@dataclass(frozen=True, slots=True)
class Trust:
    """What is pinned: roots, middles, the signer's names, and whether SHA-1 links count (only in test set-ups).

    A signer's name is the third part of the common name, as in 041@number@name@number.
    """

    roots: tuple[x509.Certificate, ...]
    middles: tuple[x509.Certificate, ...]
    signers: tuple[str, ...]
    sha1_links: bool = False

    def check(self, fields: Mapping[str, str], at: datetime) -> tuple[x509.Certificate, ...]:
        """The signer's chain of a message that is authentic at an instant; Unauthentic says why it is not.

        Only method 01 is signed with a certificate.
        """
        method = fields.get("signMethod")
        if method != "01":
            raise Unauthentic(f"signMethod is {method!r}; only 01 is signed with a certificate")
        if not fields.get("signature"):
            raise Unauthentic("the message carries no signature")
        chain = _chain(self, fields.get("signPubKeyCert", ""))
        if not chain.start <= at <= chain.end:  # the chain is remembered, its dates are asked each time
            _check_dates(chain.links, at)
        if not verify_rsa(fields, chain.key):
            raise Unauthentic("the signature does not fit the fields: something was changed on the way")
        return chain.links

    def vouches_for(self, certificate: x509.Certificate, at: datetime) -> None:
        """Passes a certificate, whoever's, whose chain leads to a pinned root and whose dates fit. Unauthentic."""
        try:
            chain = _linked(self, certificate)
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            raise Unauthentic(f"the certificate cannot be used: {error}") from None
        _check_dates(chain, at)


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Whether a certificate is a root: its issuer is itself."""
    return certificate.issuer == certificate.subject


@dataclass(frozen=True, slots=True)
class _Chain:
    """From the signer to a pinned root; the signer's key, and from when to when all links are valid."""

    links: tuple[x509.Certificate, ...]
    key: RSAPublicKey
    start: datetime
    end: datetime


@lru_cache(maxsize=64)
def _chain(trust: Trust, pem: str) -> _Chain:
    """The chain from the signer to a pinned root, whatever the date.

    The library reads a certificate piece by piece, so a damaged one may fail at any step: all of them are in here.
    """
    if not pem:
        raise Unauthentic("the message carries no certificate (signPubKeyCert)")
    try:
        links = _built(trust, _leaf(pem))
        key = links[0].public_key()
        assert isinstance(key, RSAPublicKey)
        start = max(link.not_valid_before_utc for link in links)
        return _Chain(links, key, start, min(link.not_valid_after_utc for link in links))
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Unauthentic(f"the certificate in signPubKeyCert cannot be used: {error}") from None


def _leaf(pem: str) -> x509.Certificate:
    if len(pem) > _LONGEST_PEM:
        raise ValueError(f"longer than {_LONGEST_PEM} characters")
    leaf = x509.load_pem_x509_certificate(pem.encode())
    if not isinstance(leaf.public_key(), RSAPublicKey):
        raise ValueError("its key is not RSA")
    if leaf.not_valid_before_utc > leaf.not_valid_after_utc:
        raise ValueError("it ends before it begins")
    return leaf


def _built(trust: Trust, leaf: x509.Certificate) -> tuple[x509.Certificate, ...]:
    name = common_name(leaf)
    if name.split("@")[2:3] not in [[signer] for signer in trust.signers]:
        raise Unauthentic(f"the certificate is of {name!r}, not of {' or '.join(trust.signers)}")
    return _linked(trust, leaf)


def _linked(trust: Trust, leaf: x509.Certificate) -> tuple[x509.Certificate, ...]:
    """The chain from a certificate to a pinned root, each link signed by the next."""
    chain = [leaf]
    while chain[-1] not in trust.roots:
        if len(chain) == _LONGEST_CHAIN:
            raise Unauthentic(f"the chain of {_name(leaf)} is longer than {_LONGEST_CHAIN} certificates")
        chain.append(_issuer(trust, chain[-1]))
    return tuple(chain)


def _check_dates(chain: tuple[x509.Certificate, ...], at: datetime) -> None:
    for link in chain:
        if not link.not_valid_before_utc <= at <= link.not_valid_after_utc:
            raise Unauthentic(
                f"the certificate {_name(link)} is valid from {link.not_valid_before_utc} "
                f"to {link.not_valid_after_utc}, not at {at}"
            )


def _issuer(trust: Trust, certificate: x509.Certificate) -> x509.Certificate:
    named = [one for one in (*trust.roots, *trust.middles) if one.subject == certificate.issuer and _may_issue(one)]
    if not named:
        raise Unauthentic(f"the certificate {_name(certificate)} is issued by a stranger, {_text(certificate.issuer)}")
    for issuer in named:
        if _signed(issuer, certificate, trust.sha1_links):
            return issuer
    raise Unauthentic(f"the certificate {_name(certificate)} names {_text(certificate.issuer)}, who did not sign it")


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return True  # old ones do not say, or not in a way that can be read; they are pinned by a person


def _signed(issuer: x509.Certificate, certificate: x509.Certificate, sha1_links: bool) -> bool:
    """Whether the issuer's key signed the certificate. The library's own check refuses SHA-1, so it is done here."""
    key, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
    if isinstance(algorithm, hashes.SHA1) and not sha1_links:
        raise Unauthentic(f"the certificate {_name(certificate)} is signed with SHA-1, which is allowed only in tests")
    if not isinstance(key, RSAPublicKey) or not isinstance(algorithm, (*_HASHES, hashes.SHA1)):
        return False
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def common_name(certificate: x509.Certificate) -> str:
    """The one common name of a certificate's subject, or '' where it has none or several."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def _name(certificate: x509.Certificate) -> str:
    return _text(certificate.subject)


def _text(name: x509.Name) -> str:
    return name.rfc4514_string()
