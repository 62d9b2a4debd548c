"""UnionPay QRA 条码支付综合前置平台: one code for 云闪付, WeChat and Alipay.

No public source says how a QRA payment is divided among receivers, nor lists its notification's fields: what is here
beyond order, transaction and amount follows the protocol family that QRA belongs to. The acquirer has to confirm it.
"""
