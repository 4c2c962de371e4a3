"""Errors of training/features."""

from schemas.errors import TidelineError


class FeatureError(TidelineError):
    """Root of what training/features raises. The message names the feature and what to do."""


class UnknownFeatureError(FeatureError):
    """No feature has that name. The message names those that are spelled alike; `tideline features list` has all."""


class FeatureMismatchError(FeatureError):
    """A model was trained on features that are defined otherwise here. Train it anew, or serve with its version."""
