"""Sets for tests: the packaged one, changed in one figure."""

from settlement.rule_sets.keeping import packaged_texts


def with_fee(yuan: int, version: str = "2026.12-test") -> dict[str, str]:
    """The packaged set with another registration fee for homes, under another version."""
    texts = packaged_texts()
    texts["set.yaml"] = _replaced(texts["set.yaml"], "2026.11", version)
    fee = texts["national/registration_fee.yaml"]
    texts["national/registration_fee.yaml"] = _replaced(fee, '{yuan: "80"}', f'{{yuan: "{yuan}"}}')
    return texts


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)
