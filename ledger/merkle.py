"""Merkle trees in the form of RFC 6962, section 2.1: roots, inclusion proofs, and their check.

Leaves come hashed (sha256 over a zero byte and the content). Levels are built from below, a node without a
neighbour moving up as it is; that gives the same tree as the recursive definition of the RFC.
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The tree's root over hashed leaves; of no leaves, the hash of nothing."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path_to(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root, from below (an audit path of the RFC)."""
    path = []
    level = list(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        level = _above(level)
        index //= 2
    return path


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to from a leaf in a tree of `size` leaves; None if the path does not fit."""
    if not 0 <= index < size:
        return None
    rest = list(path)
    last = size - 1
    node = leaf
    while last > 0:
        if index ^ 1 <= last:
            if not rest:
                return None
            neighbour = rest.pop(0)
            node = _join(neighbour, node) if index % 2 else _join(node, neighbour)
        index //= 2
        last //= 2
    return None if rest else node


def _above(level: list[bytes]) -> list[bytes]:
    joined = [_join(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return joined + level[-1:] if len(level) % 2 else joined


def _join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
