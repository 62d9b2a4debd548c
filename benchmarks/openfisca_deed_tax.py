"""The deed tax on homes of 六安 in 2026, written for OpenFisca, and how fast OpenFisca works it out.

Run by `make bench-assess` with the python of an environment of its own: OpenFisca is under the AGPL and no part of
what is delivered. Reads `{"rows", "seconds", "price", "area", "homes"}` as JSON (yuan, m², homes owned before), prints
`{"single_per_s", "bulk_per_s", "amounts"}`: single transactions, rows in bulk, and the tax of each given one in yuan.
"""

import json
import sys
import time
from typing import Any

import numpy as np
from openfisca_core.entities import Entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import MONTH
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.simulations import Simulation
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2026-06"
TRANSFER = Entity("transfer", "transfers", "One transfer of a home", "")


def _since(*values: tuple[str, float]) -> dict[str, Any]:
    return {"values": {day: {"value": value} for day, value in values}}


RATES = {
    "local": _since(("1997-10-01", 0.03)),
    "small_up_to": _since(("2016-02-22", 90), ("2024-12-01", 140)),
    "small": _since(("2016-02-22", 0.01)),
    "only_large": _since(("2016-02-22", 0.015)),
    "second_large": _since(("2016-02-22", 0.02)),
}


class price(Variable):
    value_type = float
    entity = TRANSFER
    definition_period = MONTH


class area(Variable):
    value_type = float
    entity = TRANSFER
    definition_period = MONTH


class homes(Variable):
    value_type = int
    entity = TRANSFER
    definition_period = MONTH


class deed_tax(Variable):
    value_type = float
    entity = TRANSFER
    definition_period = MONTH

    def formula(transfer: Any, period: Any, parameters: Any) -> Any:
        rates = parameters(period).deed_tax
        small = transfer("area", period) <= rates.small_up_to
        owned = transfer("homes", period)
        only = np.where(small, rates.small, rates.only_large)
        second = np.where(small, rates.small, rates.second_large)
        rate = np.select([owned == 0, owned == 1], [only, second], rates.local)
        return np.floor(transfer("price", period) * rate * 100 + 0.5) / 100


def system() -> TaxBenefitSystem:
    """The rule as a tax and benefit system of one entity."""
    built = TaxBenefitSystem([TRANSFER])
    built.add_variables(price, area, homes, deed_tax)
    built.parameters = ParameterNode("", data={"deed_tax": RATES})
    return built


def worked_out(built: TaxBenefitSystem, given: dict[str, Any]) -> Any:
    """The tax of every row of the given columns, in yuan."""
    simulation: Simulation = SimulationBuilder().build_default_simulation(built, len(given["price"]))
    for name, values in given.items():
        simulation.set_input(name, PERIOD, values)
    return simulation.calculate("deed_tax", PERIOD)


def rate_of(built: TaxBenefitSystem, batches: list[dict[str, Any]], seconds: float) -> float:
    """Rows a second of one core, batch after batch."""
    done, turn, start = 0, 0, time.process_time()
    while time.process_time() - start < seconds:
        batch = batches[turn % len(batches)]
        worked_out(built, batch)
        done, turn = done + len(batch["price"]), turn + 1
    return done / (time.process_time() - start)


def main() -> None:
    """Measures and prints."""
    asked, built = json.load(sys.stdin), system()
    given = {name: np.array(asked[name]) for name in ("price", "area", "homes")}
    one_by_one = [{name: values[row : row + 1] for name, values in given.items()} for row in range(1_000)]
    tiled = {name: np.resize(values, asked["rows"]) for name, values in given.items()}
    answer = {
        "single_per_s": rate_of(built, one_by_one, asked["seconds"]),
        "bulk_per_s": rate_of(built, [tiled], asked["seconds"]),
        "amounts": [float(tax) for tax in worked_out(built, given)],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
