"""Which parts of a file were sent, as merged ranges, and what a `Range` header asks for. Pure."""

import re
from collections.abc import Sequence

MOST_RANGES = 500
_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def merged(ranges: Sequence[Sequence[int]], start: int, end: int) -> list[list[int]]:
    """The ranges with `[start, end)` added; at most MOST_RANGES, the smallest are forgotten."""
    if end <= start:
        return [list(one) for one in ranges]
    result: list[list[int]] = []
    for low, high in sorted([*((one[0], one[1]) for one in ranges), (start, end)]):
        if result and low <= result[-1][1]:
            result[-1][1] = max(result[-1][1], high)
        else:
            result.append([low, high])
    while len(result) > MOST_RANGES:
        result.remove(min(result, key=lambda one: one[1] - one[0]))
    return result


def length(ranges: Sequence[Sequence[int]]) -> int:
    """How many bytes the ranges hold."""
    return sum(high - low for low, high in ranges)


def asked(header: str | None, size: int) -> tuple[int, int] | None:
    """`[start, end)` of a single range; None for the whole file. ValueError when not satisfiable.

    Several ranges, other units and what is malformed are ignored, as RFC 9110 14.2 allows.
    """
    found = _ONE.fullmatch((header or "").strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        count = min(int(last), size)
        if count == 0:
            raise ValueError("an empty suffix")
        return size - count, size
    start, end = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise ValueError("past the end")
    return start, end
