"""Service-linked roles: made and deleted for a service only, otherwise untouchable."""
import contextlib
import json
import re
import sqlite3

import pytest
from clients import document_of
from conftest import ROOT, Account, allow, document, refused, trust

ROLES = [line.partition(" -- ")[0].split() for line in (ROOT / "data/service-linked-roles.txt").read_text().splitlines()
         if line and not line.startswith("#")]
FACTS = ROOT.parent / "shared/facts/service-linked-roles.jsonl"


def create(account, service, **more):
    return account.iam.create_service_linked_role(AWSServiceName=service, **more)["Role"]


def test_every_service_gets_its_role(account):
    assert len(ROLES) == 71
    for service, name, policy, *_ in ROLES:
        made = create(account, service)
        assert made["Arn"] == account.arn(f"role/aws-service-role/{service}/{name}")
        assert document_of(made["AssumeRolePolicyDocument"]) == {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service},
                                                    "Action": "sts:AssumeRole"}]}
        attached = account.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        assert attached == [{"PolicyName": policy, "PolicyArn": f"arn:aws:iam::aws:policy/aws-service-role/{policy}"}]
    assert len(account.iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]) == 71


@pytest.mark.skipif(not FACTS.exists(), reason="no recorded roles beside the project")
def test_the_table_is_what_was_recorded():
    recorded = [json.loads(line) for line in FACTS.read_text().splitlines()]
    assert [(one["service"], one["RoleName"], one["AttachedPolicies"][0].rpartition("/")[2], one["CustomSuffix"])
            for one in recorded] == [(row[0], row[1], row[2], row[4:] == ["suffix"]) for row in ROLES]


def test_suffixes_and_taken_names(account):
    create(account, "autoscaling.amazonaws.com")
    with refused("InvalidInput", 400) as said:
        create(account, "autoscaling.amazonaws.com")
    assert said.message == ("Service role name AWSServiceRoleForAutoScaling has been taken in this account, "
                            "please try a different suffix.")
    made = create(account, "autoscaling.amazonaws.com", CustomSuffix="blue", Description="Scales")
    assert (made["RoleName"], made["Description"]) == ("AWSServiceRoleForAutoScaling_blue", "Scales")
    with refused("InvalidInput", 400) as said:
        create(account, "rds.amazonaws.com", CustomSuffix="blue")
    assert said.message == "Custom suffix is not allowed for rds.amazonaws.com"
    assert create(account, "rds.amazonaws.com")["Description"]
    with refused("InvalidInput", 400, "longer than 64"):
        create(account, "autoscaling.amazonaws.com", CustomSuffix="x" * 36)
    create(account, "autoscaling.amazonaws.com", CustomSuffix="x" * 35)
    with refused("InvalidInput", 400, "nobody.amazonaws.com"):
        create(account, "nobody.amazonaws.com")


CHANGES = {
    "delete_role": {},
    "put_role_policy": {"PolicyName": "p", "PolicyDocument": document(allow("s3:*"))},
    "attach_role_policy": {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    "detach_role_policy": {"PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"},
    "update_assume_role_policy": {"PolicyDocument": trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])},
    "update_role": {"MaxSessionDuration": 7200},
    "put_role_permissions_boundary": {"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
}


def test_nothing_but_its_description_is_changed_by_hand(account):
    create(account, "ecs.amazonaws.com")
    for operation, members in CHANGES.items():
        with refused("UnmodifiableEntity", 400, "only modifiable by AWS"):
            getattr(account.iam, operation)(RoleName="AWSServiceRoleForECS", **members)
    described = account.iam.update_role_description(RoleName="AWSServiceRoleForECS", Description="one")["Role"]
    assert described["Description"] == "one"
    account.iam.update_role(RoleName="AWSServiceRoleForECS", Description="two")
    assert account.iam.get_role(RoleName="AWSServiceRoleForECS")["Role"]["Description"] == "two"


def test_nobody_assumes_it(account):
    arn = create(account, "ecs.amazonaws.com")["Arn"]
    admin = account.user("boss", allow("*"))
    with refused("AccessDenied", 403):
        admin.sts.assume_role(RoleArn=arn, RoleSessionName="me")


def status(account, task):
    return account.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)


def test_deletion_is_a_task(account, other):
    create(account, "ecs.amazonaws.com")
    task = account.iam.delete_service_linked_role(RoleName="AWSServiceRoleForECS")["DeletionTaskId"]
    assert re.fullmatch(r"task/aws-service-role/ecs\.amazonaws\.com/AWSServiceRoleForECS/[0-9a-f-]{36}", task)
    assert status(account, task)["Status"] == "SUCCEEDED"
    with refused("NoSuchEntity", 404):
        account.iam.get_role(RoleName="AWSServiceRoleForECS")
    with refused("NoSuchEntity", 404):
        status(other, task)
    with refused("NoSuchEntity", 404):
        status(account, task[:-1] + "x")
    with refused("InvalidInput", 400):
        status(account, "task")
    create(account, "ecs.amazonaws.com")  # the name is free again


def test_deletion_of_a_role_in_use_fails(own_server):
    """No call brings such a role into an instance profile; a store from elsewhere may have one there."""
    account = Account(own_server)
    made = create(account, "ecs.amazonaws.com")
    profile = account.iam.create_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    with refused("UnmodifiableEntity", 400):
        account.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="AWSServiceRoleForECS")
    own_server.stop()
    with contextlib.closing(sqlite3.connect(own_server.data / "mantle.db")) as store:
        store.execute("INSERT INTO profile_role VALUES (?, ?)", (profile["InstanceProfileId"], made["RoleId"]))
        store.commit()
    own_server.start()
    account.clients.clear()
    task = account.iam.delete_service_linked_role(RoleName="AWSServiceRoleForECS")["DeletionTaskId"]
    said = status(account, task)
    assert said["Status"] == "FAILED" and "instance profile" in said["Reason"]["Reason"]
    assert said["Reason"]["RoleUsageList"][0]["Resources"] == [profile["Arn"]]
    assert account.iam.get_role(RoleName="AWSServiceRoleForECS")["Role"]["Arn"] == made["Arn"]


def test_only_service_linked_roles_are_deleted_so(account):
    account.role("plain", trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"]))
    with refused("InvalidInput", 400, "not a service-linked role"):
        account.iam.delete_service_linked_role(RoleName="plain")
    with refused("NoSuchEntity", 404) as said:
        account.iam.delete_service_linked_role(RoleName="none")
    assert said.message == "The role with name none cannot be found."


def test_its_policies_are_for_services(account):
    account.role("plain", trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"]))
    with refused("PolicyNotAttachable", 400) as said:
        account.iam.attach_role_policy(
            RoleName="plain", PolicyArn="arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy")
    assert said.message == "Cannot attach a Service Role Policy to a Customer Role."


def test_who_may_make_it_is_asked_with_the_service(account):
    ecs = account.user("ecs", allow("iam:CreateServiceLinkedRole",
                                    Condition={"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}}))
    create(ecs, "ecs.amazonaws.com")
    with refused("AccessDenied", 403):
        create(ecs, "rds.amazonaws.com")
