"""Opening databases, by the identity model of the ESRF or by one of another institute, and searching them."""

import sys
from typing import Optional

from blissdata.redis_engine.store import DataStore
from redis_om import Field, HashModel

URL = sys.argv[1]


class LabIdentity(HashModel):
    """Another institute's identity model: other fields under another prefix."""

    class Meta:
        global_key_prefix = "lab"
        model_key_prefix = "id"
        database = object()

    name: str = Field(index=True)
    sample: Optional[str] = Field(index=True, default=None)
    run: int = Field(index=True)


_stores = {}


def store(model="esrf"):
    """The store, connected on first use."""
    if model not in _stores:
        _stores[model] = DataStore(URL, **_identity(model))
    return _stores[model]


def init(model="esrf"):
    """Sets up the database, which has to be empty."""
    _stores[model] = DataStore(URL, init_db=True, **_identity(model))


def connect(model="esrf"):
    """Fails unless the database is one for blissdata."""
    DataStore(URL, **_identity(model))


def search(criteria):
    timetag, keys = store().search_existing_scans(**criteria)
    return {"timetag": timetag, "keys": sorted(keys)}


def last_scan():
    timetag, key = store().get_last_scan()
    return {"timetag": timetag, "key": key}


def scans_state(keys):
    """The states by key; where a scan is missing, Python raises."""
    return {key: state.name for key, state in store().get_scans_state(keys).items()}


def next_scan(since):
    """The next scan that is there already."""
    timetag, key = store().get_next_scan(since=since, block=False)
    return {"timetag": timetag, "key": key}


def seal(key):
    """What Python's publishers call to end a stream."""
    return store()._redis.fcall("seal_stream", 1, key)


def _identity(model):
    return {"identity_model_cls": LabIdentity} if model == "lab" else {}


COMMANDS = {
    function.__name__: function
    for function in (init, connect, search, scans_state, last_scan, next_scan, seal)
}
