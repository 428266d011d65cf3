"""CreateUser, GetUser, UpdateUser, DeleteUser, ListUsers and the tags of users."""
import datetime
import re

import pytest
from conftest import allow, denied, document, refused

ALL = document(allow("*"))


def test_a_created_user_is_shown(account):
    made = account.iam.create_user(UserName="Bob", Path="/team/a/", Tags=[{"Key": "k", "Value": ""}])["User"]
    assert made["Arn"] == account.arn("user/team/a/Bob")
    assert (made["UserName"], made["Path"]) == ("Bob", "/team/a/")
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["Tags"] == [{"Key": "k", "Value": ""}]
    assert abs((datetime.datetime.now(datetime.timezone.utc) - made["CreateDate"]).total_seconds()) < 60
    assert account.iam.get_user(UserName="bob")["User"] == made


def test_without_path_tags_or_boundary_nothing_is_made_up(account):
    made = account.iam.create_user(UserName="bob")["User"]
    assert sorted(made) == ["Arn", "CreateDate", "Path", "UserId", "UserName"]
    assert made["Path"] == "/"


def test_names_are_unique_without_regard_to_case(account):
    account.iam.create_user(UserName="Bob")
    with refused("EntityAlreadyExists", 409) as said:
        account.iam.create_user(UserName="bOB")
    assert said.message == "User with name bOB already exists."
    account.iam.create_group(GroupName="bob")


def test_a_user_that_is_not_there(account):
    for call, more in (("get_user", {}), ("delete_user", {}), ("update_user", {"NewPath": "/x/"}),
                       ("list_user_tags", {}), ("list_user_policies", {}), ("create_access_key", {}),
                       ("list_access_keys", {}), ("list_groups_for_user", {}),
                       ("list_attached_user_policies", {}), ("delete_user_permissions_boundary", {}),
                       ("put_user_policy", {"PolicyName": "p", "PolicyDocument": ALL}),
                       ("tag_user", {"Tags": [{"Key": "k", "Value": "v"}]}),
                       ("untag_user", {"TagKeys": ["k"]})):
        with refused("NoSuchEntity", 404) as said:
            getattr(account.iam, call)(UserName="nobody", **more)
        assert said.message == "The user with name nobody cannot be found.", call


def test_without_a_name_the_caller_is_meant(account):
    bob = account.user("bob", allow("iam:GetUser"))
    assert bob.iam.get_user()["User"]["UserName"] == "bob"
    root = account.root().iam.get_user()["User"]
    assert (root["Arn"], root["UserId"]) == (account.arn("root"), account.number)
    assert "UserName" not in root


def test_a_role_has_no_user_to_mean(account):
    arn = account.role("r", document({"Effect": "Allow", "Principal": {"AWS": account.number},
                                      "Action": "sts:AssumeRole"}), allow("iam:*"))
    with refused("ValidationError", 400) as said:
        account.assume(arn).iam.get_user()
    assert said.message == "Must specify userName when calling with non-User credentials"


def test_rename_keeps_the_identity(account):
    bob = account.user("bob", allow("iam:GetUser"))
    before = account.iam.get_user(UserName="bob")["User"]
    account.iam.update_user(UserName="bob", NewUserName="Robert", NewPath="/x/")
    after = account.iam.get_user(UserName="robert")["User"]
    assert (after["UserId"], after["Arn"]) == (before["UserId"], account.arn("user/x/Robert"))
    assert bob.sts.get_caller_identity()["Arn"] == account.arn("user/x/Robert")
    with refused("NoSuchEntity"):
        account.iam.get_user(UserName="bob")
    account.iam.update_user(UserName="robert", NewUserName="ROBERT")
    with refused("EntityAlreadyExists") as said:
        account.iam.update_user(UserName="ROBERT", NewUserName="Admin")
    assert said.message == "User with name Admin already exists."


def test_delete_conflicts_name_what_is_in_the_way(account):
    iam = account.iam
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="g")
    policy = account.policy("p", allow("*"))
    steps = [
        ("must detach all policies first",
         lambda: iam.attach_user_policy(UserName="bob", PolicyArn=policy),
         lambda: iam.detach_user_policy(UserName="bob", PolicyArn=policy)),
        ("must delete policies first",
         lambda: iam.put_user_policy(UserName="bob", PolicyName="i", PolicyDocument=ALL),
         lambda: iam.delete_user_policy(UserName="bob", PolicyName="i")),
        ("must remove users from group first",
         lambda: iam.add_user_to_group(GroupName="g", UserName="bob"),
         lambda: iam.remove_user_from_group(GroupName="g", UserName="bob")),
    ]
    key = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    with refused("DeleteConflict", 409) as said:
        iam.delete_user(UserName="bob")
    assert said.message == "Cannot delete entity, must delete access keys first."
    iam.delete_access_key(UserName="bob", AccessKeyId=key)
    for text, put, take in steps:
        put()
        with refused("DeleteConflict", 409) as said:
            iam.delete_user(UserName="bob")
        assert said.message == f"Cannot delete entity, {text}."
        take()
    iam.delete_user(UserName="bob")
    with refused("NoSuchEntity"):
        iam.get_user(UserName="bob")


def test_a_user_made_again_is_somebody_else(account):
    first = account.iam.create_user(UserName="bob", Tags=[{"Key": "k", "Value": "v"}])["User"]
    account.iam.delete_user(UserName="bob")
    again = account.iam.create_user(UserName="bob")["User"]
    assert again["UserId"] != first["UserId"]
    assert account.iam.list_user_tags(UserName="bob")["Tags"] == []


