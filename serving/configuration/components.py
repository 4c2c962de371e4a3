"""Components: what can be configured while servers run, by name."""

from typing import Final, NamedTuple, Self

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_id
from schemas.text import check_name
from schemas.validation import MAX_SCENARIO

SERVING: Final = "serving"
"""All scenarios of the tenant."""

EXPERIMENT: Final = "experiment"


class Component(NamedTuple):
    """One component of a tenant; they sort as they are laid over each other."""

    kind: str
    name: str
    """The scenario's or the experiment's; empty for all scenarios."""

    @property
    def text(self) -> str:
        """Its name in the contract and in the log."""
        return f"{self.kind}.{self.name}" if self.name else self.kind

    @property
    def layer(self) -> tuple[int, str]:
        """Where it lies: the tenant below its scenarios, those below experiments; the names in order."""
        return (0 if not self.name else 1 if self.kind == SERVING else 2), self.name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the component of that name; raise InvalidFieldError, naming `component`, if there can be none."""
        kind, dot, name = text.partition(".")
        if kind not in (SERVING, EXPERIMENT) or (not dot and kind == EXPERIMENT):
            known = "serving, serving.<scenario> or experiment.<name>"
            raise InvalidFieldError("component", f"must be {known}, not {text[:MAX_SCENARIO]!r}")
        if dot:
            check_name(name, "component", MAX_SCENARIO)
        check_id(text, "component")
        return cls(kind, name)
