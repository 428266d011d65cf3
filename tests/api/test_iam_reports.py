"""Reports from real use: the credential report, who used which service, which policies grant one."""
import concurrent.futures
import csv
import datetime
import io
import re
import time

import pki
import raw
import totp
from conftest import REGION, allow, denied, deny, document, refused, trust
from totp import Device

COLUMNS = ("user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
           "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
           "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
           "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
           "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
           "cert_2_active,cert_2_last_rotated").split(",")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


def until(ask, wanted, seconds=20):
    """Asks until the answer is one of `wanted`."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if wanted(answer):
            return answer
        assert time.monotonic() < end, answer
        time.sleep(0.02)


def credential_report(iam):
    until(iam.generate_credential_report, lambda answer: answer["State"] == "COMPLETE")
    answer = iam.get_credential_report()
    assert answer["ReportFormat"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer["Content"].decode())))
    return answer, {row["user"]: row for row in rows}


def test_the_credential_report_is_made_once_and_kept(account):
    iam = account.iam
    with refused("ReportNotPresent", 410) as said:
        iam.get_credential_report()
    assert said.message == "Credential report not present"
    first = iam.generate_credential_report()
    assert (first["State"], first["Description"]) == ("STARTED", "No report exists. Starting a new report generation task")
    answer, rows = credential_report(iam)
    iam.create_user(UserName="later")
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    again, _ = credential_report(iam)
    assert again["Content"] == answer["Content"] and again["GeneratedTime"] == answer["GeneratedTime"]
    assert "later" not in rows


def test_the_credential_report_tells_of_passwords_and_mfa(account):
    iam = account.iam
    for name in ("bob", "carol"):
        iam.create_user(UserName=name)
        iam.create_login_profile(UserName=name, Password="Correct-Horse-1")
    iam.update_account_password_policy(MaxPasswordAge=90)
    Device(iam, "phone").enable("bob")
    _, rows = credential_report(iam)
    bob = rows["bob"]
    assert (bob["password_enabled"], bob["password_last_used"], bob["mfa_active"]) == ("true", "no_information", "true")
    changed, rotation = (datetime.datetime.fromisoformat(bob[f"password_{what}"])
                         for what in ("last_changed", "next_rotation"))
    assert rotation - changed == datetime.timedelta(days=90)
    assert (rows["carol"]["mfa_active"], rows["admin"]["password_enabled"]) == ("false", "false")
    assert rows["admin"]["password_next_rotation"] == "N/A"


def test_the_credential_report_has_a_line_for_the_root_and_each_user(account):
    iam = account.iam
    bob = account.user("bob", allow("iam:GetUser"), Path="/a,b/")
    iam.create_access_key(UserName="bob")
    iam.update_access_key(UserName="bob", AccessKeyId=bob.key, Status="Active")
    bob.iam.get_user()
    iam.create_user(UserName="eve,l")
    until(lambda: iam.get_access_key_last_used(AccessKeyId=bob.key)["AccessKeyLastUsed"],
          lambda used: used["ServiceName"] == "iam")
    answer, rows = credential_report(iam)
    assert list(rows) == ["<root_account>", "admin", "bob", "eve,l"]
    assert list(rows["bob"]) == COLUMNS
    root = rows["<root_account>"]
    assert root["arn"] == account.arn("root")
    assert {name: root[name] for name in ("password_enabled", "password_last_changed", "password_next_rotation")} == dict.fromkeys(
        ("password_enabled", "password_last_changed", "password_next_rotation"), "not_supported")
    assert (root["password_last_used"], root["mfa_active"]) == ("no_information", "false")
    user = rows["bob"]
    assert user["arn"] == account.arn("user/a,b/bob")
    assert (user["password_enabled"], user["password_last_used"], user["mfa_active"]) == ("false", "N/A", "false")
    assert (user["access_key_1_active"], user["access_key_2_active"]) == ("true", "true")
    used, unused = sorted((1, 2), key=lambda n: user[f"access_key_{n}_last_used_date"] == "N/A")  # both are as old
    assert (user[f"access_key_{used}_last_used_region"], user[f"access_key_{used}_last_used_service"]) == (REGION, "iam")
    assert [user[f"access_key_{unused}_last_used_{what}"] for what in ("date", "region", "service")] == ["N/A"] * 3
    for name in ("user_creation_time", "access_key_1_last_rotated", "access_key_2_last_rotated", f"access_key_{used}_last_used_date"):
        assert DATE.fullmatch(user[name]), name
    nobody = rows["eve,l"]
    assert [nobody[name] for name in COLUMNS[8:]] == ["false", "N/A", "N/A", "N/A", "N/A"] * 2 + ["false", "N/A"] * 2
    raw = answer["Content"].decode()
    assert raw.endswith("\n") and '"eve,l"' in raw and "\r" not in raw


def test_the_credential_report_shows_passwords(account):
    iam = account.iam
    iam.create_user(UserName="bob")
    iam.create_login_profile(UserName="bob", Password="Lemon-tree-42!")
    _, rows = credential_report(iam)
    bob = rows["bob"]
    assert (bob["password_enabled"], bob["password_last_used"], bob["password_next_rotation"]) == (
        "true", "no_information", "N/A")
    assert DATE.fullmatch(bob["password_last_changed"])
    assert rows["admin"]["password_enabled"] == "false"


def test_the_credential_report_shows_mfa(account):
    account.iam.create_user(UserName="bob")
    totp.Device(account.iam, "phone").enable("bob")
    _, rows = credential_report(account.iam)
    assert {name: row["mfa_active"] for name, row in rows.items()} == {
        "<root_account>": "false", "admin": "false", "bob": "true"}


def test_the_credential_report_tells_when_passwords_have_to_change(account):
    iam = account.iam
    iam.update_account_password_policy(MaxPasswordAge=10)
    iam.create_user(UserName="bob")
    iam.create_login_profile(UserName="bob", Password="Lemon-tree-42!")
    _, rows = credential_report(iam)
    changed, due = (datetime.datetime.fromisoformat(rows["bob"][f"password_{name}"]) for name in ("last_changed", "next_rotation"))
    assert due - changed == datetime.timedelta(days=10)


def test_the_credential_report_shows_signing_certificates(account):
    account.iam.create_user(UserName="bob")
    made = account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s1"))["Certificate"]
    account.iam.update_signing_certificate(UserName="bob", CertificateId=made["CertificateId"], Status="Inactive")
    account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s2"))
    _, rows = credential_report(account.iam)
    bob = rows["bob"]
    assert sorted((bob["cert_1_active"], bob["cert_2_active"])) == ["false", "true"]
    assert DATE.fullmatch(bob["cert_1_last_rotated"]) and DATE.fullmatch(bob["cert_2_last_rotated"])


def test_the_credential_report_goes_past_a_page(account):
    names = [f"user{i:03}" for i in range(505)]  # a part has 500
    iam = account.iam
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: iam.create_user(UserName=name), names))
    _, rows = credential_report(iam)
    assert list(rows) == ["<root_account>", "admin", *names]


def test_reading_the_credential_report_takes_its_own_permission(account):
    bob = account.user("bob", allow("iam:GenerateCredentialReport"))
    bob.iam.generate_credential_report()
    with denied("iam:GetCredentialReport"):
        bob.iam.get_credential_report()


def last_accessed(caller, arn, **more):
    job = caller.iam.generate_service_last_accessed_details(Arn=arn, **more)["JobId"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", job)
    answer = until(lambda: caller.iam.get_service_last_accessed_details(JobId=job, MaxItems=1000),
                   lambda answer: answer["JobStatus"] != "IN_PROGRESS")
    assert answer["JobStatus"] == "COMPLETED", answer
    return job, answer


def by_service(answer):
    return {service["ServiceNamespace"]: service for service in answer["ServicesLastAccessed"]}


def test_last_access_names_every_service_in_reach_and_when_it_was_used(account):
    bob = account.user("bob", allow(["iam:GetUser", "s3:Get*", "sts:*"]), deny("s3:*"))
    bob.iam.get_user()
    with denied():
        bob.iam.list_users()  # an attempt counts
    arn = account.arn("user/bob")

    def used():
        job, answer = last_accessed(account, arn, Granularity="ACTION_LEVEL")
        tracked = by_service(answer)["iam"].get("TrackedActionsLastAccessed", [])
        return (answer, tracked) if len(tracked) == 2 else None
    answer, tracked = until(used, lambda found: found)
    services = by_service(answer)
    assert list(services) == ["iam", "s3", "sts"]
    assert (answer["JobType"], answer["IsTruncated"]) == ("ACTION_LEVEL", False)
    assert services["s3"] == {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0}
    iam = services["iam"]
    assert (iam["LastAuthenticatedEntity"], iam["LastAuthenticatedRegion"], iam["TotalAuthenticatedEntities"]) == (arn, REGION, 1)
    assert abs(iam["LastAuthenticated"] - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=5)
    assert [(action["ActionName"], action["LastAccessedEntity"]) for action in tracked] == [("GetUser", arn), ("ListUsers", arn)]


def test_service_level_reports_say_nothing_of_actions(account):
    account.iam.list_users()
    _, answer = last_accessed(account, account.arn("user/admin"))
    assert answer["JobType"] == "SERVICE_LEVEL"
    assert not any("TrackedActionsLastAccessed" in service for service in answer["ServicesLastAccessed"])
    assert len(answer["ServicesLastAccessed"]) > 300  # everything is allowed


def test_groups_and_policies_tell_who_of_those_they_hold_for_used_a_service(account):
    iam = account.iam
    policy = account.policy("p", allow("sts:*"))
    iam.create_group(GroupName="g")
    iam.attach_group_policy(GroupName="g", PolicyArn=policy)
    ann, _ = account.user("ann"), account.user("carl")
    for name in ("ann", "carl"):
        iam.add_user_to_group(GroupName="g", UserName=name)
    role = account.role("r", trust({"AWS": account.number}))
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    ann.sts.get_caller_identity()

    def used(arn):
        def ask():
            job, answer = last_accessed(account, arn)
            services = by_service(answer)
            return (job, services["sts"]) if services["sts"]["TotalAuthenticatedEntities"] else None
        return until(ask, lambda found: found)
    job, sts = used(account.arn("group/g"))
    assert sts["LastAuthenticatedEntity"] == account.arn("user/ann")
    found = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="sts")["EntityDetailsList"]
    assert [(entity["EntityInfo"]["Name"], entity["EntityInfo"]["Type"], "LastAuthenticated" in entity) for entity in found] == [
        ("ann", "USER", True), ("carl", "USER", False)]
    with refused("NoSuchEntity", 404):
        iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3")
    job, sts = used(policy)
    assert sts["TotalAuthenticatedEntities"] == 1
    pages, marker = [], {}
    while True:
        page = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="sts", MaxItems=1, **marker)
        pages += page["EntityDetailsList"]
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert [(entity["EntityInfo"]["Arn"], entity["EntityInfo"]["Type"]) for entity in pages] == [
        (account.arn("user/ann"), "USER"), (account.arn("user/carl"), "USER"), (role, "ROLE")]


def test_services_come_page_by_page(account):
    account.user("bob", allow(["iam:*", "s3:*", "sts:*"]))
    job, whole = last_accessed(account, account.arn("user/bob"))
    first = account.iam.get_service_last_accessed_details(JobId=job, MaxItems=2)
    assert first["IsTruncated"]
    second = account.iam.get_service_last_accessed_details(JobId=job, Marker=first["Marker"])
    assert not second["IsTruncated"] and "Marker" not in second
    assert first["ServicesLastAccessed"] + second["ServicesLastAccessed"] == whole["ServicesLastAccessed"]
    with refused("ValidationError", 400, "Invalid Marker."):
        account.iam.get_service_last_accessed_details(JobId=job, Marker="x")


def test_a_report_is_read_by_who_asked_for_it(account, other):
    bob = account.user("bob", allow("iam:*"))
    job, _ = last_accessed(account, account.arn("user/bob"))
    for caller in (bob, other):
        with refused("NoSuchEntity", 404):
            caller.iam.get_service_last_accessed_details(JobId=job)
        with refused("NoSuchEntity", 404):
            caller.iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")


def test_reports_are_about_who_can_have_policies(account, other):
    iam = account.iam
    iam.create_instance_profile(InstanceProfileName="i")
    with refused("InvalidInput", 400):
        iam.generate_service_last_accessed_details(Arn=account.arn("instance-profile/i"))
    with refused("NoSuchEntity", 404):
        iam.generate_service_last_accessed_details(Arn=account.arn("user/nobody"))
    with denied():
        iam.generate_service_last_accessed_details(Arn=other.arn("user/admin"))


def test_unverified_callers_leave_no_trace_of_use(server, account):
    bob = account.user("bob", allow("iam:*"))
    with refused("SignatureDoesNotMatch", 403):
        server.caller(bob.key, "wrong").iam.get_user()
    bob.sts.get_caller_identity()
    services = until(lambda: by_service(last_accessed(account, account.arn("user/bob"))[1]), lambda found: found)
    assert services["iam"]["TotalAuthenticatedEntities"] == 0


def test_a_user_made_anew_has_no_past(account):
    bob = account.user("bob", allow("sts:*"))
    bob.sts.get_caller_identity()
    iam = account.iam
    iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    iam.delete_user_policy(UserName="bob", PolicyName="inline")
    iam.delete_user(UserName="bob")
    account.user("bob", allow("sts:*"))
    _, answer = last_accessed(account, account.arn("user/bob"))
    assert by_service(answer)["sts"]["TotalAuthenticatedEntities"] == 0


def test_policies_granting_a_service_are_inline_attached_and_of_groups(account):
    iam = account.iam
    bob = account.user("bob", allow("sqs:*"))
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="all-but-s3", PolicyDocument=document(
        {"Effect": "Allow", "NotAction": "S3:*", "Resource": "*"}))
    iam.add_user_to_group(GroupName="g", UserName="bob")
    managed = account.policy("m", allow("s3:GetObject"), deny("iam:*"))
    iam.attach_user_policy(UserName="bob", PolicyArn=managed)
    answer = iam.list_policies_granting_service_access(Arn=account.arn("user/bob"), ServiceNamespaces=["sqs", "s3", "iam", "nosuch"])
    inline = {"PolicyName": "inline", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "bob"}
    of_group = {"PolicyName": "all-but-s3", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": "g"}
    assert answer["PoliciesGrantingServiceAccess"] == [
        {"ServiceNamespace": "sqs", "Policies": [inline, of_group]},
        {"ServiceNamespace": "s3", "Policies": [{"PolicyName": "m", "PolicyType": "MANAGED", "PolicyArn": managed}]},
        {"ServiceNamespace": "iam", "Policies": [of_group]},
        {"ServiceNamespace": "nosuch", "Policies": []}]
    assert answer["IsTruncated"] is False
    assert bob
    with refused("InvalidInput", 400):
        iam.list_policies_granting_service_access(Arn=managed, ServiceNamespaces=["s3"])


def test_policies_granting_come_a_hundred_services_at_a_time(account):
    names = [f"service{i}" for i in range(150)]
    arn = account.arn("user/admin")
    first = account.iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=names)
    second = account.iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=names, Marker=first["Marker"])
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)
    assert [entry["ServiceNamespace"] for page in (first, second) for entry in page["PoliciesGrantingServiceAccess"]] == names


def test_there_is_no_organization_to_report_on(account):
    with refused("OrganizationNotFoundException", 400):
        account.iam.generate_organizations_access_report(EntityPath="o-a1b2c3d4e5/r-f6g7h8i9j0example/ou-1a2b-3c4d5e6f")
    with refused("NoSuchEntity", 404):
        account.iam.get_organizations_access_report(JobId="0" * 36)


def test_the_token_version_is_kept(account):
    iam = account.iam
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 1
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 2
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v1Token")
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 1


def said(answer):
    return answer.status, answer.code


def test_nobody_here_is_a_partner_of_aws(account):
    wanted = {"Description": "d", "Permissions.PolicyTemplateArn": "arn:aws:iam::aws:delegation-template/x",
              "RequestorWorkflowId": "workflow", "NotificationChannel": account.arn("t", "sns"), "SessionDuration": "3600"}
    answer = raw.call(account, "CreateDelegationRequest", raw.IAM, parameters=wanted)
    assert said(answer) == (403, "AccessDenied"), answer.body
    assert answer.message == f"User: {account.arn('user/admin')} is not authorized to perform: iam:CreateDelegationRequest"
    answer = raw.call(account, "CreateDelegationRequest", raw.IAM, parameters={**wanted, "SessionDuration": "299"})
    assert said(answer) == (400, "ValidationError")
    answer = raw.call(account, "GetDelegatedAccessToken", raw.STS, parameters={"TradeInToken": "t" * 40})
    assert said(answer) == (403, "AccessDenied")


def test_nobody_was_asked_to_delegate(account):
    answer = raw.call(account, "ListDelegationRequests", raw.IAM)
    assert answer.status == 200
    assert "<DelegationRequests></DelegationRequests>" in answer.body and answer.tag("isTruncated") == "false"
    wanted = {"DelegationRequestId": "d" * 16}
    for answer in (raw.call(account, "AcceptDelegationRequest", raw.IAM, parameters=wanted),
                   raw.call(account, "AssociateDelegationRequest", raw.IAM, parameters=wanted),
                   raw.call(account, "GetDelegationRequest", raw.IAM, parameters=wanted),
                   raw.call(account, "RejectDelegationRequest", raw.IAM, parameters=wanted),
                   raw.call(account, "SendDelegationToken", raw.IAM, parameters=wanted),
                   raw.call(account, "UpdateDelegationRequest", raw.IAM, parameters=wanted),
                   raw.call(account, "GetHumanReadableSummary", raw.IAM,
                            parameters={"EntityArn": account.arn("delegation-request/" + "d" * 16)})):
        assert said(answer) == (404, "NoSuchEntity"), answer.body
    answer = raw.call(account, "GetHumanReadableSummary", raw.IAM, parameters={"EntityArn": account.arn("user/admin")})
    assert said(answer) == (400, "InvalidInput")
