"""Virtual MFA devices: made, enabled with two codes in a row, set to their clock, taken away."""
import concurrent.futures
import fcntl
import os
import pty
import re
import subprocess
import termios

import pytest

import raw
from conftest import BUILD, Account, allow, denied, deny, document, refused, trust
from totp import Device

HALF = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
SERIAL = ("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
          "valid and associated with this user.")
CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
INVALID = "Authentication code for device is not valid."


def read_qr(png, tmp_path):
    path = tmp_path / "qr.png"
    path.write_bytes(png)
    done = subprocess.run(["zbarimg", "--quiet", "--raw", str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def get_device(caller, **members):
    """Debian's boto3 does not know the operation yet."""
    return raw.call(caller, "GetMFADevice", raw.IAM, parameters=members)


def test_what_is_handed_out(account, tmp_path):
    device = Device(account.iam, "pho=ne+1", Path="/a/", Tags=[{"Key": "team", "Value": "blue"}])
    assert device.serial == account.arn("mfa/a/pho=ne+1")
    assert re.fullmatch(r"[A-Z2-7]{64}", device.seed)
    assert device.made["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert read_qr(device.made["QRCodePNG"], tmp_path) == (
        f"otpauth://totp/pho%3Dne%2B1@{account.number}?secret={device.seed}")
    account.iam.create_account_alias(AccountAlias=f"a{account.number}")
    again = Device(account.iam, "pho=ne+1")
    assert again.seed != device.seed
    assert read_qr(again.made["QRCodePNG"], tmp_path) == (
        f"otpauth://totp/pho%3Dne%2B1@a{account.number}?secret={again.seed}")
    with refused("EntityAlreadyExists", 409, "MFA device already exists."):
        Device(account.iam, "PHO=ne+1")
    shown = account.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert [set(one) for one in shown] == [{"SerialNumber"}] * 2  # the seed is shown once


def test_the_longest_serial_number(account):
    room = 256 - len(account.arn("mfa/"))
    assert len(Device(account.iam, "x" * room).serial) == 256
    with refused("InvalidInput", 400, "would have 257 characters; it may have 256"):
        Device(account.iam, "x" * (room + 1))


def test_from_enabling_to_deleting(account):
    account.user("bob")
    device = Device(account.iam, "phone").enable("bob")
    listed = account.iam.list_mfa_devices(UserName="bob")["MFADevices"]
    assert [(one["UserName"], one["SerialNumber"]) for one in listed] == [("bob", device.serial)]
    got = get_device(account, UserName="bob", SerialNumber=device.serial)
    assert (got.tag("UserName"), got.tag("SerialNumber")) == ("bob", device.serial)
    assert got.tag("EnableDate") == f"{listed[0]['EnableDate']:%Y-%m-%dT%H:%M:%SZ}"
    shown = account.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"][0]
    assert (shown["User"]["UserName"], shown["User"]["Arn"]) == ("bob", account.arn("user/bob"))
    assert shown["EnableDate"] == listed[0]["EnableDate"]
    summary = account.iam.get_account_summary()["SummaryMap"]
    assert (summary["MFADevices"], summary["MFADevicesInUse"], summary["AccountMFAEnabled"]) == (1, 1, 0)
    with refused("EntityAlreadyExists", 409, "MFA Device is already in use."):
        device.enable("bob")
    with refused("DeleteConflict", 409, "MFA VirtualDevice in use. Must deactivate first."):
        account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    for key in account.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        account.iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    with refused("DeleteConflict", 409, "Cannot delete entity, must delete MFA device first."):
        account.iam.delete_user(UserName="bob")
    account.iam.deactivate_mfa_device(UserName="bob", SerialNumber=device.serial)
    assert account.iam.list_mfa_devices(UserName="bob")["MFADevices"] == []
    assert account.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"] == []
    assert len(account.iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]) == 1
    account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    account.iam.delete_user(UserName="bob")
    with refused("NoSuchEntity", 404, f"MFA Device with serial number {device.serial} does not exist."):
        account.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    summary = account.iam.get_account_summary()["SummaryMap"]
    assert (summary["MFADevices"], summary["MFADevicesInUse"]) == (0, 0)


def test_only_two_codes_in_a_row_enable(account):
    account.iam.create_user(UserName="bob")
    device = Device(account.iam, "phone")
    now = device.now()
    for first, second in ((now, now), (now, now - 1), (now - 2, now), (now - 2883, now - 2882)):
        with refused("InvalidAuthenticationCode", 403, INVALID):
            account.iam.enable_mfa_device(UserName="bob", SerialNumber=device.serial,
                                          AuthenticationCode1=device.at(first), AuthenticationCode2=device.at(second))
    with refused("ValidationError", 400):
        account.iam.enable_mfa_device(UserName="bob", SerialNumber=device.serial, AuthenticationCode1="12345a",
                                      AuthenticationCode2="123456")
    device.enable("bob")


def test_a_clock_that_is_wrong_by_hours(account):
    """It is found at enabling and again by a resync; between them the device is followed, not now."""
    bob = account.user("bob")
    device = Device(account.iam, "phone").enable("bob", ahead=-700)
    bob.sts.get_session_token(SerialNumber=device.serial, TokenCode=device.at(device.now() - 699))
    with denied(CODE):
        bob.sts.get_session_token(SerialNumber=device.serial, TokenCode=device.at(device.now()))
    account.iam.resync_mfa_device(UserName="bob", SerialNumber=device.serial, **device.pair())
    bob.sts.get_session_token(**device.parameters())
    with refused("InvalidAuthenticationCode", 403, INVALID):  # codes that were good once
        account.iam.resync_mfa_device(UserName="bob", SerialNumber=device.serial, **device.pair(ahead=-700))


def test_hardware_devices_are_refused_by_name(account):
    account.iam.create_user(UserName="bob")
    with refused("InvalidInput", 400, "Hardware MFA devices are not supported: GAHT12345678"):
        account.iam.enable_mfa_device(UserName="bob", SerialNumber="GAHT12345678", AuthenticationCode1="123456",
                                      AuthenticationCode2="234567")
    for serial in (account.arn("mfa/none"), account.arn("user/bob"), account.arn("u2f/user/bob/x")):
        with refused("NoSuchEntity", 404, f"MFA Device with serial number {serial} does not exist."):
            account.iam.enable_mfa_device(UserName="bob", SerialNumber=serial, AuthenticationCode1="123456",
                                          AuthenticationCode2="234567")


def test_eight_devices_at_most(account):
    account.iam.create_user(UserName="bob")
    for number in range(8):
        Device(account.iam, f"d{number}").enable("bob")
    with refused("LimitExceeded", 409, "Cannot exceed quota for MFADevicesPerUser: 8"):
        Device(account.iam, "d8").enable("bob")
    listed = account.iam.list_mfa_devices(UserName="bob")["MFADevices"]
    assert {one["SerialNumber"] for one in listed} == {account.arn(f"mfa/d{number}") for number in range(8)}


def test_as_many_devices_as_users(account):
    account.server.admin("account", "quota", account.number, "UsersPerAccount", "2")
    Device(account.iam, "d0")
    Device(account.iam, "d1")
    with refused("LimitExceeded", 409, "UsersPerAccount: 2"):
        Device(account.iam, "d2")


def test_a_device_goes_with_its_owner_and_account_only(account, other):
    account.user("bob")
    account.user("carol")
    other.user("bob")
    device = Device(account.iam, "phone").enable("bob")
    named = {"UserName": "carol", "SerialNumber": device.serial}
    why = f"MFA Device with serial number {device.serial} is not enabled for user carol."
    got = get_device(account, **named)
    assert (got.status, got.tag("Code"), got.tag("Message")) == (404, "NoSuchEntity", why)
    for call, more in (("deactivate", {}), ("resync", device.pair())):
        with refused("NoSuchEntity", 404, why):
            getattr(account.iam, f"{call}_mfa_device")(**named, **more)
    named["UserName"] = "bob"
    for call, more in (("deactivate", {}), ("enable", device.pair())):
        with refused("NoSuchEntity", 404, "does not exist"):
            getattr(other.iam, f"{call}_mfa_device")(**named, **more)
    with denied("iam:TagMFADevice"):
        other.iam.tag_mfa_device(SerialNumber=device.serial, Tags=[])
    with denied("iam:DeleteVirtualMFADevice"):
        other.iam.delete_virtual_mfa_device(SerialNumber=device.serial)


def test_ones_own_device(account):
    """Without a user name it is the caller's; the usual policy of self-service works."""
    bob = account.user("bob", allow(["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"], account.arn("mfa/*")),
                       allow(["iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices", "iam:GetMFADevice"],
                             account.arn("user/${aws:username}")))
    device = Device(bob.iam, "bob").enable("bob")
    assert bob.iam.list_mfa_devices()["MFADevices"][0]["SerialNumber"] == device.serial
    assert get_device(bob, SerialNumber=device.serial).tag("UserName") == "bob"
    with denied("iam:DeactivateMFADevice"):
        bob.iam.deactivate_mfa_device(UserName="bob", SerialNumber=device.serial)
    with denied("iam:EnableMFADevice"):
        device.enable("admin")
    assert account.root().iam.list_mfa_devices()["MFADevices"] == []


def test_tags_decide(account):
    device = Device(account.iam, "phone", Tags=[{"Key": "team", "Value": "blue"}])
    Device(account.iam, "plain")
    bob = account.user("bob", allow("iam:*", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}}))
    account.iam.tag_mfa_device(SerialNumber=device.serial, Tags=[{"Key": "Floor", "Value": "3"}])
    assert [tag["Key"] for tag in bob.iam.list_mfa_device_tags(SerialNumber=device.serial)["Tags"]] == ["Floor", "team"]
    with denied("iam:DeleteVirtualMFADevice"):
        bob.iam.delete_virtual_mfa_device(SerialNumber=account.arn("mfa/plain"))
    account.iam.untag_mfa_device(SerialNumber=device.serial, TagKeys=["team"])
    with denied("iam:ListMFADeviceTags"):
        bob.iam.list_mfa_device_tags(SerialNumber=device.serial)
    anna = account.user("anna", allow("iam:CreateVirtualMFADevice"))
    with denied("iam:TagMFADevice"):
        Device(anna.iam, "tagged", Tags=[{"Key": "team", "Value": "blue"}])


