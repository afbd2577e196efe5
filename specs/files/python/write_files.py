"""Writes files of numbers into a folder, and prints as JSON what a reader is to find in them.

Whoever reads must find the same values as h5py and fabio do: they are read back here.
"""

import base64
import gzip
import json
import os
import sys

sys.dont_write_bytecode = True

import fabio
import h5py
import hdf5plugin
import numpy as np
from fabio.edfimage import EdfImage

folder = sys.argv[1]


def place(name):
    return os.path.join(folder, name)


DTYPES = "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()


def values(dtype, count=24):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.arange(count) % 3 == 0
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        array = np.arange(count).astype(dtype)
        array[:2] = limits.min, limits.max
        return array
    array = (np.arange(count) / 4 - 2).astype(dtype)
    array[-2:] = np.inf, np.nan
    if dtype.kind == "c":
        array += 1j * np.arange(count)[::-1]
    return array


FRAMES = np.random.default_rng(5).poisson(3, (20, 30, 40)).astype("u2")

COMPRESSIONS = {
    "gzip": {"compression": "gzip", "shuffle": True, "fletcher32": True},
    "bitshuffle": hdf5plugin.Bitshuffle(),
    "bitshuffle-zstd": hdf5plugin.Bitshuffle(cname="zstd"),
    "lz4": hdf5plugin.LZ4(),
    "zstd": hdf5plugin.Zstd(),
    "blosc": hdf5plugin.Blosc(),
    "blosc2": hdf5plugin.Blosc2(),
    "bzip2": hdf5plugin.BZip2(),
    "lzf": {"compression": "lzf"},
}


def virtual(group, name, sources, source_name="frames"):
    layout = h5py.VirtualLayout(shape=(20 * len(sources), 30, 40), dtype="u2")
    for n, source in enumerate(sources):
        layout[20 * n : 20 * (n + 1)] = h5py.VirtualSource(source, source_name, shape=(20, 30, 40))
    group.create_virtual_dataset(name, layout)


def write_hdf5():
    with h5py.File(place("dtypes.h5"), "w") as file:
        for dtype in DTYPES:
            file[np.dtype(dtype).name] = values(dtype)
            if np.dtype(dtype).itemsize > 1:
                file[f"big-endian/{np.dtype(dtype).name}"] = values(dtype).astype(np.dtype(dtype).newbyteorder(">"))
    with h5py.File(place("layouts.h5"), "w") as file:
        file["contiguous"] = FRAMES
        file.create_dataset("chunks of 7", data=FRAMES, chunks=(7, 11, 40))
        file.create_dataset("compact", data=np.arange(6).reshape(3, 2))
        file.create_dataset("rank 1", data=np.arange(100000), chunks=(1000,), compression="gzip")
        file.create_dataset("rank 4", data=np.arange(2 * 3 * 4 * 5, dtype="i4").reshape(2, 3, 4, 5))
        file.create_dataset("no points", shape=(0, 4), maxshape=(None, 4), dtype="f4")
        file.create_dataset("points of nothing", shape=(3, 0), dtype="f4")
        file.create_dataset("never written", shape=(5,), dtype="i2", fillvalue=7)
        file["nested/group/dataset"] = np.arange(3)
    with h5py.File(place("compressed.h5"), "w") as file:
        for name, options in COMPRESSIONS.items():
            file.create_dataset(name, data=FRAMES, chunks=(1, 30, 40), **options)
    with h5py.File(place("user-block.h5"), "w", userblock_size=1024, libver="latest") as file:
        file["x"] = np.arange(4)
    with h5py.File(place("large.h5"), "w") as file:
        # Of 5 GiB, nearly all of which takes no room on the disk.
        large = file.create_dataset("x", shape=(5 * 2**30,), dtype="u1", fill_time="never")
        large[-3:] = 1, 2, 3
    os.makedirs(place("parts"))
    for n in range(2):
        with h5py.File(place(f"parts/{n}.h5"), "w") as file:
            file.create_dataset("frames", data=FRAMES + n, chunks=(1, 30, 40), **hdf5plugin.Bitshuffle())
    with h5py.File(place("master.h5"), "w") as file:
        file["soft"] = h5py.SoftLink("/group/x")
        file["group/x"] = np.arange(3)
        file["group/hard"] = file["group/x"]
        file["external"] = h5py.ExternalLink("parts/1.h5", "/frames")
        file["external, absolute"] = h5py.ExternalLink(place("parts/1.h5"), "/frames")
        file["external, from below"] = h5py.ExternalLink("parts/../parts/1.h5", "/frames")
        virtual(file, "virtual", ["parts/0.h5", "parts/1.h5"])
        virtual(file, "virtual, of links", ["master.h5"], "external")
        virtual(file, "virtual, of the file itself", ["."], "external")
        create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        numbered = h5py.h5s.create_simple((40, 30, 40), (h5py.h5s.UNLIMITED, 30, 40))
        numbered.select_hyperslab((0, 0, 0), (h5py.h5s.UNLIMITED, 1, 1), (20, 30, 40), (20, 30, 40))
        create.set_virtual(numbered, b"parts/%b.h5", b"frames", h5py.h5s.create_simple((20, 30, 40)))
        h5py.h5d.create(file.id, b"virtual, numbered", h5py.h5t.STD_U16LE, h5py.h5s.create_simple((40, 30, 40), (h5py.h5s.UNLIMITED, 30, 40)), create)


