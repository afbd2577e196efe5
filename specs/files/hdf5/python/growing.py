"""Writes an HDF5 file as an acquisition does, a step per line of standard input, and prints a line after each.

Arguments: the file, and how it is written: `plain`, `v110` (the file format of HDF5 1.10) or `swmr` (the same, for readers meanwhile).
Steps: a number of points to append, `flush`, `close`.
"""

import sys

import h5py
import hdf5plugin
import numpy as np

path, how = sys.argv[1:]
file = h5py.File(path, "w", libver=("earliest" if how == "plain" else "v110", "v114"))
dataset = file.create_dataset("x", shape=(0, 3), maxshape=(None, 3), dtype="i4", chunks=(4, 3), **hdf5plugin.Bitshuffle())
if how == "swmr":
    file.swmr_mode = True
file.flush()
print("created", flush=True)
for line in sys.stdin:
    step = line.strip()
    if step == "close":
        file.close()
    elif step == "flush":
        file.flush()
    else:
        start = len(dataset)
        dataset.resize(start + int(step), axis=0)
        dataset[start:] = np.arange(start * 3, len(dataset) * 3).reshape(-1, 3)
    print("done", flush=True)
