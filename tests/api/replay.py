"""What was recorded, replayed: a server whose clock stands where a test says, requests byte for byte.

    with Replay(tmp_path) as replay:
        replay.at("2026-11-23T18:37:31Z")
        status, code, answer = replay.send(head, body)
"""
import calendar
import contextlib
import mmap
import os
import pathlib
import re
import struct
import subprocess
import time
import unittest.mock

import raw
from conftest import ROOT_KEY, ROOT_SECRET, Server

# Whose the recorded requests are.
KEY, SECRET = "AKIAQQQQQQQQEXAMPLE0", "dummysecretdummysecretdummysecretdummy00"


def seconds(text):
    """2026-11-23T18:37:31Z, or 20261123T183731Z."""
    return calendar.timegm(time.strptime(re.sub("[-:]", "", text), "%Y%m%dT%H%M%SZ"))


class Replay(contextlib.AbstractContextManager):
    def __init__(self, directory, port=None):
        """port: (FROM, TO), where connections of the server to a recorded port go."""
        library = directory / "replay.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", library,
                        pathlib.Path(__file__).with_name("replay_preload.c")], check=True)
        with open(directory / "clock", "w+b") as file:
            file.write(bytes(8))
            file.flush()
            self.clock = mmap.mmap(file.fileno(), 8)
        self.at("2026-11-23T18:00:00Z")
        self.server = Server(directory)
        self.server.arguments = [word.replace(f"{ROOT_KEY}:{ROOT_SECRET}", f"{KEY}:{SECRET}")
                                 for word in self.server.arguments]
        self.environment = {"LD_PRELOAD": str(library), "MANTLE_REPLAY_CLOCK": str(directory / "clock")}
        if port:
            self.environment["MANTLE_REPLAY_PORT"] = f"{port[0]}:{port[1]}"
        self.start()

    def start(self):
        with unittest.mock.patch.dict(os.environ, self.environment):
            self.server.start()

    def __exit__(self, *_):
        self.server.stop()

    def at(self, when):
        self.clock[:] = struct.pack("=q", when if isinstance(when, int) else seconds(when))

    def send(self, head, body=b""):
        """(status, code, answer)"""
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection:", b"expect:"))]
        answer = raw.bytes_in(self.server, b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body).decode()
        # Who accepts JSON alone gets it.
        code = re.search(r"""<Code>(\w+)</Code>|"Error":{"Code":"(\w+)\"""", answer)
        return int(answer.split(" ", 2)[1]), code and (code[1] or code[2]), answer
