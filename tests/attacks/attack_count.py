"""How many attacks were tried, for the summary of the run."""

ATTACKS = [0]
