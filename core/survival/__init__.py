"""Time to event: curves, tests, hazard ratios. One safe input, `Outcome`, for all of them."""
