"""Writes a chain of files, each beside or below the one that shows it, and one whose sources are missing two levels down."""

import os
import sys

sys.dont_write_bytecode = True

import h5py
import numpy as np

os.chdir(sys.argv[1])
os.makedirs("sub/scan0001")


def show(file, name, source, dataset):
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource(source, dataset, (3,))
    file.create_virtual_dataset(name, layout, fillvalue=-1)


with h5py.File("sub/scan0001/raw.h5", "w") as file:
    file["d"] = np.arange(3.0)
with h5py.File("sub/set.h5", "w") as file:
    show(file, "good", "./scan0001/raw.h5", "d")
    show(file, "gone", "./scan0001/gone.h5", "d")
    show(file, "itself", ".", "itself")
    file["link"] = h5py.ExternalLink("gone.h5", "d")
with h5py.File("top.h5", "w") as file:
    for name in ("good", "gone", "itself"):
        file[f"linked, {name}"] = h5py.ExternalLink("sub/set.h5", name)
        show(file, f"nested, {name}", "sub/set.h5", name)
    show(file, "nested, link", "sub/set.h5", "link")
    show(file, "nested, nothing", "sub/set.h5", "nothing")
    file["circle"] = h5py.ExternalLink("top.h5", "circle")
