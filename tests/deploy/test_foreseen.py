from __future__ import annotations

import errno

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings

from deploy.errors import PortTakenError
from deploy.foreseen import foreseen


class SomeSettings(BaseSettings):
    size: int


class Parsed(BaseModel):
    size: int


def failure(model: type[BaseModel]) -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        model(size="large")
    return raised.value


def test_what_is_raised_on_purpose_speaks_for_itself() -> None:
    assert foreseen(PortTakenError("port 1 is taken")) == "port 1 is taken"


def test_a_bad_setting_is_named_with_its_value() -> None:
    told = foreseen(failure(SomeSettings))
    assert told
    assert told.startswith("SomeSettings: size 'large': Input should be a valid integer")


def test_a_full_disk_is_named_with_the_file() -> None:
    assert foreseen(OSError(errno.ENOSPC, "No space left on device", "/data/log")) == (
        "the disk is full: could not write /data/log"
    )


@pytest.mark.parametrize("error", [failure(Parsed), OSError(errno.EACCES, "no"), KeyError("bug")], ids=repr)
def test_everything_else_deserves_its_traceback(error: Exception) -> None:
    assert foreseen(error) is None
