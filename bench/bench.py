#!/usr/bin/env python3
"""All benchmarks: each line a name, a ratio or size, and its bar.

usage: bench.py BUILD_DIR [--only NAME] [--users N] [--rounds N]

Ratios are medians of rounds in which Mantle and the yardstick run in turn on this machine; CPU is
user and system time of all threads of the server. Everything listens on 127.0.0.1. What each line
means: docs/benchmarks.md.
"""
import argparse
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import random
import re
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

TICK_S = 0.01
ACCOUNT = "123456789012"
KEY_ID, SECRET = "AKIABENCHBENCHBENCH0", "benchbenchbenchbenchbenchbenchbenchbench"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
         "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NGINX_CONF = """
daemon off; master_process off; worker_processes 1; pid {dir}/nginx.pid;
error_log {dir}/error.log error;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; default_type text/xml; client_header_buffer_size 8k;
    client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
    uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
    server {{ listen 127.0.0.1:{port};
        location / {{ add_header x-amzn-RequestId {request_id}; return 200 '{body}'; }} }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def sign(key_id, secret, params, service, port, token=None):
    """One whole HTTP request as bytes, SigV4 over the headers botocore signs."""
    body = urllib.parse.urlencode(params, quote_via=urllib.parse.quote).encode()
    when = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8",
               "host": f"127.0.0.1:{port}", "x-amz-date": when}
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    canonical = "\n".join(["POST", "/", "", *(f"{n}:{headers[n]}" for n in sorted(headers)), "", names,
                           hashlib.sha256(body).hexdigest()])
    scope = f"{when[:8]}/us-east-1/{service}/aws4_request"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", when, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, "
                                f"Signature={signature}")
    head = "".join(f"{n}: {v}\r\n" for n, v in headers.items())
    return f"POST / HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body


