"""One process of several that publish a scan, each its own streams."""

import stores
from either_blissdata import second_writer


def publish_stream(key, name, points):
    """Writes a stream of a scan that somebody else has prepared, from its beginning, and seals it; answers its length."""
    scan = stores.store().load_scan(key)
    writer = second_writer(scan, name)
    for point in points:
        writer.send(point)
    writer.join()
    return writer.seal()


def seal_or_length(key, name):
    """Seals a stream that somebody else writes; answers its length."""
    return second_writer(stores.store().load_scan(key), name).seal()


COMMANDS = {"publish_stream": publish_stream, "seal_or_length": seal_or_length}