def test_attempts_at_enabling_are_limited(account):
    account.iam.create_user(UserName="bob")
    device = Device(account.iam, "phone")
    bad = {"AuthenticationCode1": device.wrong(), "AuthenticationCode2": device.wrong()}
    for _ in range(10):
        with refused("InvalidAuthenticationCode", 403, INVALID):
            account.iam.enable_mfa_device(UserName="bob", SerialNumber=device.serial, **bad)
    with refused("LimitExceeded", 409, "Too many attempts with wrong codes for this device."):
        device.enable("bob")
    Device(account.iam, "other").enable("bob")


# --- codes with requests

@pytest.fixture
def bob(account):
    """A user with a device."""
    bob = account.user("bob", allow("sts:AssumeRole"))
    bob.device = Device(account.iam, "phone").enable("bob")
    return bob


def with_mfa(bob):
    return bob.session(bob.sts.get_session_token(**bob.device.parameters())["Credentials"])


def test_a_session_with_mfa_calls_iam(account, bob):
    fresh = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
    account.iam.put_user_policy(UserName="bob", PolicyName="more",
                                PolicyDocument=document(allow("iam:ListUsers", Condition=fresh)))
    with denied("iam:ListUsers"):
        bob.iam.list_users()
    session = with_mfa(bob)
    assert session.iam.list_users()["Users"]
    assert session.sts.get_caller_identity()["Arn"] == account.arn("user/bob")
    without = bob.session(bob.sts.get_session_token()["Credentials"])
    with refused("InvalidClientTokenId", 403):
        without.iam.list_users()


