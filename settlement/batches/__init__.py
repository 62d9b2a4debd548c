"""Lists of many cases of one kind, taken in together: a developer's homes, a bank's mortgages."""
