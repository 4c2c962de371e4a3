"""The server's clock: read at the edge only, never by a stage."""

from typing import Final

ALLOWED_AHEAD_MS: Final = 24 * 3600 * 1000
"""How far ahead of the server a client's time may be: one day, as the agents allow against the broker's."""
