"""One-time codes as `oathtool` computes them, for virtual MFA devices.

    device = totp.Device(iam, "phone")          # CreateVirtualMFADevice
    device.enable("bob")                        # with the codes of the last step and this one
    device.code()                               # the next one that was not used yet, if need be waited for
"""
import subprocess
import time

STEP = 30


class Device:
    def __init__(self, iam, name, **more):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **more)["VirtualMFADevice"]
        self.iam, self.made, self.serial = iam, made, made["SerialNumber"]
        self.seed = made["Base32StringSeed"].decode()
        self.used = 0

    def at(self, step):
        """The code of a step, by its number or "now" plus some."""
        done = subprocess.run(["oathtool", "--totp", "-b", "--now", f"@{step * STEP}", "-"], input=self.seed,
                              capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def now(self):
        """The present step; not its last seconds, when the server might see the next one."""
        while time.time() % STEP > STEP - 3:
            time.sleep(0.2)
        return int(time.time()) // STEP

    def pair(self, ahead=0):
        step = self.now() + ahead
        self.used = step
        return {"AuthenticationCode1": self.at(step - 1), "AuthenticationCode2": self.at(step)}

    def enable(self, user, ahead=0):
        self.iam.enable_mfa_device(UserName=user, SerialNumber=self.serial, **self.pair(ahead))
        return self

    def code(self):
        """A code is good once; that of the next step is taken already."""
        while self.now() + 1 <= self.used:
            time.sleep(0.5)
        self.used = max(self.used + 1, self.now())
        return self.at(self.used)

    def wrong(self):
        """A code that is none of those around now."""
        near = {self.at(self.now() + n) for n in range(-4, 5)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in near)

    def parameters(self, code=None):
        return {"SerialNumber": self.serial, "TokenCode": code or self.code()}
