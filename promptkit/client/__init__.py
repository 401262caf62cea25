"""The careful client: cache, single flight, budget, pace, journal, retry."""
