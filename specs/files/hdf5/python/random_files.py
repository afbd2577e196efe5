"""Writes files of random types and links into a folder, and prints as JSON what h5py reads of each.

Arguments: folder, seed, number of files. One JSON document, a list: `{"file", "dataset", "kind"}` with `"array"`, or `"error"` where h5py
cannot read it, or something that is shown is missing: there h5py would show fill values, and a reader is to say so.
"""

import base64
import json
import os
import sys

sys.dont_write_bytecode = True

import h5py
import numpy as np
from h5py import h5d, h5s, h5t

folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random = np.random.default_rng(seed)
pick = lambda options: options[int(random.integers(len(options)))]
chance = lambda share: bool(random.random() < share)


def edited(kind, at, value, size):
    """A type with other bits in its description: what h5py has no function for."""
    raw = bytearray(kind.encode())
    raw[at : at + size] = int(value).to_bytes(size, "little")
    return h5t.decode(bytes(raw))


def integer_type():
    size = pick([1, 2, 4, 8])
    kind = getattr(h5t, f"STD_{pick('IU')}{size * 8}{pick(['LE', 'BE'])}").copy()
    if chance(0.7):
        precision = int(random.integers(1, size * 8 + 1))
        kind.set_precision(precision)
        kind.set_offset(int(random.integers(0, size * 8 - precision + 1)) if chance(0.6) else 0)
    if chance(0.3):
        kind.set_pad(pick([h5t.PAD_ZERO, h5t.PAD_ONE]), pick([h5t.PAD_ZERO, h5t.PAD_ONE]))
    return kind


def bits_type():
    if chance(0.6):
        return pick([h5t.STD_B8LE, h5t.STD_B8BE, h5t.STD_B16LE, h5t.STD_B16BE, h5t.STD_B32LE, h5t.STD_B64BE])
    # The same bits as an integer's, which h5py cannot set.
    kind = integer_type()
    return edited(edited(kind, 2, (kind.encode()[2] & 0xF0) | 4, 1), 3, kind.encode()[3] & 0xF7, 1)


def float_type():
    if chance(0.3):
        return getattr(h5t, f"IEEE_F{pick([16, 32, 64])}{pick(['LE', 'BE'])}").copy()
    size = pick([1, 2, 3, 4, 8])
    exponent = int(random.integers(2, min(12, size * 8 - 1)))
    mantissa = int(random.integers(1, min(53, size * 8 - exponent)))
    spare = size * 8 - 1 - exponent - mantissa
    begin = int(random.integers(0, spare + 1)) if chance(0.5) else 0
    kind = pick([h5t.IEEE_F64LE, h5t.IEEE_F64BE]).copy()
    kind.set_fields(begin + mantissa + exponent, begin + mantissa, exponent, begin, mantissa)
    kind.set_ebias(max(1, 2 ** (exponent - 1) - 1 + (int(random.integers(-3, 4)) if chance(0.3) else 0)))
    kind.set_precision(1 + exponent + mantissa) if begin == 0 else None
    kind.set_size(size)
    return kind


def enum_type():
    size = pick([1, 2, 4, 8])
    base = getattr(h5t, f"STD_I{size * 8}{pick(['LE', 'BE'])}").copy()
    if chance(0.2):
        base.set_precision(size * 8 - 1)
    kind = h5t.enum_create(base)
    for name, value in [(b"FALSE", 0), (b"TRUE", 1)] if chance(0.5) else [(b"A", 1), (b"LONGER NAME", 3), (b"C", -1)]:
        kind.enum_insert(name, value)
    return kind


