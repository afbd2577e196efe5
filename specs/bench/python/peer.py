"""The other side of the benchmark: Python blissdata doing what blissdata-rx does, as its users would.

Reads one JSON request a line from stdin, does the task, and answers with one JSON line on stdout: `seconds` that the task
took (imports and loading the scan do not count, as on the other side) and the key of its `scan`, or an `error`.
"""

import gc
import json
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from blissdata.exceptions import EndOfStream
from blissdata.redis_engine.store import DataStore
from blissdata.streams import CursorGroup
from blissdata.streams.default import Stream

TEMPLATES = 16
IDENTITY = {"name": "bench", "number": 1, "data_policy": "ESRF"}

# The same points as in points.ts.
spectra = [(np.arange(4096) * 3 - k).astype(np.int32) for k in range(TEMPLATES)]
images = [(np.arange(1024 * 100) * 7 + k).astype(np.uint16).reshape(1024, 100) for k in range(TEMPLATES)]
frames = [(np.arange(2048 * 2048) * 5 + k).astype(np.uint16).reshape(2048, 2048) for k in range(4)]


def document(index):
    return {"index": index, "motor": "theta", "position": index * 0.5, "shutter": index % 2 == 0}


def expect(right, what):
    if not right:
        raise AssertionError(f"{what} is not what was written")


def create(url, definitions):
    scan = DataStore(url).create_scan(IDENTITY)
    streams = [scan.create_stream(definition) for definition in definitions]
    scan.prepare()
    scan.start()
    return scan, streams


def close(scan):
    scan.stop()
    scan.close()


def views(cursor):
    while True:
        try:
            yield cursor.read()
        except EndOfStream:
            return


def write_scalars(url, points):
    scan, [stream] = create(url, [Stream.make_definition("scalars", np.float64)])
    start = time.perf_counter()
    for i in range(points):
        stream.send(i * 0.5)
    stream.join()
    seconds = time.perf_counter() - start
    close(scan)
    return seconds, scan.key


def write_images(url, points):
    scan, [stream] = create(url, [Stream.make_definition("image", np.uint16, (1024, 100))])
    start = time.perf_counter()
    for i in range(points):
        stream.send(images[i % TEMPLATES])
    stream.join()
    seconds = time.perf_counter() - start
    close(scan)
    return seconds, scan.key


def write_example(url, points):
    scan, streams = create(
        url,
        [
            Stream.make_definition("diode", np.float64),
            Stream.make_definition("spectrum", np.int32, (4096,)),
            Stream.make_definition("image", np.uint16, (1024, 100)),
            Stream.make_definition("log", "json"),
        ],
    )
    diode, spectrum, image, log = streams
    start = time.perf_counter()
    for i in range(points):
        diode.send(i * 0.5)
        spectrum.send(spectra[i % TEMPLATES])
        image.send(images[i % TEMPLATES])
        log.send(document(i))
    for stream in streams:
        stream.join()
    seconds = time.perf_counter() - start
    close(scan)
    return seconds, scan.key


CHECKS = {
    "scalars": lambda index, value: value == index * 0.5,
    "diode": lambda index, value: value == index * 0.5,
    "spectrum": lambda index, value: np.array_equal(value, spectra[index % TEMPLATES]),
    "image": lambda index, value: np.array_equal(value, images[index % TEMPLATES]),
    "frame": lambda index, value: value[0, 0] == frames[index % 4][0, 0] and value[-1, -1] == frames[index % 4][-1, -1],
    "log": lambda index, value: value == document(index),
}


def read_checked(url, scan, points, names):
    """Reads streams together, comparing every point with what was written."""
    streams = DataStore(url).load_scan(scan).streams
    counts = {name: 0 for name in names}
    start = time.perf_counter()
    for group in views(CursorGroup([streams[name] for name in names])):
        for stream, view in group.items():
            right = CHECKS[stream.name]
            for index, value in enumerate(view.get_data(), view.index):
                expect(right(index, value), f"{stream.name}[{index}]")
            counts[stream.name] += len(view)
    seconds = time.perf_counter() - start
    expect(all(count == points for count in counts.values()), f"the number of points {counts}")
    return seconds, scan


def read_example(url, scan, points):
    return read_checked(url, scan, points, ["diode", "spectrum", "image", "log"])


def catch_up(url, scan, name, points):
    """Reads a stream as fast as it can, and looks at the first point of what comes."""
    stream = DataStore(url).load_scan(scan).streams[name]
    right = CHECKS[name]
    count = 0
    start = time.perf_counter()
    for view in views(stream.cursor()):
        data = view.get_data()
        expect(right(count, data[0]), f"{name}[{count}]")
        count += len(data)
    seconds = time.perf_counter() - start
    expect(count == points, f"the number of points {count}")
    return seconds, scan


def random_points(url, scan, indices):
    stream = DataStore(url).load_scan(scan).streams["scalars"]
    right = CHECKS["scalars"]
    stream[0]
    start = time.perf_counter()
    for index in indices:
        expect(right(index, stream[index]), f"scalars[{index}]")
    return time.perf_counter() - start, scan


def random_slices(url, scan, starts, points):
    stream = DataStore(url).load_scan(scan).streams["scalars"]
    right = CHECKS["scalars"]
    stream[0]
    start = time.perf_counter()
    for first in starts:
        data = stream[first : first + points]
        expect(len(data) == points and right(first, data[0]) and right(first + points - 1, data[-1]), f"scalars[{first}:]")
    return time.perf_counter() - start, scan


TASKS = {task.__name__: task for task in [write_scalars, write_images, write_example, read_example, catch_up, random_points, random_slices]}


def about():
    try:
        parser = f"hiredis {version('hiredis')}"
    except PackageNotFoundError:
        parser = "no hiredis"
    return f"Python {platform.python_version()}, blissdata {version('blissdata')}, redis-py {version('redis')}, {parser}"


def main():
    print(json.dumps({"about": about()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        gc.collect()
        try:
            seconds, scan = TASKS[request["task"]](**request["arguments"])
            reply = {"seconds": seconds, "scan": scan}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


main()
