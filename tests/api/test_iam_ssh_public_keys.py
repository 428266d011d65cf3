"""SSH public keys: two encodings, fingerprints, states."""
import base64
import re
import subprocess

import pki
import pytest
import ssh
from conftest import refused


def upload(account, body, user="bob"):
    return account.iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=body)["SSHPublicKey"]


def get(account, made, encoding):
    return account.iam.get_ssh_public_key(UserName="bob", SSHPublicKeyId=made["SSHPublicKeyId"],
                                          Encoding=encoding)["SSHPublicKey"]


def test_both_encodings(account):
    account.iam.create_user(UserName="bob")
    pem = pki.public_key("leaf")
    made = upload(account, ssh.line(pem, "bob@home office"))
    assert re.fullmatch(r"APKA[A-Z2-7]{16}", made["SSHPublicKeyId"])
    assert (made["Fingerprint"], made["Status"]) == (ssh.fingerprint(pem), "Active")
    assert get(account, made, "SSH") == made  # comment and all
    assert get(account, made, "PEM") == {**made, "SSHPublicKeyBody": pem}
    other = pki.public_key("stranger")
    made = upload(account, other)
    assert made["Fingerprint"] == ssh.fingerprint(other)
    assert get(account, made, "PEM")["SSHPublicKeyBody"] == other
    assert get(account, made, "SSH")["SSHPublicKeyBody"] == ssh.line(other)


def test_states_and_listing(account):
    account.iam.create_user(UserName="bob")
    made = upload(account, pki.public_key("leaf"))
    named = {"UserName": "bob", "SSHPublicKeyId": made["SSHPublicKeyId"]}
    account.iam.update_ssh_public_key(**named, Status="Inactive")
    assert account.iam.list_ssh_public_keys(UserName="bob")["SSHPublicKeys"] == [
        {**named, "Status": "Inactive", "UploadDate": made["UploadDate"]}]
    with refused("InvalidInput", 400):
        account.iam.update_ssh_public_key(**named, Status="Expired")
    with refused("DeleteConflict", 409) as said:
        account.iam.delete_user(UserName="bob")
    assert said.message == "Cannot delete entity, must remove referenced objects first."
    account.iam.delete_ssh_public_key(**named)
    with refused("NoSuchEntity", 404) as said:
        account.iam.get_ssh_public_key(**named, Encoding="SSH")
    assert said.message == f"The Public Key with id {named['SSHPublicKeyId']} cannot be found."


def test_the_same_key_in_another_form_is_a_duplicate(account):
    for name in ("bob", "eve"):
        account.iam.create_user(UserName=name)
    upload(account, pki.public_key("leaf"))
    with refused("DuplicateSSHPublicKey", 400):
        upload(account, ssh.line(pki.public_key("leaf"), "again"))
    upload(account, pki.public_key("leaf"), "eve")


def test_five_at_most(account):
    account.iam.create_user(UserName="bob")
    for i in range(5):
        upload(account, pki.public_key(f"key{i}"))
    with refused("LimitExceeded", 409) as said:
        upload(account, pki.public_key("leaf"))
    assert said.message == "Cannot exceed quota for SSHPublicKeysPerUser: 5"


def line_of(blob):
    return "ssh-rsa " + base64.b64encode(blob).decode()


def blob(*parts):
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


BAD = {
    "no key": ("UnrecognizedPublicKeyEncoding", "key"),
    "another algorithm": ("UnrecognizedPublicKeyEncoding", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKzvfE"),
    "a private key": ("UnrecognizedPublicKeyEncoding", lambda: pki.key("leaf")),
    "an EC key": ("InvalidPublicKey", lambda: pki.public_key("curve", "ec")),
    "1,024 bits": ("InvalidPublicKey", lambda: pki.public_key("small", "small")),
    "1,024 bits as SSH": ("InvalidPublicKey", lambda: ssh.line(pki.public_key("small", "small"))),
    "not base64": ("InvalidPublicKey", "ssh-rsa AAAA*"),
    "cut short": ("InvalidPublicKey", lambda: line_of(ssh.blob(pki.public_key("leaf"))[:-1])),
    "bytes behind": ("InvalidPublicKey", lambda: line_of(ssh.blob(pki.public_key("leaf")) + b"\0")),
    "another name inside": ("InvalidPublicKey", lambda: line_of(blob(b"ssh-dss", b"\3", b"\1" * 257))),
    "a negative modulus": ("InvalidPublicKey", lambda: line_of(blob(b"ssh-rsa", b"\3", b"\xff" * 256))),
    "zeroes in front": ("InvalidPublicKey", lambda: line_of(blob(b"ssh-rsa", b"\3", b"\0\0" + b"\xff" * 256))),
    "an even modulus": ("InvalidPublicKey", lambda: line_of(blob(b"ssh-rsa", b"\3", b"\0" + b"\xfe" * 256))),
    "exponent 1": ("InvalidPublicKey", lambda: line_of(blob(b"ssh-rsa", b"\1", b"\0" + b"\xff" * 256))),
    "a length past the end": ("InvalidPublicKey", lambda: line_of(b"\xff\xff\xff\xffssh-rsa")),
    "two lines": ("InvalidPublicKey", lambda: ssh.line(pki.public_key("leaf")) + "\n" + ssh.line(pki.public_key("stranger"))),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_keys(account, what):
    code, body = BAD[what]
    account.iam.create_user(UserName="bob")
    with refused(code, 400):
        upload(account, body() if callable(body) else body)


def test_the_fingerprint_is_what_ssh_keygen_prints(account, tmp_path):
    try:
        subprocess.run(["ssh-keygen", "-?"], capture_output=True)
    except FileNotFoundError:
        pytest.skip("no ssh-keygen here")
    account.iam.create_user(UserName="bob")
    pem = pki.public_key("leaf")
    (tmp_path / "key.pub").write_text(ssh.line(pem) + "\n")
    said = subprocess.run(["ssh-keygen", "-l", "-E", "md5", "-f", tmp_path / "key.pub"], check=True,
                          capture_output=True, text=True).stdout
    assert upload(account, pem)["Fingerprint"] == said.split()[1].removeprefix("MD5:")
