"""RankingModel: a ranking model as it is used: logits of its members' mean, and calibrated probabilities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from training.artifact.forward import deepfm, lambdamart, two_tower, wide_deep
from training.artifact.forward.arrays import Array, Weights, sigmoid
from training.artifact.manifest import Manifest

FOLD: Final[Mapping[str, Callable[[Weights], Weights]]] = {
    "deepfm": deepfm.fold,
    "wide_deep": wide_deep.fold,
    "two_tower": two_tower.fold,
    "lambdamart": lambdamart.fold,
}
LOGITS: Final[Mapping[str, Callable[..., Array]]] = {
    "deepfm": deepfm.logits,
    "wide_deep": wide_deep.logits,
    "two_tower": two_tower.logits,
    "lambdamart": lambdamart.logits,
}


@dataclass(frozen=True, slots=True)
class RankingModel:
    """A ranking model over arrays of numpy (on the CPU) or tensors of torch (on a GPU)."""

    kind: str
    heads: tuple[str, ...]
    features: tuple[str, ...]
    members: Sequence[Weights]
    """The folded weights of each member of the ensemble."""

    a: Array
    b: Array

    @classmethod
    def of(cls, manifest: Manifest, tensors: Weights) -> Self:
        """Return the model of an artifact, folded and ready.

        Its tensors: what members share under a plain name (`mean`, `std`, `edges`, `a`, `b`, ...), what each learned
        under `0/name`, `1/name`, ... Its heads' names are the manifest's parameter `heads`, joined by commas.
        """
        shared = {name: tensor for name, tensor in tensors.items() if "/" not in name}
        own: dict[str, dict[str, Array]] = {}
        for name, tensor in tensors.items():
            member, divider, plain = name.partition("/")
            if divider:
                own.setdefault(member, {})[plain] = tensor
        return cls(
            kind=manifest.kind,
            heads=tuple(str(manifest.params["heads"]).split(",")),
            features=tuple(manifest.features),
            members=[FOLD[manifest.kind]({**shared, **own[member]}) for member in sorted(own, key=int)],
            a=tensors["a"],
            b=tensors["b"],
        )

    def logits(self, values: Array) -> Array:
        """Return (N, H) the mean of the members' logits for raw values (N, F)."""
        each = [LOGITS[self.kind](member, values) for member in self.members]
        return sum(each[1:], each[0]) / len(each)

    def probabilities(self, values: Array) -> Array:
        """Return (N, H) in (0, 1): how likely each head's outcome is, for raw values (N, F).

        Platt: Probabilistic Outputs for Support Vector Machines. 1999. Each head has its own `a` > 0 and `b`, so the
        order is that of the logits.
        """
        return sigmoid(self.a * self.logits(values) + self.b)
