"""Publishes a scan of sample streams in two halves, for somebody who reads along, and says what it published."""

import rendering
import samples
import stores
from either_blissdata import GENERATION, create_stream, encoding_of

IDENTITY = {
    "name": "interop",
    "number": 7,
    "data_policy": "ESRF",
    "session": "id00",
    "proposal": "blc001",
    "collection": "sample A",
    "dataset": "dataset-1",
    "path": "/data/visitor/blc001.h5",
}


class Publication:
    """The scan that is being published."""

    def __init__(self):
        self.scan = stores.store().create_scan(IDENTITY, info={"title": "a scan of everything"})
        self.samples = samples.all_samples(GENERATION)
        self.streams = {
            sample.name: create_stream(self.scan, sample.name, sample.dtype, sample.shape, sample.info) for sample in self.samples
        }
        # JavaScript has no number that holds one.
        self.long_double = create_stream(self.scan, "long double", "longdouble")
        self.scan.prepare()
        self.scan.start()
        self.long_double.send(samples.np.longdouble(1) / 3)

    def send(self, half):
        """Sends what belongs to a half, the streams in turn, and waits until the server has it."""
        for turn in range(max(len(sample.halves[half]) for sample in self.samples)):
            for sample in self.samples:
                for sent in sample.halves[half][turn : turn + 1]:
                    self.streams[sample.name].send(sent)
        for stream in self.streams.values():
            stream.join()

    def report(self):
        return {sample.name: self._report(sample) for sample in self.samples}

    def _report(self, sample):
        stream = self.streams[sample.name]
        return {
            "encoding": rendering.document(encoding_of(stream)),
            "info": rendering.document(stream.info),
            "dtype": None if sample.dtype == "json" else samples.np.dtype(sample.dtype).name,
            "points": rendering.points(sample.dtype, sample.points),
        }


_publications = []


def publish_first_half():
    """Creates the scan and publishes half of its points; the number of these."""
    publication = Publication()
    _publications.append(publication)
    publication.send(0)
    return {"key": publication.scan.key, "lengths": {name: len(stream) for name, stream in publication.streams.items()}}


def publish_the_rest():
    """Publishes the other half and ends the scan: a few streams by themselves, most of them by stopping it."""
    publication = _publications.pop()
    publication.send(1)
    sealed = {name: publication.streams[name].seal() for name in ("scalar <f8", "documents", "nothing")}
    publication.scan.stop()
    publication.scan.close()
    return {"streams": publication.report(), "sealed": sealed}


COMMANDS = {"publish_first_half": publish_first_half, "publish_the_rest": publish_the_rest}
