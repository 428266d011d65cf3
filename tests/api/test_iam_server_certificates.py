"""Server certificates: checked by OpenSSL when they are uploaded; the private key is not kept."""
import re
import sqlite3

import pki
import pytest
from conftest import allow, denied, refused

TAGS = [{"Key": "site", "Value": "shop"}]


def upload(account, name="web", certificate="leaf", **more):
    given = {"CertificateBody": pki.certificate(certificate), "PrivateKey": pki.key(certificate), **more}
    return account.iam.upload_server_certificate(ServerCertificateName=name, **given)


def test_what_was_uploaded_is_there(account):
    chain = pki.certificate("middle", "authority") + pki.certificate("authority")
    made = upload(account, "Web", certificate="served", CertificateBody=pki.certificate("served", "middle"),
                  CertificateChain=chain, Path="/shop/", Tags=TAGS)
    about = made["ServerCertificateMetadata"]
    assert about["Arn"] == account.arn("server-certificate/shop/Web")
    assert re.fullmatch(r"ASCA[A-Z2-7]{17}", about["ServerCertificateId"])
    assert made["Tags"] == TAGS
    got = account.iam.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]
    # as it was uploaded but for the white space around it: Terraform compares them so
    assert (got["CertificateBody"], got["CertificateChain"]) == (pki.certificate("served", "middle").strip(),
                                                                 chain.strip())
    assert (got["ServerCertificateMetadata"], got["Tags"]) == (about, TAGS)
    days = (about["Expiration"] - about["UploadDate"]).total_seconds() / 86400
    assert 29 < days < 31
    listed = account.iam.list_server_certificates(PathPrefix="/shop/")["ServerCertificateMetadataList"]
    assert listed == [about]
    assert account.iam.list_server_certificates(PathPrefix="/other/")["ServerCertificateMetadataList"] == []
    assert account.iam.get_account_summary()["SummaryMap"]["ServerCertificates"] == 1


def test_the_private_key_is_nowhere(account):
    upload(account)
    # Of the end, where the primes are: the beginning is the modulus, which anybody may know.
    secret = pki.key("leaf").splitlines()[-4].encode()
    assert len(secret) == 64
    with sqlite3.connect(f"file:{account.server.data}/mantle.db?mode=ro", uri=True) as db:
        dumped = "\n".join(db.iterdump()).encode()
    assert pki.certificate("leaf").splitlines()[3].encode() in dumped
    assert secret not in dumped
    for path in account.server.data.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes(), path


def test_renamed_and_tagged_it_is_the_same(account):
    made = upload(account)["ServerCertificateMetadata"]
    upload(account, "other")
    with refused("EntityAlreadyExists", 409) as said:
        account.iam.update_server_certificate(ServerCertificateName="web", NewServerCertificateName="OTHER")
    assert said.message == "The Server Certificate with name OTHER already exists."
    account.iam.update_server_certificate(ServerCertificateName="web", NewServerCertificateName="api", NewPath="/x/")
    got = account.iam.get_server_certificate(ServerCertificateName="api")["ServerCertificate"]
    assert got["ServerCertificateMetadata"]["ServerCertificateId"] == made["ServerCertificateId"]
    assert got["ServerCertificateMetadata"]["Arn"] == account.arn("server-certificate/x/api")
    assert got["Tags"] == []
    account.iam.tag_server_certificate(ServerCertificateName="api", Tags=TAGS)
    assert account.iam.list_server_certificate_tags(ServerCertificateName="api")["Tags"] == TAGS
    account.iam.untag_server_certificate(ServerCertificateName="api", TagKeys=["SITE"])  # here case counts
    assert account.iam.list_server_certificate_tags(ServerCertificateName="api")["Tags"] == TAGS
    account.iam.untag_server_certificate(ServerCertificateName="api", TagKeys=["site"])
    assert account.iam.list_server_certificate_tags(ServerCertificateName="api")["Tags"] == []
    account.iam.delete_server_certificate(ServerCertificateName="api")
    with refused("NoSuchEntity", 404) as said:
        account.iam.get_server_certificate(ServerCertificateName="api")
    assert said.message == "The Server Certificate with name api cannot be found."


