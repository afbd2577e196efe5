"""A scan of sample streams that grows step by step, and what `stream[...]` gives of it; by the twin of random-access.ts."""

import rendering
import stores
from either_blissdata import encoding_of
from publishing import Publication

_publications = {}


def declare_samples():
    """A started scan whose streams nothing was sent to yet; how many points each of them has after each half."""
    publication = Publication()
    key = publication.scan.key
    _publications[key] = publication
    lengths = {}
    for sample in publication.samples:
        half = sum(1 if not _is_batch(sample, sent) else len(sent) for sent in sample.halves[0])
        lengths[sample.name] = [0, half, len(sample.points)]
    return {"key": key, "lengths": lengths}


def send_samples(key, half):
    _publications[key].send(half)


def end_samples(key):
    scan = _publications.pop(key).scan
    scan.stop()
    scan.close()


def look_up(key, cases):
    """For each stream what its cases give: [index], or [start, stop, step]."""
    streams = stores.store().load_scan(key).streams
    return {name: [_outcome(streams[name], case) for case in asked] for name, asked in cases.items()}


def _is_batch(sample, sent):
    return sample.dtype != "json" and sent.ndim == len(sample.shape) + 1


def _outcome(stream, case):
    try:
        value = stream[case[0]] if len(case) == 1 else stream[slice(*case)]
    except Exception as error:
        return {"error": type(error).__name__}
    encoding = encoding_of(stream)
    points = [value] if len(case) == 1 else list(value)
    if encoding["type"] == "json":
        return {"points": rendering.points("json", points)}
    outcome = {"points": rendering.points(None, points)}
    if len(case) == 1:
        return {**outcome, "dtype": value.dtype.name}
    if -1 in encoding["shape"]:
        # A list, or an array where the shapes happen to be the same.
        return {**outcome, **({"dtype": points[0].dtype.name} if points else {})}
    return {**outcome, "dtype": value.dtype.name, "shape": list(value.shape)}


COMMANDS = {function.__name__: function for function in (declare_samples, send_samples, end_samples, look_up)}
