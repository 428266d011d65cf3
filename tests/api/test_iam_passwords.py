"""Passwords: login profiles, what an account asks of them, changing one's own."""
import concurrent.futures
import datetime
import sqlite3

import pytest

from conftest import Account, allow, denied, deny, refused

GOOD, BETTER = "Correct-Horse-1", "Battery-Staple-2"


def nonconforming():
    return refused("PasswordPolicyViolation", 400, "Password does not conform to the account password policy.")


@pytest.fixture
def bob(account):
    """A user with a password and the permission to change it."""
    bob = account.user("bob", allow("iam:ChangePassword"))
    account.iam.create_login_profile(UserName="bob", Password=GOOD)
    return bob


def test_a_profile_from_first_to_last(account):
    account.iam.create_user(UserName="Bob")
    with refused("NoSuchEntity", 404, "Login Profile for User Bob cannot be found."):
        account.iam.get_login_profile(UserName="bob")
    made = account.iam.create_login_profile(UserName="bob", Password=GOOD, PasswordResetRequired=True)["LoginProfile"]
    assert (made["UserName"], made["PasswordResetRequired"]) == ("Bob", True)
    assert account.iam.get_login_profile(UserName="BOB")["LoginProfile"] == made
    with refused("EntityAlreadyExists", 409, "Login Profile for user Bob already exists."):
        account.iam.create_login_profile(UserName="Bob", Password=GOOD)
    account.iam.update_login_profile(UserName="Bob", PasswordResetRequired=False)
    assert not account.iam.get_login_profile(UserName="Bob")["LoginProfile"]["PasswordResetRequired"]
    account.iam.update_login_profile(UserName="Bob", Password=BETTER)
    with refused("DeleteConflict", 409, "Cannot delete entity, must delete login profile first."):
        account.iam.delete_user(UserName="Bob")
    account.iam.delete_login_profile(UserName="Bob")
    for call, more in (("get", {}), ("delete", {}), ("update", {"Password": BETTER})):
        with refused("NoSuchEntity", 404, "Login Profile for User Bob cannot be found."):
            getattr(account.iam, f"{call}_login_profile")(UserName="Bob", **more)
    account.iam.delete_user(UserName="Bob")


def test_whose_profile_when_nobody_is_named(account):
    own = {"iam:CreateLoginProfile", "iam:GetLoginProfile", "iam:DeleteLoginProfile"}
    bob = account.user("bob", allow(sorted(own), account.arn("user/bob")))
    assert bob.iam.create_login_profile(Password=GOOD)["LoginProfile"]["UserName"] == "bob"
    assert bob.iam.get_login_profile()["LoginProfile"]["UserName"] == "bob"
    bob.iam.delete_login_profile()
    root = account.root()
    with refused("ValidationError", 400, "Must specify userName"):
        root.iam.create_login_profile(Password=GOOD)
    with refused("NoSuchEntity", 404, "Login Profile for User root cannot be found."):
        root.iam.get_login_profile()
    with refused("NoSuchEntity", 404, "The user with name none cannot be found."):
        account.iam.create_login_profile(UserName="none", Password=GOOD)
    with refused("ValidationError", 400, "the parameter Password"):
        account.iam.create_login_profile(UserName="bob")


def test_changing_ones_own(account, bob):
    account.iam.update_login_profile(UserName="bob", PasswordResetRequired=True)
    with denied("The old password was incorrect."):
        bob.iam.change_password(OldPassword=BETTER, NewPassword=BETTER)
    bob.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    assert not account.iam.get_login_profile(UserName="bob")["LoginProfile"]["PasswordResetRequired"]
    with denied("The old password was incorrect."):
        bob.iam.change_password(OldPassword=GOOD, NewPassword=GOOD)
    with nonconforming():
        bob.iam.change_password(OldPassword=BETTER, NewPassword="short")
    with refused("InvalidUserType", 400, "Only IAM Users can change their own password."):
        account.root().iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    with refused("NoSuchEntity", 404, "Login Profile for User admin cannot be found."):
        account.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)


def test_of_two_changes_side_by_side_one_happens(account, bob):
    passwords = [f"Battery-Staple-{n}" for n in range(4)]

    def change(password):
        try:
            bob.iam.change_password(OldPassword=GOOD, NewPassword=password)
            return password
        except bob.iam.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] in ("EntityTemporarilyUnmodifiable", "AccessDenied")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        changed = [password for password in pool.map(change, passwords) if password]
    assert len(changed) == 1
    bob.iam.change_password(OldPassword=changed[0], NewPassword=GOOD)


