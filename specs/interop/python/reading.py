"""Reads a scan along with its publisher, and then once more in every other way there is; says what it read."""

import rendering
import stores
from blissdata.redis_engine.scan import ScanState
from either_blissdata import encoding_of, read_by_cursor, read_until_end


class Follower:
    """Reads all streams of the next scan together, as their points come."""

    def __init__(self, since):
        self.timetag, key = stores.store().get_next_scan(since=since)
        self.scan = stores.store().load_scan(key)
        while self.scan.state < ScanState.PREPARED:
            self.scan.update()
        self.streams = self.scan.streams
        self.points = {name: [] for name in self.streams}
        self.news = read_until_end(list(self.streams.values()))

    def read(self, enough):
        """Reads until every stream has at least this many points, or has ended."""
        while any(len(found) < enough.get(name, 0) for name, found in self.points.items()):
            if not self.read_once():
                return

    def read_once(self):
        for name, index, points in self.news:
            found = self.points[name]
            if index != len(found):
                raise AssertionError(f"{name}: expected index {len(found)} next, read {index}")
            found.extend(_render(self.streams[name], points))
            return True
        return False


def _is_json(stream):
    return encoding_of(stream)["type"] == "json"


def _render(stream, points):
    return rendering.points("json" if _is_json(stream) else None, points)


def _outcome(read):
    try:
        return read()
    except Exception as error:
        return type(error).__name__


_followers = []


def follow_first_half(since, lengths):
    """Waits for the next scan and reads until its streams have these lengths."""
    follower = Follower(since)
    _followers.append(follower)
    follower.read(lengths)
    return {"key": follower.scan.key, "points": follower.points, "sealed": _sealed(follower)}


def follow_to_the_end(slices):
    """Reads on to the end of every stream, and then by cursor, by index and by slice."""
    follower = _followers.pop()
    while follower.read_once():
        pass
    return {name: _reread(stream, follower.points[name], slices) for name, stream in follower.streams.items()}


def _sealed(follower):
    return sorted(name for name, stream in follower.streams.items() if stream.is_sealed())


def _reread(stream, live, slices):
    by_cursor = [point for _, points in read_by_cursor(stream) for point in _render(stream, points)]
    indices = range(len(stream))
    return {
        "encoding": rendering.document(encoding_of(stream)),
        "info": rendering.document(stream.info),
        "sealed": stream.is_sealed(),
        "live": live,
        "byCursor": by_cursor,
        "byIndex": _render(stream, [stream[i] for i in indices]),
        "fromTheEnd": _render(stream, [stream[-1 - i] for i in indices]),
        "bySlice": [_render(stream, stream[slice(*bounds)]) for bounds in slices],
        "beyond": _outcome(lambda: _render(stream, [stream[len(stream)]])),
    }


def read_index(key, name, index, model="esrf"):
    """The point at an index of a scan's stream, or the name of the error."""
    stream = stores.store(model).load_scan(key).streams[name]
    return _outcome(lambda: _render(stream, [stream[index]])[0])


COMMANDS = {"follow_first_half": follow_first_half, "follow_to_the_end": follow_to_the_end, "read_index": read_index}
