"""A second writer at work on a stream that somebody else writes."""

import stores
from either_blissdata import continue_at, second_writer


def intrude(key, name, points, at=0):
    """Writes points into another publisher's stream from an index on, and says whether the server took them."""
    scan = stores.store().load_scan(key)
    writer = second_writer(scan, name)
    continue_at(writer, at)
    try:
        for point in points:
            writer.send(point)
        writer.join()
    except Exception as error:
        return {"taken": False, "reason": str(error)}
    return {"taken": True, "reason": ""}


COMMANDS = {"intrude": intrude}
