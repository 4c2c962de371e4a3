"""Experiments: arms, each with a configuration of its own, among which users are shared out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Final, Self, TypeAlias

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import InvalidFieldError
from schemas.text import check_name
from schemas.validation import MAX_SCENARIO
from serving.config_file import Table
from serving.configuration.allocation import BUCKETS, allocate, bucket_of
from serving.errors import InvalidConfigError

MAX_ARMS: Final = 20
MAX_SCENARIOS: Final = 100


def _name(text: str) -> str:
    try:
        check_name(text, "name", MAX_SCENARIO)
    except InvalidFieldError as error:
        raise ValueError(error.why) from error
    return text


Name: TypeAlias = Annotated[str, AfterValidator(_name)]


class Arm(BaseModel):
    """One way to answer the users of an experiment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: int = Field(ge=0, le=1_000_000, description="Its share of the users, in proportion to the others'.")
    config: Mapping[str, Any] = Field(
        default_factory=dict, description="Laid over the scenario's configuration; empty for the control."
    )


class Design(BaseModel):
    """What an operator says of an experiment. Without arms nobody is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenarios: Annotated[tuple[Name, ...], Field(max_length=MAX_SCENARIOS)] = Field(
        default=(), description="Where it applies; none named: in all scenarios."
    )
    salt: Annotated[str, Field(max_length=MAX_SCENARIO)] = Field(
        default="", description="Another one shuffles the users anew; empty: the experiment's name."
    )
    arms: Annotated[Mapping[Name, Arm], Field(max_length=MAX_ARMS)] = Field(
        default_factory=dict, description="By name; the first one is what the others are compared with."
    )


@dataclass(frozen=True)
class Experiment:
    """An experiment of a tenant, as it runs."""

    tenant: str
    name: str
    version: int
    design: Design

    @classmethod
    def of(cls, tenant: str, name: str, version: int, table: Table, path: str) -> Self:
        """Return the experiment that the table describes; raise InvalidConfigError with the path of a wrong value."""
        try:
            design = Design.model_validate(table)
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidConfigError(".".join([path, *map(str, first["loc"])]), first["msg"]) from error
        if design.arms and not any(arm.weight for arm in design.arms.values()):
            raise InvalidConfigError(f"{path}.arms", "must hold one with a weight above 0")
        return cls(tenant, name, version, design)

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of its arms; the first one is the control."""
        return tuple(self.design.arms)

    def applies_to(self, scenario: str) -> bool:
        """Return whether lists of the scenario are part of it."""
        return bool(self.arms) and (not self.design.scenarios or scenario in self.design.scenarios)

    def meets(self, other: Self) -> bool:
        """Return whether there is a scenario that both apply to."""
        mine, theirs = set(self.design.scenarios), set(other.design.scenarios)
        return bool(self.arms and other.arms) and (not mine or not theirs or not mine.isdisjoint(theirs))

    @cached_property
    def fields(self) -> frozenset[str]:
        """What one or other of its arms configures."""
        return frozenset(field for arm in self.design.arms.values() for field in arm.config)

    @cached_property
    def shares(self) -> dict[str, float]:
        """The part of all buckets that each arm has: near its weight's, and exactly what users are shared out by."""
        if not self.arms:
            return {}
        counts = np.bincount(self._arm_of_bucket, minlength=len(self.arms))
        return {arm: int(count) / BUCKETS for arm, count in zip(self.arms, counts, strict=True)}

    def arm_of(self, user: str) -> str:
        """Return the arm that the user is in, in every scenario and on every server the same; it must have arms."""
        return self.arms[self._arm_of_bucket[bucket_of(self.tenant, self.salt, user)]]

    @property
    def salt(self) -> str:
        """What users are shared out by."""
        return self.design.salt or self.name

    @cached_property
    def _arm_of_bucket(self) -> list[int]:
        """By bucket; a list, for a number out of an array costs more than the hash before it."""
        weights = {name: arm.weight for name, arm in self.design.arms.items()}
        found: list[int] = allocate(self.tenant, self.salt, weights).tolist()
        return found
