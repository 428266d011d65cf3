"""The SSH forms of an RSA public key, worked out from PEM without the server's code."""
import base64
import hashlib
import re
import subprocess


def numbers(pem):
    text = subprocess.run(["openssl", "rsa", "-pubin", "-noout", "-text"], input=pem, check=True, capture_output=True,
                          text=True).stdout
    modulus = int(re.sub(r"[\s:]", "", re.search(r"Modulus:\n((?: +[0-9a-f:]+\n)+)", text)[1]), 16)
    return int(re.search(r"Exponent: (\d+)", text)[1]), modulus


def mpint(n):
    data = n.to_bytes(n.bit_length() // 8 + 1, "big")
    return len(data).to_bytes(4, "big") + data


def blob(pem):
    e, n = numbers(pem)
    return b"\0\0\0\7ssh-rsa" + mpint(e) + mpint(n)


def line(pem, comment=""):
    return f"ssh-rsa {base64.b64encode(blob(pem)).decode()}{' ' + comment if comment else ''}"


def fingerprint(pem):
    return ":".join(f"{byte:02x}" for byte in hashlib.md5(blob(pem)).digest())
