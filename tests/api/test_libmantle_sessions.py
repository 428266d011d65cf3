"""Session tokens of this server, opened by libmantle with the server's token keys."""
import ctypes
import datetime
import time

import pytest

from conftest import BUILD, allow, document, trust

EXPIRED, DENIED = -7, -6


class Str(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Tag(ctypes.Structure):
    _fields_ = [("key", Str), ("value", Str), ("transitive", ctypes.c_bool)]


class Info(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("account", Str), ("unique_id", Str), ("name", Str),
                ("source_identity", Str), ("issuer_key_id", Str), ("issued_s", ctypes.c_int64),
                ("expires_s", ctypes.c_int64), ("mfa_s", ctypes.c_int64), ("chain_depth", ctypes.c_uint32),
                ("policy", Str), ("policy_ids", ctypes.POINTER(Str)), ("policy_id_count", ctypes.c_size_t),
                ("tags", ctypes.POINTER(Tag)), ("tag_count", ctypes.c_size_t)]


def text(s):
    return ctypes.string_at(s.ptr, s.len).decode() if s.ptr else None


class Opener:
    def __init__(self, key_text):
        self.lib = ctypes.CDLL(str(BUILD / "src/lib/libmantle.so"))
        self.lib.mantle_session_info_of.restype = ctypes.POINTER(Info)
        self.lib.mantle_session_info_of.argtypes = [ctypes.c_void_p]
        self.lib.mantle_session_open.argtypes = [ctypes.c_void_p, ctypes.c_void_p, Str, Str, ctypes.c_int64,
                                                 ctypes.c_void_p]
        self.keep, self.keys = [], ctypes.c_void_p()
        assert self.lib.mantle_token_keys_read(None, self.view(key_text), ctypes.byref(self.keys)) == 0

    def view(self, data):
        buffer = ctypes.create_string_buffer(data.encode() if isinstance(data, str) else data)
        self.keep.append(buffer)
        return Str(ctypes.cast(buffer, ctypes.c_void_p), len(buffer) - 1)

    def open(self, key_id, token, now_s=None):
        session = ctypes.c_void_p()
        rc = self.lib.mantle_session_open(None, self.keys, self.view(key_id), self.view(token),
                                          int(time.time()) if now_s is None else now_s,
                                          ctypes.byref(session))
        return rc, self.lib.mantle_session_info_of(session)[0] if rc == 0 else None


@pytest.fixture
def opener(server):
    if not (BUILD / "src/lib/libmantle.so").exists():
        pytest.skip("built without libmantle.so")
    return Opener((server.data / "keys/token.keys").read_bytes())


def test_a_role_session(account, opener):
    role = account.role("app", trust({"AWS": account.number}))
    policy = document(allow("s3:GetObject", "arn:aws:s3:::reports/*"))
    given = account.sts.assume_role(RoleArn=role, RoleSessionName="orders-7f3", SourceIdentity="ann",
                                    Policy=policy, DurationSeconds=900, TransitiveTagKeys=["team"],
                                    Tags=[{"Key": "team", "Value": "red"}, {"Key": "x", "Value": ""}])
    keys = given["Credentials"]
    rc, info = opener.open(keys["AccessKeyId"], keys["SessionToken"])
    assert rc == 0 and info.kind == 1
    assert text(info.account) == account.number
    assert f"{text(info.unique_id)}:{text(info.name)}" == given["AssumedRoleUser"]["AssumedRoleId"]
    assert text(info.source_identity) == "ann"
    assert text(info.policy) == policy
    assert datetime.datetime.fromtimestamp(info.expires_s, datetime.timezone.utc) == keys["Expiration"]
    assert [(text(t.key), text(t.value), t.transitive) for t in info.tags[:info.tag_count]] == [
        ("team", "red", True), ("x", "", False)]
    assert opener.open(keys["AccessKeyId"], keys["SessionToken"], info.expires_s)[0] == EXPIRED


def test_another_key_and_a_changed_token(account, opener):
    keys, other = (account.sts.get_session_token()["Credentials"] for _ in range(2))
    rc, info = opener.open(keys["AccessKeyId"], keys["SessionToken"])
    assert rc == 0 and info.kind == 2 and text(info.policy) is None
    assert opener.open(other["AccessKeyId"], keys["SessionToken"])[0] == DENIED
    token = keys["SessionToken"]
    changed = token[:60] + ("A" if token[60] != "A" else "B") + token[61:]
    assert opener.open(keys["AccessKeyId"], changed)[0] == DENIED
