"""s3cmd and rclone, as Debian ships them, against a small storage server that lets in whoever libmantle says
signed: what they send is verified, what is signed with another secret or at another time is not."""
import ctypes
import datetime
import hashlib
import http.server
import subprocess
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

import pytest
from conftest import BUILD

LIBRARY = BUILD / "src/lib/libmantle.so"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "a-secret-of-these-tests-a-secret-of-them"
OK, EXPIRED, MISMATCH = 0, 5, 9
XML = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class Str(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class Header(ctypes.Structure):
    _fields_ = [("name", Str), ("value", Str)]


class Request(ctypes.Structure):
    _fields_ = [("method", Str), ("path", Str), ("query", Str), ("headers", ctypes.POINTER(Header)),
                ("header_count", ctypes.c_size_t), ("body", Str)]


class Claim(ctypes.Structure):
    _fields_ = [("form", ctypes.c_int), *((name, Str) for name in (
        "access_key_id", "date", "region", "service", "session_token", "content_sha256", "amz_date")),
        ("signed_at_s", ctypes.c_int64), ("expires_s", ctypes.c_int64)]


class Rules(ctypes.Structure):
    _fields_ = [("now_s", ctypes.c_int64), ("tolerance_s", ctypes.c_int64), ("service", Str), ("region", Str),
                ("s3", ctypes.c_bool), ("streaming", ctypes.c_bool)]


class SigningKey(ctypes.Structure):
    _fields_ = [("state", ctypes.c_uint32 * 16)]


def view(text):
    data = text.encode() if isinstance(text, str) else text
    return Str(data, len(data))


def text(s):
    return ctypes.string_at(s.ptr, s.len).decode() if s.len else ""


class Verifier:
    """mantle_sigv4_*, one request at a time."""

    def __init__(self):
        self.lib = ctypes.CDLL(str(LIBRARY))
        self.lib.mantle_signing_key_init.argtypes = [Str, Str, Str, Str, ctypes.POINTER(SigningKey)]
        self.lib.mantle_sigv4_read.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        self.lib.mantle_sigv4_verify.argtypes = [ctypes.c_void_p] * 4
        self.lib.mantle_sigv4_free.argtypes = [ctypes.c_void_p]
        self.handle, self.lock = ctypes.c_void_p(), threading.Lock()
        assert self.lib.mantle_sigv4_new(None, ctypes.byref(self.handle)) == 0

    def close(self):
        self.lib.mantle_sigv4_free(self.handle)

    def verify(self, method, target, headers, body, now):
        path, _, query = target.partition("?")
        listed = (Header * len(headers))(*(Header(view(name), view(value.strip())) for name, value in headers))
        request = Request(view(method), view(path), view(query), listed, len(headers), view(body))
        claim, key = Claim(), SigningKey()
        with self.lock:
            fault = self.lib.mantle_sigv4_read(self.handle, ctypes.byref(request), ctypes.byref(claim))
            if fault != OK:
                return fault
            assert text(claim.access_key_id) == KEY
            assert self.lib.mantle_signing_key_init(view(SECRET), claim.date, claim.region, claim.service,
                                                    ctypes.byref(key)) == 0
            rules = Rules(now, 0, view("s3"), Str(None, 0), True, False)
            return self.lib.mantle_sigv4_verify(self.handle, ctypes.byref(request), ctypes.byref(rules),
                                                ctypes.byref(key))


class Storage(http.server.ThreadingHTTPServer):
    """One bucket in memory, behind the verifier."""

    def __init__(self, verifier):
        self.verifier, self.faults, self.objects, self.ahead = verifier, [], {}, 0
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        self.name = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        fault = self.server.verifier.verify(self.command, self.path, self.headers.items(), body,
                                            int(time.time()) + self.server.ahead)
        self.server.faults.append(fault)
        if fault != OK:
            return self.answer(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
        parts = urllib.parse.urlsplit(self.path)
        return self.act(urllib.parse.unquote(parts.path), urllib.parse.parse_qs(parts.query, True), body)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any

    def act(self, path, query, body):
        bucket, _, name = path.strip("/").partition("/")
        if not bucket:
            return self.answer(200, f"<ListAllMyBucketsResult {XML}><Buckets><Bucket><Name>bucket</Name><CreationDate>"
                                    "2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>")
        if "location" in query:
            return self.answer(200, f"<LocationConstraint {XML}></LocationConstraint>")
        if not name and self.command in ("GET", "HEAD"):
            return self.listing()
        if self.command == "PUT":
            if name:
                self.server.objects[name] = body
            return self.answer(200, "", {"ETag": f'"{hashlib.md5(body).hexdigest()}"'})
        if name not in self.server.objects:
            return self.answer(404, "<Error><Code>NoSuchKey</Code></Error>")
        data = self.server.objects[name]
        return self.answer(200, data, {"ETag": f'"{hashlib.md5(data).hexdigest()}"',
                                       "Last-Modified": self.date_time_string()})

    def listing(self):
        stamp = datetime.datetime(2026, 1, 1).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        found = "".join(f"<Contents><Key>{escape(name)}</Key><LastModified>{stamp}</LastModified><ETag>&quot;{hashlib.md5(data).hexdigest()}&quot;</ETag>"
                        f"<Size>{len(data)}</Size></Contents>" for name, data in sorted(self.server.objects.items()))
        return self.answer(200, f"<ListBucketResult {XML}><Name>bucket</Name><IsTruncated>false</IsTruncated>{found}"
                                "</ListBucketResult>")

    def answer(self, status, body, headers=None):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/xml", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *words):
        pass


@pytest.fixture
def storage():
    if not LIBRARY.exists():
        pytest.skip("built without libmantle.so")
    verifier = Verifier()
    made = Storage(verifier)
    yield made
    made.shutdown()
    made.server_close()
    verifier.close()


def run(words, **env):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **env})


