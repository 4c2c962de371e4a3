"""What may be configured for a scenario of a tenant, with defaults that serve. `config_file` reads it from TOML."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Any, Final, NamedTuple, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from xxhash import xxh3_64_hexdigest

from serving.ranking.rankers import RANKERS
from serving.reranking.chain import Chain
from serving.reranking.protocol import Rule
from serving.reranking.rules.availability import Availability
from serving.reranking.rules.block import Block
from serving.reranking.rules.boost import Boost
from serving.reranking.rules.diversity import Diversity
from serving.reranking.rules.frequency_cap import FrequencyCap
from serving.reranking.rules.freshness import Freshness
from serving.reranking.rules.mmr import Mmr
from serving.reranking.rules.pin import Pin
from serving.reranking.rules.seen import Seen

UNKNOWN_COMPONENT: Final = "unknown_component"
"""Type of the validation error for a name that no component has."""

CHANNELS: Final = (
    "ease",
    "ease_acts",
    "ease_any",
    "als",
    "transitions",
    "sasrec",
    "retrieval",
    "vector",
    "user_cf",
    "item_cf",
    "tag",
    "recent",
    "hot",
)
"""Those of models propose nothing until one is released."""

FILTERS: Final = (Availability.name, Block.name, FrequencyCap.name, Seen.name)
RULES: Final = (Boost.name, Mmr.name, Diversity.name, Freshness.name, Pin.name)


def _one_of(known: Collection[str], kind: str) -> AfterValidator:
    """Return the check that a name is one of those known."""

    def check(name: str) -> str:
        if name not in known:
            given = {"kind": kind, "name": name, "known": ", ".join(known)}
            raise PydanticCustomError(UNKNOWN_COMPONENT, "no {kind} is named {name}; there are {known}", given)
        return name

    return AfterValidator(check)


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("names one twice")
    return names


def _with_availability(names: tuple[str, ...]) -> tuple[str, ...]:
    if Availability.name not in names:
        raise ValueError(f"must hold {Availability.name}: what is not available is never served")
    return names


def _pins_last(names: tuple[str, ...]) -> tuple[str, ...]:
    if Pin.name in names[:-1]:
        raise ValueError(f"must have {Pin.name} last: a rule behind it would move what it has put in place")
    return names


ChannelNames: TypeAlias = Annotated[
    tuple[Annotated[str, _one_of(CHANNELS, "channel")], ...], Field(min_length=1), AfterValidator(_each_once)
]
FilterNames: TypeAlias = Annotated[
    tuple[Annotated[str, _one_of(FILTERS, "filter")], ...],
    AfterValidator(_each_once),
    AfterValidator(_with_availability),
]
RuleNames: TypeAlias = Annotated[
    tuple[Annotated[str, _one_of(RULES, "rule")], ...], AfterValidator(_each_once), AfterValidator(_pins_last)
]


class ChannelConfig(BaseModel):
    """How one channel takes part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: float = Field(default=1.0, ge=0, le=1000, description="What its scores count for in merging.")
    limit: int = Field(default=200, ge=1, le=2000, description="Most items that it may propose.")
    budget_ms: int = Field(default=80, ge=1, le=10_000, description="Milliseconds after which it is left out.")
    quota: int | None = Field(default=None, ge=1, le=2000, description="Most items that merging takes of it; or all.")
    guaranteed: int = Field(default=0, ge=0, le=500, description="First items that are candidates in any case.")


_PERSONAL: Final = ChannelConfig(limit=500)
"""Channels that know the user's taste agree on what is good: deep lists let rankers see how well each thinks of it."""

_COMMON: Final = ChannelConfig(weight=0.3, limit=100)


class Merging(NamedTuple):
    """What merging takes of each channel, by name; see `serving.recall.merge`."""

    weights: Mapping[str, float]
    quotas: Mapping[str, int]
    guaranteed: Mapping[str, int]


