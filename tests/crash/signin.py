"""The part of a worker's world that people sign in with: MFA devices in use, the account's password policy.

A device is enabled once: its seed is forgotten then, so that no code could be shown twice. The policy is the
whole account's and therefore the first worker's alone; no policy it makes refuses the passwords of the others.
"""
import base64
import hashlib
import hmac
import struct
import time

from providers import Operation, Refused

STEP = 30
POLICY = ("passwords", "policy")


def code(seed, step):
    """RFC 6238, of a Base32StringSeed as it is answered."""
    text = base64.b64decode(seed)
    key = base64.b32decode(text + b"=" * (-len(text) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


class SignIn:
    """For a Worker that is one of Providers, too."""

    def enable_device(self):
        fresh = [name for (k, name), thing in self.state.items() if k == "mfa" and thing["seed"]]
        if not fresh:
            return self.deactivate_device()
        name, user, step = self.dice.choice(fresh), self.some("user"), int(time.time()) // STEP
        codes = [code(self.state["mfa", name]["seed"], step + n) for n in (-1, 0)]

        def apply(state, _):
            self.get(state, "user", user)
            self.get(state, "mfa", name).update(user=user, seed=None)
        return Operation("EnableMFADevice", {
            "UserName": user, "SerialNumber": self.handle("mfa", name), "AuthenticationCode1": codes[0],
            "AuthenticationCode2": codes[1]}, apply)

    def deactivate_device(self):
        name = self.some("mfa")
        user = self.state.get(("mfa", name), {}).get("user") or self.some("user")

        def apply(state, _):
            self.get(state, "user", user)
            if self.get(state, "mfa", name)["user"] != user:
                raise Refused("NoSuchEntity")
            state["mfa", name]["user"] = None
        return Operation("DeactivateMFADevice", {"UserName": user, "SerialNumber": self.handle("mfa", name)}, apply)

    def change_policy(self):
        policy = {"id": "policy", "length": str(6 + self.dice.randrange(9)), "symbols": self.dice.choice(["true", "false"])}

        def apply(state, _):
            state[POLICY] = dict(policy)
        return Operation("UpdateAccountPasswordPolicy", {
            "MinimumPasswordLength": policy["length"], "RequireSymbols": policy["symbols"]}, apply)

    def delete_policy(self):
        def apply(state, _):
            self.get(state, *POLICY)
            del state[POLICY]
        return Operation("DeleteAccountPasswordPolicy", {}, apply)

    def signin_choices(self):
        out = [(3, self.enable_device), (1, self.deactivate_device)]
        return out if self.index else out + [(1, self.change_policy), (1, self.delete_policy)]

    # --- reading ---

    def read_signin(self, client):
        """The policy as the API tells it; that a device and its user tell the same of each other is checked."""
        seen = {}
        if self.index == 0:
            got = client.call("GetAccountPasswordPolicy")
            assert got.status == 200 or got.code == "NoSuchEntity", got
            if got.status == 200:
                seen[POLICY] = {"id": "policy", "length": got.text("MinimumPasswordLength"),
                                "symbols": got.text("RequireSymbols")}
        return seen

    def devices(self, client):
        """Serial number -> user, or None."""
        rows = client.get("ListVirtualMFADevices").root.findall(".//VirtualMFADevices/member")
        return {row.findtext("SerialNumber"): row.findtext("User/UserName") for row in rows}

    def check_devices(self, client, seen):
        for (kind, name), _ in seen.items():
            if kind == "user":
                held = sorted(client.get("ListMFADevices", UserName=name).texts("SerialNumber"))
                assert held == sorted(self.handle("mfa", n) for (k, n), t in seen.items()
                                      if k == "mfa" and t["user"] == name), name
