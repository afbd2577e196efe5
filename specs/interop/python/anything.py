"""Scans at the limits: hostile names and texts, metadata of the greatest size, a thousand streams, none at all, scans of scans."""

import json

import numpy
import rendering
import scans
import stores
from blissdata.redis_engine.scan import ScanState
from either_blissdata import GENERATION, create_stream


def publish_names(identity, names, info):
    """Publishes a scan with a JSON stream of each name, whose one point and whose info hold that name."""
    scan = stores.store().create_scan(identity, info=info)
    streams = [create_stream(scan, name, "json", info={"name": name, name: name}) for name in names]
    scan.prepare()
    scan.start()
    for name, stream in zip(names, streams):
        stream.send({"name": name, name: name})
    scan.stop()
    scan.close()
    return scan.key


def read_all(key):
    """All that there is to a scan: its identity, its info, and of each stream its info and points."""
    scan = stores.store().load_scan(key)
    look = scans.load(key)
    points = {name: [rendering.document(point) for point in stream[:]] for name, stream in scan.streams.items() if stream.info.get("plugin") is None}
    infos = {name: rendering.document(stream.info) for name, stream in scan.streams.items()}
    return {**look, "points": sorted(points.items()), "infos": sorted(infos.items())}


def publish_info_of(length):
    """Publishes a scan whose info takes so many characters of JSON, and answers how it went."""
    info = {"text": ""}
    info["text"] = "x" * (length - len(json.dumps(info)))
    try:
        return stores.store().create_scan({"name": "big", "number": 1, "data_policy": "ESRF"}, info=info).key
    except RuntimeError as error:
        return str(error)


def info_length(key):
    """How many characters of JSON the info of a scan takes."""
    return len(json.dumps(stores.store().load_scan(key).info))


def publish_many(count):
    """Publishes a scan of so many streams, each of which has its number as its only point."""
    scan = stores.store().create_scan({"name": "many", "number": count, "data_policy": "ESRF"})
    streams = [create_stream(scan, f"s{i}", "json") for i in range(count)]
    scan.prepare()
    scan.start()
    for i, stream in enumerate(streams):
        stream.send({"i": i})
    scan.stop()
    scan.close()
    return scan.key


def sum_of_many(key):
    """The sum of the first points of all streams."""
    streams = stores.store().load_scan(key).streams
    return {"streams": len(streams), "sum": sum(stream[0]["i"] for stream in streams.values())}


def subscans(key, name):
    """The states of the scans that a stream of scans holds."""
    stream = stores.store().load_scan(key).streams[name]
    if GENERATION >= 2:
        return [[scan.key, ScanState(scan.state).name] for scan in stream[:]]
    return [[scan.key, scan.state.name] for scan in (stores.store().load_scan(point["key"]) for point in stream[:])]


def publish_odd_booleans(seed, count):
    """Publishes booleans whose bytes are any, as views of other numbers have them, and answers what numpy takes them for."""
    random = numpy.random.default_rng(seed)
    scan = stores.store().create_scan({"name": "odd", "number": seed, "data_policy": "ESRF"})
    shapes = {"scalar": (), "row": (3,), "ragged": (-1,)}
    streams = {name: create_stream(scan, name, "bool", shape) for name, shape in shapes.items()}
    scan.prepare()
    scan.start()
    truth = {name: [] for name in shapes}
    for _ in range(count):
        for name, stream in streams.items():
            shape = () if name == "scalar" else (3,) if name == "row" else (int(random.integers(1, 6)),)
            array = random.integers(0, 5, (1, *shape) if name == "ragged" else (int(random.integers(1, 4)), *shape), dtype="uint8").view("bool")
            for point in array:
                stream.send(point)
            truth[name] += [[int(value) for value in numpy.atleast_1d(numpy.not_equal(point.view("uint8"), 0))] for point in array]
    scan.stop()
    scan.close()
    return {"key": scan.key, "truth": truth}


COMMANDS = {function.__name__: function for function in (publish_names, read_all, publish_info_of, info_length, publish_many, sum_of_many, subscans, publish_odd_booleans)}
