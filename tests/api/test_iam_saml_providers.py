"""SAML providers: what metadata is taken, what is shown of it, keys, tags, limits."""
import datetime
import re

import pytest
import raw
from conftest import allow, refused
from saml_idp import METADATA, PROTOCOL, Idp, at

INVALID = ("InvalidInput", 400)
PARSE = (*INVALID, "Could not parse metadata")


@pytest.fixture(scope="session")
def idp(tmp_path_factory):
    return Idp(tmp_path_factory.mktemp("idp"))


def test_made_shown_changed_and_deleted(account, idp):
    iam = account.iam
    document = idp.metadata() + "\n<!-- as submitted -->"
    made = iam.create_saml_provider(Name="Corp.idp-1_x", SAMLMetadataDocument=document,
                                    Tags=[{"Key": "team", "Value": "blue"}])
    arn = made["SAMLProviderArn"]
    assert arn == account.arn("saml-provider/Corp.idp-1_x")
    assert made["Tags"] == [{"Key": "team", "Value": "blue"}]
    got = iam.get_saml_provider(SAMLProviderArn=arn)
    assert got["SAMLMetadataDocument"] == document
    uuid = call(account, "GetSAMLProvider", SAMLProviderArn=arn).tag("SAMLProviderUUID")
    assert re.fullmatch(r"[A-Z0-9]{22,64}", uuid)
    assert got["ValidUntil"].year - got["CreateDate"].year in (99, 100, 101)
    assert got["Tags"] == made["Tags"]
    assert iam.list_saml_providers()["SAMLProviderList"] == [
        {"Arn": arn, "ValidUntil": got["ValidUntil"], "CreateDate": got["CreateDate"]}]
    assert iam.get_account_summary()["SummaryMap"]["Providers"] == 1
    with refused("EntityAlreadyExists", 409):
        iam.create_saml_provider(Name="corp.IDP-1_x", SAMLMetadataDocument=document)
    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=9)
    newer = idp.metadata(validUntil=until.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=newer)["SAMLProviderArn"] == arn
    again = iam.get_saml_provider(SAMLProviderArn=arn)
    assert (again["SAMLMetadataDocument"], again["ValidUntil"]) == (newer, until)
    assert call(account, "GetSAMLProvider", SAMLProviderArn=arn).tag("SAMLProviderUUID") == uuid
    iam.delete_saml_provider(SAMLProviderArn=arn)
    with refused("NoSuchEntity", 404, f"Manifest not found for arn {arn}"):
        iam.get_saml_provider(SAMLProviderArn=arn)
    assert iam.list_saml_providers()["SAMLProviderList"] == []


def test_tags(account, idp):
    iam = account.iam
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=idp.metadata())["SAMLProviderArn"]
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["a"])
    assert iam.list_saml_provider_tags(SAMLProviderArn=arn)["Tags"] == [{"Key": "b", "Value": ""}]
    with refused("LimitExceeded", 409):
        iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(50)])
    tagged = account.user("tagged", allow("iam:GetSAMLProvider", Condition={
        "StringEquals": {"aws:ResourceTag/b": ""}}))
    tagged.iam.get_saml_provider(SAMLProviderArn=arn)
    with refused("AccessDenied", 403):
        tagged.iam.list_saml_provider_tags(SAMLProviderArn=arn)


def test_nobody_sees_anothers(account, other, idp):
    arn = account.iam.create_saml_provider(Name="idp", SAMLMetadataDocument=idp.metadata())["SAMLProviderArn"]
    with refused("AccessDenied", 403):
        other.iam.get_saml_provider(SAMLProviderArn=arn)
    assert other.iam.list_saml_providers()["SAMLProviderList"] == []


def wrong(account, document, detail):
    with refused(*PARSE) as said:
        account.iam.create_saml_provider(Name="idp", SAMLMetadataDocument=document + " " * 1000)
    assert detail in said.headers["x-mantle-detail"]


