"""How good recommendations are: the pipeline and plain baselines on the same split of a log."""
