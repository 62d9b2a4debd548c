"""What of a region's configuration may be shown and changed, and what stays where it is.

Secrets, paths of keys, and whatever a deployment's file takes from the environment stay in that file: they are cut out
before anything is shown or stored, and put back under a version when it is taken up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from foundation.errors import BadInput
from foundation.yaml_text import parse_yaml
from settlement.regions import Region, filled, load_region, read_region

_LONGEST_TEXT = 30_000

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RegionFile:
    """A region's file: what it says whole, what may be shown of it, and what is kept back."""

    region: Region
    shown: Tree
    kept: Tree

    @classmethod
    def read(cls, path: Path, environment: Mapping[str, str]) -> "RegionFile":
        """Reads `NNNNNN.yaml`. BadInput names the file, the field and what is wrong."""
        region, text = load_region(path, environment), path.read_text(encoding="utf-8")
        whole = parse_yaml(filled(path.name, text, environment))
        shown, kept = _divided(parse_yaml(text), whole, region)
        return cls(region, shown, kept)

    def under(self, content: Tree) -> Region:
        """The configuration of a version. BadInput where it does not fit, or says what stays in the file."""
        if content.get("region") != self.region.region:
            raise BadInput("region", content.get("region"), self.region.region)
        for path in _leaves(self.kept):
            if path in _leaves(content):
                raise BadInput(path, "…", "nothing: this stays in the file of the deployment")
        unseen = {key: value for key, value in self.kept.items() if key not in self.shown}
        region = read_region("", unseen | _put_back(content, self.kept))
        for path in _paths_of_keys(region):
            if path not in _leaves(self.kept):
                raise BadInput(path, "…", "nothing: keys and secrets are named in the file of the deployment")
        ours = self.region.channel
        if (region.channel.kind, region.channel.merchant) != (ours.kind, ours.merchant):
            raise BadInput(
                "channel.merchant", region.channel.merchant,
                f"{ours.kind} {ours.merchant}: a merchant goes with its keys and the money on its way; see the file",
            )  # fmt: skip
        return region.model_copy(update={"holidays": self.region.holidays})


def parsed(text: str) -> Tree:
    """A version as somebody wrote it in YAML. BadInput where it is none, too long, or repeats itself by alias."""
    if len(text) > _LONGEST_TEXT:
        raise BadInput("content", f"{len(text)} characters", f"at most {_LONGEST_TEXT}")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise BadInput("content", "an alias", "YAML without anchors and aliases")
        content = parse_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInput("content", str(error).splitlines()[0], "YAML") from None
    if not isinstance(content, dict):
        raise BadInput("content", type(content).__name__, "the settings of the region, by name")
    return content


def written(content: Tree) -> str:
    """A version as YAML for people to read and change."""
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that two versions have otherwise; None where one has none."""

    path: str
    before: str | None
    after: str | None


def differences(before: Tree, after: Tree) -> tuple[Difference, ...]:
    """What changes from one version to another, setting by setting."""
    old, new = _leaves(before), _leaves(after)
    paths = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    return tuple(Difference(path, old.get(path), new.get(path)) for path in paths)


def _divided(raw: Tree, whole: Tree, model: BaseModel) -> tuple[Tree, Tree]:
    shown: Tree = {}
    kept: Tree = {}
    for key, value in raw.items():
        inside = getattr(model, key, None)
        if isinstance(value, dict) and isinstance(inside, BaseModel):
            shown[key], kept[key] = _divided(value, whole[key], inside)
        elif _names_a_path(inside) or "${" in str(value):
            kept[key] = whole[key]
        else:
            shown[key] = value
    return shown, kept


def _put_back(content: Tree, kept: Tree) -> Tree:
    """A section that a version has dropped stays dropped."""
    whole = dict(content)
    for key, value in kept.items():
        if not isinstance(value, dict):
            whole[key] = value
        elif isinstance(content.get(key), dict):
            whole[key] = _put_back(content[key], value)
    return whole


def _names_a_path(value: Any) -> bool:
    return isinstance(value, Path) or (isinstance(value, tuple) and any(isinstance(one, Path) for one in value))


def _paths_of_keys(model: BaseModel, above: str = "") -> list[str]:
    found = []
    for name in type(model).model_fields:
        value = getattr(model, name)
        named = {f"{name}.{key}": one for key, one in value.items()} if isinstance(value, Mapping) else {name: value}
        inner = {place: one for place, one in named.items() if isinstance(one, BaseModel)}
        for place, one in inner.items():
            found += _paths_of_keys(one, f"{above}{place}.")
        if inner:
            continue
        if _names_a_path(value):
            found.append(above + name)
    return found


def _leaves(tree: Tree, above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found |= _leaves(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return found
