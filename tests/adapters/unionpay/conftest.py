from pathlib import Path

import pytest

from settlement.channels import AcpChannel as AcpConfig
from tests.adapters.unionpay import authority


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    authority.write_files(folder)
    return folder


@pytest.fixture(scope="session")
def config(keys: Path) -> AcpConfig:
    return AcpConfig.model_validate(
        {
            "kind": "acp",
            "gateway": "http://gateway.test",
            "file_download": "http://files.test",
            "merchant": "898341502000001",
            "signing_key": keys / "merchant.key",
            "signing_certificate": keys / "merchant.cer",
            "trusted_roots": (keys / "root.cer",),
            "trusted_middles": (keys / "middle.pem",),
            "receivers": {"treasury": "898341502000101", "non_tax": "898341502000201"},
        }
    )
