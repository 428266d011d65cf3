"""Accounts know nothing of each other."""
import pytest

from conftest import allow, denied, document, refused, trust

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_the_same_names_are_other_things(account, other):
    mine = account.iam.create_user(UserName="bob")["User"]
    theirs = other.iam.create_user(UserName="bob")["User"]
    assert mine["UserId"] != theirs["UserId"] and mine["Arn"] != theirs["Arn"]
    assert account.iam.get_user(UserName="bob")["User"]["UserId"] == mine["UserId"]


def test_listings_show_ones_own(account, other):
    other.iam.create_user(UserName="theirs")
    other.iam.create_group(GroupName="theirs")
    other.role("theirs", trust({"AWS": other.number}))
    other.policy("theirs", ANY)
    assert [u["UserName"] for u in account.iam.list_users()["Users"]] == ["admin"]
    assert account.iam.list_groups()["Groups"] == []
    assert account.iam.list_roles()["Roles"] == []
    assert account.iam.list_policies(Scope="Local")["Policies"] == []


def test_names_of_others_do_not_exist(account, other):
    other.iam.create_user(UserName="theirs")
    other.role("theirs", trust({"AWS": other.number}))
    with refused("NoSuchEntity", 404):
        account.iam.get_user(UserName="theirs")
    with refused("NoSuchEntity", 404):
        account.iam.delete_role(RoleName="theirs")
    with refused("NoSuchEntity", 404):
        account.iam.put_user_policy(UserName="theirs", PolicyName="p", PolicyDocument=document(ANY))


def test_policies_of_others_cannot_be_read_used_or_changed(account, other):
    arn = other.policy("theirs", ANY)
    account.iam.create_user(UserName="bob")
    calls = [lambda c: c.get_policy(PolicyArn=arn),
             lambda c: c.list_policy_versions(PolicyArn=arn),
             lambda c: c.create_policy_version(PolicyArn=arn, PolicyDocument=document(ANY)),
             lambda c: c.delete_policy(PolicyArn=arn),
             lambda c: c.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "b"}])]
    root = account.root()
    for call in calls:
        with denied():
            call(account.iam)
        with denied():
            call(root.iam)
    for code in ("NoSuchEntity", "InvalidInput", "AccessDenied", "ValidationError"):
        try:
            with refused(code):
                account.iam.attach_user_policy(UserName="bob", PolicyArn=arn)
            break
        except AssertionError:
            continue
    else:
        pytest.fail("attached a policy of another account")
    assert account.iam.list_attached_user_policies(UserName="bob")["AttachedPolicies"] == []
    assert other.iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0


def test_keys_of_others_are_not_there(account, other):
    theirs = other.user("theirs")
    with refused("NoSuchEntity", 404):
        account.iam.delete_access_key(UserName="admin", AccessKeyId=theirs.key)
    with refused("NoSuchEntity", 404):
        account.iam.update_access_key(UserName="admin", AccessKeyId=theirs.key, Status="Inactive")
    try:
        answer = account.iam.get_access_key_last_used(AccessKeyId=theirs.key)
    except account.iam.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDenied", "NoSuchEntity")
    else:
        pytest.fail(f"told of a key of another account: {answer}")
    theirs.sts.get_caller_identity()


def test_root_of_another_account_is_a_stranger(account, other):
    role = account.role("app", trust({"AWS": account.number}))
    with denied():
        other.root().assume(role)


def test_a_policy_that_names_another_account_reaches_nothing_there(account, other):
    other.iam.create_user(UserName="theirs")
    bob = account.user("bob", allow("iam:*", f"arn:aws:iam::{other.number}:*"))
    with denied():
        bob.iam.get_user(UserName="theirs")


def test_sealed_messages_and_tokens_stay_with_their_account(account, other):
    session = account.assume(account.role("app", trust({"AWS": account.number}), ANY))
    assert session.sts.get_caller_identity()["Account"] == account.number
    assert [r["RoleName"] for r in session.iam.list_roles()["Roles"]] == ["app"]
