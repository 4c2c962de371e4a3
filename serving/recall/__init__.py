"""Recall: channels propose candidates, in parallel; merge makes one set of them."""
