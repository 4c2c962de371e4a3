"""Errors of training/."""

from schemas.errors import TidelineError


class TrainingError(TidelineError):
    """Root of what training/ raises. The message names the file, key or record and what to do."""


class ExamplesError(TrainingError):
    """A file of examples cannot be read, or what it holds is not what examples are. Write it again."""


class UnfitExamplesError(TrainingError):
    """The examples are whole, but nothing can be learned from them: none, one group, or one label only.

    Collect more: a longer time, more users, or other negatives.
    """


class RecipeError(TrainingError):
    """A recipe has a key that is unknown, a value out of range, or a feature that does not exist. The message has its
    path in the file."""


class DivergedError(TrainingError):
    """The loss or a weight became NaN or infinite. Lower the learning rate, or look for extreme values or weights in
    the examples. No model was written; what stood before stands."""


class StoppedError(TrainingError):
    """Training was asked to stop, and left a checkpoint. The same command with `--resume` goes on from there."""


class RunError(TrainingError):
    """The folder of a run cannot be used: it holds another run, or a finished one. Choose another, or `--resume`."""


class WriteError(TrainingError):
    """A checkpoint, report or model could not be written: the disk is full, or the folder is not ours. The previous
    state stands; make room, and go on with `--resume`."""


class ArtifactError(TrainingError):
    """A model's folder cannot be read or written."""


class CorruptArtifactError(ArtifactError):
    """A model's folder is damaged: a file is missing or does not have its digest. Copy it again from its origin."""


class ArtifactMismatchError(ArtifactError):
    """A model's folder is whole, but is not the one that was asked for."""


class WorseModelError(TrainingError):
    """A model is worse than the one that answers. Train it better, or release it by force if that is meant."""


class NoReleaseError(TrainingError):
    """There is no such release of the model. `tideline models list` shows those that there are."""


class JobFailedError(TrainingError):
    """A command that a job consists of failed. The message is what it said last."""
