"""Payments: the one code of a bill, the orders behind it, and every way in which we hear that they were paid."""
