"""Prints, as JSON, answers of a Lima server as it would give them, each with what Python blissdata makes of it.

The headers are laid out with blissdata's own formats; `error` says that it refuses the answer.
"""

import base64
import json
import struct
import sys

sys.dont_write_bytecode = True

import numpy as np
from blissdata.lima import image_utils as lima

FORMATS = {1: lima.DATA_HEADER_FORMAT_V1, 2: lima.DATA_HEADER_FORMAT_V1, 3: lima.DATA_HEADER_FORMAT_V3, 4: lima.DATA_HEADER_FORMAT_V4, 5: lima.DATA_HEADER_FORMAT_V4}


def data_array(data, version=4, frame=7, tag=99, padding=0, magic=lima.DATA_MAGIC, endianness=0, dimensions=2, mode=None):
    if mode is None:
        mode = lima.IMAGE_MODES[f"DARRAY_{data.dtype.name.upper()}"].value
    rows, columns = data.shape
    head = [1, mode, endianness, dimensions, columns, rows, 0, 0, 0, 0, data.itemsize, data.itemsize * columns, 0, 0, 0, 0]
    head += {1: [0, 0], 2: [0, 0], 3: [frame]}.get(version, [frame, tag, 0, 0])
    fields = struct.pack(FORMATS.get(version, FORMATS[4]), *head)
    size = lima.DATA_HEADER_SIZE + len(fields) + padding
    return struct.pack(lima.DATA_HEADER_FORMAT, magic, version, size) + fields + bytes(padding) + data.tobytes()


def video_image(data, mode, width, height, frame=3, version=1, endianness=0, size=lima.VIDEO_HEADER_SIZE):
    head = struct.pack(lima.VIDEO_HEADER_FORMAT, lima.VIDEO_MAGIC, version, mode, frame, width, height, endianness, size, 0, 0)
    return head + data.tobytes()


def outcome(decode, payload):
    case = {"payload": base64.b64encode(payload).decode()}
    try:
        decoded = decode(payload)
    except Exception as error:
        return {**case, "error": type(error).__name__}
    if decoded is None:
        return {**case, "image": None}
    array = np.asarray(decoded.array)
    image = {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": base64.b64encode(array.tobytes()).decode()}
    return {**case, "image": image, "frame": decoded.frame_id, "tag": None if decoded.acq_tag is None else str(decoded.acq_tag)}


def numbers(dtype):
    return np.arange(15).reshape(3, 5).astype(dtype)


IMAGE = numbers("uint16")
DATA_ARRAYS = [data_array(numbers(mode.name[len("DARRAY_") :].lower())) for mode in lima.IMAGE_MODES]
DATA_ARRAYS += [data_array(IMAGE, version) for version in range(1, 6)]
DATA_ARRAYS += [
    data_array(IMAGE, padding=13),
    data_array(np.zeros((0, 5), "uint8")),
    data_array(IMAGE, frame=2**40, tag=2**64 - 1),
    # Refused:
    data_array(IMAGE, version=0),
    data_array(IMAGE, magic=1),
    data_array(IMAGE, mode=10),
    data_array(IMAGE, endianness=2),
    data_array(IMAGE, dimensions=0),
    data_array(IMAGE)[:-1],
    data_array(IMAGE) + b"12",
    data_array(IMAGE)[:30],
    b"YATD",
    b"",
]

VIDEO_IMAGES = [
    video_image(numbers("uint8"), 0, 5, 3),
    video_image(numbers("uint16"), 1, 5, 3),
    video_image(numbers("int32"), 2, 5, 3),
    video_image(numbers("int64"), 3, 5, 3),
    video_image(np.arange(45, dtype="uint8"), 6, 5, 3),
    video_image(np.arange(60, dtype="uint8"), 7, 5, 3),
    video_image(np.arange(0), 0, 0, 0, frame=-1),
    # Refused:
    video_image(numbers("uint8"), 0, 5, 4),
    video_image(numbers("uint8"), 99, 5, 3),
    video_image(numbers("uint8"), 20, 5, 3),
    video_image(numbers("uint8"), 0, 5, 3, version=2),
    video_image(numbers("uint8"), 0, 5, 3, endianness=2),
    video_image(numbers("uint8"), 0, 5, 3, size=1000),
    b"VDEO",
    b"x" * 64,
]

json.dump(
    {
        "DATA_ARRAY": [outcome(lima.decode_devencoded_image, payload) for payload in DATA_ARRAYS],
        "VIDEO_IMAGE": [outcome(lima.decode_devencoded_video, payload) for payload in VIDEO_IMAGES],
    },
    sys.stdout,
)
