"""Draws charts as SVG with matplotlib, which is loaded with this module: import it where a chart is drawn."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from api.charts import Chart, Series

mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "heyi", "font.family": "sans-serif"}

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_INK, _RULE = "#4a5b73", "#d5dee9"
_WIDE, _NARROW = (11.5, 3.1), (3.7, 3.0)  # inches


def drawn(chart: Chart, *, narrow: bool) -> str:
    """The chart as an SVG document, for a desk's width or a phone's."""
    figure = Figure(figsize=_NARROW if narrow else _WIDE, layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    {"columns": _columns, "lines": _lines}[chart.form](axes, chart)
    _dress(axes, chart.places, 4 if narrow else 12, whole=chart.unit == 1)
    written = StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return written.getvalue()


def _columns(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.places))
    below = [0.0] * len(chart.places)
    for color, series in zip(chart.colors, chart.series, strict=False):
        heights = [(value or 0) / chart.unit for value in series.values]
        axes.bar(places, heights, bottom=below, color=color, edgecolor="white", linewidth=0.6, width=0.78)
        below = [one + more for one, more in zip(below, heights, strict=True)]


def _lines(axes: Axes, chart: Chart) -> None:
    for color, marker, series in zip(chart.colors, _MARKERS, chart.series, strict=False):
        known = [(place, value / chart.unit) for place, value in enumerate(series.values) if value is not None]
        axes.plot(*zip(*known, strict=True), color=color, marker=marker, **_line(series))
    axes.set_xlim(-0.5, len(chart.places) - 0.5)


def _line(series: Series) -> dict[str, Any]:
    """The outer of two lines is broken, and goes around the inner one where they are the same."""
    return (
        {"linewidth": 2.4, "markersize": 8, "linestyle": "--", "zorder": 1.8}
        if series.outer
        else {"linewidth": 1.6, "markersize": 5}
    )


def _dress(axes: Axes, places: Sequence[str], most_named: int, whole: bool) -> None:
    every = -(-len(places) // most_named)
    named = range(0, len(places), every)
    axes.set_xticks(list(named), [places[place] for place in named])
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=whole))
    axes.yaxis.set_major_formatter(FuncFormatter(_figure))
    axes.tick_params(colors=_INK, labelsize=10, length=0)
    axes.grid(axis="y", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_INK)


def _figure(value: float, _: object) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")
