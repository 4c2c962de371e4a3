"""Losses of ranking models; a label of NaN adds nothing and has no gradient."""

import torch
from torch import Tensor
from torch.nn import functional


def pointwise(logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
    """Return (H,) the weighted mean binary cross entropy of each head.

    Args:
        logits: (N, H).
        labels: (N, H) 0, 1 or NaN.
        weight: (N,).
    """
    known = ~labels.isnan()
    target = torch.where(known, labels, 0.0)
    loss = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    counted = weight[:, None] * known
    return (loss * counted).sum(0) / counted.sum(0).clamp(min=1e-12)


def listwise(logits: Tensor, labels: Tensor, weight: Tensor, group: Tensor) -> Tensor:
    """Return (H,) the cross entropy of each head's softmax within groups, the mean over groups with a positive.

    Cao et al.: Learning to Rank: From Pairwise Approach to Listwise Approach (ListNet, top one). ICML 2007.

    Args:
        logits, labels, weight: as of `pointwise`; a group's weight is that of its positives.
        group: (N,) numbers 0 to G - 1, a group's examples next to each other.
    """
    known = ~labels.isnan()
    positive = torch.where(known, labels, 0.0) * weight[:, None]
    groups = int(group[-1]) + 1
    index = group[:, None].expand_as(logits)
    masked = logits.masked_fill(~known, -1e30)
    zero = logits.new_zeros(groups, logits.shape[1])
    highest = (zero - 1e30).scatter_reduce(0, index, masked.detach(), "amax").clamp(min=-1e20)
    shifted = torch.where(known, logits - highest[group], -1e4)
    total = zero.index_add(0, group, torch.where(known, shifted.exp(), 0.0))
    likelihood = torch.where(known, shifted - total.clamp(min=1e-30).log()[group], 0.0)
    share = zero.index_add(0, group, positive)
    loss = -(zero.index_add(0, group, positive * likelihood)) / share.clamp(min=1e-12)
    counts = (zero.index_add(0, group, (positive > 0) * 1.0) > 0) * 1.0
    return (loss * counts).sum(0) / counts.sum(0).clamp(min=1.0)
