"""A server that gets killed, a client that is quick, and the trail as evidence.

CRASH_SEED sets the seed (printed by every run), CRASH_KILLS how often the server is killed,
MANTLE_BUILD the build directory.
"""
import collections
import ctypes
import hashlib
import hmac
import json
import mmap
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("MANTLE_BUILD", "build")
MANTLE = str(BUILD / "mantle")
PRELOAD = str(BUILD / "tests" / "crash" / "libcrash_preload.so")
SEED = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(1 << 32))
os.environ["CRASH_SEED"] = str(SEED)  # for the processes of pytest-xdist
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}


# --- the client ----------------------------------------------------------------------------------

class Lost(Exception):
    """The connection ended before a whole answer came: nobody knows whether the change happened."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.request_id = headers.get("x-amzn-requestid")
        self.root = None
        if body[:1] == b"<":
            text = re.sub(rb' xmlns="[^"]*"', b"", body, count=1)
            self.root = xml.etree.ElementTree.fromstring(text)

    @property
    def code(self):
        return None if self.status == 200 or self.root is None else self.root.findtext(".//Code")

    def text(self, tag):
        return self.root.findtext(f".//{tag}")

    def texts(self, path):
        return [found.text or "" for found in self.root.findall(f".//{path}")]

    def __repr__(self):
        return f"<{self.status} {self.code} {self.body[:300]!r}>"


def receive_answer(stream, kept=b""):
    """One answer and what came behind it."""
    data = kept
    while b"\r\n\r\n" not in data:
        more = stream.recv(65536)
        if not more:
            raise Lost("closed before the head" if not data else "closed inside the head")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in
               (line.partition(":") for line in lines[1:])}
    status = int(lines[0].split()[1])
    if status == 100:
        return receive_answer(stream, body)
    length = int(headers.get("content-length", 0))
    while len(body) < length:
        more = stream.recv(65536)
        if not more:
            raise Lost("closed inside the body")
        body += more
    return Answer(status, headers, body[:length]), body[length:]


class Client:
    """Signed requests over one kept connection."""

    def __init__(self, port, key, secret, token=None, agent="crash", timeout=60):
        self.port, self.key, self.secret, self.token = port, key, secret, token
        self.agent, self.timeout = agent, timeout
        self.stream, self.kept, self.keys = None, b"", {}

    def close(self):
        if self.stream is not None:
            self.stream.close()
        self.stream, self.kept = None, b""

    def signing_key(self, date, service):
        if (date, service) not in self.keys:
            key = ("AWS4" + self.secret).encode()
            for part in (date, "us-east-1", service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self.keys = {**self.keys, (date, service): key}
        return self.keys[date, service]

    def request(self, action, service="iam", agent=None, **parameters):
        pairs = [("Action", action), ("Version", VERSIONS[service])]
        for name, value in parameters.items():
            pairs.extend(flat(name, value))
        body = urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote).encode()
        when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        host = f"127.0.0.1:{self.port}"
        names, values = "host;x-amz-date", f"host:{host}\nx-amz-date:{when}\n"
        extra = ""
        if self.token:
            names += ";x-amz-security-token"
            values += f"x-amz-security-token:{self.token}\n"
            extra = f"x-amz-security-token: {self.token}\r\n"
        canonical = f"POST\n/\n\n{values}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{when[:8]}/us-east-1/{service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{when}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self.signing_key(when[:8], service), text.encode(), "sha256").hex()
        head = (f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Date: {when}\r\n{extra}"
                f"User-Agent: {agent or self.agent}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
                f"Authorization: AWS4-HMAC-SHA256 Credential={self.key}/{scope}, "
                f"SignedHeaders={names}, Signature={signature}\r\n\r\n")
        return head.encode() + body

    def call(self, action, service="iam", agent=None, **parameters):
        """The answer, or Lost."""
        data = self.request(action, service, agent, **parameters)
        try:
            if self.stream is None:
                self.stream = socket.create_connection(("127.0.0.1", self.port), self.timeout)
                self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.stream.sendall(data)
            answer, self.kept = receive_answer(self.stream, self.kept)
        except (Lost, ConnectionError) as error:
            self.close()
            raise Lost(str(error)) from error
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def get(self, action, service="iam", **parameters):
        """Answer of a call that must succeed."""
        answer = self.call(action, service, **parameters)
        assert answer.status == 200, (action, parameters, answer)
        return answer


def flat(name, value):
    if isinstance(value, dict):
        for i, (key, text) in enumerate(value.items(), 1):
            yield f"{name}.member.{i}.Key", key
            yield f"{name}.member.{i}.Value", text
    elif isinstance(value, (list, tuple)):
        for i, text in enumerate(value, 1):
            yield f"{name}.member.{i}", text
    elif value is not None:
        yield name, value


# --- the server ----------------------------------------------------------------------------------

class Control(ctypes.Structure):
    """struct control of preload.c."""
    _fields_ = [(name, ctypes.c_int64) for name in
                ("alloc_in", "alloc_onward", "alloc_seen", "alloc_struck", "alloc_live",
                 "write_in", "write_onward", "write_seen", "write_struck", "write_how", "full")]


EIO, ENOSPC, HALF, SHORT = range(4)


class Server:
    """`mantle serve` on a data directory; preload: with preload.c inside."""

    running = set()  # so that a failed test leaves none behind

    def __init__(self, directory, preload=False, journal=False, loops=2):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self.process = self.port = None
        self.loops = str(loops)
        self.environment = dict(os.environ)
        self.control = self.journal = None
        if preload:
            path = self.directory / "control"
            path.write_bytes(bytes(ctypes.sizeof(Control)))
            with open(path, "r+b") as file:
                self.map = mmap.mmap(file.fileno(), 0)
            self.control = Control.from_buffer(self.map)
            self.environment.update(LD_PRELOAD=PRELOAD, CRASH_CONTROL=str(path),
                                    CRASH_DIR=str(self.data.resolve()))
            if journal:
                self.journal = self.directory / "journal"
                self.environment["CRASH_JOURNAL"] = str(self.journal)

    def launch(self):
        Server.running.add(self)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [MANTLE, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", "--loops",
                 self.loops],
                stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment)

    def start(self):
        self.launch()
        line = self.process.stdout.readline()
        found = re.match(r"listening on http://127\.0\.0\.1:(\d+)", line)
        if not found:
            status = self.process.wait(20)
            raise AssertionError(f"the server did not start ({status}): {self.tail()}")
        self.port = int(found[1])
        return self

    def tail(self):
        return self.log.read_text(errors="replace")[-3000:]

    def kill(self):
        Server.running.discard(self)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self, seconds=30):
        """Gracefully; its exit status."""
        Server.running.discard(self)
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self.process.stdout.close()

    def alive(self):
        return self.process.poll() is None

    def credentials(self):
        key, secret = (self.data / "bootstrap").read_text().split()
        return key, secret

    def client(self, **more):
        return Client(self.port, *self.credentials(), **more)

    def health(self):
        stream = socket.create_connection(("127.0.0.1", self.port), 30)
        try:
            stream.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer, _ = receive_answer(stream)
            return answer.status, json.loads(answer.body)
        finally:
            stream.close()

    def admin(self, *words):
        """`mantle admin`, started; with a server or alone."""
        environment = dict(self.environment)
        environment.pop("CRASH_JOURNAL", None)
        environment.pop("LD_PRELOAD", None)
        return subprocess.Popen([MANTLE, "admin", "--data", str(self.data), *words],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=environment)

    def files_open(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def arm(self, **what):
        for name, value in what.items():
            if name not in ("alloc_in", "write_in"):
                setattr(self.control, name, value)
        for name in ("alloc_in", "write_in"):  # last: from here on it counts
            if name in what:
                setattr(self.control, name, what[name])

    def disarm(self):
        self.arm(alloc_in=0, write_in=0, alloc_onward=0, write_onward=0, full=0)


# --- the disk after a power cut --------------------------------------------------------------------

RECORD = struct.Struct("=IIqqqqQ")
WRITE, SYNC, TRUNCATE, RENAME = 1, 2, 3, 4


def journal_records(path):
    data, at, out = path.read_bytes(), 0, []
    while at + RECORD.size <= len(data):
        kind, path_len, seq, offset, size, old_size, old_len = RECORD.unpack_from(data, at)
        end = at + RECORD.size + path_len + old_len
        if end > len(data):
            break  # killed while writing it: the write itself had not begun
        name = data[at + RECORD.size:at + RECORD.size + path_len].decode()
        out.append((kind, seq, name, offset, old_size, data[end - old_len:end], size))
        at = end
    return out


def power_cut(server, dice):
    """Takes back what was written and not synced, all of it or some: a disk may keep any part.
    Returns how many writes were lost."""
    moved, synced, unsynced = {}, collections.defaultdict(int), []
    for record in journal_records(server.journal):
        kind, seq, name, offset = record[:4]
        if kind == RENAME:
            old, new = name.split("\n")
            moved[old] = new
            for entry in unsynced:
                if entry[0] == old:
                    entry[0] = new
        elif kind == SYNC:
            unsynced = [entry for entry in unsynced if entry[0] != name or entry[1][1] > offset]
        else:
            unsynced.append([name, record])
    redo = []
    for name, (kind, _, _, offset, old_size, old, size) in reversed(unsynced):
        if not os.path.exists(name):
            continue
        with open(name, "r+b") as file:
            if kind == WRITE:
                file.seek(offset)
                redo.append((name, offset, file.read(size)))
            else:
                redo.append((name, offset, None))
            file.seek(offset)
            file.write(old)
            file.truncate(old_size)
    keep = dice.choice([0, 0, 0.5, 0.9])
    lost = 0
    for name, offset, fresh in reversed(redo):
        if dice.random() >= keep:
            lost += 1
            continue
        with open(name, "r+b") as file:
            if fresh is None:
                file.truncate(offset)
            else:
                file.seek(offset)
                file.write(fresh)
    return lost


# --- evidence ------------------------------------------------------------------------------------

class Trail:
    """Reads each segment once, as far as it has whole lines; counts records by user agent."""

    def __init__(self, data):
        self.dir = data / "trail"
        self.forget()

    def forget(self):
        """A power cut may have taken back what was read."""
        self.offsets = collections.defaultdict(int)
        self.changes = collections.Counter()  # agent -> records of changes that happened
        self.event_ids = set()
        self.torn = 0
        self.admin = collections.Counter()    # event name -> records

    def read(self):
        for path in sorted(self.dir.glob("*.jsonl")):
            with open(path, "rb") as file:
                file.seek(self.offsets[path.name])
                data = file.read()
            whole = data[:data.rfind(b"\n") + 1]
            self.offsets[path.name] += len(whole)
            for line in whole.splitlines():
                if b"\0" in line:  # a power cut: never synced, its end kept and its middle not
                    self.torn += 1
                else:
                    self.take(json.loads(line))

    def take(self, record):
        assert record["eventID"] not in self.event_ids, f"recorded twice: {record}"
        self.event_ids.add(record["eventID"])
        if record["eventSource"] == "admin.mantle":
            self.admin[record["eventName"]] += 1
        elif not record["readOnly"] and "errorCode" not in record:
            self.changes[record["userAgent"]] += 1



def examine_database(data, scratch):
    """SQLite's own recovery on a copy, then: is it whole, do counters equal rows, does nothing dangle?"""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for name in ("mantle.db", "mantle.db-wal"):
        if (data / name).exists():
            shutil.copy(data / name, scratch / name)
    db = sqlite3.connect(scratch / "mantle.db")
    try:
        def rows(sql):
            return db.execute(sql).fetchall()

        assert rows("PRAGMA integrity_check") == [("ok",)]
        assert rows("PRAGMA foreign_key_check") == []
        if not rows("SELECT 1 FROM sqlite_master WHERE name = 'entity'"):
            return  # killed before the first commit
        kinds = dict(rows("SELECT substr(id, 1, 4), min(kind) FROM entity GROUP BY 1"))
        for what, letters in (("users", "AIDA"), ("groups", "AGPA"), ("roles", "AROA"),
                              ("policies", "ANPA"), ("profiles", "AIPA")):
            have = dict(rows(f"SELECT account, count(*) FROM entity WHERE account > 0 AND "
                             f"kind = {kinds.get(letters, -1)} GROUP BY account"))
            say = dict(rows(f"SELECT account, n FROM counter WHERE what = '{what}' AND account > 0"))
            assert have == {a: n for a, n in say.items() if n}, (what, have, say)
        attached = rows("SELECT account, policy_id, count(*) FROM attachment GROUP BY 1, 2 ORDER BY 1, 2")
        say = rows("SELECT account, what, n FROM counter WHERE what LIKE 'ANPA%' AND n <> 0 "
                   "AND what NOT LIKE '%/%' ORDER BY 1, 2")
        assert attached == say, (attached, say)
        bounded = rows("SELECT account, boundary_id || '/boundary', count(*) FROM entity "
                       "WHERE boundary_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2")
        say = rows("SELECT account, what, n FROM counter WHERE what LIKE '%/boundary' AND n <> 0 "
                   "ORDER BY 1, 2")
        assert bounded == say, (bounded, say)
        for table, column in (("role", "id"), ("managed_policy", "id"), ("policy_version", "policy_id"),
                              ("inline_policy", "entity_id"), ("attachment", "entity_id"),
                              ("attachment", "policy_id"), ("membership", "group_id"),
                              ("membership", "user_id"), ("profile_role", "profile_id"),
                              ("profile_role", "role_id"), ("tag", "entity_id"),
                              ("principal_binding", "entity_id")):
            lost = rows(f"SELECT {column} FROM {table} WHERE {column} NOT IN (SELECT id FROM entity)")
            assert lost == [], (table, lost)
        lost = rows("SELECT id FROM access_key WHERE length(owner_id) <> 12 AND owner_id NOT IN "
                    "(SELECT id FROM entity)")
        assert lost == [], lost
        lost = rows("SELECT m.id FROM managed_policy m LEFT JOIN policy_version v ON v.policy_id = m.id "
                    "AND v.version = m.default_version WHERE v.version IS NULL")
        assert lost == [], ("without their default version", lost)
        lost = rows("SELECT id FROM retired_id WHERE id IN (SELECT id FROM entity)")
        assert lost == [], ("an id was used twice", lost)
    finally:
        db.close()
