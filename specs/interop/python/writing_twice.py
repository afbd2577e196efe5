"""A second writer at work on a stream that somebody else writes."""

import numpy as np
import stores
from either_blissdata import continue_at, encoding_of, second_writer


def intrude(key, name, points, at=0):
    """Writes numbers into another publisher's stream from an index on, and says whether the server took them."""
    scan = stores.store().load_scan(key)
    writer = second_writer(scan, name)
    continue_at(writer, at)
    try:
        for point in points:
            writer.send(np.array(point, dtype=encoding_of(writer)["dtype_str"]))
        writer.join()
    except Exception as error:
        return {"taken": False, "reason": str(error)}
    return {"taken": True, "reason": ""}


COMMANDS = {"intrude": intrude}
