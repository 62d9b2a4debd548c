"""Devices at a counter, through the bridges of docs/devices.md."""
