"""The few operations that arrays of numpy and tensors of torch do not spell alike."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.features.compiled import compiled, only_read

Array: TypeAlias = Any
"""An array of numpy, or a tensor of torch."""

Weights: TypeAlias = Mapping[str, Array]
"""A model's tensors by name."""

Drop: TypeAlias = Callable[[Array], Array]
"""Dropout while training; `keep` otherwise."""


def keep(array: Array) -> Array:
    """Return the array as it is: dropout of a model that is not being trained."""
    return array


def exp(array: Array) -> Array:
    """Return e to the power of each element."""
    return np.exp(array) if isinstance(array, np.ndarray) else array.exp()


def sigmoid(array: Array) -> Array:
    """Return 1 / (1 + exp(-x)) of each element; beyond 30 either way float32 could not tell it from 0 or 1."""
    return 1 / (1 + exp(-array.clip(-30, 30)))


def relu(array: Array) -> Array:
    """Return each element, 0 for those below."""
    return np.maximum(array, 0) if isinstance(array, np.ndarray) else array.clip(0)


def concat(parts: list[Array]) -> Array:
    """Return the arrays joined along their last axis, which torch does without being imported."""
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts, -1)
    widths = [part.shape[-1] for part in parts]
    joined = parts[0].new_zeros((*parts[0].shape[:-1], sum(widths)))
    start = 0
    for part, width in zip(parts, widths, strict=True):
        joined = joined.slice_scatter(part, -1, start, start + width)
        start += width
    return joined


def standardised(values: Array, mean: Array, std: Array, clip: float) -> Array:
    """Return (N, F) the values (N, F) less the mean (F,), in standard deviations (F,), at most `clip` either way."""
    if not isinstance(values, np.ndarray):
        return ((values - mean) / std).clip(-clip, clip)
    if not values.shape[1] == len(mean) == len(std):  # a compiled loop does not look
        raise ValueError(f"{values.shape[1]} fields, {len(mean)} means and {len(std)} deviations")
    found = np.empty(values.shape, np.float32)
    _standardise(np.ascontiguousarray(values, np.float32), mean, 1 / std, clip, found)
    return found


def buckets(values: Array, edges: Array) -> Array:
    """Return (N, F) the number of edges that each value has reached.

    Args:
        values: (N, F).
        edges: (B - 1, F) rising down each column, +inf where a feature has fewer; B at most 256.
    """
    if not isinstance(values, np.ndarray):
        return (values[:, None, :] >= edges).sum(1)
    if values.shape[1] != edges.shape[1]:  # a compiled loop does not look
        raise ValueError(f"{values.shape[1]} fields, and edges of {edges.shape[1]}")
    reached = np.zeros(values.shape, np.uint8)
    _count_edges(np.ascontiguousarray(values, np.float32), np.ascontiguousarray(edges, np.float32), reached)
    return reached


def sum_of_buckets(table: Array, index: Array, count: int) -> Array:
    """Return (N, W) the sum over fields of the rows of their buckets.

    Args:
        table: (F * B, W) rows of each field's buckets, field by field.
        index: (N, F) bucket of each field, in [0, B).
        count: B.
    """
    if isinstance(index, np.ndarray):
        if len(table) != index.shape[1] * count:  # a compiled loop does not look
            raise ValueError(f"{index.shape[1]} fields of {count} buckets, and a table of {len(table)} rows")
        sums = np.zeros((len(index), table.shape[1]), np.float32)
        numbers, common = np.ascontiguousarray(index, np.uint8), np.ones(index.shape[1], np.bool_)
        # What all candidates of a request have in common (the user, the context) is summed once.
        _find_common(numbers, common)
        _add_buckets(table, numbers[:1], np.flatnonzero(common).astype(np.uint64), count, sums[:1])
        sums[1:] = sums[:1]
        _add_buckets(table, numbers, np.flatnonzero(~common).astype(np.uint64), count, sums)
        return sums
    # A product with ones and zeros: its gradient is one, too, so it is deterministic where adding by index is not.
    numbers = index.new_ones(count).cumsum(0) - 1
    return (index[:, :, None] == numbers).to(table.dtype).reshape(len(index), -1) @ table


