"""Says whether a recorded message is from UnionPay: for the desk, not for the running channel.

Unlike the channel it takes UnionPay's test environment too (SHA-1 links, the test signer's name), because who asks
chooses the certificates; what was only a test is said in the finding.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from adapters.unionpay.certificates import certificate
from adapters.unionpay.finding import Finding
from adapters.unionpay.messages import is_answer, is_line, read_answer, read_notification
from adapters.unionpay.signature import verify_keyed
from adapters.unionpay.sm2 import public_key_of, verify_sm2
from adapters.unionpay.trust import TEST_SIGNER, Trust, common_name, is_self_issued
from foundation.errors import BadInput, HeyiError

SIGNER = "中国银联股份有限公司"
_SUFFIXES = {".cer", ".pem", ".crt"}


def examine(body: bytes, folder: Path, at: datetime) -> Finding:
    """Examines a form-encoded notification or a raw synchronous answer against the certificates of a folder.

    What cannot be read, message or certificate, is part of the finding and not an error.
    """
    trust, unreadable = _trust(folder)
    if is_answer(body):
        finding = _examined("synchronous answer", read_answer, _readings(body), trust, at)
    else:
        finding = _examined("notification", read_notification, (body.strip(),), trust, at)
    if finding.authentic or not unreadable:
        return finding
    return replace(finding, reason=f"{finding.reason} (not readable in {folder.name}: {', '.join(unreadable)})")


def examine_keyed(body: bytes, key: str) -> Finding:
    """Examines a message without a certificate: a shared key signs (signMethod 11, 12), or SM2 under a public one."""
    shape, read = ("synchronous answer", read_answer) if is_line(body) else ("notification", read_notification)
    try:
        fields = read(body.strip())
        public_key = public_key_of(key)
        if public_key is not None and verify_sm2(fields, public_key):
            return Finding(True, shape, "signed with SM2 under the public key")
        if public_key is None and verify_keyed(fields, key.encode()):
            return Finding(True, shape, f"signed by method {fields['signMethod']} under the shared key")
    except HeyiError as error:
        return Finding(False, shape, error.detail)
    return Finding(False, shape, "the signature does not fit the fields: something was changed, or the key is another")


def _examined(
    shape: str, read: Callable[[bytes], dict[str, str]], bodies: Iterable[bytes], trust: Trust, at: datetime
) -> Finding:
    if not trust.roots:
        return Finding(False, shape, "the folder holds no root certificate (.cer, .pem), so nobody can be believed")
    reasons = []
    for body in bodies:
        try:
            chain = trust.check(read(body), at)
        except HeyiError as error:
            reasons.append(error.detail)
        else:
            return Finding(True, shape, _praise(chain))
    return Finding(False, shape, reasons[0])


def _praise(chain: tuple[x509.Certificate, ...]) -> str:
    name = common_name(chain[0])
    remarks = ["a signer of the test environment"] if TEST_SIGNER in name else []
    if any(isinstance(link.signature_hash_algorithm, SHA1) for link in chain[:-1]):
        remarks.append("a chain with SHA-1 links, which the running channel refuses")
    return f"signed by {name}" + (f" ({'; '.join(remarks)})" if remarks else "")


def _readings(body: bytes) -> Iterator[bytes]:
    """An answer as it is, then as it was before an editor changed its line ends (on the wire they are CRLF).

    Several readings weaken nothing: only the one that was signed passes.
    """
    for text in dict.fromkeys((body, body.removesuffix(b"\n").removesuffix(b"\r"), body.rstrip(b"\r\n"))):
        yield text
        yield text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _trust(folder: Path) -> tuple[Trust, list[str]]:
    """What the folder pins: who issued itself is a root, others are middles. With the names that cannot be read."""
    found, unreadable = [], []
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.suffix.lower() in _SUFFIXES:
            try:
                found.append(certificate(path))
            except BadInput:
                unreadable.append(path.name)
    roots = tuple(one for one in found if is_self_issued(one))
    middles = tuple(one for one in found if not is_self_issued(one))
    return Trust(roots, middles, (SIGNER, TEST_SIGNER), sha1_links=True), unreadable
