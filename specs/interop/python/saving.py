"""A scan whose points are saved while they are published: files that h5py writes, beside the entries in Redis."""

import base64
import os

import stores
from either_blissdata import GENERATION, create_stream

FRAME = (12, 16)
FRAMES_PER_FILE = 4
FRAMES_PER_ACQUISITION = 10

_scans = {}


class SavedScan:
    """A file of datasets, one that cannot be read before it is closed, and files of images."""

    def __init__(self, folder):
        import h5py
        import hdf5plugin
        import numpy
        from blissdata.streams.hdf5_fallback import Hdf5BackedStream
        from blissdata.streams.lima import LimaStream

        self._h5py, self._compression = h5py, hdf5plugin.Bitshuffle()
        self._random = numpy.random.default_rng(7)
        self._folder = folder
        path = os.path.join(folder, "scan.h5")
        late = os.path.join(folder, "late.h5")
        self.scan = stores.store().create_scan(
            {"name": "saved", "number": 1, "data_policy": "ESRF", "path": path}, info={"save": True}
        )
        self._files = {"scan": h5py.File(path, "w"), "late": h5py.File(late, "w", libver=("v110", "v114"))}

        def backed(name, file, dtype, shape):
            definition = Hdf5BackedStream.make_definition(name, file, f"/1.1/measurement/{name}", dtype, shape)
            return self.scan.create_stream(definition)

        place = {"data_path": "/1.1/measurement/mca"}
        self.streams = {
            "diode": backed("diode", path, "float64", ()),
            "vector": backed("vector", path, "uint16", (3,)),
            "mca": create_stream(self.scan, "mca", "<i4", (5,), place),
            "late": backed("late", late, "float32", ()),
        }
        saving = {
            "file_path": os.path.join(folder, "frelon_%04d.h5"),
            "data_path": "/entry/data",
            "file_format": "hdf5bs",
            "file_offset": 3,
            "frames_per_file": FRAMES_PER_FILE,
        }
        self._images_stream = self.scan.create_stream(
            LimaStream.make_definition(
                "images",
                "uint16",
                FRAME,
                server_url="id00/limaccds/frelon",
                buffer_max_number=4,
                frames_per_acquisition=FRAMES_PER_ACQUISITION,
                acquisition_offset=0,
                saving=saving,
            )
        )
        self._datasets = {}
        self._points = {}
        for name, (dtype, shape) in {
            "diode": ("f8", ()),
            "vector": ("u2", (3,)),
            "mca": ("i4", (5,)),
            "late": ("f4", ()),
        }.items():
            file = self._files["late" if name == "late" else "scan"]
            self._datasets[name] = file.create_dataset(
                f"/1.1/measurement/{name}",
                shape=(0, *shape),
                maxshape=(None, *shape),
                dtype=dtype,
                chunks=(8, *shape),
                **self._compression,
            )
            self._points[name] = numpy.zeros((0, *shape), dtype)
        self._images = numpy.zeros((0, *FRAME), "u2")
        self._files["scan"].flush()
        self.scan.prepare()
        self.scan.start()

    def acquire(self, count):
        """Publishes points, one by one and in batches."""
        import numpy

        for name, points in self._points.items():
            new = (self._random.random((count, *points.shape[1:])) * 1e4).astype(points.dtype)
            self._points[name] = numpy.concatenate([points, new])
            half = count // 2
            for point in new[:half]:
                self.streams[name].send(point)
            self.streams[name].send(new[half:])
            self.streams[name].join()

    def save(self):
        """Writes what was published and is not in the files yet."""
        for name, dataset in self._datasets.items():
            points, start = self._points[name], len(dataset)
            dataset.resize(len(points), axis=0)
            dataset[start:] = points[start:]
        for file in self._files.values():
            file.flush()

    def expose(self, count):
        """Takes images: a file is complete once the next one has begun."""
        import numpy

        images = self._random.poisson(3, (count, *FRAME)).astype("u2")
        self._images = numpy.concatenate([self._images, images])
        for index in range(len(self._images) - count, len(self._images)):
            self._save_image(index)
            self._images_stream.send({"last_index": index, "last_index_saved": index})
        self._images_stream.join()

    def _save_image(self, index):
        acquisition, frame = divmod(index, FRAMES_PER_ACQUISITION)
        per_acquisition = -(-FRAMES_PER_ACQUISITION // FRAMES_PER_FILE)
        file, frame_in_file = divmod(frame, FRAMES_PER_FILE)
        number = acquisition * per_acquisition + file + 3
        with self._h5py.File(os.path.join(self._folder, f"frelon_{number:04d}.h5"), "a") as h5:
            if frame_in_file == 0:
                options = {"maxshape": (None, *FRAME), "chunks": (1, *FRAME), **self._compression}
                h5.create_dataset("/entry/data", shape=(0, *FRAME), dtype="u2", **options)
            dataset = h5["/entry/data"]
            dataset.resize(frame_in_file + 1, axis=0)
            dataset[frame_in_file] = self._images[index]

    def close_file(self, name):
        self._files[name].close()

    def finish(self):
        self.save()
        for file in self._files.values():
            file.close()
        self.scan.stop()
        self.scan.close()

    def written(self):
        arrays = {**self._points, "images": self._images}
        return {name: base64.b64encode(array.tobytes()).decode() for name, array in arrays.items()}


def publish_saved(folder):
    """Creates a scan that is saved in a folder: its key, and those of its streams."""
    if GENERATION < 2:
        raise NotImplementedError("blissdata 1.x has no hdf5_fallback")
    saved = SavedScan(folder)
    _scans[saved.scan.key] = saved
    keys = {name: stream.key for name, stream in saved.streams.items()}
    return {"key": saved.scan.key, "streams": {**keys, "images": saved._images_stream.key}}


def saved_scan(key, step, arguments=()):
    """Has a saved scan go on."""
    return getattr(_scans[key], step)(*arguments)


COMMANDS = {function.__name__: function for function in (publish_saved, saved_scan)}
