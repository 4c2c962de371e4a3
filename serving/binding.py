"""Where a server may listen: on loopback, as long as nobody has to show a key."""

from ipaddress import ip_address

from serving.errors import InvalidConfigError


def check_loopback(host: str) -> None:
    """Raise InvalidConfigError if other machines could reach a server that listens on this address."""
    try:
        safe = host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, which may be of any address
        safe = False
    if not safe:
        raise InvalidConfigError(
            "host",
            f"must be a loopback address, not {host!r}: there are no keys yet, and whoever reaches the server reads "
            "and writes every tenant's data; put a proxy that authenticates in front of it",
        )
