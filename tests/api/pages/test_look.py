"""What the style sheets promise: contrast that weak eyes can read, and nothing from elsewhere."""

import re
from itertools import chain
from pathlib import Path

import pytest

from api import pages
from api.pages.assets import assets

_STATIC = Path(pages.__file__).with_name("static")
_TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (_STATIC / "tokens.css").read_text(encoding="utf-8")))

_TEXT = [
    *(("ink", ground) for ground in ("ground", "paper", "grey-pale")),
    *(("ink-soft", ground) for ground in ("ground", "paper", "grey-pale")),
    *((tone, ground) for tone in ("blue", "red", "green") for ground in ("ground", "paper")),
    *(("paper", ground) for ground in ("blue", "blue-dark", "green")),
    ("blue", "blue-pale"),
    ("blue-dark", "blue-pale"),
    ("amber", "amber-pale"),
    ("green", "green-pale"),
    ("red", "red-pale"),
]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(_TOKENS[one]), luminance(_TOKENS[other])), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("tone", "ground"), _TEXT)
def test_text_can_be_read(tone: str, ground: str) -> None:
    assert contrast(tone, ground) >= 4.5


@pytest.mark.parametrize("tone", ["rule-strong", "blue", "red"])
def test_the_edge_of_a_field_can_be_seen(tone: str) -> None:
    assert contrast(tone, "paper") >= 3


def test_no_asset_and_no_template_names_another_host() -> None:
    ours = chain(_STATIC.iterdir(), _STATIC.with_name("templates").rglob("*.html"))
    for path in ours:
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"(https?:)?//[\w.-]+\.\w", text), path.name


def test_no_template_carries_a_script_or_a_style_of_its_own() -> None:
    for path in _STATIC.with_name("templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), path.name


def test_htmx_comes_from_the_installed_package() -> None:
    assert "htmx" in assets()["htmx.js"].read_text(encoding="utf-8")[:2000]
    assert _STATIC not in assets()["htmx.js"].parents
