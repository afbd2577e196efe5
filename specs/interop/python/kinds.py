"""Streams of blissdata's own kinds, as each generation of it publishes them."""

import stores
from either_blissdata import GENERATION, create_stream

if GENERATION >= 2:
    from blissdata.streams.hdf5_fallback import Hdf5BackedStream
    from blissdata.streams.lima import LimaStream
    from blissdata.streams.scan_sequence import ScanStream

LIMA = {"server_url": "id00/limaccds/frelon", "buffer_max_number": 4, "acquisition_offset": 0}
SAVING = {"file_path": "/data/frelon_%04d.h5", "data_path": "/entry/data", "file_format": "hdf5", "file_offset": 2}
FRAMES = {"frame_per_acquisition": 5, "frame_per_file": 2}

_scans = {}
_streams = {}


def publish_kinds(path):
    """Creates a scan with a stream of each kind, and prepares it: its key, and those of the streams."""
    scan = stores.store().create_scan(
        {"name": "kinds", "number": 1, "data_policy": "ESRF", "path": path}, info={"save": True}
    )
    streams = _definitions(scan, path)
    scan.prepare()
    scan.start()
    _scans[scan.key] = scan
    _streams[scan.key] = streams
    return {"key": scan.key, "streams": {name: stream.key for name, stream in streams.items()}}


def _definitions(scan, path):
    selfless = create_stream(scan, "selfless", "<i4", (2,), {"data_path": "/1.1/measurement/selfless"})
    if GENERATION >= 2:
        lima = LimaStream.make_definition(
            "images",
            "uint16",
            (2, 3),
            **LIMA,
            frames_per_acquisition=FRAMES["frame_per_acquisition"],
            saving={**SAVING, "frames_per_file": FRAMES["frame_per_file"]},
        )
        return {
            "selfless": selfless,
            "diode": scan.create_stream(
                Hdf5BackedStream.make_definition("diode", path, "/1.1/measurement/diode", "float64")
            ),
            "images": scan.create_stream(lima),
            "scans": scan.create_stream(ScanStream.make_definition("scans")),
        }
    info = {"protocol_version": 1, **LIMA, **SAVING, **FRAMES}
    return {
        "selfless": selfless,
        "images": create_stream(
            scan, "images", "json", info={"format": "lima_v1", "dtype": "uint16", "shape": [2, 3], "lima_info": info}
        ),
        "frames": create_stream(
            scan, "frames", "json", info={"format": "lima_v2", "lima_info": {"server_urls": {}, "name": "frame"}}
        ),
        "scans": create_stream(scan, "scans", "json", info={"format": "subscan"}),
    }


def send_points(key, name, points):
    """Sends numbers or documents."""
    stream = _streams[key][name]
    for point in points:
        stream.send(point)
    stream.join()


def send_numbers(key, name, dtype, points):
    import numpy

    stream = _streams[key][name]
    for point in points:
        stream.send(numpy.array(point, dtype))
    stream.join()


def seal_stream(key, name):
    _streams[key][name].seal()


def close_kinds(key):
    scan = _scans[key]
    scan.stop()
    scan.close()


def lima_references(key):
    """What Python's reader says of the images: how many there are, and where."""
    stream = stores.store().load_scan(key).streams["images"]
    if GENERATION >= 2:
        references = stream.get_references(slice(0, None))
        return {"length": len(stream), "references": [_plain(reference) for reference in references]}
    length = len(stream)
    return {"length": length, "references": [_plain(stream._client._file_ref(frame)) for frame in range(length)]}


def _plain(reference):
    return {"format": reference.format, "file": reference.file_path, "dataset": reference.data_path, "index": reference.index}


COMMANDS = {
    function.__name__: function
    for function in (publish_kinds, send_points, send_numbers, seal_stream, close_kinds, lima_references)
}
