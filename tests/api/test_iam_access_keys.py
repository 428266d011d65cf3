"""Access keys: of users, of root, switched off, deleted, last used."""
import datetime
import re
import time

from conftest import allow, denied, refused


def test_a_key_is_shown_once_and_works(account):
    account.iam.create_user(UserName="bob")
    made = account.iam.create_access_key(UserName="bob")["AccessKey"]
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made["AccessKeyId"])
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", made["SecretAccessKey"])
    assert (made["UserName"], made["Status"]) == ("bob", "Active")
    listed = account.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]
    assert listed == [{name: made[name] for name in ("UserName", "AccessKeyId", "Status", "CreateDate")}]
    bob = account.server.caller(made["AccessKeyId"], made["SecretAccessKey"])
    assert bob.sts.get_caller_identity()["Arn"] == account.arn("user/bob")
    # The id tells its account.
    assert account.sts.get_access_key_info(AccessKeyId=made["AccessKeyId"])["Account"] == account.number


def test_two_keys_at_most(account):
    account.iam.create_user(UserName="bob")
    for _ in range(2):
        account.iam.create_access_key(UserName="bob")
    with refused("LimitExceeded", 409) as said:
        account.iam.create_access_key(UserName="bob")
    assert said.message == "Cannot exceed quota for AccessKeysPerUser: 2"
    page = account.iam.list_access_keys(UserName="bob", MaxItems=1)
    rest = account.iam.list_access_keys(UserName="bob", Marker=page["Marker"])
    assert len({k["AccessKeyId"] for k in page["AccessKeyMetadata"] + rest["AccessKeyMetadata"]}) == 2


def test_switched_off_is_as_good_as_gone(account):
    bob = account.user("bob", allow("iam:*"))
    assert bob.iam.get_user()["User"]
    account.iam.update_access_key(UserName="bob", AccessKeyId=bob.key, Status="Inactive")
    assert account.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    with refused("InvalidClientTokenId", 403) as said:
        bob.iam.get_user()
    assert said.message == "The security token included in the request is invalid."
    account.iam.update_access_key(UserName="bob", AccessKeyId=bob.key, Status="Active")
    assert bob.iam.get_user()["User"]
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    with refused("InvalidClientTokenId", 403):
        bob.iam.get_user()


def test_a_key_goes_with_its_owner_only(account, other):
    bob = account.user("bob")
    account.iam.create_user(UserName="carl")
    for caller, who in ((account, "carl"), (account, "admin")):
        for call, more in (("delete_access_key", {}), ("update_access_key", {"Status": "Inactive"})):
            with refused("NoSuchEntity", 404) as said:
                getattr(caller.iam, call)(UserName=who, AccessKeyId=bob.key, **more)
            assert said.message == f"The Access Key with id {bob.key} cannot be found."
    other.iam.create_user(UserName="bob")
    with refused("NoSuchEntity", 404):
        other.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    assert bob.sts.get_caller_identity()["Account"] == account.number


def test_users_mind_their_own_keys(account):
    bob = account.user("bob", allow("iam:*AccessKey*", account.arn("user/${aws:username}")))
    second = bob.iam.create_access_key()["AccessKey"]
    assert second["UserName"] == "bob"
    assert len(bob.iam.list_access_keys()["AccessKeyMetadata"]) == 2
    bob.iam.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    bob.iam.delete_access_key(AccessKeyId=second["AccessKeyId"])
    with denied("iam:ListAccessKeys"):
        bob.iam.list_access_keys(UserName="admin")


def test_root_has_keys_of_its_own(account):
    root = account.root()
    assert "UserName" not in root.iam.list_access_keys()["AccessKeyMetadata"][0]
    second = root.iam.create_access_key()["AccessKey"]
    assert "UserName" not in second
    with refused("LimitExceeded"):
        root.iam.create_access_key()
    assert account.iam.get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"] == 1
    root.iam.delete_access_key(AccessKeyId=second["AccessKeyId"])
    root.iam.delete_access_key(AccessKeyId=root.key)
    with refused("InvalidClientTokenId"):
        root.iam.list_access_keys()
    assert account.iam.get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"] == 0


def test_last_used(account):
    bob = account.user("bob")
    fresh = account.iam.get_access_key_last_used(AccessKeyId=bob.key)
    assert fresh["UserName"] == "bob"
    assert fresh["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    # Not counted: a signature that is not right.
    stranger = account.server.caller(bob.key, "not the secret")
    with refused("SignatureDoesNotMatch", 403):
        stranger.sts.get_caller_identity()
    assert "LastUsedDate" not in account.iam.get_access_key_last_used(AccessKeyId=bob.key)["AccessKeyLastUsed"]
    bob.sts.get_caller_identity()
    used, end = {}, time.monotonic() + 30
    while "LastUsedDate" not in used and time.monotonic() < end:  # it is a write of its own
        used = account.iam.get_access_key_last_used(AccessKeyId=bob.key)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "us-east-1")
    assert abs((datetime.datetime.now(datetime.timezone.utc) - used["LastUsedDate"]).total_seconds()) < 60


def test_last_used_of_a_key_that_is_not_there(account, other):
    for key in ("AKIAAAAAAAAAAAAAAAAA", other.key):
        with refused("AccessDenied", 403) as said:
            account.iam.get_access_key_last_used(AccessKeyId=key)
        assert said.message == (f"User: {account.arn('user/admin')} is not authorized to perform "
                                f"iam:GetAccessKeyLastUsed on resource: access key {key}")


def test_a_secret_is_in_no_record(account):
    account.iam.create_user(UserName="bob")
    answer = account.iam.create_access_key(UserName="bob")
    account.server.trail(answer["ResponseMetadata"]["RequestId"])
    secret = answer["AccessKey"]["SecretAccessKey"].encode()
    for path in account.server.data.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes(), path
