"""Profile: a user's attributes, each a register in which the latest change stands, and the erasures of them all."""

from collections.abc import Iterable, Sequence
from typing import Final

from agents.folds.sourced import Sourced, fresh
from schemas.packing import STAMPS
from schemas.records import UserChange, UserChangeKind, UserProfile

ATTRIBUTES: Final = 128
"""How many attributes the row keeps, removed ones among them: those changed last.

As many of the longest that validation lets pass still fit into one record of the changelog, 1 MiB.
"""

Register = tuple[tuple[int, int], bool, str]
"""Stamp, whether there is a value, the value: in this order the greater one stands."""


def fold(profile: UserProfile, events: Sequence[Sourced[UserChange]]) -> UserProfile:
    """Return the profile with the changes folded in; the same object if none of them alters what stands.

    Commutative and idempotent: a register holds the greatest of all that was set, the latest erasure removes those at
    or before its time, whichever comes first, and those changed last are kept. Of one stamp a value stands before its
    removal, and the greater value before the lesser: two changes under one id are a mistake of their producer, and
    what stands then is arbitrary, but not a matter of order.
    """
    new, applied = fresh(profile, events)
    columns = zip(profile.names, STAMPS.unpack(profile.stamps), profile.values, strict=True)
    before: dict[str, Register] = {name: (stamp, value is not None, value or "") for name, stamp, value in columns}
    registers = before.copy()
    erased_at = profile.erased_at
    for sourced in new:
        if sourced.event.change == UserChangeKind.ERASE:
            erased_at = max(erased_at, sourced.event.event_time)
            continue
        for name, register in _settings(sourced):
            if name not in registers or register > registers[name]:
                registers[name] = register
    registers = _kept(registers, erased_at)
    if registers == before and erased_at == profile.erased_at:
        return profile
    return UserProfile(
        applied=applied,
        names=list(registers),
        values=[value if is_set else None for _, is_set, value in registers.values()],
        stamps=STAMPS.pack(stamp for stamp, _, _ in registers.values()),
        erased_at=erased_at,
    )


def _settings(sourced: Sourced[UserChange]) -> Iterable[tuple[str, Register]]:
    stamp = (sourced.event.event_time, sourced.id_hash)
    yield from ((name, (stamp, False, "")) for name in sourced.event.removed)
    yield from ((name, (stamp, True, value)) for name, value in sourced.event.attributes.items())


def _kept(registers: dict[str, Register], erased_at: int) -> dict[str, Register]:
    """Return the registers set after the erasure, of those the last ones, by name.

    Both leave the least out, by stamp, and stamps only grow; so what is left out once is never missed later.
    """
    left = [(register[0], name) for name, register in registers.items() if register[0][0] > erased_at]
    return {name: registers[name] for name in sorted(name for _, name in sorted(left)[-ATTRIBUTES:])}