def send(port, request):
    """Sends one prepared request; the whole answer's body."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += s.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
        body = bytearray(body)
        while len(body) < length:
            body += s.recv(1 << 20)
        return head.decode(), bytes(body)


def must(port, params, service="iam", who=(KEY_ID, SECRET)):
    head, body = send(port, sign(*who, params, service, port))
    if " 200 " not in head.split("\r\n")[0]:
        sys.exit(f"bench: {params['Action']}: {body.decode()}")
    return body


def iam(action, **params):
    return {"Action": action, "Version": "2010-05-08", **params}


def sts(action, **params):
    return {"Action": action, "Version": "2011-06-15", **params}


def cpu_s(pid):
    """User and system time of all threads: to the nanosecond where the kernel tells, else in ticks."""
    with contextlib.suppress(OSError):
        return sum(int(t.read_text().split()[0]) for t in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def rss_bytes(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


class Mantle:
    def __init__(self, build, data, loops=1, test_mode=True, more=()):
        self.port = free_port()
        command = [str(build / "mantle"), "serve", "--data", str(data), "--listen", f"127.0.0.1:{self.port}",
                   "--loops", str(loops), *more]
        if test_mode:
            command += ["--insecure-test-mode", "--root-key", f"{KEY_ID}:{SECRET}", "--account", ACCOUNT]
        start = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process.stdout.readline()
        self.start_s = time.monotonic() - start

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@contextlib.contextmanager
def mantle(build, data, **options):
    server = Mantle(build, data, **options)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def nginx(directory, body):
    port = free_port()
    conf = directory / "nginx.conf"
    conf.write_text(NGINX_CONF.format(dir=directory, port=port, body=body.decode(),
                                      request_id="0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"))
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", str(directory), "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.02)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


def load(build, port, connections, times, requests, directory):
    path = directory / "requests.bin"
    path.write_bytes(b"".join(struct.pack("<I", len(r)) + r for r in requests))
    out = subprocess.run([str(build / "bench/bench_load"), str(port), str(connections), str(times), str(path)],
                         check=True, capture_output=True, text=True)
    result = json.loads(out.stdout)
    if result["failed"]:
        sys.exit(f"bench: {result['failed']} of {result['requests']} requests failed")
    return result


def cpu_of(build, pid, port, request, directory, n):
    before = cpu_s(pid)
    load(build, port, 16, n // 16, [request] * 16, directory)
    return (cpu_s(pid) - before) / n


def line(name, value, bar, unit="x", note=""):
    met = "" if value <= bar else "   NOT MET"
    print(f"{name:<58} {value:8.2f}{unit:<4} bar {bar:g}{unit}{met}{'  ' + note if note else ''}", flush=True)


def line_least(name, value, bar, note="", unit="x"):
    met = "" if value >= bar else "   NOT MET"
    print(f"{name:<58} {value:8.2f}{unit:<4} bar >= {bar:g}{unit}{met}{'  ' + note if note else ''}", flush=True)


def against_nginx(args, directory, name, bar, params, who, port_of):
    server, port = port_of
    request = sign(*who, params, "sts", port)
    _, body = send(port, request)
    n = 16000
    with nginx(directory, body) as (pid, nginx_port):
        other = request.replace(f"127.0.0.1:{port}".encode(), f"127.0.0.1:{nginx_port}".encode())
        ratios, costs = [], []
        for round_ in range(args.rounds + 1):
            ours = cpu_of(args.build, server.process.pid, port, request, directory, n)
            theirs = cpu_of(args.build, pid, nginx_port, other, directory, n)
            if round_:  # the first one warms both
                ratios.append(ours / theirs)
                costs.append((ours, theirs))
    ours, theirs = statistics.median(c[0] for c in costs), statistics.median(c[1] for c in costs)
    line(name, statistics.median(ratios), bar, note=f"({ours * 1e6:.2f} us against {theirs * 1e6:.2f} us)")


def bench_requests(args, directory):
    with mantle(args.build, directory / "data") as server:
        port = server.port
        must(port, iam("CreateUser", UserName="app"))
        must(port, iam("PutUserPolicy", UserName="app", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL)))
        key = ET.fromstring(must(port, iam("CreateAccessKey", UserName="app")))
        find = lambda tag: next(e.text for e in key.iter() if e.tag.endswith(tag))
        who = (find("AccessKeyId"), find("SecretAccessKey"))
        must(port, iam("CreateRole", RoleName="app-orders-role", AssumeRolePolicyDocument=json.dumps(TRUST)))
        against_nginx(args, directory, "GetCallerIdentity, signed, recorded: CPU / nginx", 1.5, sts("GetCallerIdentity"),
                      who, (server, port))
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage",
                  "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"}]}
        assume = sts("AssumeRole", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/app-orders-role", RoleSessionName="orders-7f3",
                     Policy=json.dumps(policy), **{"Tags.member.1.Key": "team", "Tags.member.1.Value": "orders",
                                                   "Tags.member.2.Key": "stage", "Tags.member.2.Value": "prod"})
        against_nginx(args, directory, "AssumeRole, session policy and two tags: CPU / nginx", 2.5, assume, who,
                      (server, port))


def verify_cpu_s():
    """Of one RS256 signature of 2,048 bits, by `openssl speed`: user time."""
    out = subprocess.run(["openssl", "speed", "-mr", "-seconds", "1", "rsa2048"], check=True, capture_output=True,
                         text=True).stdout
    found = re.search(r"^\+F2:\d+:2048:[0-9.]+:([0-9.]+)", out, re.M)
    if not found:
        sys.exit("bench: openssl speed does not tell the time of a verification")
    seconds = float(found.group(1))
    return 1 / seconds if seconds > 1 else seconds  # some versions tell how many a second


def bench_web_identity(args, directory):
    """A token whose key is cached, against the bare verification of its signature and an AssumeRole."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/api"))
    from issuer import Issuer, Key
    issuer = Issuer()
    issuer.keys = [Key("bench")]
    with mantle(args.build, directory / "data", more=["--oidc-allow-loopback"]) as server:
        port = server.port
        must(port, iam("CreateOpenIDConnectProvider", Url=issuer.url, **{"ClientIDList.member.1": "client"}))
        trust = {"Version": "2012-10-17", "Statement": [
            *TRUST["Statement"], {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                                  "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.name}"},
                                  "Condition": {"StringEquals": {f"{issuer.name}:sub": "user-1234"}}}]}
        must(port, iam("CreateRole", RoleName="app", AssumeRolePolicyDocument=json.dumps(trust)))
        must(port, iam("CreateUser", UserName="app"))
        must(port, iam("PutUserPolicy", UserName="app", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL)))
        key = ET.fromstring(must(port, iam("CreateAccessKey", UserName="app")))
        who = [next(e.text for e in key.iter() if e.tag.endswith(tag)) for tag in ("AccessKeyId", "SecretAccessKey")]
        role = dict(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/app", RoleSessionName="job")
        token = issuer.token(exp=int(time.time()) + 3600)
        web = sign(*who, sts("AssumeRoleWithWebIdentity", WebIdentityToken=token, **role), "sts", port)
        plain = sign(*who, sts("AssumeRole", **role), "sts", port)
        must(port, sts("AssumeRoleWithWebIdentity", WebIdentityToken=token, **role), "sts", who)
        n, ratios, costs = 8000, [], []
        for round_ in range(args.rounds + 1):
            ours = cpu_of(args.build, server.process.pid, port, web, directory, n)
            bare = verify_cpu_s() + cpu_of(args.build, server.process.pid, port, plain, directory, n)
            if round_:
                ratios.append(ours / bare)
                costs.append((ours, bare))
    issuer.close()
    ours, bare = statistics.median(c[0] for c in costs), statistics.median(c[1] for c in costs)
    line("AssumeRoleWithWebIdentity / signature and AssumeRole: CPU", statistics.median(ratios), 2.5,
         note=f"({ours * 1e6:.2f} us against {bare * 1e6:.2f} us)")


def bench_create_user(args, directory):
    """64 clients through HTTP against one bare connection committing the same rows, on the same disk."""
    ratios = []
    n = 1920
    for round_ in range(3):
        data = directory / f"create{round_}"
        with mantle(args.build, data, loops=2) as server:
            requests = [sign(KEY_ID, SECRET, iam("CreateUser", UserName=f"user-{i:06}"), "iam", server.port)
                        for i in range(n)]
            ours = load(args.build, server.port, 64, 1, requests, directory)["seconds"]
        out = subprocess.run([str(args.build / "bench/bench_store"), "--bare-seconds", str(directory), str(n)],
                             check=True, capture_output=True, text=True)
        ratios.append(float(out.stdout) / ours)
        shutil.rmtree(data)
    line_least("CreateUser by 64 clients / bare SQLite, one commit each", statistics.median(ratios), 1.5)


def fill_users(args, directory, count):
    """A data directory with `count` users, made by the server and then multiplied row by row."""
    data = directory / f"users{count}"
    with mantle(args.build, data) as server:
        must(server.port, iam("CreateUser", UserName="user-000000"))
    import sqlite3
    db = sqlite3.connect(data / "mantle.db")
    columns = [c[1] for c in db.execute("PRAGMA table_info(entity)")]
    row = dict(zip(columns, db.execute("SELECT * FROM entity WHERE name = 'user-000000'").fetchone()))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

    def rows():
        for i in range(1, count):
            tail = "".join(alphabet[(i >> s) & 31] for s in (0, 5, 10, 15))
            made = {**row, "id": row["id"][:-4] + tail, "name": f"user-{i:06}", "name_key": f"user-{i:06}"}
            if made["id"] != row["id"]:
                yield tuple(made[c] for c in columns)
    marks = ",".join("?" * len(columns))
    db.executemany(f"INSERT OR IGNORE INTO entity VALUES ({marks})", rows())
    db.execute("UPDATE counter SET n = ? WHERE what = 'users'", (count,))
    db.commit()
    db.close()
    return data


def bench_many_users(args, directory):
    p50, rss = {}, {}
    for count in (1000, args.users):
        data = fill_users(args, directory, count)
        starts = []
        for _ in range(4):
            with mantle(args.build, data) as server:
                starts.append(server.start_s * 1000)
        start_ms = statistics.median(starts)
        with mantle(args.build, data) as server:
            step = max(1, count // 4000)
            requests = [sign(KEY_ID, SECRET, iam("GetUser", UserName=f"user-{(i * 7919 % count):06}"), "iam", server.port)
                        for i in range(1, count, step)][:4000]
            rounds = [load(args.build, server.port, 1, 1, requests, directory)["p50_us"] for _ in range(3)]
            p50[count] = statistics.median(rounds)
            rss[count] = rss_bytes(server.process.pid)
        shutil.rmtree(data)
    line(f"GetUser p50 among {args.users:,} users / among 1,000", p50[args.users] / p50[1000], 1.5)
    line(f"resident memory with {args.users:,} users, after 12,000 reads", rss[args.users] / 2**20, 256, " MiB")
    line(f"start with {args.users:,} users", start_ms, 100, " ms")


def peak_bytes(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


def walk(port, params, pages_max):
    """Follows markers; the last page's parameters."""
    for _ in range(pages_max):
        found = re.search(rb"<Marker>([^<]+)</Marker>", must(port, params))
        if not found:
            break
        params = {**params, "Marker": found.group(1).decode()}
    return params


def bench_reports(args, directory):
    """Listings and reports of large accounts."""
    half, many, page = args.users // 2000, 100_000, {}
    for count, pages in ((1000, 0), (args.users, half)):
        data = fill_users(args, directory, count)
        with mantle(args.build, data) as server:
            params = walk(server.port, iam("ListUsers", MaxItems="1000"), pages)
            requests = [sign(KEY_ID, SECRET, params, "iam", server.port)]
            rounds = [load(args.build, server.port, 1, 40, requests, directory)["p50_us"] for _ in range(args.rounds)]
            page[count] = statistics.median(rounds)
        shutil.rmtree(data)
    line(f"ListUsers page of 1,000 in the middle of {args.users:,} / of 1,000", page[args.users] / page[1000], 2)
    grown = {}
    for count in (2000, many):
        data = fill_users(args, directory, count)
        with mantle(args.build, data) as server:
            details = iam("GetAccountAuthorizationDetails", MaxItems="1000")
            walk(server.port, details, 1)
            before = peak_bytes(server.process.pid)
            walk(server.port, details, count)
            grown[count] = peak_bytes(server.process.pid) - before
            if count == many:
                bench_credential_report(args, server, directory)
        shutil.rmtree(data)
    line(f"GetAccountAuthorizationDetails of {many:,}, all pages: memory beyond the first page's", grown[many] / 2**20, 16,
         " MiB")


def bench_credential_report(args, server, directory):
    """Who else waits while the report of 100,000 users is made?"""
    requests = [sign(KEY_ID, SECRET, sts("GetCallerIdentity"), "sts", server.port)]
    quiet = min(load(args.build, server.port, 4, 500, requests, directory)["p99_us"] for _ in range(4))
    before, busy = rss_bytes(server.process.pid), []
    must(server.port, iam("GenerateCredentialReport"))
    while b"COMPLETE" not in must(server.port, iam("GenerateCredentialReport")):
        busy.append(load(args.build, server.port, 4, 500, requests, directory)["p99_us"])
    busy = statistics.median(busy)
    line("GetCallerIdentity p99 while a credential report of 100,000 users is made / else", busy / quiet, 2)
    line("memory that making it took", max(0, rss_bytes(server.process.pid) - before) / 2**20, 32, " MiB")
    must(server.port, iam("GetCredentialReport"))


def bench_idle(args, directory):
    with mantle(args.build, directory / "idle", loops=2) as server:
        must(server.port, sts("GetCallerIdentity"), "sts")
        time.sleep(0.5)
        line("idle resident memory", rss_bytes(server.process.pid) / 2**20, 16, " MiB")


def bench_reset(args, directory):
    """Of a server in test mode that holds what a test would have made, whole as its client waits for it."""
    took = []
    with mantle(args.build, directory / "reset", loops=2) as server:
        empty = f"POST /_mantle/reset HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\ncontent-length: 0\r\n\r\n".encode()
        for _ in range(9):
            for i in range(50):
                must(server.port, iam("CreateUser", UserName=f"user-{i}"))
            start = time.monotonic()
            head, _ = send(server.port, empty)
            took.append((time.monotonic() - start) * 1000)
            if " 200 " not in head.split("\r\n")[0]:
                sys.exit(f"bench: reset: {head}")
    line("reset in test mode, 50 users", statistics.median(took), 50, " ms")


def bench_trail(args, directory):
    """Reading and summing up a trail beside unpacking the same files with libdeflate alone."""
    def run(folder, mode, threads=1):
        words = subprocess.run([args.build / "bench/bench_trail", mode, folder, str(threads)], check=True,
                               capture_output=True, text=True).stdout.split()
        return dict(zip(words[1::2], map(float, words[2::2])))

    small, large = pathlib.Path(directory) / "small", pathlib.Path(directory) / "large"
    for folder, megabytes in (small, 256), (large, 1024):
        subprocess.run([args.build / "bench/bench_trail_make", folder, str(megabytes), "7"], check=True,
                       stdout=subprocess.DEVNULL)
    run(small, "unpack")  # into the page cache
    ratios, parse, speed = [], [], []
    for _ in range(args.rounds):
        bare = run(small, "unpack")["cpu_s"]
        one, two = run(small, "gather"), run(small, "gather", 2)
        ratios.append(one["cpu_s"] / bare)
        parse.append(run(small, "parse")["cpu_s"] / bare)
        speed.append(one["wall_s"] / two["wall_s"])
    line("trail, evidence gathered vs libdeflate alone (CPU)", statistics.median(ratios), 1.8)
    line("trail, records taken apart vs libdeflate alone (CPU)", statistics.median(parse), 1.8)
    line_least("trail, two cores against one", statistics.median(speed), 1.8)
    line("trail, memory on 1 GB with 2 threads", run(large, "gather", 2)["rss_kib"] / 1024, 64, unit=" MiB")
    line("trail, memory on 1 GB against 256 MB",
         run(large, "gather", 1)["rss_kib"] / run(small, "gather", 1)["rss_kib"], 1.2)


def bench_program(program, *more):
    def run(args, directory):
        done = subprocess.run([str(args.build / "bench" / program), *map(str, more)], cwd=directory)
        if done.returncode not in (0, 1):  # 1: a bar was not met, and its line says so
            sys.exit(f"bench: {program} ended with {done.returncode}")
    return run


def bench_beside(args, directory):
    """One decision beside other evaluators from npm, installed in the build directory."""
    source, place = pathlib.Path(__file__).parent / "js", args.build / "bench" / "js"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "decide.mjs"):
        shutil.copy(source / name, place / name)
    try:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=place, check=True,
                       capture_output=True, timeout=180)
    except (OSError, subprocess.SubprocessError):
        print("beside other evaluators: skipped, npm is missing or its registry cannot be reached")
        return
    run = subprocess.run(["node", "decide.mjs"], cwd=place, check=True, capture_output=True, text=True)
    ours = subprocess.run([str(args.build / "bench" / "bench_decide"), "first"], check=True, capture_output=True,
                          text=True)
    theirs, own = json.loads(run.stdout), float(ours.stdout)
    print(f"a decision, 3 policies x 10 statements: {own:.1f} ns, policies compiled before")
    line_least("iam-simulate: validates, reads the policies, explains", theirs["simulate"] / own, 1000)
    line_least("Cedar (wasm): reads the policies, JSON in and out", theirs["cedar"] / own, 500)
    line_least("Cedar (wasm): policies read before, JSON in and out", theirs["cedar_parsed"] / own, 500)


# More documents, when they lie beside the project.
SHARED = pathlib.Path(__file__).resolve().parents[1].parent / "shared"


def bench_analysis(args, directory):
    """The AWS managed policies where they stand beside the project, else the project's own case documents."""
    root = pathlib.Path(__file__).resolve().parents[1]
    policies = SHARED / "facts/aws-managed-policies.jsonl"
    if not policies.exists():
        cases = [c for path in sorted((root / "tests" / "policy").glob("*.json"))
                 for c in json.loads(path.read_text())["cases"]]
        documents = [d for c in cases for d in c.get("policies", {}).get("identity", []) if isinstance(d, dict)]
        policies = directory / "policies.jsonl"
        policies.write_text("".join(json.dumps({"name": f"own{i}", "document": d}) + "\n"
                                    for i, d in enumerate(documents)))
    out = subprocess.run([str(args.build / "bench/bench_analysis"), str(policies)], check=True, capture_output=True,
                         text=True).stdout
    print(out, end="")
    for row in re.findall(r"analysis (\w+) .*p50 +([\d.]+) us .*decided +([\d.]+) %", out):
        line(f"containment, {row[0]} pairs, p50", float(row[1]) / 1000, 0.5, " ms")
        line_least(f"containment, {row[0]} pairs, decided", float(row[2]), 99, unit=" %")


def bench_rightsizing(args, directory):
    """Roles from ninety days of trail, tried on resources nobody has seen, where the benchmark lies beside the project."""
    data = SHARED / "data/rightsizing-bench-v0"
    if not data.exists():
        print("roles from a trail: skipped, the benchmark does not lie beside the project")
        return
    began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    made = subprocess.run([str(args.build / "mantle"), "migrate", "roles", str(data / "exports"), "--trail",
                           str(data / "train"), "--all-users", "--json", "--out", str(directory)], check=True,
                          capture_output=True, text=True)
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began
    roles = json.loads(made.stdout)["roles"]
    score = subprocess.run([sys.executable, str(data / "score.py"), str(data / "truth.json"), str(directory)], check=True,
                           capture_output=True, text=True).stdout
    figure = {k.strip(): re.split(r"[ /]", v.strip())[0] for k, v in (row.split("=", 1) for row in score.splitlines())}
    proved = sum(r["new_in_old"] == r["observed_in_new"] == "PROVED" for r in roles)
    line_least("roles: true grants covered on fresh resources", float(figure["grants covered on fresh resources"]), 0.93,
               unit="")
    line_least("roles: principals fully covered, of 30", float(figure["principals fully covered"]), 26, unit="")
    line("roles: excess action-resource pairs", float(figure["excess"]), 0.08, unit="")
    line_least("roles: both proofs hold, of 30", proved, 30, unit="")
    line("roles: statements that cannot be scored", float(figure["faults"]), 0, unit="", note=f"{cpu:.1f} s CPU in all")


def scan_tree(root, size):
    """Source-like files of 4 to 64 KiB without keys, from the project's own text; size bytes in all."""
    rows = b"".join(p.read_bytes() for p in sorted(pathlib.Path(__file__).parents[1].glob("src/*/*.c")))
    done, n = 0, 0
    while done < size:
        length, start = 4096 + (n * 7919) % 61440, (n * 104729) % (len(rows) - 65536)
        folder = root / f"d{n % 97}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{n}.c").write_bytes(rows[start:start + length])
        done, n = done + length, n + 1
    return done


