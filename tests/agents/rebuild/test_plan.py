"""The plan: every offset that is to be folded is in one part, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from agents.rebuild.plan import FROM_AGENTS, FROM_EVENTS, parts_left
from agents.roster import AGENTS
from topics.generation import Generation
from topics.offsets import Partition

generations = st.builds(Generation, st.integers(0, 3))
offsets = st.integers(0, 100)


def test_every_agent_has_its_turn() -> None:
    names = [agent.name for agent in (*FROM_EVENTS, *FROM_AGENTS)]
    assert sorted(names) == sorted(agent.name for agent in AGENTS)


@given(generations, st.data())
def test_each_offset_between_the_commit_and_the_bound_is_in_one_part(
    generation: Generation, data: st.DataObject
) -> None:
    source_of = {agent.name: generation.name(agent.source) for agent in AGENTS}
    places = st.builds(Partition, st.sampled_from([*source_of.values(), "another"]), st.integers(0, 3))
    bounds = data.draw(st.dictionaries(places, offsets))
    committed = data.draw(st.dictionaries(places, offsets))
    left = {
        (at, offset)
        for at, until in bounds.items()
        for offset in range(committed.get(at, 0), until)
        if at.topic != "another"
    }
    parts = parts_left(AGENTS, bounds, committed, generation)
    planned = [
        (Partition(source_of[part.agent], part.partition), offset)
        for part in parts
        for offset in range(part.start, part.until)
    ]
    assert len(planned) == len(set(planned))
    assert set(planned) == left
    assert sum(part.offsets for part in parts) == len(left)
    assert all(part.offsets > 0 for part in parts)
    assert [part.offsets for part in parts] == sorted((part.offsets for part in parts), reverse=True)


@given(generations, st.dictionaries(st.integers(0, 3), offsets, min_size=1))
def test_a_stage_has_parts_of_its_own_agents_only(generation: Generation, ends: dict[int, int]) -> None:
    bounds = {
        Partition(generation.name(agent.source), number): end for agent in AGENTS for number, end in ends.items()
    }
    for agents in (FROM_EVENTS, FROM_AGENTS):
        names = {agent.name for agent in agents}
        assert {part.agent for part in parts_left(agents, bounds, {}, generation)} <= names
