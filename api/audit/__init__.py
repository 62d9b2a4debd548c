"""Who did what: steps of every machine, looks at personal data, sign-ins and refusals, proposals, exports."""