def write_refused():
    with h5py.File(place("refused.h5"), "w") as file:
        file["long double"] = np.arange(3, dtype="g")
        file["text"] = ["a", "b"]
        file.create_dataset("ragged", shape=(2,), dtype=h5py.vlen_dtype("i4"))
        file["enumeration"] = np.arange(2, dtype=h5py.enum_dtype({"A": 0, "B": 1}))
        file["table"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
        file["scalar"] = 3.5
        file["null"] = h5py.Empty("f8")
        file["group/x"] = 1
        file.create_dataset("unknown filter", data=FRAMES, chunks=(1, 30, 40), **hdf5plugin.FciDecomp())
        virtual(file, "virtual, missing", ["parts/0.h5", "parts/2.h5"])
        file["dangling"] = h5py.SoftLink("/nowhere")
        file["external, missing"] = h5py.ExternalLink("parts/2.h5", "/frames")


def write_odd():
    """Types of which some bits are not the number's, as any writer may leave them, alone and shown as other types."""
    int_type = lambda name, precision: (kind := getattr(h5py.h5t, name).copy(), kind.set_precision(precision))[0]
    raw = np.random.default_rng(7).integers(0, 256, 64, dtype="u1")
    with h5py.File(place("odd.h5"), "w") as file:
        for name, precision in [("STD_U8BE", 6), ("STD_I8BE", 5), ("STD_I8LE", 5), ("STD_U16BE", 12), ("STD_I32LE", 25)]:
            kind = int_type(name, precision)
            count = h5py.h5s.create_simple((64 // kind.get_size(),))
            h5py.h5d.create(file.id, name.encode(), kind, count).write(h5py.h5s.ALL, h5py.h5s.ALL, raw, kind)
        for name, values in [("f4", raw.astype("f4")), ("i2", raw.astype("i2") - 100), ("f8", np.arange(64) * 1e-42)]:
            file[name] = values
        for name, source, dtype in [("f4 as f8", "f4", ">f8"), ("i2 as f4", "i2", "f4"), ("i2 as i8", "i2", ">i8")]:
            virtual_of(file, name, source, dtype)
    with h5py.File(place("refused-odd.h5"), "w") as file:
        for name, source, dtype in [("f4 as i4", "f4", "i4"), ("i2 as u2", "i2", ">u2"), ("i2 as i1", "i2", "i1"), ("bits", "STD_U16BE", "u2"), ("f8 as f4", "f8", ">f4")]:
            virtual_of(file, name, source, dtype)
        kind = h5py.h5t.enum_create(int_type("STD_I8LE", 7))
        kind.enum_insert(b"FALSE", 0)
        kind.enum_insert(b"TRUE", 1)
        h5py.h5d.create(file.id, b"boolean", kind, h5py.h5s.create_simple((64,))).write(h5py.h5s.ALL, h5py.h5s.ALL, raw, kind)
        h5py.h5d.create(file.id, b"bit field", h5py.h5t.STD_B8BE, h5py.h5s.create_simple((3,)))
        tiny = h5py.h5t.IEEE_F32LE.copy()
        tiny.set_fields(7, 3, 4, 0, 3)
        tiny.set_ebias(7)
        tiny.set_size(1)
        pair = h5py.h5t.create(h5py.h5t.COMPOUND, 2)
        pair.insert(b"r", 0, tiny)
        pair.insert(b"i", 1, tiny)
        create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        create.set_chunk((1,))
        create.set_deflate(3)
        create.set_filter(h5py.h5z.FILTER_NBIT, h5py.h5z.FLAG_OPTIONAL, ())
        h5py.h5d.create(file.id, b"packed late", int_type("STD_I16LE", 11), h5py.h5s.create_simple((3,)), create).write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(3))
        h5py.h5d.create(file.id, b"complex", pair, h5py.h5s.create_simple((3,)))
    with h5py.File(place("newest.h5"), "w", libver="latest") as file:
        file.create_dataset("chunks", data=FRAMES, chunks=(3, 10, 10), compression="gzip")
        file["contiguous"] = FRAMES


def virtual_of(file, name, source, dtype):
    count = 32 if source == "STD_U16BE" else 64
    layout = h5py.VirtualLayout((count,), dtype)
    layout[:] = h5py.VirtualSource("odd.h5", source, (count,))
    file.create_virtual_dataset(name, layout)


def write_escapes():
    """Everything in `inside` that could lead to `outside`."""
    os.makedirs(place("inside/folder"))
    os.makedirs(place("outside"))
    for folder_name in ("inside", "outside"):
        with h5py.File(place(f"{folder_name}/x.h5"), "w") as file:
            file["frames"] = FRAMES
    secret = place("outside/x.h5")
    with open(place("outside/text"), "w") as file:
        file.write("secret" * 100)
    os.symlink(secret, place("inside/link.h5"))
    os.symlink(place("outside"), place("inside/outside"))
    os.symlink(place("inside/x.h5"), place("inside/harmless.h5"))
    with h5py.File(place("inside/leading.h5"), "w") as file:
        file["absolute"] = h5py.ExternalLink(secret, "/frames")
        file["relative"] = h5py.ExternalLink("../outside/x.h5", "/frames")
        file["by a link"] = h5py.ExternalLink("link.h5", "/frames")
        file["by a folder"] = h5py.ExternalLink("outside/x.h5", "/frames")
        file["of the system"] = h5py.ExternalLink("/etc/passwd", "/frames")
        file["by a file"] = h5py.ExternalLink("between.h5", "/absolute")
        file["harmless"] = h5py.ExternalLink("harmless.h5", "/frames")
        virtual(file, "virtual", [secret])
        virtual(file, "virtual, relative", ["../outside/x.h5"])
        virtual(file, "virtual, by a file", ["between.h5"], "absolute")
        file.create_dataset("stored outside", shape=(10,), dtype="u1", external=[(place("outside/text"), 0, 10)])
    with h5py.File(place("inside/between.h5"), "w") as file:
        file["absolute"] = h5py.ExternalLink(secret, "/frames")


EDF_DTYPES = "i1 u1 i2 u2 i4 u4 i8 u8 f4 f8".split()


def write_edf():
    for dtype in EDF_DTYPES:
        image = EdfImage(data=values(dtype).reshape(4, 6), header={"motor_pos": "1 2 3", "title": "a = b"})
        image.append_frame(data=values(dtype).reshape(4, 6)[::-1].copy())
        image.append_frame(data=np.zeros((4, 6), dtype))
        image.write(place(f"{np.dtype(dtype).name}.edf"))
    many = EdfImage(data=FRAMES[0])
    for frame in FRAMES[1:]:
        many.append_frame(data=frame)
    many.write(place("many.edf"))
    with open(place("many.edf"), "rb") as plain, gzip.open(place("many.edf.gz"), "wb") as zipped:
        zipped.write(plain.read())
    header = "{\r\nHeaderID = EH:000001:000000:000000 ;\nImage = 1 ;\nByteOrder = HighByteFirst ;\nDataType = UnsignedShort ;\nDim_1 = 3 ;\nDim_2 = 2 ;\nSize = 12 ;\n"
    with open(place("big-endian.edf"), "wb") as file:
        file.write((header + " " * (1024 - len(header) - 2) + "}\n").encode() + np.arange(6, dtype=">u2").tobytes())


def described(array):
    array = np.asarray(array)
    little = array.astype(array.dtype.newbyteorder("<"))
    return {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": base64.b64encode(little.tobytes()).decode()}


def datasets(name):
    """What h5py reads: every dataset by its path, links included."""
    with h5py.File(place(name)) as file:
        found = {}

        def visit(group, path):
            for key in group:
                item = group[key]
                if isinstance(item, h5py.Group):
                    visit(item, f"{path}{key}/")
                else:
                    found[path + key] = described(item[()])

        visit(file, "/")
        return found


def images(name):
    with fabio.open(place(name)) as file:
        return described(np.array([file.get_frame(n).data for n in range(file.nframes)]))


write_hdf5()
write_escapes()
write_refused()
write_odd()
write_edf()
json.dump(
    {
        "hdf5": {name: datasets(name) for name in ["dtypes.h5", "layouts.h5", "compressed.h5", "user-block.h5", "master.h5", "odd.h5"]},
        "edf": {name: images(name) for name in sorted(os.listdir(folder)) if name.endswith((".edf", ".edf.gz"))},
    },
    sys.stdout,
)
