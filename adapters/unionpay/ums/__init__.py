"""ChinaUMS 银联商务 bills (net-pay): one code that 云闪付, WeChat and Alipay can pay.

Its documents are behind a log-in. What public sources agree on is built here; where they disagree, the more careful
reading is taken and said so. Before going live the acquirer has to confirm the split of 云闪付 payments, which secret
signs notifications, and the layout of the statement.
"""