def test_taken_names_and_the_quota(account):
    upload(account)
    with refused("EntityAlreadyExists", 409):
        upload(account, "WEB")
    account.server.admin("account", "quota", account.number, "ServerCertificatesPerAccount", "1")
    with refused("LimitExceeded", 409) as said:
        upload(account, "two")
    assert said.message == "Cannot exceed quota for ServerCertificatesPerAccount: 1"


BAD = {
    "not PEM": ("MalformedCertificate", {"CertificateBody": "certificate"}),
    "cut short": ("MalformedCertificate", {"CertificateBody": lambda: pki.certificate("leaf")[:-40]}),
    "text before it": ("MalformedCertificate", {"CertificateBody": lambda: "subject: me\n" + pki.certificate("leaf")}),
    "two at once": ("MalformedCertificate", {"CertificateBody": lambda: pki.certificate("leaf") * 2}),
    "a key for a certificate": ("MalformedCertificate", {"CertificateBody": lambda: pki.public_key("leaf")}),
    "expired": ("MalformedCertificate", {"CertificateBody": lambda: pki.certificate("old", days=-1),
                                         "PrivateKey": lambda: pki.key("old")}),
    "no key": ("MalformedCertificate", {"PrivateKey": "none"}),
    "encrypted key": ("MalformedCertificate", {"PrivateKey": lambda: pki.openssl(
        "pkcs8", "-topk8", "-in", pki.place("leaf.key"), "-passout", "pass:x")}),
    "another's key": ("KeyPairMismatch", {"PrivateKey": lambda: pki.key("stranger")}),
    "another kind of key": ("KeyPairMismatch", {"PrivateKey": lambda: pki.key("curve", "ec")}),
    "a chain that has not signed it": ("MalformedCertificate", {"CertificateChain": lambda: pki.certificate("authority")}),
    "an empty chain": ("MalformedCertificate", {"CertificateChain": " "}),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_uploads(account, what):
    code, given = BAD[what]
    pki.certificate("leaf")
    with refused(code, 400):
        upload(account, **{name: value() if callable(value) else value for name, value in given.items()})
    assert account.iam.list_server_certificates()["ServerCertificateMetadataList"] == []


def test_the_place_in_the_chain_is_told(account):
    served, middle = pki.certificate("served", "middle"), pki.certificate("middle", "authority")
    with refused("MalformedCertificate", 400, "index within the chain of the invalid certificate is: 1"):
        upload(account, certificate="served", CertificateBody=served, CertificateChain=middle + middle)
    with refused("MalformedCertificate", 400, "index within the chain of the invalid certificate is: 0"):
        upload(account, certificate="served", CertificateBody=served, CertificateChain=pki.certificate("authority"))


def test_a_chain_longer_than_any(account):
    root = pki.certificate("leaf")
    upload(account, CertificateChain=root * 32)  # it has signed itself
    with refused("MalformedCertificate", 400, "longer than 32"):
        upload(account, "two", CertificateChain=root * 33)


def test_elliptic_curves_and_older_forms_of_keys(account):
    body = pki.certificate("curve", kind="ec")
    old_form = pki.openssl("ecparam", "-name", "prime256v1") + pki.openssl("ec", "-in", pki.place("curve.key"))
    upload(account, certificate="curve", CertificateBody=body, PrivateKey=old_form)
    pki.certificate("leaf")
    upload(account, "rsa", PrivateKey=pki.openssl("rsa", "-traditional", "-in", pki.place("leaf.key")))


def test_it_is_authorized_by_its_arn(account):
    upload(account, "mine")
    upload(account, "theirs")
    bob = account.user("bob", allow("iam:*ServerCertificate*", account.arn("server-certificate/mine")))
    bob.iam.get_server_certificate(ServerCertificateName="mine")
    with denied("iam:GetServerCertificate"):
        bob.iam.get_server_certificate(ServerCertificateName="theirs")
