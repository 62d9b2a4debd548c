"""CNNONTAX, finance's socket interface for non-tax income: frames of counted bytes around CFX messages."""
