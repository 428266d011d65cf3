"""test_body.py LIBMANTLE.so: streamed bodies signed by an independent signer go through the library, from
Python by ctypes: whatever the sizes of the chunks and however the bytes are cut."""
import ctypes
import hashlib
import pathlib
import random
import sys
import unittest

import signer

LIBRARY = sys.argv[1] if len(sys.argv) > 1 else None
FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures/captures"
KEY_ID, SECRET, REGION = "AKIAQQQQQQQQEXAMPLE0", "dummysecretdummysecretdummysecretdummy00", "eu-west-1"
EMPTY = hashlib.sha256(b"").hexdigest()
OK, SYNTAX, DENIED, INVALID, UNSUPPORTED = 0, -2, -6, -64, -13


class Str(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Header(ctypes.Structure):
    _fields_ = [("name", Str), ("value", Str)]


class Request(ctypes.Structure):
    _fields_ = [("method", Str), ("path", Str), ("query", Str), ("headers", ctypes.POINTER(Header)),
                ("header_count", ctypes.c_size_t), ("body", Str)]


class Rules(ctypes.Structure):
    _fields_ = [("now_s", ctypes.c_int64), ("tolerance_s", ctypes.c_int64), ("service", Str),
                ("region", Str), ("s3", ctypes.c_bool), ("streaming", ctypes.c_bool)]


class SigningKey(ctypes.Structure):
    _fields_ = [("state", ctypes.c_uint32 * 16)]


def view(data, keep):
    data = data.encode() if isinstance(data, str) else bytes(data)
    buffer = ctypes.create_string_buffer(data, len(data) or 1)
    keep.append(buffer)
    return Str(ctypes.cast(buffer, ctypes.c_void_p), len(data))


class Stream:
    """A PUT with a streamed body: its headers, signed, and the body's bytes."""

    def __init__(self, mode, chunks, trailers=()):
        self.date, data = "20261123T183806Z", b"".join(chunks)
        self.scope = f"{self.date[:8]}/{REGION}/s3/aws4_request"
        self.key = signer.signing_key(SECRET, self.date[:8], REGION, "s3")
        self.headers = {"host": "h", "x-amz-content-sha256": mode, "x-amz-date": self.date,
                        "x-amz-decoded-content-length": str(len(data))}
        if trailers:
            self.headers["x-amz-trailer"] = ",".join(name for name, _ in trailers)
        names = ";".join(sorted(self.headers))
        canonical = "\n".join(["PUT", "/b/k", "", *(f"{n}:{self.headers[n]}" for n in sorted(self.headers)),
                               "", names, mode])
        self.previous = signer.signature(SECRET, self.date, REGION, "s3", canonical)
        self.headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{self.scope}, "
                                         f"SignedHeaders={names}, Signature={self.previous}")
        self.body = b""
        is_signed = "UNSIGNED" not in mode
        for chunk in [*chunks, b""]:
            more = f";chunk-signature={self.link('PAYLOAD', EMPTY, chunk)}" if is_signed else ""
            self.body += f"{len(chunk):x}{more}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
        for name, value in trailers:
            self.body += f"{name}:{value}\r\n".encode()
        if trailers and is_signed:
            text = "".join(f"{n}:{v}\n" for n, v in sorted(trailers)).encode()
            self.body += f"x-amz-trailer-signature:{self.link('TRAILER', None, text)}\r\n".encode()
        self.body += b"\r\n"

    def link(self, what, empty, data):
        text = [f"AWS4-HMAC-SHA256-{what}", self.date, self.scope, self.previous]
        text += [empty] if empty else []
        self.previous = signer.mac(self.key, "\n".join([*text, signer.digest(data)])).hexdigest()
        return self.previous


