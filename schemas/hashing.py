"""The one hash of ids, used in rows: xxh3 of the UTF-8 bytes, 64 bit, unsigned; stable over versions and machines."""

from xxhash import xxh3_64_intdigest


def id_hash(identity: str) -> int:
    """Return the hash of an id, 0 to 2**64 - 1; two of a billion ids collide with a chance of about 3 %."""
    return int(xxh3_64_intdigest(identity.encode()))