def test_the_default_policy(account):
    account.iam.create_user(UserName="bob")
    with refused("NoSuchEntity", 404, f"The Password Policy with domain name {account.number} cannot be found."):
        account.iam.get_account_password_policy()
    with refused("NoSuchEntity", 404, "The account policy with name PasswordPolicy cannot be found."):
        account.iam.delete_account_password_policy()
    for bad in ("Abcde1!", "abcdefgh", "ABCDEFGH1", "abcdefg!", "        ", "äöüÄÖÜß1"):
        with nonconforming():
            account.iam.create_login_profile(UserName="bob", Password=bad)
    account.iam.create_login_profile(UserName="bob", Password="Abcdefg1")
    account.iam.update_login_profile(UserName="bob", Password="!bcdefg1")


def test_an_accounts_own_policy(account):
    iam = account.iam
    iam.create_user(UserName="bob")
    iam.update_account_password_policy()
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 6, "RequireSymbols": False, "RequireNumbers": False,
        "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False, "ExpirePasswords": False}
    iam.create_login_profile(UserName="bob", Password="aaaaaa")
    with nonconforming():
        iam.update_login_profile(UserName="bob", Password="aaaaa")
    for asked, bad, good in (("RequireSymbols", "aaaaa1A", "aaaaa|"), ("RequireNumbers", "aaaaa!A", "aaaaa1"),
                             ("RequireUppercaseCharacters", "aaaaa1!", "aaaaaA"),
                             ("RequireLowercaseCharacters", "AAAAA1!", "AAAAAa")):
        iam.update_account_password_policy(**{asked: True})
        assert iam.get_account_password_policy()["PasswordPolicy"][asked]
        with nonconforming():
            iam.update_login_profile(UserName="bob", Password=bad)
        iam.update_login_profile(UserName="bob", Password=good)
    iam.update_account_password_policy(MinimumPasswordLength=128, MaxPasswordAge=1095, PasswordReusePrevention=24,
                                       HardExpiry=True)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["ExpirePasswords"], policy["MaxPasswordAge"], policy["PasswordReusePrevention"],
            policy["HardExpiry"], policy["RequireLowercaseCharacters"]) == (True, 1095, 24, True, False)
    with nonconforming():
        iam.update_login_profile(UserName="bob", Password="é" * 127)
    iam.update_login_profile(UserName="bob", Password="é" * 128)
    iam.delete_account_password_policy()
    with nonconforming():
        iam.update_login_profile(UserName="bob", Password="aaaaaa")


@pytest.mark.parametrize("member, below, above", (("MinimumPasswordLength", 5, 129), ("MaxPasswordAge", 0, 1096),
                                                  ("PasswordReusePrevention", 0, 25)))
def test_one_past_each_limit_of_the_policy(account, member, below, above):
    for value in (below, above):
        with refused("ValidationError", 400):
            account.iam.update_account_password_policy(**{member: value})


def test_a_password_of_one_character_too_many(account):
    account.iam.create_user(UserName="bob")
    account.iam.create_login_profile(UserName="bob", Password="Ab1" + "x" * 125)
    with refused("ValidationError", 400):
        account.iam.update_login_profile(UserName="bob", Password="Ab1" + "x" * 126)


def test_an_old_password_does_not_come_again(account, bob):
    account.iam.update_account_password_policy(PasswordReusePrevention=2)
    text = "Policy constraint violation with password reuse prevention during password change."
    with refused("PasswordPolicyViolation", 400, text):
        bob.iam.change_password(OldPassword=GOOD, NewPassword=GOOD)
    bob.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    with refused("PasswordPolicyViolation", 400, text):
        bob.iam.change_password(OldPassword=BETTER, NewPassword=GOOD)
    with refused("PasswordPolicyViolation", 400, text):
        account.iam.update_login_profile(UserName="bob", Password=GOOD)
    bob.iam.change_password(OldPassword=BETTER, NewPassword="Third-One-3")
    bob.iam.change_password(OldPassword="Third-One-3", NewPassword=GOOD)  # two others came between


