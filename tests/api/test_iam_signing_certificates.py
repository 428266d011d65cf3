"""Signing certificates of users and of root."""
import re

import pki
from conftest import refused


def test_two_of_a_user(account):
    account.iam.create_user(UserName="bob")
    made = account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s1"))["Certificate"]
    assert re.fullmatch(r"[A-Z2-7]{32}", made["CertificateId"])
    assert (made["UserName"], made["Status"], made["CertificateBody"]) == ("bob", "Active", pki.certificate("s1"))
    account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s2"))
    with refused("LimitExceeded", 409) as said:
        account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s3"))
    assert said.message == "Cannot exceed quota for CertificatesPerUser: 2"
    listed = account.iam.list_signing_certificates(UserName="bob")["Certificates"]
    assert made in listed and len(listed) == 2


def test_states(account):
    account.iam.create_user(UserName="bob")
    made = account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s1"))["Certificate"]
    named = {"UserName": "bob", "CertificateId": made["CertificateId"]}
    account.iam.update_signing_certificate(**named, Status="Inactive")
    assert account.iam.list_signing_certificates(UserName="bob")["Certificates"][0]["Status"] == "Inactive"
    with refused("InvalidInput", 400):
        account.iam.update_signing_certificate(**named, Status="Expired")
    account.iam.delete_signing_certificate(**named)
    assert account.iam.list_signing_certificates(UserName="bob")["Certificates"] == []
    for gone in (lambda: account.iam.delete_signing_certificate(**named),
                 lambda: account.iam.update_signing_certificate(**named, Status="Active")):
        with refused("NoSuchEntity", 404) as said:
            gone()
        assert said.message == f"The Certificate with id {made['CertificateId']} cannot be found."


def test_one_certificate_has_one_owner_in_an_account(account, other):
    for name in ("bob", "eve"):
        account.iam.create_user(UserName=name)
    made = account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s1"))["Certificate"]
    with refused("DuplicateCertificate", 409):
        account.iam.upload_signing_certificate(UserName="eve", CertificateBody="\n" + pki.certificate("s1"))
    other.iam.create_user(UserName="bob")
    other.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s1"))
    # Another user's, and another account's, are as good as none.
    for caller, name in ((account, "eve"), (other, "bob")):
        with refused("NoSuchEntity", 404):
            caller.iam.delete_signing_certificate(UserName=name, CertificateId=made["CertificateId"])


def test_bad_certificates(account):
    account.iam.create_user(UserName="bob")
    with refused("MalformedCertificate", 400) as said:
        account.iam.upload_signing_certificate(UserName="bob", CertificateBody="none")
    assert said.message == "Certificate none is malformed."
    with refused("InvalidCertificate", 400):
        account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("old", days=-1))


def test_of_root(account):
    root = account.root()
    assert account.iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 0
    made = root.iam.upload_signing_certificate(CertificateBody=pki.certificate("s1"))["Certificate"]
    assert "UserName" not in made
    assert account.iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 1
    root.iam.delete_signing_certificate(CertificateId=made["CertificateId"])


def test_a_user_with_one_is_not_deleted_and_may_be_renamed(account):
    account.iam.create_user(UserName="bob")
    made = account.iam.upload_signing_certificate(UserName="bob", CertificateBody=pki.certificate("s1"))["Certificate"]
    with refused("DeleteConflict", 409) as said:
        account.iam.delete_user(UserName="bob")
    assert said.message == "Cannot delete entity, must delete signing certificates first."
    account.iam.update_user(UserName="bob", NewUserName="rob")
    held = account.iam.list_signing_certificates(UserName="rob")["Certificates"]
    assert held == [{**made, "UserName": "rob"}]
    account.iam.delete_signing_certificate(UserName="rob", CertificateId=made["CertificateId"])
    account.iam.delete_user(UserName="rob")
