"""Who signs how at UnionPay: each merchant by the method of the contract, under certificates or with a shared key."""

from collections.abc import Mapping
from dataclasses import replace

from adapters.simulator.acp_wire import AcpRefusal, KnownKey, sign, sign_keyed, verify, verify_keyed
from adapters.simulator.certificates import Identity, Keys, SharedKey, expired, stranger

Fields = Mapping[str, str]


class AcpSigning:
    """Checks what merchants send, and signs what they are told: truly, or as one does who may not."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._known = {merchant: KnownKey.of(each) for merchant, each in keys.merchants.items()}

    def check(self, fields: Fields) -> None:
        """AcpRefusal: no such merchant (31); another method than the contract's, or a wrong signature (11)."""
        number = fields.get("merId", "")
        if number not in self._known:
            raise AcpRefusal("31", f"商户状态不正确[3100000]: 没有商户 {number}")
        shared = self._keys.acp_keys.get(number)
        method = shared.method if shared else "01"
        if fields.get("signMethod", method) != method:
            raise AcpRefusal("11", f"验证签名失败[9100004]: 该商户的 signMethod 是 {method}")
        if shared:
            verify_keyed(fields, shared)
        else:
            verify(fields, self._known[number])

    def true(self, fields: Fields) -> dict[str, str]:
        """As UnionPay signs."""
        return self._signed(fields, self._keys.signer, None)

    def forged(self, fields: Fields) -> dict[str, str]:
        """As somebody signs whom nobody knows: the right name under a foreign authority, or another key."""
        return self._signed(fields, stranger(), "0" * 64)

    def expired(self, fields: Fields) -> dict[str, str]:
        """Under what counts no more: a certificate out of date, or a key that is not the merchant's now."""
        return self._signed(fields, expired(self._keys.middle), "1" * 64)

    def _signed(self, fields: Fields, by: Identity, other_key: str | None) -> dict[str, str]:
        shared: SharedKey | None = self._keys.acp_keys.get(fields.get("merId", ""))
        if shared is None:
            return sign(fields, by)
        return sign_keyed(fields, replace(shared, key=other_key) if other_key else shared)
