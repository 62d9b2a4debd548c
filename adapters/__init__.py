"""One package for each outside system, and the simulator that plays them."""
