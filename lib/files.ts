/** `blissdata-rx/hdf5`: reads numbers from HDF5 and EDF files, on Node. */
export { hdf5Files, type Hdf5FilesOptions } from './files/array-files.js';
