"""Losses: labels that are not known add nothing, and lists are compared within themselves."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training import losses

torch.set_num_threads(1)


def drawn(seed: int, groups: int = 4, size: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(seed)
    count = groups * size
    labels = random.choice([0.0, 1.0, np.nan], (count, 2)).astype(np.float32)
    logits = torch.from_numpy(random.normal(0, 3, (count, 2)).astype(np.float32)).requires_grad_()
    weight = torch.from_numpy(random.uniform(0.1, 2, count).astype(np.float32))
    return logits, torch.from_numpy(labels), weight, torch.arange(groups).repeat_interleave(size)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_what_is_not_known_has_no_gradient(seed: int) -> None:
    logits, labels, weight, group = drawn(seed)
    loss = losses.pointwise(logits, labels, weight).sum() + losses.listwise(logits, labels, weight, group).sum()
    torch.autograd.backward(loss)
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert not logits.grad[labels.isnan()].any()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_as_computed_plainly(seed: int) -> None:
    logits, labels, weight, group = drawn(seed)
    scores, known = logits.detach().double(), ~labels.isnan()
    for head in range(2):
        kept = known[:, head]
        probability = scores[kept, head].sigmoid()
        truth, share = labels[kept, head].double(), weight[kept].double()
        each = -(truth * probability.log() + (1 - truth) * (1 - probability).log())
        expected = float((each * share).sum() / share.sum()) if kept.any() else 0.0
        assert losses.pointwise(logits, labels, weight)[head].item() == pytest.approx(expected, rel=1e-4, abs=1e-5)
        lists = []
        for number in range(int(group[-1]) + 1):
            own = kept & (group == number)
            positive = labels[own, head].double() * weight[own].double()
            if positive.sum() > 0:
                lists.append(float(-(positive * scores[own, head].log_softmax(0)).sum() / positive.sum()))
        expected = float(np.mean(lists)) if lists else 0.0
        assert losses.listwise(logits, labels, weight, group)[head].item() == pytest.approx(
            expected, rel=1e-4, abs=1e-4
        )


def test_a_lists_level_does_not_matter_to_its_order() -> None:
    logits, labels, weight, group = drawn(3)
    shifted = logits + group[:, None] * 7.0
    one, other = (losses.listwise(each, labels, weight, group) for each in (logits, shifted))
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
