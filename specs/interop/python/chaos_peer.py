"""Python blissdata as its users use it, on a database by way of a proxy whose connections break. Says in lines of JSON what it does.

`chaos_peer.py URL read SCAN` reads all streams of a scan to their ends; `chaos_peer.py URL publish SECONDS` publishes one.
The last line is `{"end": null}`, or says which exception it ended with; there is none where it hangs.
"""

import json
import os
import random
import sys
import time

# Before the modules beside this one are imported: they are to leave nothing in the checkout.
sys.dont_write_bytecode = True

import chaotic
import stores
from either_blissdata import create_stream, read_until_end


def say(**what):
    print(json.dumps(what), flush=True)


def read(key):
    scan = stores.store().load_scan(key)
    streams = list(scan.streams.values())
    say(begun=key)
    for name, index, points in read_until_end(streams):
        say(stream=name, index=index, said=[chaotic.KINDS[name].said(scan.number, point) for point in points])


def publish(seconds):
    scan = stores.store().create_scan({"name": "chaos", "number": 0, "data_policy": "ESRF"})
    streams = {name: create_stream(scan, name, kind.dtype, kind.shape) for name, kind in chaotic.KINDS.items()}
    scan.prepare()
    scan.start()
    say(begun=scan.key, keys={name: stream.key for name, stream in streams.items()})
    sent = dict.fromkeys(streams, 0)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for name, kind in chaotic.KINDS.items():
            count = random.choice((1, random.randint(1, kind.batch)))
            streams[name].send(kind.points(0, sent[name], count))
            sent[name] += count
        say(sent=sent)
        time.sleep(0.01)
    for stream in streams.values():
        stream.join()
    say(joined=sent)
    scan.stop()
    scan.close()


try:
    {"read": read, "publish": publish}[sys.argv[2]](sys.argv[3])
    say(end=None)
except Exception as error:
    say(end=f"{type(error).__name__}: {error}")
# Threads of the publisher may hang.
os._exit(0)
