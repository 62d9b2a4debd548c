"""YAML as the house reads it: no objects, no word that stands twice in one mapping, and fast."""

from typing import Any

import yaml

_MERGE = "tag:yaml.org,2002:merge"


class _Strict(yaml.CSafeLoader):
    """The safe loader of libyaml; a repeated key is an error there, not a value that silently wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:  # `<<: *base`: what it brings may be said again
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.YAMLError(f"line {key_node.start_mark.line + 1}: {key!r} stands twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def parse_yaml(text: str) -> Any:
    """The content of a YAML text; raises yaml.YAMLError that names the line."""
    return yaml.load(text, Loader=_Strict)  # noqa: S506 - it is a safe loader
