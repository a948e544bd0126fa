"""The package here is a distribution of its own, with its own tests; those run where it is installed."""

collect_ignore = ["chiasm-series"]
