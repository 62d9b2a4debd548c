"""Reads a folder of rule files: each file once, into plain content and then into its shape."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from foundation.yaml_text import parse_yaml
from settlement.assessment.errors import BadRules
from settlement.assessment.rule_files import (
    Document,
    ItemFile,
    Region,
    RegionalFile,
    RuleFiles,
    SetFile,
)
from settlement.assessment.vocabulary import FactEntry

Shape = TypeVar("Shape", bound=BaseModel)
_REGION_FOLDER = re.compile(r"^[1-9][0-9]([0-9]{2}){0,2}$")


def content_of(folder: Path) -> dict[str, Any]:
    """The content of every rule file by its path in the folder; comments do not count."""
    texts = texts_of(folder)
    if not texts:
        raise BadRules(f"{folder}: no rule files here")
    return content_of_texts(texts)


def texts_of(folder: Path) -> dict[str, str]:
    """Every rule file as it is written, by its path in the folder."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.yaml"))}


def content_of_texts(texts: Mapping[str, str]) -> dict[str, Any]:
    """The content of rule files given as texts by their paths."""
    content = {}
    for name, text in texts.items():
        try:
            content[name] = parse_yaml(text)
        except yaml.YAMLError as wrong:
            raise BadRules(f"{name}: {wrong}") from wrong
    return content


def read_files(content: Mapping[str, Any]) -> RuleFiles:
    """The content in its shapes; raises BadRules naming the file and the place in it."""
    national: dict[str, ItemFile] = {}
    regional: dict[str, dict[str, RegionalFile]] = {}
    for name, raw in content.items():
        folder, _, file = name.rpartition("/")
        item = file.removesuffix(".yaml")
        if folder == "national":
            national[item] = _shaped(ItemFile, raw, name)
            _same(national[item].item, item, name)
        elif folder:
            if not _REGION_FOLDER.match(folder):
                raise BadRules(f"{name}: a folder is `national` or the two, four or six digits of a region")
            local = _shaped(RegionalFile, raw, name)
            _same(local.item, item, name)
            regional.setdefault(folder, {})[item] = local
    whole = _shaped(SetFile, content.get("set.yaml"), "set.yaml")
    listed = (*whole.items, *whole.refunds)
    if set(listed) != set(national):
        raise BadRules(f"set.yaml: items, refunds and national/ differ in {', '.join(set(listed) ^ set(national))}")
    return RuleFiles(
        set=whole,
        facts=_table(FactEntry, content.get("facts.yaml"), "facts.yaml"),
        documents=_table(Document, content.get("documents.yaml"), "documents.yaml"),
        regions=_table(Region, content.get("regions.yaml"), "regions.yaml"),
        national={item: national[item] for item in listed},
        regional=regional,
    )


def _same(item: str, file: str, name: str) -> None:
    if item != file:
        raise BadRules(f"{name}: item is {item!r}; a file is named for its item")


def _shaped(shape: type[Shape], raw: Any, name: str) -> Shape:
    try:
        return shape.model_validate(raw)
    except ValidationError as wrong:
        raise BadRules(f"{name}: {_first(wrong)}") from wrong


def _table(shape: type[Shape], raw: Any, name: str) -> dict[str, Shape]:
    try:
        return TypeAdapter(dict[str, shape]).validate_python(raw)  # type: ignore[valid-type]
    except ValidationError as wrong:
        raise BadRules(f"{name}: {_first(wrong)}") from wrong


def _first(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False)[0]
    return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
