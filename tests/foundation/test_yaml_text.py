"""YAML: strict about repeated words, open for merged mappings."""

import pytest
import yaml

from foundation.yaml_text import parse_yaml


def test_a_word_that_stands_twice_is_an_error_with_its_line() -> None:
    with pytest.raises(yaml.YAMLError, match="line 3: 'rate' stands twice"):
        parse_yaml("item: deed_tax\nrate: 1\nrate: 2\n")


def test_a_merged_mapping_may_be_said_again() -> None:
    assert parse_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n")["b"] == {"x": 1, "y": 3}


def test_objects_are_not_made() -> None:
    with pytest.raises(yaml.YAMLError):
        parse_yaml("!!python/object/apply:os.system ['true']")