def complex_type():
    bits = pick([16, 32, 64])
    parts = [getattr(h5t, f"IEEE_F{bits}{order}") for order in (["LE", "LE"] if chance(0.6) else [pick(["LE", "BE"]) for _ in "ri"])]
    pad = pick([0, 0, 1, 4])
    kind = h5t.create(h5t.COMPOUND, bits // 4 + 2 * pad)
    kind.insert(b"r", 0, parts[0])
    kind.insert(b"i", bits // 8 + pad, parts[1])
    return kind


def other_type():
    return pick([lambda: h5t.py_create(np.dtype("S5")), lambda: h5t.array_create(h5t.STD_I32LE, (3,)), lambda: h5t.py_create(np.dtype([("a", "i2"), ("b", "f4")])), lambda: h5t.vlen_create(h5t.STD_I16LE)])()


TYPES = {"integer": integer_type, "float": float_type, "enum": enum_type, "complex": complex_type, "bits": bits_type, "other": other_type}


def described(array):
    array = np.asarray(array)
    if array.dtype.names == ("r", "i") and all(array.dtype[n].kind == "f" for n in (0, 1)):
        # h5py has no complex of halves, nor of two orders: the numbers are the same.
        size = 16 if array.dtype["r"].itemsize == 8 else 8
        numbers = np.empty(array.shape, f"c{size}")
        numbers.real, numbers.imag = array["r"], array["i"]
        array = numbers
    if array.dtype.kind not in "biufc" or array.dtype.name in ("float128", "complex256"):
        raise TypeError(f"no numbers: {array.dtype}")
    if array.dtype.kind == "b":
        array = (array.view("u1") != 0).astype("?")
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": base64.b64encode(little.tobytes()).decode()}


cases = []


def in_child(work):
    """What `work` gives, done in a process of its own: HDF5 itself crashes on some virtual datasets and enumerations."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer) if answer else {"crashed": True}


def case(kind, file, dataset, broken=False):
    def seen():
        try:
            if broken:
                raise KeyError("something is missing")
            with h5py.File(file) as opened:
                return {"array": described(opened[dataset][()])}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    cases.append({"file": file, "dataset": dataset, "kind": kind, **in_child(seen)})


def shape():
    return pick([(5,), (3, 4), (2, 3, 2), (2, 1, 3, 2), (0,), (4, 0), (), (17,), (1,)])


def write_typed(path, number):
    name = pick(list(TYPES))
    kind = TYPES[name]()
    with h5py.File(path, "w", libver=pick([None, "earliest", ("v108", "v110"), ("earliest", "v112"), ("v110", "v114")]), userblock_size=pick([0, 0, 512, 2048])) as file:
        dims = shape()
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        most = None
        if dims and all(dims) and chance(0.5):
            plist.set_chunk(tuple(int(random.integers(1, n + 1)) for n in dims))
            if name in ("integer", "float") and chance(0.2):
                plist.set_filter(h5py.h5z.FILTER_NBIT, h5py.h5z.FLAG_OPTIONAL, ())
            if chance(0.4):
                plist.set_shuffle()
            if chance(0.5):
                plist.set_deflate(3)
            if chance(0.2):
                plist.set_fletcher32()
            if chance(0.5):
                most = (h5s.UNLIMITED,) + dims[1:]
        space = h5s.create(h5s.SCALAR) if dims == () else h5s.create_simple(dims, most)
        if chance(0.2):
            kind = kind.copy()
            kind.commit(file.id, b"named type")
        group = file.create_group("a/group") if chance(0.5) else file
        dataset = h5d.create(group.id, b"data", kind, space, plist)
        size = int(np.prod(dims)) * kind.get_size()
        if size > 0 and name != "other" and not chance(0.1):
            # Any bits at all, as the type has them in the file: no conversion.
            raw = random.integers(0, 256, size, dtype="u1")
            if name == "enum":
                raw = (random.integers(0, 2, size // kind.get_size()).astype(np.dtype(f"{'>' if kind.get_super().get_order() == h5t.ORDER_BE else '<'}i{kind.get_size()}"))).view("u1")
            dataset.write(h5s.ALL, h5s.ALL, raw, kind)
        for n in range(pick([0, 0, 1, 3, 12, 40])):
            file[group.name].attrs[f"attribute {n}"] = n
            h5py.Dataset(dataset).attrs[f"attribute {n}"] = "x" * n * 7
        where = f"{group.name}/data"
    case(name, path, where)


def linked(path, target_file, target, name):
    """One link to a dataset; what its dataset is called."""
    how = pick(["soft", "external", "external", "external absolute", "hard", "dot"])
    with h5py.File(path, "a") as file:
        if how == "soft" and os.path.samefile(path, target_file):
            file[f"soft {name}"] = h5py.SoftLink(target)
            return f"/soft {name}"
        if how == "hard" and target == "/data" and os.path.samefile(path, target_file):
            file[f"groups/{name}/hard"] = file[target]
            return f"/groups/{name}/hard"
        relative = os.path.relpath(target_file, os.path.dirname(path))
        written = {"external absolute": target_file, "dot": f"./{relative}"}.get(how, relative)
        file[f"group {name}/link"] = h5py.ExternalLink(written, target)
        file[f"by {name}"] = h5py.SoftLink(f"/group {name}")
        return pick([f"/group {name}/link", f"by {name}/link", f"//by {name}/./link"])


def layers(folder_name, number):
    """Folders like those of an experiment: each level's file is one folder up from what it shows."""
    depth = int(random.integers(0, 5))
    folders = [os.path.join(folder_name, *[pick(["dev", "shm", "tmp", "home", "proc", "raw data", "scan0001", "é"]) + str(n) if chance(0.5) else pick(["dev", "tmp", "proc", "home"]) for n in range(level)]) for level in range(depth + 1)]
    # Every folder continues the one before.
    for level in range(1, depth + 1):
        folders[level] = os.path.join(folders[level - 1], os.path.basename(folders[level]))
    return folders


def write_linked(root, number):
    folders = layers(os.path.join(root, f"case{number}"), number)
    os.makedirs(folders[-1], exist_ok=True)
    paths = [os.path.join(each, f"{pick(['raw', 'dataset', 'master'])}{level}.h5") for level, each in enumerate(folders)]
    dims = pick([(6,), (4, 3), (3, 2, 2)])
    with h5py.File(paths[-1], "w") as file:
        values = random.integers(-1000, 1000, dims).astype(pick(["i4", ">i2", "f4", ">f8"]))
        resizable = chance(0.3)
        if resizable:
            file.create_dataset("data", data=values, maxshape=(None, *dims[1:]))
        elif chance(0.2):
            file.create_dataset("data", data=values, external=[(os.path.join(folders[-1], f"plain{number}.bin"), 0, h5py.h5f.UNLIMITED)])
        else:
            file.create_dataset("data", data=values, chunks=True if chance(0.4) else None, compression="gzip" if chance(0.3) else None)
        dtype = values.dtype
    # Of the same name, beside the topmost: never to be taken for it.
    if len(paths) > 1 and chance(0.3):
        decoy = os.path.join(folders[0], os.path.basename(paths[-1]))
        if not os.path.exists(decoy):
            with h5py.File(decoy, "w") as file:
                file["data"] = np.full(dims, 7, dtype)
    target_file, target = paths[-1], "/data"
    virtual = False
    for level in range(len(paths) - 1, -1, -1):
        path = paths[level]
        for step in range(pick([0, 1, 1, 2])):
            if chance(0.5):
                target, virtual, dims, dtype = write_virtual(path, target_file, target, dims, dtype, f"{level}{step}", resizable and not virtual), True, *shapes
                target_file = path
            else:
                name = linked(path, target_file, target, f"{level}{step}")
                target_file, target = path, name
    missing = target_file != paths[-1] and chance(0.2)
    if missing:
        if chance(0.5):
            # Where an absolute path has nothing, HDF5 takes a file of that name beside the link.
            for place in {os.path.join(each, os.path.basename(paths[-1])) for each in folders}:
                if os.path.exists(place):
                    os.remove(place)
        else:
            with h5py.File(paths[-1], "a") as file:
                for key in list(file):
                    del file[key]
    case("virtual" if virtual else "linked", target_file, target, broken=missing)


shapes = ()


def write_virtual(path, source_file, source, dims, dtype, name, resizable):
    """A virtual dataset that shows a part of another dataset, or all; the rest is the fill value. Sets `shapes`."""
    global shapes
    own = os.path.exists(path) and os.path.samefile(path, source_file)
    relative = os.path.relpath(source_file, os.path.dirname(path))
    written = "." if own and chance(0.5) else pick([relative, source_file, f"./{relative}"]).replace("%", "%%")
    first = dims[0]
    how = pick(["whole", "longer", "strided", "region", *(["unlimited"] if resizable else [])])
    length = {"whole": first, "longer": first + 3, "strided": 2 * first, "region": first, "unlimited": first}[how]
    if chance(0.2):
        dtype = pick(["i4", ">i8", "u2", "f4", ">f8", "f8"])
    layout = h5py.VirtualLayout((length, *dims[1:]), dtype, maxshape=(None, *dims[1:]) if how == "unlimited" else None)
    shown = h5py.VirtualSource(written, source, dims, maxshape=(None, *dims[1:]) if how == "unlimited" else None)
    if how == "strided":
        layout[::2] = shown
    elif how == "region":
        layout[1:first] = shown[: first - 1]
    elif how == "unlimited":
        layout[0 : h5s.UNLIMITED] = shown[0 : h5s.UNLIMITED]
    else:
        layout[:first] = shown
    with h5py.File(path, "a", libver="v110") as file:
        file.create_virtual_dataset(f"virtual {name}", layout, fillvalue=pick([-1, 5, 0]))
    shapes = ((length, *dims[1:]), dtype)
    return f"/virtual {name}"


def write_numbered(root, number):
    """As many sources as there are, by their numbers."""
    place = os.path.join(root, f"case{number}")
    os.makedirs(os.path.join(place, "parts"), exist_ok=True)
    there = int(random.integers(1, 5))
    skipped = pick([None, None, 1])
    for n in range(there):
        if n != skipped:
            with h5py.File(os.path.join(place, "parts", f"100%_{n}.h5"), "w") as file:
                file["x"] = np.arange(4, dtype="i4").reshape(2, 2) + 10 * n
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    space = h5s.create_simple((2 * there, 2), (h5s.UNLIMITED, 2))
    space.select_hyperslab((0, 0), (h5s.UNLIMITED, 1), (2, 2), (2, 2))
    plist.set_virtual(space, pick([b"parts/100%%_%b.h5", os.path.join(place, "parts/100%%_%b.h5").encode()]), b"x", h5s.create_simple((2, 2)))
    with h5py.File(os.path.join(place, "numbered.h5"), "w") as file:
        h5d.create(file.id, b"v", h5t.STD_I32LE, h5s.create_simple((2 * there, 2), (h5s.UNLIMITED, 2)), plist)
    case("numbered", os.path.join(place, "numbered.h5"), "v")


for number in range(count):
    draw = random.random()
    if draw < 0.55:
        path = os.path.join(folder, f"typed{number}.h5")
        while True:
            try:
                write_typed(path, number)
                break
            except (ValueError, KeyError) as error:
                # A type of bits that HDF5 has no conversion for, or does not take.
                if not any(reason in str(error) for reason in ("unusual datatype", "no appropriate function", "not suitable for filters")):
                    raise
    elif draw < 0.95:
        write_linked(folder, number)
    else:
        write_numbered(folder, number)
json.dump(cases, sys.stdout)
