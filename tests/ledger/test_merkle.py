from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from ledger.merkle import EMPTY_ROOT, path_to, root_by_path, root_of

LEAVES = st.integers(1, 70).map(lambda size: [sha256(b"\0%d" % i).digest() for i in range(size)])


def tree_hash(leaves: list[bytes]) -> bytes:
    """The recursive definition of RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + tree_hash(leaves[:half]) + tree_hash(leaves[half:])).digest()


@given(LEAVES)
def test_the_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert root_of(leaves) == tree_hash(leaves)


def test_no_leaves() -> None:
    assert root_of([]) == EMPTY_ROOT == sha256(b"").digest()


@given(LEAVES, st.data())
def test_every_leaf_is_proved_at_its_place_and_at_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(-1, len(leaves)))
    path = path_to(leaves, index)
    assert root_by_path(leaves[index], index, len(leaves), path) == root_of(leaves)
    if other != index:
        assert root_by_path(leaves[index], other, len(leaves), path) != root_of(leaves)


@given(LEAVES, st.data())
def test_a_changed_path_proves_nothing(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = path_to(leaves, index)
    assert root_by_path(leaves[index], index, len(leaves), [*path, leaves[0]]) is None
    if path:
        assert root_by_path(leaves[index], index, len(leaves), path[:-1]) != root_of(leaves)
        changed = [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]]
        assert root_by_path(leaves[index], index, len(leaves), changed) != root_of(leaves)
