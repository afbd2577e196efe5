"""Writes the files that the examples of the READMEs read, into the folder that is the first argument."""

import os
import sys

import fabio
import h5py
import numpy as np

folder = os.path.join(sys.argv[1], "ma1234")
os.mkdir(folder)

with h5py.File(os.path.join(folder, "scan0001.h5"), "w") as file:
    file["/1.1/measurement/diode"] = np.array([0.5, 1.5, 2.5, 3.5])

fabio.edfimage.EdfImage(data=np.arange(6, dtype=np.uint16).reshape(2, 3)).write(os.path.join(folder, "frelon_0000.edf"))
