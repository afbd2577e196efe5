"""What Python publishes in these tests: every kind of stream, in batches of many lengths."""

from dataclasses import dataclass, field

import numpy as np

# How many points each call of send takes. One is sent as a point, more as a batch.
FIRST_HALF = (1, 1, 3, 1, 5)
SECOND_HALF = (2, 1, 7)

NUMERIC = [f"|{name}" for name in ("b1", "i1", "u1")] + [
    f"{order}{name}" for order in "<>" for name in ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
]

SHAPES = {"scalar": (), "vector": (3,), "image": (4, 5)}

# The free dimensions of a ragged stream, and the shapes its batches have in turn.
RAGGED = [
    ("<f8", (-1,), [(4,), (1,), (7,), (7,), (2,), (3,), (3,), (9,)]),
    (">i4", (-1,), [(1,), (1,), (1,), (2,), (5,), (6,), (1,), (2,)]),
    ("|b1", (-1,), [(3,), (8,), (1,), (9,), (2,), (4,), (11,), (5,)]),
    (">f2", (-1, 3), [(2, 3), (1, 3), (5, 3), (2, 3), (2, 3), (4, 3), (3, 3), (1, 3)]),
    ("<c16", (2, -1), [(2, 1), (2, 2), (2, 2), (2, 4), (2, 3), (2, 1), (2, 1), (2, 5)]),
    (">u8", (-1, -1), [(1, 2), (2, 1), (3, 3), (3, 3), (1, 1), (2, 2), (2, 3), (4, 2)]),
]

DOCUMENTS = [
    {"text": "plain", "number": 1, "float": 0.1, "flag": True, "nothing": None},
    {"nan": float("nan"), "inf": float("inf"), "minus": float("-inf"), "zero": -0.0},
    {"time_ns": 1_700_000_000_123_456_789, "min": -(2**63), "max": 2**64 - 1, "safe": 2**53 - 1, "next": 2**53 + 1},
    {"beyond": 2**80 + 1, "big_float": 1e300, "tiny": 5e-324, "whole_float": 2.0**70},
    {"unicode": "Å µm \u2028 😀 \ud800", "escapes": 'a"b\\c/\b\f\n\r\t\x00\x7f', "": "empty key"},
    {"nested": {"list": [1, [2, [3, {"deep": [float("nan"), 2**63]}]]], "empty": {}, "none": []}},
    {"__proto__": {"polluted": True}, "constructor": 1, "1": "one", "0": "zero"},
    {"NaN": "NaN", "text": "Infinity 12345678901234567890 NaN"},
    {},
    {"long": "x" * 5000},
    {"last": [-1, -1.5, 1e-7, 123456789.123456789]},
]
# 1.x publishes nothing but objects.
OTHER_DOCUMENTS = [[1, 2**60 + 1], "text", None, float("nan"), 12345678901234567890, -0.0, True, []]


@dataclass
class Sample:
    """A stream to publish: what is sent in each half, and the points that these calls are meant to add."""

    name: str
    dtype: str
    shape: tuple = ()
    info: dict = field(default_factory=dict)
    halves: tuple = ((), ())
    points: list = field(default_factory=list)


def all_samples(generation):
    random = np.random.default_rng(20240229)
    numeric = [
        _numeric(f"{kind} {dtype}", dtype, shape, [shape] * 8, random) for kind, shape in SHAPES.items() for dtype in NUMERIC
    ]
    ragged = [_numeric(f"ragged {dtype} {list(free)}", dtype, free, shapes, random) for dtype, free, shapes in RAGGED]
    documents = DOCUMENTS + (OTHER_DOCUMENTS if generation >= 2 else [])
    json = Sample("documents", "json", halves=(documents[:5], documents[5:]), points=documents)
    return [*numeric, *ragged, json, Sample("nothing", "<f8", info={"unit": "mA"})]


def _numeric(name, dtype, declared, shapes, random):
    """shapes has one for each call of send."""
    lengths = FIRST_HALF + SECOND_HALF
    batches = [_values(dtype, (length, *shape), random) for length, shape in zip(lengths, shapes)]
    sent = [batch if len(batch) > 1 else batch[0, ...] for batch in batches]
    half = len(FIRST_HALF)
    info = {"unit": "µm", "kind": name}
    return Sample(name, dtype, declared, info, (sent[:half], sent[half:]), [point for batch in batches for point in batch])


def _values(dtype, shape, random):
    """Numbers of all sizes, the outermost ones among them."""
    dtype = np.dtype(dtype)
    native = dtype.newbyteorder("=")
    count = int(np.prod(shape))
    if dtype.kind == "b":
        values = random.integers(0, 2, count).astype(bool)
    elif dtype.kind in "iu":
        limits = np.iinfo(native)
        values = random.integers(limits.min, limits.max, count, dtype=native, endpoint=True)
        _put(values, random, [limits.min, limits.max, 0, 1])
    else:
        part = np.zeros(1, native).real.dtype
        values = _floats(part, count, random).astype(native)
        if dtype.kind == "c":
            values.imag = _floats(part, count, random)
    return values.astype(dtype).reshape(shape)


def _floats(dtype, count, random):
    limits = np.finfo(dtype)
    powers = random.integers(-4, 4, count).astype(dtype)
    values = (random.standard_normal(count).astype(dtype) * dtype.type(10) ** powers).astype(dtype)
    special = [0.0, -0.0, np.nan, np.inf, -np.inf, limits.max, limits.min, limits.smallest_subnormal, limits.eps]
    _put(values, random, special)
    return values


def _put(values, random, special):
    """Replaces about every other number by a special one."""
    for at in np.flatnonzero(random.integers(0, 2, len(values))):
        values[at] = special[random.integers(len(special))]
