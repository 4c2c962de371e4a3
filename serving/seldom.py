"""Seldom: what happens with every request, while something is away, is logged now and then."""


class Seldom:
    """Says whether to tell of something again; by name, each at most once in so many seconds."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._told_at: dict[str, float] = {}

    def due(self, name: str, now_s: float) -> bool:
        """Return whether it is to be told now, and take it as told if so; the clock must never go back."""
        told_at = self._told_at.get(name)
        if told_at is not None and now_s - told_at < self._every_s:
            return False
        self._told_at[name] = now_s
        return True
