"""Reads a set that a person hands in: files as texts by path, from a JSON object, a zip archive or a folder."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foundation.errors import BadInput
from settlement.assessment import RuleSet
from settlement.assessment.loading import content_of_texts, texts_of
from settlement.assessment.loading_checks import check

FILES_MAX = 2000
BYTES_MAX = 4 << 20
_NODES_MAX = 400_000
_PATH = re.compile(r"(?:(?:national|[1-9][0-9]{1,5})/)?[a-z][a-z0-9_]*\.yaml")


def texts_of_folder(folder: Path) -> dict[str, str]:
    """The rule files in a folder of this machine."""
    return checked_texts(texts_of(folder))


def texts_of_zip(archive: bytes) -> dict[str, str]:
    """The rule files of a zip archive; a single folder around them is taken off, other files are left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            inside = [one for one in opened.infolist() if one.filename.endswith(".yaml")]
            if len(inside) > FILES_MAX or sum(one.file_size for one in inside) > BYTES_MAX:
                raise BadInput("files", f"{len(inside)} files", f"at most {FILES_MAX} files and {BYTES_MAX} bytes")
            root = next((one.filename for one in inside if one.filename.endswith("set.yaml")), "")
            around = root.removesuffix("set.yaml")
            texts = {one.filename.removeprefix(around): opened.read(one).decode("utf-8") for one in inside}
    except (zipfile.BadZipFile, UnicodeDecodeError, RuntimeError, NotImplementedError) as wrong:
        raise BadInput("files", f"{len(archive)} bytes", f"a zip archive of rule files in UTF-8 ({wrong})") from wrong
    return checked_texts(texts)


def checked_texts(files: Any) -> dict[str, str]:
    """The files if they are texts by paths of rule files, and not too large. BadInput names the first that is not."""
    if not isinstance(files, Mapping) or not 0 < len(files) <= FILES_MAX:
        raise BadInput("files", type(files).__name__, f"an object of 1 to {FILES_MAX} files, each path with its text")
    for path, text in files.items():
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            raise BadInput("files", path, "a path such as set.yaml, national/deed_tax.yaml or 34/deed_tax.yaml")
        if not isinstance(text, str) or "\x00" in text:
            raise BadInput(f"files.{path}", type(text).__name__, "the text of the file")
    if sum(len(text.encode()) for text in files.values()) > BYTES_MAX:
        raise BadInput("files", f"{len(files)} files", f"at most {BYTES_MAX} bytes together")
    return dict(files)


def sound_set(texts: Mapping[str, str]) -> RuleSet:
    """The set that the texts make, with every check of loading. BadRules names the file, the place and the fault."""
    try:
        content = content_of_texts(texts)
        _count(content, 0)
    except RecursionError:
        raise BadInput("files", "content", "files that do not nest without end") from None
    rules = RuleSet.of_content(content)
    check(rules)
    return rules


def _count(node: Any, seen: int) -> int:
    """Counts what is written or repeated by alias, so that a small text cannot unfold into a large set."""
    seen += 1
    if seen > _NODES_MAX:
        raise BadInput("files", "content", f"at most {_NODES_MAX} values, those repeated by alias included")
    if isinstance(node, Mapping | list):
        for each in node.values() if isinstance(node, Mapping) else node:
            seen = _count(each, seen)
    return seen