def bench_scan(args, directory):
    """User and system time of one thread over a tree in the page cache, beside grep -F with the same ids."""
    size = scan_tree(directory / "tree", 512 << 20)
    rng = random.Random(1)
    ids = ["AKIA" + "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16)) for _ in range(500)]
    (directory / "ids").write_text("\n".join(ids) + "\n")
    commands = {"mantle": [str(args.build / "mantle"), "migrate", "scan", "tree", "--ids", "ids", "--threads", "1", "--json"],
                "grep": ["grep", "-rFf", "ids", "tree"]}
    spent = {name: [] for name in commands}
    for _ in range(1 + min(args.rounds, 7)):
        for name, command in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, cwd=directory, stdout=subprocess.DEVNULL, check=False, env={**os.environ, "LC_ALL": "C"})
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    cpu = {name: statistics.median(rounds[1:]) for name, rounds in spent.items()}
    print(f"scan: {size / cpu['mantle'] / 1e9:.2f} GB/s per core (bar 1.00); {cpu['mantle'] / cpu['grep']:.2f}x the CPU of grep -F "
          f"with the same 500 ids ({size / cpu['grep'] / 1e9:.2f} GB/s)", flush=True)


BENCHES = {
    "requests": bench_requests,
    "sigv4": bench_program("bench_sigv4"),
    "web-identity": bench_web_identity,
    "create-user": bench_create_user,
    "many-users": bench_many_users,
    "reports": bench_reports,
    "idle": bench_idle,
    "reset": bench_reset,
    "decide": bench_program("bench_decide"),
    "analysis": bench_analysis,
    "beside": bench_beside,
    "rightsizing": bench_rightsizing,
    "trail": bench_trail,
    "scan": bench_scan,
    "lint": bench_program("bench_lint", SHARED / "facts/aws-managed-policies.jsonl"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=11)
    args = parser.parse_args()
    for name, bench in BENCHES.items():
        if args.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="mantle-bench-") as directory:
                bench(args, pathlib.Path(directory))


if __name__ == "__main__":
    main()