def test_a_trust_policy_that_asks_for_mfa(account, bob):
    asks = account.role("asks", trust_with_mfa(account), allow("iam:ListRoles"),
                        allow("iam:ListUsers", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
                        allow("iam:ListGroups", Condition={"Null": {"aws:MultiFactorAuthAge": "true"}}))
    with denied("sts:AssumeRole"):
        bob.assume(asks)
    with refused("AccessDenied", 403) as said:
        bob.assume(asks, SerialNumber=bob.device.serial, TokenCode=bob.device.wrong())
    assert said.message == CODE
    role = bob.assume(asks, **bob.device.parameters())
    # User guide, "Secure API access with MFA": the role's session does not say that MFA was shown.
    assert role.iam.list_roles()["Roles"] and role.iam.list_groups() is not None
    with denied("iam:ListUsers"):
        role.iam.list_users()
    # A session of GetSessionToken with MFA needs no second code.
    session = with_mfa(bob)
    assert session.assume(asks).iam.list_roles()["Roles"]
    with denied("sts:AssumeRole"):
        bob.session(bob.sts.get_session_token()["Credentials"]).assume(asks)


def trust_with_mfa(account):
    return trust({"AWS": account.arn("root")}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})


def test_a_deny_without_mfa(account, bob):
    """The usual deny: long-term keys and plain sessions fall under it, sessions with MFA do not."""
    account.iam.put_user_policy(UserName="bob", PolicyName="guard", PolicyDocument=guard())
    with denied("explicit deny"):
        bob.iam.list_users()
    session = with_mfa(bob)
    assert session.iam.list_users()["Users"]