def test_listing_pages_in_order_of_name(account):
    for name in ("delta", "Alpha", "charlie", "Bravo"):
        account.iam.create_user(UserName=name, Path="/list/", Tags=[{"Key": "k", "Value": "v"}])
    pages = list(account.iam.get_paginator("list_users").paginate(
        PathPrefix="/list/", PaginationConfig={"PageSize": 3}))
    assert [[u["UserName"] for u in page["Users"]] for page in pages] == [["Alpha", "Bravo", "charlie"], ["delta"]]
    assert pages[0]["IsTruncated"] and not pages[1]["IsTruncated"]
    assert "Marker" not in pages[1]
    assert all("Tags" not in u for page in pages for u in page["Users"])
    assert account.iam.list_users(PathPrefix="/none/")["Users"] == []
    assert len(account.iam.list_users()["Users"]) == 5  # and the admin


def test_a_marker_of_somebody_else_is_refused(account, other):
    for name in ("a", "b", "c"):
        account.iam.create_user(UserName=name)
    marker = account.iam.list_users(MaxItems=1)["Marker"]
    assert account.iam.list_users(MaxItems=1, Marker=marker)["Users"]
    for call in (lambda: account.iam.list_users(Marker="foreign"), lambda: other.iam.list_users(Marker=marker),
                 lambda: account.iam.list_groups(Marker=marker)):
        with refused("ValidationError", 400) as said:
            call()
        assert said.message == "Invalid Marker."


def test_accounts_are_apart(account, other):
    account.iam.create_user(UserName="bob")
    with refused("NoSuchEntity"):
        other.iam.get_user(UserName="bob")
    assert [u["UserName"] for u in other.iam.list_users()["Users"]] == ["admin"]
    other.iam.create_user(UserName="bob")


def test_tags(account):
    iam = account.iam
    iam.create_user(UserName="bob")
    iam.tag_user(UserName="bob", Tags=[{"Key": "Team", "Value": "a"}, {"Key": "b", "Value": "2"}])
    iam.tag_user(UserName="bob", Tags=[{"Key": "tEAM", "Value": "z"}])
    assert iam.list_user_tags(UserName="bob")["Tags"] == [{"Key": "b", "Value": "2"}, {"Key": "tEAM", "Value": "z"}]
    page = iam.list_user_tags(UserName="bob", MaxItems=1)
    assert page["IsTruncated"]
    assert iam.list_user_tags(UserName="bob", Marker=page["Marker"])["Tags"] == [{"Key": "tEAM", "Value": "z"}]
    iam.untag_user(UserName="bob", TagKeys=["TEAM", "never there"])
    assert iam.get_user(UserName="bob")["User"]["Tags"] == [{"Key": "b", "Value": "2"}]
    for call in (iam.tag_user, iam.create_user):
        name = "bob" if call == iam.tag_user else "carl"
        with refused("InvalidInput", 400) as said:
            call(UserName=name, Tags=[{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}])
        assert said.message == "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    with refused("NoSuchEntity"):
        iam.get_user(UserName="carl")  # the refused call left nothing behind


def test_fifty_tags_at_most(account):
    tags = [{"Key": f"k{i}", "Value": "v"} for i in range(51)]
    account.iam.create_user(UserName="bob", Tags=tags[:50])
    with refused("LimitExceeded", 409):
        account.iam.tag_user(UserName="bob", Tags=tags[50:])
    account.iam.tag_user(UserName="bob", Tags=tags[:1])


def test_the_quota_of_users(server, account):
    server.admin("account", "quota", account.number, "UsersPerAccount", "3")
    account.iam.create_user(UserName="a")
    account.iam.create_user(UserName="b")
    with refused("LimitExceeded", 409) as said:
        account.iam.create_user(UserName="c")
    assert said.message == "Cannot exceed quota for UsersPerAccount: 3"
    account.iam.delete_user(UserName="a")
    account.iam.create_user(UserName="c")


def test_boundary(account, other):
    iam = account.iam
    policy = account.policy("limit", allow("iam:GetUser"))
    made = iam.create_user(UserName="bob", PermissionsBoundary=policy)["User"]
    assert made["PermissionsBoundary"] == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy}
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    assert "PermissionsBoundary" not in iam.list_users()["Users"][1]
    iam.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=ALL)
    bob = account.key_of("bob")
    assert bob.iam.get_user()["User"]["UserName"] == "bob"
    with denied("because no permissions boundary allows the iam:ListUsers action"):
        bob.iam.list_users()
    iam.delete_user_permissions_boundary(UserName="bob")
    assert bob.iam.list_users()["Users"]
    assert "PermissionsBoundary" not in iam.get_user(UserName="bob")["User"]
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=policy)
    with denied():
        bob.iam.list_users()
    foreign = other.policy("theirs", allow("*"))
    for arn, code, text in (
            ("arn:aws:iam::aws:user/NotAPolicy", "ValidationError",
             "Value (arn:aws:iam::aws:user/NotAPolicy) for parameter PermissionsBoundary is invalid."),
            (foreign, "NoSuchEntity", f"Scope ARN: {foreign} does not exist or is not attachable.")):
        with refused(code) as said:
            iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=arn)
        assert said.message == text


@pytest.mark.parametrize("name", ["a" * 64, "a.b+c=d,e@f-g_h"])
def test_the_command_line_client(account, name):
    made = account.aws("iam", "create-user", "--user-name", name, "--tags", "Key=k,Value=v w")
    assert made["User"]["UserName"] == name
    assert [u["UserName"] for u in account.aws("iam", "list-users", "--max-items", "10")["Users"]] == sorted(["admin", name])
    account.aws("iam", "delete-user", "--user-name", name)
    complaint = account.aws("iam", "get-user", "--user-name", name, fails=True)
    assert "(NoSuchEntity) when calling the GetUser operation" in complaint
    assert f": The user with name {name} cannot be found." in complaint
