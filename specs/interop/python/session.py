"""A Python process that obeys: a command per line of standard input, as JSON, and one line of JSON for each answer.

Its first line is the version of blissdata, once that is imported.

It ends, whatever it is waiting for, as soon as its standard input does.
"""

import json
import os
import sys
import threading
from importlib.metadata import version
from queue import SimpleQueue

# Before the modules beside this one are imported: they are to leave nothing in the checkout.
sys.dont_write_bytecode = True

import anything
import chaotic
import deleting
import kinds
import publishing
import publishing_together
import random_access
import reading
import saving
import scans
import stores
import writing_twice

MODULES = (stores, scans, chaotic, publishing, reading, deleting, writing_twice, kinds, saving, anything, publishing_together, random_access)

COMMANDS = {}
for module in MODULES:
    clashes = COMMANDS.keys() & module.COMMANDS.keys()
    if clashes:
        raise ValueError(f"{module.__name__}: commands of these names exist: {clashes}")
    COMMANDS.update(module.COMMANDS)


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
    print(json.dumps({"result": version("blissdata")}), file=answers, flush=True)
    requests = SimpleQueue()
    threading.Thread(target=listen, args=(requests,), daemon=True).start()
    while True:
        print(json.dumps(obey(requests.get())), file=answers, flush=True)


main()
