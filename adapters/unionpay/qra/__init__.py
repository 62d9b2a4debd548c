"""UnionPay QRA 条码支付综合前置平台: its signature and its messages.

No public source says how a QRA payment is divided among receivers, nor what its notification holds beyond order,
transaction and amount. Both have to come from the acquirer before a channel is built on what is here.
"""
