"""Dropping a generation: its topics, its group's offsets and its local rows."""

from shutil import rmtree

from agents.errors import GenerationError
from agents.runtime.slot import claim_slot
from agents.settings import WorkerSettings
from schemas.records import GenerationChange, GenerationStatus
from topics.admin import TopicAdmin
from topics.catalog import DERIVED
from topics.generation import FIRST, Generation
from topics.generations import Generations
from topics.groups import Groups
from topics.moments import now_ms
from topics.producer import LogProducer
from topics.settings import KafkaSettings


def drop(generation: Generation, generations: Generations, kafka: KafkaSettings, settings: WorkerSettings) -> None:
    """Drop the generation. Safe to do again where it was cut off: one that is dropped already is dropped to the end.

    It is said first, so that nobody takes what is half gone for a generation. The events stay: whatever was dropped
    can be built again, under another number.

    Raises:
        GenerationError: there is none, it serves, or a worker or a rebuild is at work on it.
        TopicsError: the broker did not do its part.
    """
    if generation != FIRST and generation.number not in generations.all():
        raise GenerationError(f"there is no generation {generation}; see `tideline generations list`")
    if generation == generations.serving():
        raise GenerationError(f"generation {generation} serves: switch to another first, with `tideline switch`")
    groups, group = Groups(kafka), generation.group(settings.group)
    if members := groups.members(group):
        raise GenerationError(f"{members} workers keep generation {generation} current: stop them first")
    local = generation.folder(settings.state_dir)
    with claim_slot(local) as slot:
        if slot.name != "0":
            raise GenerationError(f"another process works at generation {generation}: it holds {local / '0'}")
        with LogProducer(kafka) as producer:
            generations.record(
                producer, GenerationChange(generation.number, GenerationStatus.DROPPED, changed_at=now_ms())
            )
        TopicAdmin(kafka).delete(generation.name(topic) for topic in DERIVED)
        groups.delete(group)
        # The first generation's folder is the parent of all others'.
        rmtree(slot if generation == FIRST else local)