class Body(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lib = ctypes.CDLL(LIBRARY)
        cls.lib.mantle_signing_key_init.argtypes = [Str, Str, Str, Str, ctypes.c_void_p]
        cls.lib.mantle_sigv4_body_verified.restype = ctypes.c_uint64
        cls.lib.mantle_sigv4_body_verified.argtypes = [ctypes.c_void_p]
        cls.lib.mantle_sigv4_body_done.restype = ctypes.c_bool
        cls.lib.mantle_sigv4_body_trailer.restype = ctypes.c_bool
        cls.lib.mantle_sigv4_body_trailer.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
        for name in "free", "done":
            getattr(cls.lib, f"mantle_sigv4_body_{name}").argtypes = [ctypes.c_void_p]

    def setUp(self):
        self.keep = []
        self.verifier = ctypes.c_void_p()
        self.assertEqual(self.lib.mantle_sigv4_new(None, ctypes.byref(self.verifier)), OK)
        self.addCleanup(self.lib.mantle_sigv4_free, self.verifier)

    def request(self, method, path, query, headers):
        array = (Header * len(headers))(*(Header(view(n, self.keep), view(v, self.keep))
                                          for n, v in headers))
        self.keep.append(array)
        return Request(view(method, self.keep), view(path, self.keep), view(query, self.keep), array,
                       len(headers), view("", self.keep))

    def let_in(self, request, streaming=True):
        key = SigningKey()
        self.lib.mantle_signing_key_init(view(SECRET, self.keep), view("20261123", self.keep),
                                         view(REGION, self.keep), view("s3", self.keep), ctypes.byref(key))
        rules = Rules(1795459086, 0, view("s3", self.keep), Str(), True, streaming)
        self.assertEqual(self.lib.mantle_sigv4_read(self.verifier, ctypes.byref(request), None), 0)
        fault = self.lib.mantle_sigv4_verify(self.verifier, ctypes.byref(request), ctypes.byref(rules),
                                             ctypes.byref(key))
        return fault, key

    def start(self, request, key):
        body = ctypes.c_void_p()
        rc = self.lib.mantle_sigv4_body_new(None, self.verifier, ctypes.byref(request), ctypes.byref(key),
                                            ctypes.byref(body))
        if rc == OK:
            self.addCleanup(self.lib.mantle_sigv4_body_free, body)
        return rc, body

    def feed(self, body, data, cut):
        """(code, data, done): all of data, in pieces whose sizes cut() gives."""
        got = b""
        while data:
            piece, data = data[:(n := cut())], data[n:]
            room = []
            rest, out = view(piece, room), Str()
            while rest.len:
                rc = self.lib.mantle_sigv4_body_take(body, ctypes.byref(rest), ctypes.byref(out))
                if rc != OK:
                    return rc, got, False
                got += ctypes.string_at(out.ptr, out.len) if out.len else b""
        return OK, got, self.lib.mantle_sigv4_body_done(body)

    def run_stream(self, stream, cut, data=None):
        request = self.request("PUT", "/b/k", "", list(stream.headers.items()))
        fault, key = self.let_in(request)
        self.assertEqual(fault, 0)
        rc, body = self.start(request, key)
        self.assertEqual(rc, OK)
        return body, self.feed(body, stream.body if data is None else data, cut)

    def test_bodies_of_an_independent_signer(self):
        chance = random.Random(7)
        for turn in range(60):
            chunks = [chance.randbytes(chance.choice([1, 2, 63, 64, 65, 1000, 8192]))
                      for _ in range(chance.randrange(5))]
            trailers = [(f"x-amz-checksum-{chance.choice('ab')}{i}", chance.choice(["q==", "", "a b"]))
                        for i in range(chance.randrange(1, 4))]
            for mode, more in (("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", []),
                               ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", trailers),
                               ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", trailers)):
                stream = Stream(mode, chunks, more)
                with self.subTest(turn=turn, mode=mode):
                    body, (rc, data, done) = self.run_stream(stream, lambda: chance.choice([1, 2, 17, 999]))
                    self.assertEqual((rc, data, done), (OK, b"".join(chunks), True))
                    self.assertEqual(self.lib.mantle_sigv4_body_verified(body), len(data))
                    seen, header = [], Header()
                    while self.lib.mantle_sigv4_body_trailer(body, len(seen), ctypes.byref(header)):
                        seen.append(tuple(ctypes.string_at(s.ptr, s.len).decode()
                                          for s in (header.name, header.value)))
                    self.assertEqual(seen, sorted(more))

    def test_a_changed_chunk_is_denied_and_never_counted(self):
        stream = Stream("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", [b"first", b"second"])
        body, (rc, data, done) = self.run_stream(stream, lambda: 3,
                                                 stream.body.replace(b"second", b"secund"))
        self.assertEqual((rc, done), (DENIED, False))
        self.assertEqual(self.lib.mantle_sigv4_body_verified(body), 5)
        swapped = Stream("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", [b"aaaa", b"bbbb"])
        parts = swapped.body.split(b"\r\n")
        parts[0:2], parts[2:4] = parts[2:4], parts[0:2]
        self.assertEqual(self.run_stream(swapped, lambda: 9, b"\r\n".join(parts))[1][0], DENIED)

    def test_a_cut_body_is_not_done(self):
        stream = Stream("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", [b"first", b"second"])
        _, (rc, data, done) = self.run_stream(stream, lambda: 9, stream.body[:-1])
        self.assertEqual((rc, data, done), (OK, b"firstsecond", False))

    def test_nothing_begins_that_was_not_let_in(self):
        stream = Stream("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", [b"x"])
        headers = dict(stream.headers)
        request = self.request("PUT", "/b/k", "", list(headers.items()))
        self.assertEqual(self.start(request, SigningKey())[0], INVALID)
        fault, key = self.let_in(request, streaming=False)
        self.assertNotEqual(fault, 0)
        self.assertEqual(self.start(request, key)[0], INVALID)
        headers["authorization"] = headers["authorization"][:-1] + "?"
        wrong = self.request("PUT", "/b/k", "", list(headers.items()))
        fault, key = self.let_in(wrong)
        self.assertNotEqual(fault, 0)
        self.assertEqual(self.start(wrong, key)[0], INVALID)

    def test_the_length_must_be_announced(self):
        stream = Stream("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", [b"x"])
        for length in "", "-1", "1x", "99999999999999999999":
            request = self.request("PUT", "/b/k", "", list(stream.headers.items()))
            fault, key = self.let_in(request)
            self.assertEqual(fault, 0)
            changed = {**stream.headers, "x-amz-decoded-content-length": length}
            request = self.request("PUT", "/b/k", "", list(changed.items()))
            self.assertNotEqual(self.start(request, key)[0], OK)

    def test_capture_of_the_sdk_for_javascript(self):
        """aws-chunked inside HTTP's chunked coding, one cut elsewhere than the other."""
        head, _, rest = (FIXTURES / "js-s3-stream.01.req.http").read_bytes().partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        path, _, query = target.partition("?")
        headers = [(n, v.strip()) for n, _, v in (line.partition(":") for line in lines[1:])]
        request = self.request(method, path, query, headers)
        fault, key = self.let_in(request)
        self.assertEqual(fault, 0)
        rc, body = self.start(request, key)
        self.assertEqual(rc, OK)
        data = b""
        while True:
            size, _, rest = rest.partition(b"\r\n")
            if int(size, 16) == 0:
                break
            piece, rest = rest[:int(size, 16)], rest[int(size, 16) + 2:]
            rc, got, done = self.feed(body, piece, lambda: 1 << 20)
            self.assertEqual(rc, OK)
            data += got
        self.assertTrue(done)
        self.assertEqual(data, b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln\n")
        header = Header()
        self.assertTrue(self.lib.mantle_sigv4_body_trailer(body, 0, ctypes.byref(header)))
        self.assertEqual(ctypes.string_at(header.value.ptr, header.value.len), b"AF4eNg==")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
