from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from adapters.unionpay.expiry import Ending, ending
from settlement.channels import AcpChannel as AcpConfig
from tests.adapters.unionpay.authority import NOW, UNTIL, issue, root


def test_nothing_ends_soon(config: AcpConfig) -> None:
    assert ending(config, NOW) == ()


def test_what_ends_soon_is_named_soonest_first(config: AcpConfig, tmp_path: Path) -> None:
    soon = issue("Ending middle", root(), role="middle", is_ca=True, until=NOW + timedelta(days=3))
    (tmp_path / "old.pem").write_bytes(soon.certificate.public_bytes(Encoding.PEM))
    changed = config.model_copy(update={"trusted_middles": (*config.trusted_middles, tmp_path / "old.pem")})
    assert ending(changed, NOW) == (Ending("old.pem", NOW + timedelta(days=3)),)
    assert ending(changed, NOW, timedelta(days=2)) == ()
    files = [one.file_name for one in ending(changed, UNTIL)]
    assert files == ["old.pem", "merchant.cer", "middle.pem", "root.cer"]
