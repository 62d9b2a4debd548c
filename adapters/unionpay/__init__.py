"""UnionPay's channels: what they sign, ask, answer and settle. ACP 5.1.0 is docs/protocols.md, section 1."""
