"""What Python's own client makes of random Lima streams: where frames lie, and which can be read from files.

Standard input: a list of parameter sets. Standard output: for each its answers.
"""

import json
import sys

from blissdata.lima.client import LimaClient


def answers(case):
    info = {
        "protocol_version": 1,
        "server_url": "server",
        "buffer_max_number": 1,
        "acquisition_offset": 0,
        "frame_per_acquisition": case["framesPerAcquisition"],
    }
    saving = {
        "file_offset": case["fileOffset"],
        "frame_per_file": case["framesPerFile"],
        "file_path": case["template"],
        "data_path": "/entry/data",
        "file_format": "hdf5",
    }
    if case["saved"]:
        info.update(saving)
    client = LimaClient(None, None, **info)
    last = {}
    for sealed in (False, True):
        client._last_index_saved = case["lastSaved"]
        client._stream_sealed = sealed
        last["sealed" if sealed else "open"] = client._last_readable_index()
    frames = []
    for frame in case["frames"]:
        acquisition, file, index = client._decompose_frame_id(frame)
        reference = client._file_ref(frame) if case["saved"] else None
        frames.append([acquisition, file, index, reference and reference.file_path, reference and reference.index])
    return {"last": last, "frames": frames}


json.dump([answers(case) for case in json.load(sys.stdin)], sys.stdout)
