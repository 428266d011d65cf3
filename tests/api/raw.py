"""Requests below what the clients send: signed by hand, bent on purpose."""
import datetime
import hashlib
import hmac
import http.client
import re
import socket
import ssl
import urllib.parse

STS, IAM = "2011-06-15", "2010-05-08"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def form(action, version=STS, **parameters):
    return urllib.parse.urlencode({"Action": action, "Version": version, **parameters},
                                  quote_via=urllib.parse.quote)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body.decode()
        self.code = self.tag("Code")
        self.message = self.tag("Message")
        self.request_id = headers.get("x-amzn-requestid")

    def tag(self, name):
        found = re.search(rf"<{name}>(.*?)</{name}>", self.body, re.S)
        return found and (found[1].replace("&quot;", '"').replace("&apos;", "'").replace("&#39;", "'")
                          .replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def connect(server, timeout=60):
    url = urllib.parse.urlsplit(server.url)
    if url.scheme == "https":
        return http.client.HTTPSConnection(url.hostname, url.port, timeout=timeout,
                                           context=ssl.create_default_context(cafile=server.ca))
    return http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)


def send(server, method="POST", target="/", headers=None, body=b"", timeout=60):
    connection = connect(server, timeout)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders(body.encode() if isinstance(body, str) else body)
        got = connection.getresponse()
        return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
    finally:
        connection.close()


def host(server):
    return urllib.parse.urlsplit(server.url).netloc


def sha(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signing_key(secret, date, region, service):
    key = mac(("AWS4" + secret).encode(), date)
    for part in (region, service, "aws4_request"):
        key = mac(key, part)
    return key


def stamp(offset=0):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)
    return now.strftime("%Y%m%dT%H%M%SZ")


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def canonical_query(query):
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    return "&".join(f"{k}={v}" for k, v in sorted(pairs))


def sign_headers(caller, body="", method="POST", query="", service="sts", region="us-east-1",
                 when=None, headers=None, date=None, terminator="aws4_request", leave_out=(),
                 payload=None):
    """The headers of a request signed in its Authorization header."""
    when = when or stamp()
    date = date or when[:8]
    signed = {"host": host(caller.server), "x-amz-date": when, **(headers or {})}
    if method == "POST":
        signed.setdefault("content-type", FORM)
    if caller.token and "x-amz-security-token" not in signed:
        signed["x-amz-security-token"] = caller.token
    names = sorted(name for name in signed if name not in leave_out)
    canonical = "\n".join([method, "/", canonical_query(query),
                           "".join(f"{name}:{signed[name]}\n" for name in names),
                           ";".join(names), payload or sha(body)])
    scope = f"{date}/{region}/{service}/{terminator}"
    text = "\n".join(["AWS4-HMAC-SHA256", when, scope, sha(canonical)])
    signature = mac(signing_key(caller.secret, date, region, service), text).hex()
    sent = {**signed, "authorization": f"AWS4-HMAC-SHA256 Credential={caller.key}/{scope}, "
                                       f"SignedHeaders={';'.join(names)}, Signature={signature}"}
    if body:
        sent["content-length"] = str(len(body))
    return sent


def call(caller, action, version=STS, bend=None, parameters=None, **how):
    """A POST, signed as `how` says, its headers and body bent by bend(headers, body)."""
    body = form(action, version, **(parameters or {}))
    how.setdefault("service", "iam" if version == IAM else "sts")
    headers = sign_headers(caller, body, **how)
    if bend:
        bent = bend(headers, body)
        body = bent if bent is not None else body
    if "content-length" in headers:
        headers["content-length"] = str(len(body))
    return send(caller.server, "POST", "/", headers, body)


def presign(caller, action, version=STS, service="sts", expires=60, when=None, region="us-east-1",
            extra=None):
    """The target of a GET signed in its query."""
    when = when or stamp()
    scope = f"{when[:8]}/{region}/{service}/aws4_request"
    pairs = {"Action": action, "Version": version, "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
             "X-Amz-Credential": f"{caller.key}/{scope}", "X-Amz-Date": when,
             "X-Amz-Expires": str(expires), "X-Amz-SignedHeaders": "host", **(extra or {})}
    if caller.token:
        pairs["X-Amz-Security-Token"] = caller.token
    query = "&".join(f"{quote(k)}={quote(v)}" for k, v in sorted(pairs.items()))
    canonical = "\n".join(["GET", "/", canonical_query(query), f"host:{host(caller.server)}\n", "host",
                           sha("")])
    text = "\n".join(["AWS4-HMAC-SHA256", when, scope, sha(canonical)])
    signature = mac(signing_key(caller.secret, when[:8], region, service), text).hex()
    return f"/?{query}&X-Amz-Signature={signature}"


def get(server, target, headers=None):
    return send(server, "GET", target, {"host": host(server), **(headers or {})})


def bytes_in(server, data, timeout=60):
    """Sends bytes as they are; everything that comes back until the connection closes."""
    url = urllib.parse.urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port), timeout=timeout) as plain:
        stream = plain
        if url.scheme == "https":
            stream = ssl.create_default_context(cafile=server.ca).wrap_socket(
                plain, server_hostname=url.hostname)
        stream.sendall(data)
        stream.shutdown(socket.SHUT_WR) if stream is plain else None
        out = b""
        while True:
            try:
                more = stream.recv(65536)
            except (ConnectionResetError, ssl.SSLError):
                break
            if not more:
                break
            out += more
        return out
