"""Publishes and follows scans whose points say of which scan and which index they are: the twin of specs/faults/chaos/kinds.ts."""

import random
import time

import numpy as np
import stores
from blissdata.redis_engine.scan import ScanState
from either_blissdata import create_stream, read_until_end

POINTS = 2**32
SHAPE = (32, 64)
PIXELS = SHAPE[0] * SHAPE[1]


def _image(scan, index):
    pixels = (index * 40_503 + scan * 7919 + np.arange(PIXELS, dtype=np.int64) * 31) & 0xFFFF
    pixels[:3] = index & 0xFFFF, index >> 16, scan
    return pixels.astype(np.uint16).reshape(SHAPE)


def _document(scan, index):
    return {"scan": scan, "index": index, "text": "äx" * (index % 100)}


def _said_by_number(scan, value):
    return int(value) % POINTS if value // POINTS == scan and value % 1 == 0 else -1


def _said_by_image(scan, image):
    index = int(image[0, 0]) + int(image[0, 1]) * 0x10000
    return index if np.array_equal(image, _image(scan, index)) else -1


def _said_by_document(scan, document):
    index = document.get("index", -1)
    return index if document == _document(scan, index) else -1


class _Kind:
    def __init__(self, dtype, shape, pause, batch, points, said):
        self.dtype, self.shape, self.pause, self.batch, self.points, self.said = dtype, shape, pause, batch, points, said


def _numbers(scan, start, count):
    return scan * POINTS + np.arange(start, start + count, dtype=np.float64)


def _images(scan, start, count):
    return np.stack([_image(scan, index) for index in range(start, start + count)])


KINDS = {
    "diode": _Kind("float64", (), 0.006, 200, _numbers, _said_by_number),
    "camera": _Kind("uint16", SHAPE, 0.025, 4, _images, _said_by_image),
    "log": _Kind("json", (), 0.015, 1, lambda scan, start, _: _document(scan, start), _said_by_document),
}


def publish_chaotic(number, seconds):
    """Publishes a scan for so long; answers its key, and the key of each stream with how many points were sent."""
    scan = stores.store().create_scan({"name": "chaos", "number": number, "data_policy": "ESRF"})
    streams = {name: create_stream(scan, name, kind.dtype, kind.shape) for name, kind in KINDS.items()}
    sent = dict.fromkeys(KINDS, 0)
    due = dict.fromkeys(KINDS, 0.0)
    scan.prepare()
    scan.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, kind in KINDS.items():
            if due[name] > time.monotonic():
                continue
            count = random.choice((1, random.randint(1, kind.batch)))
            streams[name].send(kind.points(number, sent[name], count))
            sent[name] += count
            due[name] = time.monotonic() + random.uniform(0, kind.pause)
        time.sleep(0.002)
    for stream in streams.values():
        stream.join()
    scan.stop()
    scan.close()
    return {"key": scan.key, "streams": {name: {"key": stream.key, "sent": sent[name]} for name, stream in streams.items()}}


def follow_chaotic(since, last):
    """Follows all scans after a timetag, up to one of the name `last`; answers of each its key and what was read of its streams, in runs."""
    scans = []
    while True:
        since, key = stores.store().get_next_scan(since=since)
        scan = stores.store().load_scan(key)
        if scan.name == last:
            return scans
        while scan.state < ScanState.PREPARED:
            scan.update()
        # Python reads the document and then the state: it may know of the state before it knows the streams.
        while not scan.streams:
            scan = stores.store().load_scan(key)
        runs = {name: [] for name in KINDS}
        for name, index, points in read_until_end(list(scan.streams.values())):
            for offset, point in enumerate(points):
                _add(runs[name], index + offset, KINDS[name].said(scan.number, point))
        scans.append({"key": key, "runs": runs})


def _add(runs, index, said):
    """Points that follow each other, and say so, become one run: the index of the first, what it says, and how many."""
    if runs and runs[-1][0] + runs[-1][2] == index and runs[-1][1] + runs[-1][2] == said:
        runs[-1][2] += 1
    else:
        runs.append([index, said, 1])


COMMANDS = {function.__name__: function for function in (publish_chaotic, follow_chaotic)}