def sum_of_rows(table: Array, index: Array) -> Array:
    """Return (N, W) the sum of the rows (R, W) that each example's (N, C) numbers name."""
    examples, columns = index.shape
    if isinstance(index, np.ndarray):
        sums = np.zeros((examples, table.shape[1]), np.float32)
        _add_rows(table, np.ascontiguousarray(index, np.uint32), sums)
        return sums
    return table.index_select(0, index.reshape(-1)).reshape(examples, columns, -1).sum(1)


@compiled(only_read("float32", 2), only_read("float32"), only_read("float32"), "float32", "float32[:, ::1]")
def _standardise(
    values: NDArray[np.float32],
    mean: NDArray[np.float32],
    scale: NDArray[np.float32],
    clip: float,
    found: NDArray[np.float32],
) -> None:
    """Fill in the values (N, F) less the mean (F,), times the scale (F,); without a division, which looks for 0."""
    for example in range(values.shape[0]):
        for field in range(values.shape[1]):
            value = (values[example, field] - mean[field]) * scale[field]
            value = value if value > -clip else -clip
            found[example, field] = value if value < clip else clip


@compiled(only_read("uint8", 2), "bool_[::1]")
def _find_common(index: NDArray[np.uint8], common: NDArray[np.bool_]) -> None:
    """Let `common` (F,) be False for the fields of which the examples' buckets (N, F) differ."""
    for example in range(1, index.shape[0]):
        for field in range(index.shape[1]):
            common[field] &= index[example, field] == index[0, field]


@compiled(only_read("float32", 2), only_read("float32", 2), "uint8[:, ::1]")
def _count_edges(values: NDArray[np.float32], edges: NDArray[np.float32], reached: NDArray[np.uint8]) -> None:
    """Add to `reached` (N, F) how many of its field's edges (B - 1, F) each value (N, F) has reached."""
    for example in range(values.shape[0]):
        for edge in range(edges.shape[0]):
            for field in range(values.shape[1]):
                reached[example, field] += values[example, field] >= edges[edge, field]


@compiled(only_read("float32", 2), only_read("uint32", 2), "float32[:, ::1]")
def _add_rows(table: NDArray[np.float32], index: NDArray[np.uint32], sums: NDArray[np.float32]) -> None:
    """Add to the sums (N, W) the rows of the table (R, W) that each example's (N, C) numbers name."""
    for example in range(index.shape[0]):
        for column in range(index.shape[1]):
            row = index[example, column]
            for place in range(table.shape[1]):
                sums[example, place] += table[row, place]


@compiled(only_read("float32", 2), only_read("uint8", 2), only_read("uint64"), "uint64", "float32[:, ::1]")
def _add_buckets(
    table: NDArray[np.float32],
    index: NDArray[np.uint8],
    fields: NDArray[np.uint64],
    count: int,
    sums: NDArray[np.float32],
) -> None:
    """Add to the sums (N, W) the rows of the table (F * B, W) that the buckets (N, F) of these fields (C,) name.

    Four at a time, so that a sum is read and written a quarter as often.
    """
    width, four = table.shape[1], np.uint64(4)
    for example in range(index.shape[0]):
        own, bucket = sums[example], index[example]
        at, end = np.uint64(0), np.uint64(len(fields))
        while at + four <= end:
            a, b, c, d = fields[at], fields[at + np.uint64(1)], fields[at + np.uint64(2)], fields[at + np.uint64(3)]
            first, second = table[a * count + bucket[a]], table[b * count + bucket[b]]
            third, fourth = table[c * count + bucket[c]], table[d * count + bucket[d]]
            for place in range(width):
                own[place] += (first[place] + second[place]) + (third[place] + fourth[place])
            at += four
        while at < end:
            row = table[fields[at] * count + bucket[fields[at]]]
            for place in range(width):
                own[place] += row[place]
            at += np.uint64(1)
