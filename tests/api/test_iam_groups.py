"""Groups, who is in them, and what they give."""
import re

from conftest import allow, denied, document, refused

ALL = document(allow("*"))


def test_a_group_comes_and_goes(account):
    iam = account.iam
    made = iam.create_group(GroupName="Dev", Path="/x/")["Group"]
    assert made["Arn"] == account.arn("group/x/Dev")
    assert re.fullmatch(r"AGPA[A-Z2-7]{17}", made["GroupId"])
    answer = iam.get_group(GroupName="dev")
    assert (answer["Group"], answer["Users"], answer["IsTruncated"]) == (made, [], False)
    with refused("EntityAlreadyExists", 409) as said:
        iam.create_group(GroupName="DEV")
    assert said.message == "Group with name DEV already exists."
    iam.create_group(GroupName="other")
    iam.update_group(GroupName="dev", NewGroupName="Ops", NewPath="/")
    assert [g["GroupName"] for g in iam.list_groups()["Groups"]] == ["Ops", "other"]
    assert iam.list_groups(PathPrefix="/x/")["Groups"] == []
    with refused("EntityAlreadyExists"):
        iam.update_group(GroupName="ops", NewGroupName="OTHER")
    iam.delete_group(GroupName="ops")
    for call in ("get_group", "delete_group", "list_group_policies", "list_attached_group_policies"):
        with refused("NoSuchEntity", 404) as said:
            getattr(iam, call)(GroupName="Ops")
        assert said.message == "The group with name Ops cannot be found."


def test_membership(account):
    iam = account.iam
    iam.create_group(GroupName="g")
    for name in ("Zoe", "adam", "Mia"):
        iam.create_user(UserName=name, Tags=[{"Key": "k", "Value": "v"}])
        iam.add_user_to_group(GroupName="G", UserName=name)
        iam.add_user_to_group(GroupName="g", UserName=name.upper())
    pages = list(iam.get_paginator("get_group").paginate(GroupName="g", PaginationConfig={"PageSize": 2}))
    assert [[u["UserName"] for u in page["Users"]] for page in pages] == [["adam", "Mia"], ["Zoe"]]
    assert all("Tags" not in u for u in pages[0]["Users"])
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="mia")["Groups"]] == ["g"]
    with refused("DeleteConflict", 409) as said:
        iam.delete_group(GroupName="g")
    assert said.message == "Cannot delete entity, must remove users from group first."
    iam.remove_user_from_group(GroupName="g", UserName="mia")
    iam.remove_user_from_group(GroupName="g", UserName="mia")  # who is no member stays none
    with refused("NoSuchEntity", 404, "The user with name nobody cannot be found."):
        iam.add_user_to_group(GroupName="g", UserName="nobody")
    with refused("NoSuchEntity", 404, "The group with name none cannot be found."):
        iam.add_user_to_group(GroupName="none", UserName="adam")
    assert iam.list_groups_for_user(UserName="Mia")["Groups"] == []


def test_ten_groups_at_most(account):
    iam = account.iam
    iam.create_user(UserName="bob")
    for i in range(11):
        iam.create_group(GroupName=f"g{i:02}")
    for i in range(10):
        iam.add_user_to_group(GroupName=f"g{i:02}", UserName="bob")
    with refused("LimitExceeded", 409) as said:
        iam.add_user_to_group(GroupName="g10", UserName="bob")
    assert said.message == "Cannot exceed quota for GroupsPerUser: 10"
    page = iam.list_groups_for_user(UserName="bob", MaxItems=7)
    rest = iam.list_groups_for_user(UserName="bob", Marker=page["Marker"])
    assert [g["GroupName"] for g in page["Groups"] + rest["Groups"]] == [f"g{i:02}" for i in range(10)]


def test_a_group_gives_and_takes_at_the_next_request(account):
    iam = account.iam
    iam.create_group(GroupName="g")
    bob = account.user("bob")
    policy = account.policy("lists", allow("iam:ListUsers"))
    ways = [
        (lambda: iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=ALL),
         lambda: iam.delete_group_policy(GroupName="g", PolicyName="p")),
        (lambda: iam.attach_group_policy(GroupName="g", PolicyArn=policy),
         lambda: iam.detach_group_policy(GroupName="g", PolicyArn=policy)),
    ]
    for give, take in ways:
        give()
        with denied():
            bob.iam.list_users()
        iam.add_user_to_group(GroupName="g", UserName="bob")
        assert bob.iam.list_users()["Users"]
        take()
        with denied():
            bob.iam.list_users()
        give()
        assert bob.iam.list_users()["Users"]
        iam.remove_user_from_group(GroupName="g", UserName="bob")
        with denied():
            bob.iam.list_users()
        with refused("DeleteConflict"):
            iam.delete_group(GroupName="g")
        take()
    iam.delete_group(GroupName="g")


def test_a_group_deny_wins(account):
    bob = account.user("bob", allow("*"))
    account.iam.create_group(GroupName="g")
    account.iam.put_group_policy(GroupName="g", PolicyName="no", PolicyDocument=document(
        {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}))
    assert bob.iam.list_users()["Users"]
    account.iam.add_user_to_group(GroupName="g", UserName="bob")
    with denied("with an explicit deny in an identity-based policy"):
        bob.iam.list_users()
    account.iam.update_group(GroupName="g", NewGroupName="renamed")
    with denied("with an explicit deny"):
        bob.iam.list_users()


def test_groups_have_no_boundary_and_are_no_principal(account):
    account.iam.create_group(GroupName="g")
    trust = document({"Effect": "Allow", "Principal": {"AWS": account.arn("group/g")}, "Action": "sts:AssumeRole"})
    with refused("MalformedPolicyDocument", 400):
        account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
