"""An OpenID Connect issuer for tests: serves its discovery document and keys on 127.0.0.1 and signs
whatever it is told to, also what no honest issuer would."""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import threading
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def b64(data):
    if isinstance(data, int):
        data = data.to_bytes((data.bit_length() + 7) // 8, "big")
    if isinstance(data, (dict, list)):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    def __init__(self, kid, alg="RS256", bits=2048):
        self.kid, self.alg = kid, alg
        self.private = (ec.generate_private_key(CURVES[alg]()) if alg in CURVES else
                        rsa.generate_private_key(public_exponent=65537, key_size=bits))

    def jwk(self, **more):
        public = self.private.public_key().public_numbers()
        if self.alg in CURVES:
            size = (CURVES[self.alg].key_size + 7) // 8
            parts = {"kty": "EC", "crv": {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[self.alg],
                     "x": b64(public.x.to_bytes(size, "big")), "y": b64(public.y.to_bytes(size, "big"))}
        else:
            parts = {"kty": "RSA", "n": b64(public.n), "e": b64(public.e)}
        made = {**parts, "kid": self.kid, "use": "sig", "alg": self.alg, **more}
        return {name: value for name, value in made.items() if value is not None}

    def pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM,
                                                      serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, signed, alg=None):
        alg = alg or self.alg
        digest = HASHES[alg[2:]]()
        if alg.startswith("RS"):
            return self.private.sign(signed, padding.PKCS1v15(), digest)
        size = (self.private.curve.key_size + 7) // 8
        r, s = utils.decode_dss_signature(self.private.sign(signed, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def compact(header, claims, signer):
    signed = f"{b64(header)}.{b64(claims)}".encode()
    return f"{signed.decode()}.{b64(signer(signed))}"


def hmac_signer(secret):
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


class Issuer:
    """Answers of its paths may be replaced: issuer.answers[path] = (status, headers, body) or a
    function of the request handler."""

    def __init__(self, path="", tls=None):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                answer = issuer.answer(self.path)
                if callable(answer):
                    answer(self)
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}{path}"
        self.name = self.url.split("://")[1]
        self.keys, self.asked, self.answers, self.cache_control = [], [], {}, None
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path):
        base = "/" + self.name.partition("/")[2] if "/" in self.name else ""
        if path in self.answers:
            return self.answers[path]
        if path == base + "/.well-known/openid-configuration":
            return 200, {}, json.dumps({"issuer": self.url, "jwks_uri": self.url + "/jwks"}).encode()
        if path == base + "/jwks":
            headers = {"Cache-Control": self.cache_control} if self.cache_control else {}
            return 200, headers, json.dumps({"keys": [key if isinstance(key, dict) else key.jwk()
                                                      for key in self.keys]}).encode()
        return 404, {}, b"no such thing"

    def claims(self, **more):
        now = int(time.time())
        made = {"iss": self.url, "sub": "user-1234", "aud": "client", "iat": now, "exp": now + 300, **more}
        return {name: value for name, value in made.items() if value is not None}

    def token(self, key=None, header=None, alg=None, **claims):
        key = key or self.keys[0]
        head = {"alg": alg or key.alg, "kid": key.kid, "typ": "JWT", **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        return compact(head, self.claims(**claims), lambda signed: key.sign(signed, alg))
