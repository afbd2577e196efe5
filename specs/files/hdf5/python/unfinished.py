"""Writes two files of the newest format that the library reads, into the folder given: one closed, the other left by its writer, who wrote it for readers (SWMR)."""
import os
import sys

import h5py
import numpy as np

for name, swmr in (("closed.h5", False), ("left.h5", True)):
    file = h5py.File(f"{sys.argv[1]}/{name}", "w", libver=("v110", "v112"))
    file["counts"] = np.arange(1000.0)
    for i in range(30):
        file["counts"].attrs[f"note {i}"] = "y" * 50
    for i in range(4):
        images = file.create_dataset(f"images{i}", (0, 50), maxshape=(None, 50), chunks=(7, 50), compression="gzip", dtype="f8")
        images.resize((100, 50))
        images[:] = np.arange(5000.0).reshape(100, 50) + np.sqrt(i + 2)
    if swmr:
        file.swmr_mode = True
        file.flush()
        os._exit(0)
    file.close()