def test_metadata_that_is_none(account, idp):
    good = idp.metadata()
    wrong(account, "{}", "well-formed")
    wrong(account, good[:-3], "well-formed")
    wrong(account, '<!DOCTYPE r [<!ENTITY a "b">]>' + good, "document type")
    wrong(account, good.replace(METADATA, "urn:x"), "EntityDescriptor")
    wrong(account, f'<EntitiesDescriptor xmlns="{METADATA}">{good}</EntitiesDescriptor>', "EntityDescriptor")
    wrong(account, good.replace('entityID="urn:test:idp"', ""), "entityID")
    wrong(account, good.replace(PROTOCOL, "urn:oasis:names:tc:SAML:1.1:protocol"), "IDPSSODescriptor")
    wrong(account, good.replace('use="signing"', 'use="encryption"'), "no certificate")
    wrong(account, good.replace(idp.certificate, "AAAA"), "X509Certificate")
    wrong(account, good.replace(idp.certificate, "*" * 40), "base64")
    wrong(account, idp.metadata(validUntil=at(-1)), "past")
    wrong(account, idp.metadata(validUntil="tomorrow"), "time")
    wrong(account, idp.metadata(more='<x ID="_1"/><y ID="_1"/>'), "same ID")
    with refused("ValidationError", 400, "greater than or equal to 1000"):
        account.iam.create_saml_provider(Name="idp", SAMLMetadataDocument="x" * 999)
    with refused("ValidationError", 400):
        account.iam.create_saml_provider(Name="a/b", SAMLMetadataDocument=good)


def test_small_keys_are_refused(account, tmp_path):
    wrong(account, Idp(tmp_path, key="rsa:1024").metadata(), "2048")


def test_ten_certificates_and_one_more(account, tmp_path, idp):
    texts = []
    for i in range(11):
        (tmp_path / str(i)).mkdir()
        texts.append(Idp(tmp_path / str(i), key="ec:P-256").certificate)
    account.iam.create_saml_provider(Name="ten", SAMLMetadataDocument=idp.metadata(*texts[:10], *texts[:3]))
    wrong(account, idp.metadata(*texts), "more than 10")


def test_a_hundred_providers_and_one_more(account, idp):
    for i in range(100):
        account.iam.create_saml_provider(Name=f"p{i}", SAMLMetadataDocument=idp.metadata())
    with refused("LimitExceeded", 409, "Cannot exceed quota for SAMLProvidersPerAccount: 100"):
        account.iam.create_saml_provider(Name="p100", SAMLMetadataDocument=idp.metadata())
    assert len(account.iam.list_saml_providers()["SAMLProviderList"]) == 100


def call(caller, action, fails=None, **parameters):
    """Members newer than the tests' boto3; fails: the error's code and the start of its text."""
    answer = raw.call(caller, action, raw.IAM, service="iam", parameters=parameters)
    if fails is None:
        assert answer.status == 200, answer.body
    else:
        assert answer.code == fails[0] and answer.message.startswith(fails[1]), answer.body
    return answer


def test_private_keys(account, idp, tmp_path):
    document, pem = idp.metadata(), idp.key_file.read_text()
    needs_key = ("InvalidInput", "Unable to set assertion encryption mode to Required because no private key is provided.")
    call(account, "CreateSAMLProvider", needs_key, Name="idp", SAMLMetadataDocument=document,
         AssertionEncryptionMode="Required")
    for bad in ("x", pem[:200], Idp(tmp_path, key="ec:P-256").key_file.read_text(),
                Idp(tmp_path, key="rsa:1024").key_file.read_text()):
        call(account, "CreateSAMLProvider", ("InvalidInput", "Invalid private key."), Name="idp",
             SAMLMetadataDocument=document, AddPrivateKey=bad)
    call(account, "CreateSAMLProvider", ("ValidationError", "1 validation error"), Name="idp",
         SAMLMetadataDocument=document, AssertionEncryptionMode="Sometimes")
    arn = call(account, "CreateSAMLProvider", Name="idp", SAMLMetadataDocument=document, AddPrivateKey=pem,
               AssertionEncryptionMode="Required").tag("SAMLProviderArn")

    def update(fails=None, **parameters):
        call(account, "UpdateSAMLProvider", fails, SAMLProviderArn=arn, **parameters)

    def keys():
        return re.findall("<KeyId>([A-Z0-9]{22,64})</KeyId><Timestamp>", call(
            account, "GetSAMLProvider", SAMLProviderArn=arn).body)
    assert call(account, "GetSAMLProvider", SAMLProviderArn=arn).tag("AssertionEncryptionMode") == "Required"
    [first] = keys()
    update(needs_key, RemovePrivateKey=first)
    update(("InvalidInput", "Unable to add and remove private keys in the same request."), AddPrivateKey=pem,
           RemovePrivateKey=first)
    update(("InvalidInput", "Unable to update identity provider. No updates are defined"))
    update(AddPrivateKey=pem)
    update(("LimitExceeded", "Private key limit of 2 is reached."), AddPrivateKey=pem)
    update(RemovePrivateKey=first)
    assert len(keys()) == 1 and first not in keys()
    update(("InvalidInput", "Failed to remove private key because the Key ID does not match a private key."),
           RemovePrivateKey=first)
    update(AssertionEncryptionMode="Allowed")
    update(RemovePrivateKey=keys()[0])
    assert keys() == []


