"""TIPS, the network of finance, tax, treasury and banks: payment of tax vouchers by 银行端查询缴税."""
