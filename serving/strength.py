"""What an action says of a user's liking; views and channels weigh it as the features do, so it stands there."""

from training.features.liking import POSITIVE, RATE, STRENGTH, positives, strengths

__all__ = ["POSITIVE", "RATE", "STRENGTH", "positives", "strengths"]
