"""The groups and fields of the messages that a bank sends over TIPS, written apart from those of the engine."""

from collections.abc import Mapping

from adapters.simulator import cfx

_DAY, _NODE, _SERIAL, _OFFICE = "[0-9]{8}", "[0-9]{12}", "[0-9]{8}", "[0-9]{1,12}"
_TAXPAYER, _LEVY, _AMOUNT, _COUNT = r"\S{1,20}", "[0-9A-Za-z]{1,20}", r"-?[0-9]{1,15}\.[0-9]{2}", "[0-9]{1,9}"
_DETAIL = {"DetailNo": _COUNT, "TaxSubjectCode": "[0-9]{1,20}", "TaxNumber": _COUNT} | dict.fromkeys(
    ("TaxAmt", "FactTaxAmt"), _AMOUNT
)
_TYPE = {
    "ProjectId": _COUNT,
    "TaxTypeCode": "[0-9A-Za-z]{1,20}",
    "TaxStartDate": _DAY,
    "TaxEndDate": _DAY,
    "TaxType": "[1-4]",
    "TaxTypeAmt": _AMOUNT,
    "DetailNum": _COUNT,
    "TaxSubjectList2090": [_DETAIL],
}
FORMS: Mapping[str, cfx.Form] = {
    "2091": {
        "DeclareQuery2091": {
            "BankNo": _NODE,
            "EntrustDate": _DAY,
            "QueryNo": _SERIAL,
            "PayOpBkCode": "[0-9]{1,12}",
            "BankName": ".{1,60}",
            "TaxOrgCode": _OFFICE,
            "CorpCode?": ".{0,20}",
            "TaxPayCode": _TAXPAYER,
            "OuterLevyNo": _LEVY,
        }
    },
    "2090": {
        "DeHead2090": {"BankNo": _NODE, "EntrustDate": _DAY, "LevyNo": _SERIAL},
        "Declare2090": {
            "TaxPayCode": _TAXPAYER,
            "TaxOrgCode": _OFFICE,
            "PayOpBkCode": "[0-9]{1,12}",
            "PayAcct": ".{1,32}",
            "HandOrgName": ".{1,200}",
            "LevyState": "[0-9]",
            "OuterLevyNo": _LEVY,
            "TraAmt": _AMOUNT,
            "DetailNum": _COUNT,
            "TaxTypeList2090": [_TYPE],
        },
    },
    "2108": {
        "SingleReturn2108": {
            "BankNo": _NODE,
            "TaxVouNo": "[0-9A-Za-z]{1,18}",
            "OriTaxOrgCode": _OFFICE,
            "OriEntrustDate": _DAY,
            "OriTraNo": _SERIAL,
            "TaxDate": _DAY,
            "Result": "[0-9]{5}",
            "AddWord?": ".{0,60}",
        }
    },
    "9003": {
        "TraStatusCheck9003": {
            "SendOrgCode": _NODE,
            "SearchType": "[0-9]",
            "OriMsgNo": "[0-9]{4}",
            "OriEntrustDate": _DAY,
            "OriPackNo?": _SERIAL,
            "OriTraNo": _SERIAL,
        }
    },
}
