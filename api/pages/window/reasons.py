"""Why a clerk takes something back: chosen from a list, with a sentence of one's own where one wants or has to."""

from api.pages.texts import Speech
from foundation.errors import BadInput

REASONS = {
    "withdraw": ("facts", "price", "parties", "given_up", "twice"),
    "replace": ("expired", "lost", "leaked", "not_opening"),
    "cancel": ("leaked", "wrong_person", "given_up"),
}
"""By action. Each list ends with another reason, which has to be written."""


def reason_of(action: str, why: str, own: str) -> str:
    """The reason as it is recorded, in Chinese. BadInput where none was chosen and none is written."""
    words = Speech("zh")
    said = own.strip()
    if why in REASONS[action]:
        return f"{words(f'reason.{why}')}{f'：{said}' if said else ''}"
    if not said:
        raise BadInput("reason", None, "one sentence")
    return said
