"""Which services the accounts of an organization used last: reports its management account asks for."""
import re

import pytest
from conftest import allow, denied, refused, trust
from test_iam_reports import until

ORDERS = ("SERVICE_NAMESPACE_ASCENDING", "SERVICE_NAMESPACE_DESCENDING",
          "LAST_AUTHENTICATED_TIME_ASCENDING", "LAST_AUTHENTICATED_TIME_DESCENDING")


@pytest.fixture
def organization(account, other):
    """(management account, a member of it); the management account knows its path."""
    account.server.admin("organization", "create", account.number)
    account.server.admin("organization", "add", account.number, other.number)
    account.path = path_of(account)
    return account, other


def path_of(management):
    """A report about what is not in the organization is refused by the organization's path."""
    with refused("InvalidInput", 400) as said:
        management.iam.generate_organizations_access_report(EntityPath="o-a1b2c3d4e5/r-f6g7h8i9j0")
    return re.search(r"root of the organization, (o-[a-z0-9]{10}/r-[a-z0-9]{4,32})/,", said.message)[1]


def begun(management, path, **more):
    return management.iam.generate_organizations_access_report(EntityPath=path, **more)["JobId"]


def report(management, path, **more):
    job = begun(management, path, **more)
    answer = until(lambda: management.iam.get_organizations_access_report(JobId=job, MaxItems=1000),
                   lambda answer: answer["JobStatus"] != "IN_PROGRESS")
    assert answer["JobStatus"] == "COMPLETED", answer
    assert answer["JobCompletionDate"] >= answer["JobCreationDate"] and not answer["IsTruncated"]
    return job, answer


def by_service(answer):
    return {service["ServiceNamespace"]: service for service in answer["AccessDetails"]}


def test_it_counts_the_accounts_that_used_a_service(organization):
    management, member = organization
    ann = management.user("ann", allow(["iam:*", "sts:*"]))
    bob, carl = (member.user(name, allow("iam:*")) for name in ("bob", "carl"))
    before = by_service(report(management, management.path)[1])["sts"]
    assert before["TotalAuthenticatedEntities"] == 0
    assert not {"EntityPath", "Region", "LastAuthenticatedTime"} & set(before)
    ann.sts.get_caller_identity()
    for caller in (ann, bob, carl):
        caller.iam.list_users()

    _, whole = report(management, management.path)
    found = by_service(whole)
    assert found["iam"]["TotalAuthenticatedEntities"] == 2  # accounts, however many of their users
    assert found["iam"]["ServiceName"] == "AWS Identity and Access Management (IAM)"
    assert found["sts"]["TotalAuthenticatedEntities"] == 1
    assert found["sts"]["EntityPath"] == f"{management.path}/{management.number}"
    assert found["sts"]["Region"] and found["sts"]["LastAuthenticatedTime"]
    assert whole["NumberOfServicesAccessible"] == len(found)
    assert whole["NumberOfServicesNotAccessed"] == len(found) - 2

    _, one = report(management, f"{management.path}/{member.number}")
    found = by_service(one)
    assert found["iam"]["EntityPath"] == f"{management.path}/{member.number}"
    assert (found["iam"]["TotalAuthenticatedEntities"], found["sts"]["TotalAuthenticatedEntities"]) == (1, 0)
    assert one["NumberOfServicesAccessible"] == whole["NumberOfServicesAccessible"]


def test_roles_count_as_users_do(organization):
    management, member = organization
    ann = management.user("ann", allow("sts:AssumeRole"))
    role = member.role("r", trust({"AWS": management.arn("user/ann")}))
    ann.assume(role).sts.get_caller_identity()
    path = f"{management.path}/{member.number}"
    found = by_service(report(management, path)[1])  # of its own, only the role used it
    assert (found["sts"]["TotalAuthenticatedEntities"], found["sts"]["EntityPath"]) == (1, path)


def test_orders_and_pages(organization):
    management, member = organization
    bob = member.user("bob", allow(["iam:*", "sts:*"]))
    bob.iam.list_users()
    bob.sts.get_caller_identity()
    job, whole = report(management, management.path)

    def names(key):
        answer = management.iam.get_organizations_access_report(JobId=job, MaxItems=1000, SortKey=key)
        return [service["ServiceNamespace"] for service in answer["AccessDetails"]]

    up, down, oldest, newest = (names(key) for key in ORDERS)
    assert up == sorted(up) == down[::-1] == [service["ServiceNamespace"] for service in whole["AccessDetails"]]
    assert set(oldest[-2:]) == set(newest[:2]) == {"iam", "sts"}
    assert sorted(oldest) == sorted(newest) == up
    pages, marker = [], {}
    while True:
        page = management.iam.get_organizations_access_report(JobId=job, MaxItems=100, SortKey=ORDERS[3], **marker)
        assert len(page["AccessDetails"]) <= 100
        assert page["NumberOfServicesAccessible"] == len(up)  # of the report, not of the page
        pages += [service["ServiceNamespace"] for service in page["AccessDetails"]]
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert pages == newest
    with refused("ValidationError", 400):
        management.iam.get_organizations_access_report(JobId=job, SortKey="BY_TASTE")


def test_who_may_ask_and_about_what(organization):
    management, member = organization
    with denied("only the management account"):
        begun(member, management.path)
    begun(management, management.path, OrganizationsPolicyId="p-FullAWSAccess")
    with refused("InvalidInput", 400, "p-a1b2c3d4"):
        begun(management, management.path, OrganizationsPolicyId="p-a1b2c3d4")
    for path in (f"{management.path}/{'0' * 11}1", f"{management.path}/ou-a1b2-c3d4e5f6", f"{management.path}x",
                 management.path.split("/")[0] + "/r-zzzz"):
        with refused("InvalidInput", 400):
            begun(management, path)


def test_what_left_the_organization_is_no_longer_reported_on(organization):
    management, member = organization
    path = f"{management.path}/{member.number}"
    report(management, path)
    management.server.admin("organization", "remove", management.number, member.number)
    with refused("InvalidInput", 400):
        begun(management, path)


def test_a_report_is_read_by_who_asked_for_it_and_as_what_it_is(organization):
    management, member = organization
    job, _ = report(management, management.path)
    admin = management.user("second", allow("iam:*"))
    for caller in (admin, member):
        with refused("NoSuchEntity", 404):
            caller.iam.get_organizations_access_report(JobId=job)
    with refused("NoSuchEntity", 404):
        management.iam.get_service_last_accessed_details(JobId=job)
    details = management.iam.generate_service_last_accessed_details(Arn=management.arn("user/second"))["JobId"]
    with refused("NoSuchEntity", 404):
        management.iam.get_organizations_access_report(JobId=details)
