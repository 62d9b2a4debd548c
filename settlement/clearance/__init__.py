"""Clearance 税费缴清: may the title be registered? (先税后证)"""

from settlement.clearance.telling import tell_registry

__all__ = ["tell_registry"]
