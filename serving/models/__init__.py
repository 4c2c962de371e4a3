"""The released models that serving answers with."""
