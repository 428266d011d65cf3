"""Service-specific credentials: made, shown once, reset, listed."""
import base64
import datetime
import re
import sqlite3

import raw
from conftest import allow, refused

CODE, CASSANDRA, BEDROCK = "codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com"


def create(account, service=CODE, user="bob", **more):
    return account.iam.create_service_specific_credential(UserName=user, ServiceName=service,
                                                          **more)["ServiceSpecificCredential"]


def asked(caller, action, **parameters):
    """By hand: the members are younger than the client."""
    return raw.call(caller, action, version=raw.IAM, service="iam", parameters=parameters)


def test_user_name_and_password(account):
    account.iam.create_user(UserName="bob")
    made = create(account)
    assert made["ServiceUserName"] == f"bob-at-{account.number}"
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", made["ServicePassword"])
    assert re.fullmatch(r"ACCA[A-Z2-7]{17}", made["ServiceSpecificCredentialId"])
    assert create(account)["ServiceUserName"] == f"bob+1-at-{account.number}"
    with refused("LimitExceeded", 409) as said:
        create(account)
    assert said.message == "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2"
    create(account, CASSANDRA)  # two of each service
    listed = account.iam.list_service_specific_credentials(UserName="bob", ServiceName=CODE)
    shown = {name: value for name, value in made.items() if name != "ServicePassword"}
    assert shown in listed["ServiceSpecificCredentials"]
    assert len(account.iam.list_service_specific_credentials(UserName="bob")["ServiceSpecificCredentials"]) == 3


def test_the_password_is_kept_nowhere(account):
    account.iam.create_user(UserName="bob")
    secrets = [create(account)["ServicePassword"], asked(
        account, "CreateServiceSpecificCredential", UserName="bob", ServiceName=BEDROCK).tag("ServiceCredentialSecret")]
    for path in account.server.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in data], path


def test_reset_and_states(account):
    account.iam.create_user(UserName="bob")
    made = create(account)
    named = {"UserName": "bob", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}

    def kept():
        with sqlite3.connect(f"file:{account.server.data}/mantle.db?mode=ro", uri=True) as db:
            return db.execute("SELECT secret_hash FROM credential WHERE id = ?",
                              (made["ServiceSpecificCredentialId"],)).fetchone()[0]

    before = kept()
    again = account.iam.reset_service_specific_credential(**named)["ServiceSpecificCredential"]
    assert again["ServicePassword"] != made["ServicePassword"] and kept() != before
    assert {**again, "ServicePassword": ""} == {**made, "ServicePassword": ""}
    account.iam.update_service_specific_credential(**named, Status="Inactive")
    listed = account.iam.list_service_specific_credentials(UserName="bob")["ServiceSpecificCredentials"]
    assert listed[0]["Status"] == "Inactive"
    with refused("DeleteConflict", 409) as said:
        account.iam.delete_user(UserName="bob")
    assert said.message == "Cannot delete entity, must remove referenced objects first."
    account.iam.delete_service_specific_credential(**named)
    for gone in (lambda: account.iam.delete_service_specific_credential(**named),
                 lambda: account.iam.reset_service_specific_credential(**named),
                 lambda: account.iam.update_service_specific_credential(**named, Status="Active")):
        with refused("NoSuchEntity", 404) as said:
            gone()
        assert said.message == f"No such credential {made['ServiceSpecificCredentialId']} exists"
    account.iam.delete_user(UserName="bob")


def test_api_keys_may_expire(account):
    account.iam.create_user(UserName="bob")
    named = {"UserName": "bob", "ServiceName": BEDROCK}
    made = asked(account, "CreateServiceSpecificCredential", **named, CredentialAgeDays="1")
    made_at, ends_at = (datetime.datetime.fromisoformat(made.tag(name).rstrip("Z"))
                        for name in ("CreateDate", "ExpirationDate"))
    assert (ends_at - made_at).total_seconds() == 86400
    assert made.tag("ServiceCredentialAlias") == f"bob-at-{account.number}" and not made.tag("ServicePassword")
    key = made.tag("ServiceCredentialSecret")
    assert key.startswith("ABSK")
    assert base64.b64decode(key[4:]).decode().startswith(made.tag("ServiceCredentialAlias") + ":")
    assert not asked(account, "CreateServiceSpecificCredential", **named).tag("ExpirationDate")
    said = asked(account, "CreateServiceSpecificCredential", UserName="bob", ServiceName=CODE, CredentialAgeDays="1")
    assert (said.status, said.code) == (400, "ValidationError")


def test_who_and_what_is_not_there(account):
    with refused("NoSuchEntity", 404) as said:
        create(account)
    assert said.message == "The user with name bob cannot be found."
    account.iam.create_user(UserName="bob")
    with refused("NoSuchEntity", 404) as said:
        create(account, "s3.amazonaws.com")
    assert said.message == "No such service s3.amazonaws.com is supported for Service Specific Credentials"
    with refused("ValidationError", 400) as said:
        account.iam.update_service_specific_credential(UserName="bob", Status="Active",
                                                       ServiceSpecificCredentialId="not an id, being long")
    assert "Value at 'serviceSpecificCredentialId'" in said.message


def names(answer):
    return re.findall("<UserName>(.*?)</UserName>", answer.body)


def test_of_all_users(account, other):
    for name in ("bob", "eve", "kim"):
        account.iam.create_user(UserName=name)
        create(account, user=name)
    other.iam.create_user(UserName="bob")
    create(other)
    create(account, CASSANDRA)
    ask = {"AllUsers": "true"}
    assert sorted(names(asked(account, "ListServiceSpecificCredentials", **ask, ServiceName=CODE))) == ["bob", "eve", "kim"]
    found, more = [], {}
    for _ in range(4):
        page = asked(account, "ListServiceSpecificCredentials", **ask, **more, MaxItems="1")
        assert len(names(page)) == 1
        found += names(page)
        more = {"Marker": page.tag("Marker")}
    assert sorted(found) == ["bob", "bob", "eve", "kim"] and page.tag("IsTruncated") == "false"
    said = asked(account, "ListServiceSpecificCredentials", **ask, UserName="bob")
    assert (said.status, said.code) == (400, "ValidationError")


def test_all_users_takes_permission_on_all_users(account):
    one = account.user("one", allow("iam:*", account.arn("user/one")))
    one.iam.list_service_specific_credentials(UserName="one")
    assert asked(one, "ListServiceSpecificCredentials", AllUsers="true").code == "AccessDenied"
    two = account.user("two", allow("iam:*", account.arn("user/*")))
    assert asked(two, "ListServiceSpecificCredentials", AllUsers="true").status == 200
