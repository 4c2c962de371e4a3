"""Keys: what the refresher shows a recommender that asks for keys; each tenant's lists are made by its own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from serving.credentials import AUTHORIZATION, Metadata, is_sendable
from serving.errors import InvalidConfigError


def load_keys(path: Path | None) -> Mapping[str, Metadata]:
    """Return, by tenant, what calls for it carry; nothing without a file of lines `tenant = "key"`.

    Raises InvalidConfigError, which never shows a key.
    """
    if path is None:
        return {}
    try:
        named = tomllib.loads(path.read_text())
    except OSError as error:
        raise InvalidConfigError(str(path), f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Their messages, and they as a cause, may show the line.
        raise InvalidConfigError(str(path), "is not TOML") from None
    for tenant, key in named.items():
        if not isinstance(key, str) or not key or not is_sendable(key) or " " in key:
            raise InvalidConfigError(tenant, "must be one word of printable ASCII, in quotes")
    return {tenant: ((AUTHORIZATION, f"Bearer {key}"),) for tenant, key in named.items()}
