"""The benchmarks: Tideline's real processes on a stack of their own, and other engines at the same job beside them."""
