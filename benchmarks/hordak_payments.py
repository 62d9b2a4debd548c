"""The same payments through django-hordak, for comparison; run by an interpreter that has it installed.

    PYTHON benchmarks/hordak_payments.py '{"HOST": …, "PORT": …, "USER": …, "PASSWORD": …, "NAME": …}' SECONDS CALLERS

A payment is one transaction of three debits and three credits, the credits on one hot account. Prints payments a
second. Needs django-hordak and psycopg; they are no part of this project's environment.
"""

import json
import sys
import threading
import time
from random import Random

import django
from django.conf import settings

PAYERS = 20


def configure(database: dict[str, str]) -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **database}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HORDAK_INTERNAL_CURRENCY="CNY",
        DEFAULT_CURRENCY="CNY",
        HORDAK_CURRENCIES=["CNY"],
        USE_TZ=True,
    )
    django.setup()


def measure(seconds: float, callers: int) -> float:
    from django.core.management import call_command
    from django.db import connection, transaction
    from hordak.models import Account, AccountType, Leg, Transaction
    from moneyed import Money

    call_command("migrate", verbosity=0)
    hot = Account.objects.create(name="hot", code="0", type=AccountType.liability, currencies=["CNY"])
    payers = [
        Account.objects.create(name=f"payer {i}", code=str(i + 1), type=AccountType.asset, currencies=["CNY"])
        for i in range(PAYERS)
    ]
    amount = Money("1.00", "CNY")
    done = [0] * callers
    started = time.perf_counter()

    def caller(number: int) -> None:
        random = Random(number)  # noqa: S311
        while time.perf_counter() - started < seconds:
            with transaction.atomic():
                entry = Transaction.objects.create()
                legs = [Leg(transaction=entry, account=one, debit=amount) for one in random.sample(payers, 3)]
                legs += [Leg(transaction=entry, account=hot, credit=amount) for _ in range(3)]
                Leg.objects.bulk_create(legs)
            done[number] += 1
        connection.close()

    threads = [threading.Thread(target=caller, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


if __name__ == "__main__":
    configure(json.loads(sys.argv[1]))
    print(measure(float(sys.argv[2]), int(sys.argv[3])))
