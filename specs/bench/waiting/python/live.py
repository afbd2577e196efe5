"""The other side of the live latency: Python blissdata publishing scalars at an even pace, or following them.

`live.py publish URL PER_SECOND SECONDS` prints the key of its scan, waits for a line on stdin, publishes, and prints the
number of points. `live.py follow URL SCAN` prints a line once it follows, and at the end of the stream the send time and the
latency of every point, in milliseconds. The first point is no time; every other is the time at which it was sent.
"""

import json
import sys
import time

import numpy as np
from blissdata.exceptions import EndOfStream
from blissdata.redis_engine.store import DataStore
from blissdata.streams.default import Stream


def say(what):
    print(json.dumps(what), flush=True)


def publish(url, per_second, seconds):
    scan = DataStore(url).create_scan({"name": "bench", "number": 1, "data_policy": "ESRF"})
    stream = scan.create_stream(Stream.make_definition("live", np.float64))
    scan.prepare()
    scan.start()
    say(scan.key)
    sys.stdin.readline()
    stream.send(float("nan"))
    stream.join()
    points = round(per_second * seconds)
    start = time.perf_counter()
    for i in range(points):
        time.sleep(max(0, start + i / per_second - time.perf_counter()))
        stream.send(time.time() * 1000)
    scan.stop()
    scan.close()
    say(points)


def follow(url, scan):
    cursor = DataStore(url).load_scan(scan).streams["live"].cursor()
    say("following")
    samples = []
    while True:
        try:
            view = cursor.read()
        except EndOfStream:
            break
        values = view.get_data()
        now = time.time() * 1000
        samples += [(float(value), now - float(value)) for value in values if value == value]
    say(samples)


if sys.argv[1] == "publish":
    publish(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
else:
    follow(sys.argv[2], sys.argv[3])