def test_all_users_may_change_their_own(account):
    """AllowUsersToChangePassword grants, within what boundaries and denies leave."""
    plain = account.user("plain")
    held = account.user("held", deny("iam:ChangePassword"))
    bounded = account.user("bounded", PermissionsBoundary=account.policy("limit", allow("s3:*")))
    for name in ("plain", "held", "bounded"):
        account.iam.create_login_profile(UserName=name, Password=GOOD)
    with denied("no identity-based policy allows the iam:ChangePassword action"):
        plain.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    account.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    plain.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    assert plain.iam.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"]
    with denied():
        plain.iam.update_login_profile(UserName="plain", Password=GOOD)
    with denied("explicit deny"):
        held.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    with denied("no permissions boundary allows"):
        bounded.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    account.iam.update_account_password_policy(AllowUsersToChangePassword=False)
    with denied("no identity-based policy allows the iam:ChangePassword action"):
        plain.iam.change_password(OldPassword=BETTER, NewPassword=GOOD)


def test_password_attempts_are_limited(account, bob):
    """Ten wrong ones, also side by side; then not even the right one is looked at. Others are not held up."""
    carol = account.user("carol", allow("iam:ChangePassword"))
    account.iam.create_login_profile(UserName="carol", Password=GOOD)

    def guess(number):
        try:
            bob.iam.change_password(OldPassword=f"Wrong-Guess-{number}", NewPassword=BETTER)
        except bob.iam.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        said = list(pool.map(guess, range(14)))
    assert said.count("AccessDenied") == 10 and said.count("LimitExceeded") == 4
    with refused("LimitExceeded", 409, "Too many attempts with a wrong password."):
        bob.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    carol.iam.change_password(OldPassword=GOOD, NewPassword=BETTER)


def test_right_passwords_use_up_no_attempts(account, bob):
    passwords = [GOOD, BETTER] * 6
    for old, new in zip(passwords, passwords[1:]):
        bob.iam.change_password(OldPassword=old, NewPassword=new)


def test_no_password_is_stored_or_recorded(own_server):
    """Not in the database, the trail or the log; nor its plain hash, nor a seed of an MFA device."""
    account = Account(own_server)
    bob = account.user("bob", allow("iam:ChangePassword"))
    account.iam.create_login_profile(UserName="bob", Password="Planted-Secret-A1")
    bob.iam.change_password(OldPassword="Planted-Secret-A1", NewPassword="Planted-Secret-B2")
    account.iam.update_login_profile(UserName="bob", Password="Planted-Secret-C3")
    with denied():
        bob.iam.change_password(OldPassword="Planted-Secret-D4", NewPassword="Planted-Secret-E5")
    seed = account.iam.create_virtual_mfa_device(VirtualMFADeviceName="m")["VirtualMFADevice"]["Base32StringSeed"]
    own_server.stop()
    everything = b"".join(path.read_bytes() for path in own_server.data.rglob("*") if path.is_file())
    everything += own_server.log_path.read_bytes()
    assert b"ChangePassword" in everything and b"CreateVirtualMFADevice" in everything
    for secret in (b"Planted-Secret", b"argon2id", seed, seed[:16]):
        assert secret not in everything
    rows = sqlite3.connect(own_server.data / "mantle.db").execute("SELECT wrapped FROM login_profile").fetchall()
    assert len(rows) == 1 and len(rows[0][0]) > 128


def test_when_a_password_was_last_used_is_not_known_without_sign_in(account, bob):
    bob.sts.get_caller_identity()
    assert "PasswordLastUsed" not in account.iam.get_user(UserName="bob")["User"]
    made = account.iam.get_login_profile(UserName="bob")["LoginProfile"]["CreateDate"]
    assert abs((datetime.datetime.now(datetime.timezone.utc) - made).total_seconds()) < 60


def test_profiles_of_other_accounts_are_not_reached(account, other, bob):
    with refused("NoSuchEntity", 404):
        other.iam.get_login_profile(UserName="bob")
    other.iam.create_user(UserName="bob")
    with refused("NoSuchEntity", 404):
        other.iam.delete_login_profile(UserName="bob")
    account.iam.get_login_profile(UserName="bob")


def test_a_user_made_again_has_no_password(account, bob):
    account.iam.delete_login_profile(UserName="bob")
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    account.iam.delete_user_policy(UserName="bob", PolicyName="inline")
    account.iam.delete_user(UserName="bob")
    account.iam.create_user(UserName="bob")
    with refused("NoSuchEntity", 404):
        account.iam.get_login_profile(UserName="bob")
    account.iam.delete_user(UserName="bob")
