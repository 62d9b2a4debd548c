"""What reads asks outside any transaction; what writes is one."""

import pytest
from sqlalchemy import text

from foundation.database import engine, raw


async def test_a_question_begins_no_transaction_and_a_write_is_one(database_url: str) -> None:
    made = engine(database_url, pool_size=1)
    key = "tests.foundation.mark"
    async with made.connect() as db:
        assert await db.scalar(text("SELECT current_user")) == "heyi_app"
        assert not (await raw(db)).is_in_transaction()
    with pytest.raises(ZeroDivisionError):
        async with made.begin() as db:
            await db.execute(text(f"SELECT set_config('{key}', 'held', true)"))
            assert (await raw(db)).is_in_transaction()
            raise ZeroDivisionError
    async with made.begin() as db:  # the same connection, which the reading left as it was
        assert (await raw(db)).is_in_transaction()
        assert not await db.scalar(text(f"SELECT current_setting('{key}', true)"))
    await made.dispose()
