"""A Python process that obeys: a command per line of standard input, as JSON, and one line of JSON for each answer.

It ends, whatever it is waiting for, as soon as its standard input does.
"""

import json
import os
import sys
import threading
from queue import SimpleQueue

import deleting
import publishing
import reading
import scans
import stores
import writing_twice

COMMANDS = {
    name: function
    for module in (stores, scans, publishing, reading, deleting, writing_twice)
    for name, function in module.COMMANDS.items()
}


def listen(requests):
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def obey(line):
    request = json.loads(line)
    try:
        return {"result": COMMANDS[request["command"]](**request["arguments"])}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def main():
    answers = sys.stdout
    # What the libraries print must not be taken for an answer.
    sys.stdout = sys.stderr
    requests = SimpleQueue()
    threading.Thread(target=listen, args=(requests,), daemon=True).start()
    while True:
        print(json.dumps(obey(requests.get())), file=answers, flush=True)


main()