def guard():
    return document(allow("iam:*"), deny("iam:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
                    deny("iam:*", Condition={"Null": {"aws:MultiFactorAuthAge": "true"}}))


@pytest.mark.parametrize("call", ("get_session_token", "assume_role"))
def test_what_is_refused(account, bob, other, call):
    role = account.role("open", trust({"AWS": account.arn("root")}))
    more = {"RoleArn": role, "RoleSessionName": "session"} if call == "assume_role" else {}
    carol = account.user("carol", allow("sts:AssumeRole"))
    unassigned, foreign = Device(account.iam, "free"), Device(other.iam, "phone")
    good = bob.device.at(bob.device.now())

    def text_of(caller, **given):
        with refused("AccessDenied", 403) as said:
            getattr(caller.sts, call)(**more, **given)
        return said.message

    assert text_of(bob, SerialNumber=bob.device.serial) == HALF
    assert text_of(bob, TokenCode=good) == HALF
    for serial in (unassigned.serial, foreign.serial, account.arn("mfa/none"), account.arn("user/bob"), "GAHT12345678"):
        assert text_of(bob, SerialNumber=serial, TokenCode=good) == SERIAL
    assert text_of(carol, SerialNumber=bob.device.serial, TokenCode=good) == SERIAL
    assert text_of(bob, SerialNumber=bob.device.serial, TokenCode=bob.device.wrong()) == CODE
    assert text_of(bob, SerialNumber=bob.device.serial, TokenCode=good) == CODE  # used when it was enabled
    for code in ("12345", "1234567", "12345x"):
        with refused("ValidationError", 400):
            getattr(bob.sts, call)(SerialNumber=bob.device.serial, TokenCode=code, **more)
    if call == "assume_role":
        chained = bob.assume(role)
        account.iam.put_role_policy(RoleName="open", PolicyName="p", PolicyDocument=guard().replace("iam:*", "sts:*"))
        assert text_of(chained, SerialNumber=bob.device.serial, TokenCode=good) == SERIAL


def test_a_code_is_accepted_once_side_by_side(bob):
    given = bob.device.parameters()

    def show(_):
        try:
            return bob.sts.get_session_token(**given)["Credentials"]["AccessKeyId"]
        except bob.sts.exceptions.ClientError as error:
            assert error.response["Error"]["Message"] == CODE

    bob.sts.get_caller_identity()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert len([key for key in pool.map(show, range(24)) if key]) == 1


def test_a_code_is_accepted_once_after_a_restart(own_server):
    account = Account(own_server)
    bob = account.user("bob")
    bob.device = Device(account.iam, "phone").enable("bob")
    given = bob.device.parameters()
    bob.sts.get_session_token(**given)
    own_server.stop()
    own_server.start()
    with denied(CODE):
        account.server.caller(bob.key, bob.secret).sts.get_session_token(**given)


def test_code_attempts_are_limited(account, bob):
    wrong = bob.device.wrong()
    for _ in range(10):
        with denied(CODE):
            bob.sts.get_session_token(SerialNumber=bob.device.serial, TokenCode=wrong)
    with denied("MultiFactorAuthentication failed, too many attempts with a wrong one time pass code."):
        bob.sts.get_session_token(**bob.device.parameters())
    second = Device(account.iam, "second").enable("bob")
    bob.sts.get_session_token(**second.parameters())


def test_a_device_taken_away_counts_no_more(account, bob):
    account.iam.deactivate_mfa_device(UserName="bob", SerialNumber=bob.device.serial)
    with denied(SERIAL):
        bob.sts.get_session_token(**bob.device.parameters())


def test_the_aws_command_asks_for_a_code(account, bob, tmp_path):
    """A profile with mfa_serial: the command asks at the terminal."""
    role = account.role("asks", trust_with_mfa(account), allow("iam:ListRoles"))
    config = tmp_path / "config"
    config.write_text(f"[profile base]\nregion = us-east-1\n[profile mfa]\nregion = us-east-1\nrole_arn = {role}\n"
                      f"source_profile = base\nmfa_serial = {bob.device.serial}\n")
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[base]\naws_access_key_id = {bob.key}\naws_secret_access_key = {bob.secret}\n")
    script = f'eval "$({BUILD}/mantle env --data {account.server.data})"; echo "$AWS_DATA_PATH"'
    data_path = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    environment = {**bob.environment(), "AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
                   "HOME": str(tmp_path), "AWS_DATA_PATH": data_path}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del environment[name]
    code = bob.device.code()
    terminal, side = pty.openpty()

    def own_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(["/usr/bin/aws", "--profile", "mfa", "iam", "list-roles", "--query", "Roles[].RoleName",
                                "--output", "text", "--endpoint-url", account.server.url], env=environment, stdin=side,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                               preexec_fn=own_terminal)
    asked = b""
    while b"MFA code" not in asked:
        asked += os.read(terminal, 1024)
    assert bob.device.serial.encode() in asked
    os.write(terminal, code.encode() + b"\n")
    out, err = process.communicate(timeout=60)
    os.close(terminal)
    os.close(side)
    assert out.strip() == "asks", err
