"""The other side of the counters: Python blissdata publishing to many streams at each tick, or following them together.

`counters.py publish URL COUNTERS PER_SECOND SECONDS` prints the key of its scan once every stream has a first point, waits for
a line on stdin, publishes, and prints how many points each stream got, in which time, and the CPU that took.
`counters.py follow URL SCAN` prints a line once it has the first points; at the end it prints the send time and the latency of
every point of the first stream, in milliseconds, how many points there were in all, and the CPU. The first point is no time.
"""

import json
import sys
import time

import numpy as np
from blissdata.exceptions import EndOfStream
from blissdata.redis_engine.store import DataStore
from blissdata.streams import CursorGroup
from blissdata.streams.default import Stream


def say(what):
    print(json.dumps(what), flush=True)


def publish(url, counters, per_second, seconds):
    scan = DataStore(url).create_scan({"name": "bench", "number": 1, "data_policy": "ESRF"})
    streams = [scan.create_stream(Stream.make_definition(f"counter-{i}", np.float64)) for i in range(counters)]
    scan.prepare()
    scan.start()
    for stream in streams:
        stream.send(float("nan"))
    for stream in streams:
        stream.join()
    say(scan.key)
    sys.stdin.readline()
    points = round(per_second * seconds)
    start = time.perf_counter()
    cpu = time.process_time()
    for i in range(points):
        time.sleep(max(0, start + i / per_second - time.perf_counter()))
        now = time.time() * 1000
        for stream in streams:
            stream.send(now)
    for stream in streams:
        stream.join()
    say({"points": points, "seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu})
    scan.stop()
    scan.close()


def follow(url, scan):
    streams = list(DataStore(url).load_scan(scan).streams.values())
    cursors = CursorGroup(streams)
    first = streams[0].name
    primed = points = 0
    samples = []
    while True:
        try:
            views = cursors.read()
        except EndOfStream:
            break
        now = time.time() * 1000
        for stream, view in views.items():
            values = view.get_data()
            if view.index == 0:
                primed += 1
            points += len(values)
            if stream.name == first:
                samples += [(float(value), now - float(value)) for value in values if value == value]
        if primed == len(streams):
            primed = -1
            start = time.perf_counter()
            cpu = time.process_time()
            say("following")
    say({"samples": samples, "points": points - len(streams), "seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu})


if sys.argv[1] == "publish":
    publish(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
else:
    follow(sys.argv[2], sys.argv[3])
