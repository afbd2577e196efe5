"""The two generations of blissdata (1.x and 2.x) behind one set of functions, as far as they differ."""

from importlib.metadata import version

GENERATION = int(version("blissdata").split(".")[0])

if GENERATION >= 2:
    from blissdata.exceptions import EndOfStream
    from blissdata.streams import CursorGroup
    from blissdata.streams.default import Stream
else:
    from blissdata.redis_engine.encoding.json import JsonStreamEncoder
    from blissdata.redis_engine.encoding.numeric import NumericStreamEncoder
    from blissdata.redis_engine.exceptions import EndOfStream
    from blissdata.redis_engine.stream import Stream, StreamingClient


def create_stream(scan, name, dtype, shape=(), info=None):
    """Declares a stream of numbers, or of JSON documents where dtype is "json"."""
    info = info or {}
    if GENERATION >= 2:
        shape = None if dtype == "json" else shape
        return scan.create_stream(Stream.make_definition(name, dtype, shape, info))
    encoder = JsonStreamEncoder() if dtype == "json" else NumericStreamEncoder(dtype, shape)
    return scan.create_stream(name, encoder, info)


def second_writer(scan, name):
    """A writer for a stream that the (loaded) scan already has."""
    if GENERATION >= 2:
        return scan.get_writer_stream(name)
    model = scan._model.data_streams[name]
    if model.encoding["type"] == "json":
        encoder = JsonStreamEncoder()
    else:
        encoder = NumericStreamEncoder(model.encoding["dtype_str"], model.encoding["shape"])
    return Stream.create(scan._data_store, name, model, encoder)


def continue_at(writer, index):
    """Makes a writer believe that it has written this many points already."""
    stream = writer.event_stream if GENERATION >= 2 else writer
    stream._write_index = index


def encoding_of(stream):
    """The stream's encoding record, as it stands in the scan."""
    return stream.event_stream.encoding if GENERATION >= 2 else stream.encoding


def read_until_end(streams):
    """Yields (name, index, points) of many streams, waiting for them as long as one of them is open."""
    group = CursorGroup(streams) if GENERATION >= 2 else StreamingClient(streams)
    while True:
        try:
            news = group.read()
        except EndOfStream:
            return
        for stream, found in news.items():
            index, points = (found.index, found.get_data()) if GENERATION >= 2 else found
            yield stream.name, index, points


def read_by_cursor(stream):
    """Yields (index, points) of one stream from its own cursor, until it is sealed."""
    cursor = stream.cursor()
    while True:
        try:
            found = cursor.read()
        except EndOfStream:
            return
        yield (found.index, found.get_data()) if GENERATION >= 2 else found
