"""Windows of a district: the registry's own, and those of banks and agents, who see and make only what is theirs."""

from settlement.windows.window import WINDOW_KINDS, Window

__all__ = ["WINDOW_KINDS", "Window"]
