#!/usr/bin/env python3
"""CPU per keep-alive request of the HTTP layer alone, against nginx returning the same bytes.

usage: http_vs_nginx.py BUILD_DIR [--tls] [--rounds N] [--seconds S] [--loops N] [-v]

Both servers run with the same number of threads on 127.0.0.1 and are loaded in turn, round by round;
user and system time come from /proc/PID/stat. Prints `name ratio bar` (the median round's ratio).
"""
import argparse
import contextlib
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BODY_BYTES = 400
BAR = 1.0
TICKS_PER_S = 100

NGINX_CONF = """
daemon off; master_process on; worker_processes {loops}; pid {dir}/nginx.pid;
error_log {dir}/error.log error; worker_rlimit_nofile 4096;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; default_type text/xml;
    client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
    uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
    server {{ listen 127.0.0.1:{port} {ssl} reuseport; {certs} location / {{ return 200 "{body}"; }} }}
}}
"""

# What a signed GetCallerIdentity looks like on the wire.
WRK_LUA = """
wrk.method = "POST"
wrk.body = "Action=GetCallerIdentity&Version=2011-06-15"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
wrk.headers["X-Amz-Date"] = "20260101T000000Z"
wrk.headers["User-Agent"] = "Boto3/1.26.27 Python/3.11.2 Linux/6.1.0 Botocore/1.29.27"
wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/" ..
    "us-east-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date, " ..
    "Signature=" .. string.rep("0123456789abcdef", 4)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(100):
        if process.poll() is not None:
            raise SystemExit(f"server ended at once with code {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("server does not listen")


def children(pid):
    out = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in out]


def cpu_ticks(pid):
    total = 0
    for one in [pid, *children(pid)]:
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total


def load(pid, port, args, script):
    """Microseconds of CPU per request."""
    scheme = "https" if args.tls else "http"
    before = cpu_ticks(pid)
    out = subprocess.run(
        ["wrk", "-t1", f"-c{args.connections}", f"-d{args.seconds}s", "-s", script,
         f"{scheme}://127.0.0.1:{port}/"], capture_output=True, text=True, check=True,
        timeout=args.seconds + 30).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(out)
    return (cpu_ticks(pid) - before) * (1e6 / TICKS_PER_S) / requests


def make_cert(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-days", "2",
         "-subj", "/CN=localhost"], check=True, capture_output=True)
    return [f"{folder}/cert.pem", f"{folder}/key.pem"]


@contextlib.contextmanager
def running(command, port, **options):
    process = subprocess.Popen(command, **options)
    try:
        wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--loops", type=int, default=1)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if shutil.which(tool) is None and not pathlib.Path(f"/usr/sbin/{tool}").exists():
            print(f"http-layer-{'tls' if args.tls else 'plain'} skipped: no {tool} here")
            return 0
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        certs = make_cert(folder) if args.tls else []
        script = pathlib.Path(folder, "request.lua")
        script.write_text(WRK_LUA)
        nginx_port, our_port = free_port(), free_port()
        conf = pathlib.Path(folder, "nginx.conf")
        conf.write_text(NGINX_CONF.format(
            dir=folder, loops=args.loops, port=nginx_port, body="x" * BODY_BYTES,
            ssl="ssl" if args.tls else "",
            certs=f"ssl_certificate {certs[0]}; ssl_certificate_key {certs[1]};" if certs else ""))
        nginx = stack.enter_context(running(
            ["/usr/sbin/nginx", "-p", folder, "-c", str(conf)], nginx_port,
            stderr=subprocess.DEVNULL))
        ours = stack.enter_context(running(
            [str(pathlib.Path(args.build, "bench", "http_hello")), str(our_port), str(args.loops),
             *certs], our_port, stdin=subprocess.PIPE))
        ratios, yard, own = [], [], []
        for _ in range(args.rounds):
            yard.append(load(nginx, nginx_port, args, script))
            own.append(load(ours, our_port, args, script))
            ratios.append(own[-1] / yard[-1])
            if args.verbose:
                print(f"  nginx {yard[-1]:.2f} us  ours {own[-1]:.2f} us", file=sys.stderr)
    ratio = statistics.median(ratios)
    print(f"http-layer-{'tls' if args.tls else 'plain'} {ratio:.2f}x bar {BAR:.1f}x")
    return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