class RefreshedConfig(BaseModel):
    """When a list that was made ahead may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_age_s: int = Field(
        default=0, ge=0, le=30 * 86_400, description="Greatest age of one that answers, in seconds; 0 for never."
    )


class ScenarioConfig(BaseModel):
    """How lists of one scenario are made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: ChannelNames = Field(default=CHANNELS, description="Channels; an item's first one explains it.")
    ranker: Annotated[str, _one_of(RANKERS, "ranker")] = Field(
        default="deepfm", description="What scores candidates; until its model is released, merging does."
    )
    filters: FilterNames = Field(
        default=(Availability.name, Seen.name), description="Rules that take candidates out, in order."
    )
    rules: RuleNames = Field(
        default=(Diversity.name,), description="Rules that put ranked candidates in order, in order."
    )

    record: bool = Field(default=True, description="Whether lists are recorded as they are served.")
    stale_after_s: float = Field(default=60.0, gt=0, le=86_400, description="Staleness that makes an answer degraded.")
    refreshed: RefreshedConfig = Field(
        default=RefreshedConfig(), description="Whether a list made ahead answers, if the user did nothing since."
    )
    candidates: int = Field(default=500, ge=1, le=5000, description="Most candidates after merging.")

    ease: ChannelConfig = Field(default=_PERSONAL, description="EASE on how much was liked.")
    ease_acts: ChannelConfig = Field(default=_PERSONAL, description="Done together, by what was liked.")
    ease_any: ChannelConfig = Field(default=_PERSONAL, description="What is done together, liked or not.")
    als: ChannelConfig = Field(default=_PERSONAL, description="Matrix factors of what was liked.")
    transitions: ChannelConfig = Field(default=_PERSONAL, description="Taken shortly before or after.")
    sasrec: ChannelConfig = Field(default=_PERSONAL, description="Next in the sequence, by attention.")
    retrieval: ChannelConfig = Field(default=_PERSONAL, description="Near to the user among vectors.")
    vector: ChannelConfig = Field(default=_PERSONAL, description="The same in Milvus, with items that are new.")
    user_cf: ChannelConfig = Field(default=_PERSONAL, description="Liked by users of like taste.")
    item_cf: ChannelConfig = Field(default=_PERSONAL, description="Similar to what the user liked.")
    tag: ChannelConfig = Field(default=_COMMON, description="Of tags that the user likes.")
    recent: ChannelConfig = Field(default=ChannelConfig(weight=0.2, limit=100), description="Newly published.")
    hot: ChannelConfig = Field(default=_COMMON, description="Popular.")
    diversity: Diversity = Field(default=Diversity(), description="Windows over authors and categories.")

    boost: Boost = Field(default=Boost(), description="What stands higher or lower.")
    mmr: Mmr = Field(default=Mmr(), description="What is good, and unlike what stands above.")
    freshness: Freshness = Field(default=Freshness(), description="The least share of what is new.")
    pin: Pin = Field(default=Pin(), description="What stands at fixed places.")
    block: Block = Field(default=Block(), description="What is never shown.")
    frequency_cap: FrequencyCap = Field(default=FrequencyCap(), description="How often an item is shown to a user.")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with these values, which nothing derived from the others goes along with."""
        copy = super().model_copy(update=update, deep=deep)
        for derived in copy.__dict__.keys() - type(self).model_fields.keys():  # pydantic copies what is cached, too
            del copy.__dict__[derived]
        return copy

    def channel(self, name: str) -> ChannelConfig:
        """Return how the channel of that name takes part."""
        config: ChannelConfig = getattr(self, name)
        return config

    @cached_property
    def merging(self) -> Merging:
        """How the channels' proposals are merged."""
        configs = {name: self.channel(name) for name in self.channels}
        return Merging(
            weights={name: config.weight for name, config in configs.items()},
            quotas={name: config.quota for name, config in configs.items() if config.quota is not None},
            guaranteed={name: config.guaranteed for name, config in configs.items() if config.guaranteed},
        )

    @cached_property
    def digest(self) -> str:
        """The same for configurations that make the same lists, whether these are recorded, or made ahead, or not."""
        return xxh3_64_hexdigest(self.model_dump_json(exclude={"record", "refreshed"}).encode())

    @property
    def exclude_seen(self) -> bool:
        """Whether lists leave out what the user acted on, where the request says nothing else."""
        return Seen.name in self.filters

    def filter_chain(self, exclude_seen: bool) -> Chain:
        """Return the rules that take out, with or without `seen`."""
        return self._filter_chains[exclude_seen]

    @cached_property
    def _filter_chains(self) -> Mapping[bool, Chain]:
        others = Chain.of(self._rule(name) for name in self.filters if name != Seen.name)
        return {False: others, True: Chain((*others.rules, self._rule(Seen.name)))}

    @cached_property
    def rule_chain(self) -> Chain:
        """The rules that put in order."""
        return Chain.of(self._rule(name) for name in self.rules)

    def _rule(self, name: str) -> Rule:
        plain: Mapping[str, Rule] = {Availability.name: Availability(), Seen.name: Seen()}
        rule: Rule = plain[name] if name in plain else getattr(self, name)
        return rule
