"""Scans one step at a time: writing them, and reading how they unfold."""

import math

import rendering
import stores
from either_blissdata import create_stream

_written = {}
_read = {}

METADATA = {
    "title": "ascan µ 😀",
    "count": 2**63 - 1,
    "nan": math.nan,
    "inf": -math.inf,
    "nested": {"values": [1, 2.5, math.nan, None, True], "empty": {}},
}


def create_scan(identity, info=None, model="esrf"):
    scan = stores.store(model).create_scan(identity, info=info or {})
    _written[scan.key] = scan
    return scan.key


def step(key, name):
    """Takes prepare, start, stop or close of a scan that was created here."""
    getattr(_written[key], name)()


def steps(key, names):
    """Takes many steps as fast as they can be."""
    for name in names:
        step(key, name)


def add_stream(key, name, dtype):
    return create_stream(_written[key], name, dtype).key


def send(key, name, points):
    stream = _written[key]._writer_streams[name]
    for point in points:
        stream.send(point)
    stream.join()


def set_metadata(key):
    """Gives a scan metadata of all sorts, NaN among them."""
    _written[key].info = dict(METADATA)


def set_end_reason(key, reason):
    _written[key].info["end_reason"] = reason


def written_info(key):
    return rendering.document(_written[key].info)


def load(key, model="esrf"):
    """Loads a scan, to be looked at and updated later."""
    _read[key] = stores.store(model).load_scan(key)
    return look(key)


def update(key):
    """Waits for the next state of a scan that was loaded."""
    _read[key].update()
    return look(key)


def look(key):
    scan = _read[key]
    identity = {name: getattr(scan, name) for name in type(scan._model.id).model_fields if name != "pk"}
    return {
        "state": scan.state.name,
        "info": rendering.document(scan.info),
        "streams": sorted(scan.streams),
        "identity": identity,
    }


COMMANDS = {
    function.__name__: function
    for function in (create_scan, step, steps, add_stream, send, set_metadata, set_end_reason, written_info, load, update)
}
