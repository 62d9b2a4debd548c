"""Refunds: money given back line by line, through the channel before it has arrived, by treasury or finance after."""