def s3cmd(storage, *words, secret=SECRET):
    return run(["s3cmd", "--config", "/dev/null", "--no-ssl", "--host", storage.name, "--host-bucket",
                storage.name, "--access_key", KEY, "--secret_key", secret, "--region", "us-east-1", *words])


def rclone(storage, *words, secret=SECRET):
    return run(["rclone", "--retries", "1", "--low-level-retries", "1", *words], RCLONE_CONFIG="/dev/null",
               RCLONE_CONFIG_M_TYPE="s3", RCLONE_CONFIG_M_PROVIDER="Other", RCLONE_CONFIG_M_REGION="us-east-1",
               RCLONE_CONFIG_M_ENDPOINT=f"http://{storage.name}", RCLONE_CONFIG_M_ACCESS_KEY_ID=KEY,
               RCLONE_CONFIG_M_SECRET_ACCESS_KEY=secret)


NAMES = ["plain.txt", "with blank & more.txt", "a+b=c~d.txt", "ünï.txt"]


def test_what_they_sign_is_let_in(storage, tmp_path):
    content = tmp_path / "content"
    content.write_text("what is stored\n")
    for name in NAMES:
        assert s3cmd(storage, "put", content, f"s3://bucket/dir/{name}").returncode == 0, storage.faults
        assert rclone(storage, "copyto", content, f"m:bucket/rc/{name}", "--s3-no-check-bucket").returncode == 0
        told = rclone(storage, "cat", f"m:bucket/rc/{name}")
        assert told.stdout == content.read_text(), told.stderr
    assert "s3://bucket" in s3cmd(storage, "ls").stdout
    assert "dir/plain.txt" in s3cmd(storage, "ls", "s3://bucket/").stdout
    assert rclone(storage, "lsd", "m:").stdout.split()[-1] == "bucket"
    assert set(storage.faults) == {OK}
    assert {f"{place}/{name}" for place in ("dir", "rc") for name in NAMES} == set(storage.objects)


def test_what_another_secret_signed_is_not(storage, tmp_path):
    wrong = SECRET.replace("a", "b")
    assert s3cmd(storage, "ls", secret=wrong).returncode != 0
    assert rclone(storage, "lsd", "m:", secret=wrong).returncode != 0
    assert storage.faults and set(storage.faults) == {MISMATCH}


def test_what_was_signed_long_ago_is_not(storage):
    storage.ahead = 1000
    assert s3cmd(storage, "ls").returncode != 0
    assert rclone(storage, "lsd", "m:").returncode != 0
    assert storage.faults and set(storage.faults) == {EXPIRED}
