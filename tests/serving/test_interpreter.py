"""The interpreter of a server."""

import gc

from serving.interpreter import calm_collector


def test_the_collector_looks_seldom_and_is_never_off() -> None:
    before = gc.get_threshold()
    try:
        calm_collector()
        assert gc.isenabled()
        assert all(mine >= default for mine, default in zip(gc.get_threshold(), (7_000, 10, 10), strict=True))
        assert gc.get_freeze_count() == 0
    finally:
        gc.set_threshold(*before)
