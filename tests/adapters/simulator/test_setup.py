"""The played world from files, and its keys."""

from pathlib import Path

import pytest

from adapters.simulator.certificates import open_keys
from adapters.simulator.setup import SetupError, read_regions, read_world_file
from tests.adapters.simulator.parties import REGION, SETUP

ROOT = Path(__file__).parents[3]


def test_the_regions_that_heyi_is_configured_with_can_be_played() -> None:
    setup = read_regions(ROOT / "deploy" / "regions")
    assert REGION.merchant in {each.merchant for each in setup.regions}


def test_a_world_file_reads_back(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(SETUP.model_dump_json(), encoding="utf-8")
    assert read_world_file(file) == SETUP


def test_a_wrong_world_file_names_the_field(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text(SETUP.model_dump_json().replace('"1205010000"', '"12"'), encoding="utf-8")
    with pytest.raises(SetupError, match=r"world\.yaml: regions\.0\.treasury"):
        read_world_file(file)


def test_a_region_file_without_a_merchant_names_it(tmp_path: Path) -> None:
    (tmp_path / "341502.yaml").write_text("region: '341502'\nchannel: {}\ntax_office: {}\nnon_tax: {}\n")
    with pytest.raises(SetupError, match=r"341502\.yaml: 'merchant'"):
        read_regions(tmp_path)


def test_an_existing_folder_of_keys_is_reused(key_folder: Path) -> None:
    first, second = open_keys(key_folder, SETUP), open_keys(key_folder, SETUP)
    assert first.signer.certificate == second.signer.certificate
    assert first.gateway_secrets == second.gateway_secrets


def test_private_files_are_their_owners(key_folder: Path) -> None:
    open_keys(key_folder, SETUP)
    private = [each for each in key_folder.iterdir() if each.suffix in (".key", ".secret")]
    assert len(private) == 6
    assert {each.stat().st_mode & 0o777 for each in private} == {0o600}