def test_a_private_key_is_stored_wrapped_and_recorded_nowhere(own_server, idp):
    call(own_server.root(), "CreateSAMLProvider", Name="idp", SAMLMetadataDocument=idp.metadata(),
         AddPrivateKey=idp.key_file.read_text())
    line = idp.key_file.read_text().split("\n")[14].encode()
    own_server.stop()
    files = [path for path in own_server.data.rglob("*") if path.is_file()]
    assert any(b"urn:test:idp" in path.read_bytes() for path in files)
    assert [path for path in files if line in path.read_bytes()] == []
    assert line not in own_server.log_path.read_bytes()
    own_server.start()


# --- long metadata ------------------------------------------------------------------------------------


def long_form(idp, length, action="CreateSAMLProvider", **named):
    """(a body that brings metadata, its document), the document of that many characters."""
    short = idp.metadata().rstrip() + "<!--PAD-->"
    filler = "x" * (length - len(short) + 3)
    text = raw.form(action, raw.IAM, SAMLMetadataDocument=short, **(named or {"Name": f"long{length}"}))
    return text.replace("PAD", filler), short.replace("PAD", filler)


@pytest.mark.parametrize("action", ["CreateSAMLProvider", "UpdateSAMLProvider"])
def test_the_longest_metadata_and_one_character_more(account, idp, action):
    arn, named = account.arn("saml-provider/long10000000"), {}
    if action == "UpdateSAMLProvider":
        account.iam.create_saml_provider(Name="long10000000", SAMLMetadataDocument=idp.metadata())
        named = {"SAMLProviderArn": arn}
    body, document = long_form(idp, 10_000_000, action, **named)
    assert len(document) == 10_000_000
    answer = raw.send(account.server, headers=raw.sign_headers(account, body, service="iam"), body=body, timeout=60)
    assert answer.status == 200, answer.body
    body, _ = long_form(idp, 10_000_001, action, **named)
    answer = raw.send(account.server, headers=raw.sign_headers(account, body, service="iam"), body=body)
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert answer.message == ("1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy "
                              "constraint: Member must have length less than or equal to 10000000")
    assert call(account, "GetSAMLProvider", SAMLProviderArn=arn).tag("SAMLMetadataDocument") == document


def test_who_may_send_a_long_body(account, idp):
    """It is announced; the answer comes before any of it is sent."""
    def announce(caller, length, **how):
        head = raw.sign_headers(caller, "x", **{"service": "iam", **how})
        head["content-length"] = str(length)
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        try:
            return raw.bytes_in(account.server, f"POST / HTTP/1.1\r\n{lines}connection: close\r\n\r\n".encode(), timeout=5)
        except TimeoutError:
            return b""
    large, largest = 1 << 20, 32 << 20
    refusal = b"<Code>RequestEntityTooLarge</Code>"
    unknown = account.server.caller("AKIAUNKNOWNUNKNOWN00", "x")
    off = account.user("off")
    account.iam.update_access_key(UserName="off", AccessKeyId=off.key, Status="Inactive")
    session = account.session(account.sts.get_session_token()["Credentials"])
    forged = account.server.caller(session.key, "x", session.token[:-8] + "AAAAAAA=")
    for caller in (unknown, off, forged):
        assert refusal in announce(caller, large + 1)
    assert refusal in announce(account, largest + 1)
    assert refusal in announce(account, large + 1, service="sts")
    assert refusal in announce(account, large + 1, when=raw.stamp(-1000))
    for caller in (account, session):
        assert announce(caller, large + 1) == b""  # it waits for the body
