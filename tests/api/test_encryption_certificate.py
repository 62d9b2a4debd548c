"""UnionPay's encryption certificate: asked for, pinned where its chain is right, never exchanged for a worse one."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.unionpay.encryption import pinned
from adapters.unionpay.expiry import certificates_held
from api.certificates import open_cases_of_ending_certificates, renew_encryption_certificates
from api.wiring import House
from foundation import clock
from settlement.cases.tables import office_case
from settlement.channels import AcpChannel
from tests.played import Played

REGION = "341502"


def contract(house: House, folder: Path) -> AcpChannel:
    """The example's contract with a folder of this test's own."""
    region = house.districts.regions[REGION]
    assert isinstance(region.channel, AcpChannel)
    mine = region.channel.model_copy(update={"encryption_certificates": folder})
    house.districts.rewire(region.model_copy(update={"channel": mine}))
    house.districts.regions[REGION] = region.model_copy(update={"channel": mine})
    return mine


async def case_kinds(house: House) -> list[str]:
    async with house.office.database.connect() as db:
        return list(await db.scalars(select(office_case.c.kind)))


async def test_it_is_pinned_once_and_stays_beside_its_successor(house: House, played: Played, tmp_path: Path) -> None:
    mine = contract(house, tmp_path / "pinned")
    played.set_clocks(clock.now())
    first = (await renew_encryption_certificates(house.office))[REGION]
    assert first is not None
    assert first.path.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert (await renew_encryption_certificates(house.office))[REGION] is None
    played.control("encryption-certificate", {"how": "unchanged"})
    assert (await renew_encryption_certificates(house.office))[REGION] is None
    played.set_clocks(clock.now() + timedelta(days=340))
    assert await open_cases_of_ending_certificates(house.office) == 1, "it ends soon"
    played.control("encryption-certificate", {"how": "renewed"})
    second = (await renew_encryption_certificates(house.office))[REGION]
    assert second is not None
    assert [one.number for one in pinned(mine)] == [second.number, first.number]
    assert [one.serial for one in certificates_held(mine) if one.use == "encryption"] == [int(second.number)]
    assert await open_cases_of_ending_certificates(house.office) == 0


@pytest.mark.parametrize("how", ["forged", "expired"])
async def test_what_cannot_be_believed_is_not_pinned_and_opens_a_case(
    house: House, played: Played, tmp_path: Path, how: str
) -> None:
    mine = contract(house, tmp_path / "pinned")
    played.control("encryption-certificate", {"how": how})
    assert REGION not in await renew_encryption_certificates(house.office)
    assert pinned(mine) == ()
    assert await case_kinds(house) == ["S-certificate"]


async def test_an_older_one_does_not_come_back(house: House, played: Played, tmp_path: Path) -> None:
    mine = contract(house, tmp_path / "pinned")
    played.set_clocks(clock.now())
    old = (await renew_encryption_certificates(house.office))[REGION]
    played.set_clocks(clock.now() + timedelta(days=10))
    played.control("encryption-certificate", {"how": "renewed"})
    new = (await renew_encryption_certificates(house.office))[REGION]
    assert old is not None
    assert new is not None
    played.set_clocks(clock.now() - timedelta(days=5))
    played.control("encryption-certificate", {"how": "renewed"})
    assert REGION not in await renew_encryption_certificates(house.office)
    assert [one.number for one in pinned(mine)] == [new.number, old.number]


async def test_a_channel_that_does_not_answer_is_asked_another_day(house: House, tmp_path: Path) -> None:
    mine = contract(house, tmp_path / "pinned")
    nowhere = mine.model_copy(update={"gateway": "http://127.0.0.1:9"})
    region = house.districts.regions[REGION]
    house.districts.rewire(region.model_copy(update={"channel": nowhere}))
    assert REGION not in await renew_encryption_certificates(house.office)
    assert await case_kinds(house) == []
