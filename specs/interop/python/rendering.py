"""Values as texts that are equal if, and only if, the values are: what both sides of a test compare."""

import json
import struct

import numpy as np


def number(value):
    """A number as its shape and its little-endian bytes; float16 as the float32 that is equal to it."""
    array = np.asarray(value)
    if array.dtype.kind == "f" and array.dtype.itemsize == 2:
        array = array.astype(np.float32)
    shape = "x".join(str(length) for length in array.shape)
    return f"{shape}:{array.astype(array.dtype.newbyteorder('<')).tobytes().hex()}"


def document(value):
    """A JSON value. Integers that a double holds exactly are that double: JSON tells no difference between 1 and 1.0."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _double(float(value)) if _fits_double(value) else str(value)
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return f"[{','.join(document(item) for item in value)}]"
    if isinstance(value, dict):
        members = sorted(f"{json.dumps(key)}:{document(item)}" for key, item in value.items())
        return f"{{{','.join(members)}}}"
    raise TypeError(f"not JSON: {type(value)}")


def points(dtype, values):
    """Each point of a stream; dtype is "json" for documents."""
    return [document(value) if dtype == "json" else number(value) for value in values]


def _fits_double(value):
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _double(value):
    return f"={struct.pack('>d', value).hex()}"
