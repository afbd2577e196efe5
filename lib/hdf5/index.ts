/** `blissdata-rx/hdf5`: reading the numbers that lie in HDF5 and EDF files, on Node. */
export { hdf5Files, type Hdf5FilesOptions } from './hdf5-files.js';
export type { ArrayFiles, ArrayPlace } from '../ports/array-files.js';
