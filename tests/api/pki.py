"""Keys and certificates for tests, made by the openssl command once for a run."""
import functools
import pathlib
import subprocess
import tempfile

DIRECTORY = tempfile.TemporaryDirectory(prefix="mantle-pki-")


def openssl(*words, **more):
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, text=True, **more).stdout


def place(name):
    return pathlib.Path(DIRECTORY.name) / name


def key(name, kind="rsa"):
    """A private key in PEM (PKCS #8); the same for the same name."""
    if place(name + ".key").exists():
        return place(name + ".key").read_text()
    options = {"rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "small": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
               "ec": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}[kind]
    openssl("genpkey", "-algorithm", *options, "-out", place(name + ".key"))
    return place(name + ".key").read_text()


@functools.cache
def certificate(name, issuer=None, days=30, kind="rsa"):
    """Of the key of the same name, signed by the issuer's or by itself; days below 0: expired."""
    key(name, kind)
    request = openssl("req", "-new", "-key", place(name + ".key"), "-subj", f"/CN={name}")
    signed = ["-signkey", place(name + ".key")]
    if issuer:
        certificate(issuer)
        signed = ["-CA", place(issuer + ".crt"), "-CAkey", place(issuer + ".key"), "-CAcreateserial"]
    openssl("x509", "-req", "-days", days, *signed, "-out", place(name + ".crt"), input=request)
    return place(name + ".crt").read_text()


def public_key(name, kind="rsa"):
    """In PEM."""
    key(name, kind)
    return openssl("pkey", "-in", place(name + ".key"), "-pubout")
