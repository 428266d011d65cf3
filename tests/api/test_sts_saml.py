"""AssumeRoleWithSAML: whose assertions are believed, for whom, until when, and everything that is not."""
import base64
import copy
import datetime
import hashlib
import json
import pathlib
import subprocess

import pytest
import raw
import xmlsec
from conftest import allow, document, refused, trust
from lxml import etree
from saml_idp import ACS, ASSERTION, DSIG, NS, Idp, encode

FEDERATED = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")
BAD = ("InvalidIdentityToken", 400)


@pytest.fixture(scope="session")
def idp(tmp_path_factory):
    return Idp(tmp_path_factory.mktemp("idp"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """Another provider of the same name, with a key of its own."""
    return Idp(tmp_path_factory.mktemp("stranger"))


class World:
    def __init__(self, account, idp, *statements, trusted=None, **more):
        self.account, self.idp = account, idp
        self.provider = account.iam.create_saml_provider(
            Name="idp", SAMLMetadataDocument=idp.metadata(), **more)["SAMLProviderArn"]
        self.role = account.role("app", trust({"Federated": self.provider}, FEDERATED, **(trusted or {})),
                                 *(statements or [allow("iam:ListRoles")]))
        # Nobody's client: the call carries no signature.
        self.sts = account.server.caller("AKIANOBODY", "x").sts

    def assume(self, assertion=None, **more):
        if assertion is None:
            assertion = self.idp.response(self.role, self.provider)
        if not isinstance(assertion, (str, bytes)):
            assertion = encode(assertion)
        return self.sts.assume_role_with_saml(**{"RoleArn": self.role, "PrincipalArn": self.provider,
                                                 "SAMLAssertion": assertion, **more})

    def said(self, what="assertion", **said):
        return self.assume(self.idp.response(self.role, self.provider, what, **said))


@pytest.fixture
def world(account, idp):
    return World(account, idp)


# --- what is accepted -------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["assertion", "response", "both"])
def test_a_signed_assertion_gives_a_session(world, what):
    answer = world.said(what)
    arn = world.account.arn("assumed-role/app/ana@example.com", "sts")
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert (answer["Subject"], answer["SubjectType"], answer["Issuer"], answer["Audience"]) == (
        "ana", "persistent", "urn:test:idp", ACS)
    qualifier = base64.b64encode(hashlib.sha1(f"urn:test:idp{world.account.number}/idp".encode()).digest())
    assert answer["NameQualifier"] == qualifier.decode()
    assert "PackedPolicySize" not in answer and "SourceIdentity" not in answer
    session = world.account.session(answer["Credentials"])
    assert session.sts.get_caller_identity()["Arn"] == arn
    session.iam.list_roles()
    with refused("AccessDenied", 403):
        session.iam.list_users()


def test_the_pair_may_stand_in_either_order_and_among_others(world):
    pairs = ["arn:aws:iam::123456789012:role/x,arn:aws:iam::123456789012:saml-provider/x",
             f" {world.provider} , {world.role} "]
    world.said(pairs=pairs)


@pytest.mark.parametrize("name_format,kind", [
    ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"),
    ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
     "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")])
def test_the_kind_of_the_subject(world, name_format, kind):
    assert world.said(name_format=name_format)["SubjectType"] == kind


@pytest.mark.parametrize("recipient", [ACS, "https://eu-west-1.signin.aws.amazon.com/saml",
                                       "https://signin.aws.amazon.com/static/saml",
                                       "https://us-east-1.signin.aws.amazon.com/saml/acs/SAMLSPXYZ123"])
def test_addresses_of_aws_are_ours(world, recipient):
    assert world.said(recipient=recipient)["Audience"] == recipient
    world.said(audience=recipient)


@pytest.mark.parametrize("recipient", [ACS + "/", "http://signin.aws.amazon.com/saml", "https://evil.example/saml",
                                       "https://a.b.signin.aws.amazon.com/saml", ACS + "?x", "",
                                       "https://signin.aws.amazon.com.evil.example/saml",
                                       "https://evil.example/signin.aws.amazon.com/saml",
                                       "https://signin.aws.amazon.com/saml/acs/"])
def test_other_recipients_are_refused(world, recipient):
    with refused(*BAD, "Recipient"):
        world.said(recipient=recipient)


def test_wrapped_lines_and_a_newline_at_the_end(world):
    text = world.idp.response(world.role, world.provider)
    world.assume("\n".join(text[i:i + 76] for i in range(0, len(text), 76)) + "\n")


def test_tags_source_identity_and_what_the_session_keeps(world):
    answer = world.said(**{"PrincipalTag:team": "blue", "TransitiveTagKeys": "team", "SourceIdentity": "ana"})
    assert answer["SourceIdentity"] == "ana" and answer["PackedPolicySize"] >= 1
    session = world.account.session(answer["Credentials"])
    name = answer["AssumedRoleUser"]["Arn"]

    def may(condition):
        world.account.iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=document(
            allow("iam:ListUsers", Condition=condition)))
        try:
            session.iam.list_users()
            return True
        except session.iam.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied", (name, error)
            return False
    assert may({"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ana",
                                 "aws:FederatedProvider": world.provider, "saml:sub": "ana",
                                 "saml:sub_type": "persistent", "saml:namequalifier": answer["NameQualifier"]}})
    assert not may({"StringEquals": {"aws:PrincipalTag/team": "red"}})
    assert not may({"StringLike": {"saml:aud": "*"}})  # known to the trust policy alone


def seconds(answer):
    left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    return left.total_seconds()


def test_the_shortest_duration_holds(world):
    world.account.iam.update_role(RoleName="app", MaxSessionDuration=7200)
    response = world.idp.response
    for said, asked, wanted in (({}, {}, 3600), ({}, {"DurationSeconds": 7200}, 7200),
                                ({"SessionDuration": "1800"}, {"DurationSeconds": 7200}, 1800),
                                ({"session_until": 1200}, {}, 1200), ({"SessionDuration": "7200"}, {}, 3600)):
        answer = world.assume(response(world.role, world.provider, **said), **asked)
        assert wanted - 30 < seconds(answer) <= wanted, (said, asked)
    with refused("ValidationError", 400, "MaxSessionDuration"):
        world.assume(DurationSeconds=7201)
    for wrong in ("899", "43201", "1h", "-1", "900.0"):
        with refused(*BAD, "SessionDuration"):
            world.said(SessionDuration=wrong)


def test_a_session_policy_bounds_it(account, idp):
    world = World(account, idp, allow("*"))
    answer = world.assume(Policy=document(allow("iam:ListUsers")))
    session = account.session(answer["Credentials"])
    session.iam.list_users()
    with refused("AccessDenied", 403):
        session.iam.list_roles()


TRUST_KEYS = {
    "saml:aud": ACS, "saml:iss": "urn:test:idp", "saml:sub": "ana", "saml:sub_type": "persistent",
    "saml:commonName": "Ana", "saml:mail": "ana@example.com", "saml:uid": "u1",
    "saml:edupersonprincipalname": "ana@x", "sts:RoleSessionName": "ana@example.com"}
SAID = {"urn:oid:2.5.4.3": "Ana", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "ana@example.com",
        "urn:oid:0.9.2342.19200300.100.1.1": "u1", "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "ana@x",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["staff", "member"]}


def test_the_trust_policy_can_ask_what_was_said(account, idp):
    condition = {"StringEquals": {**TRUST_KEYS, "saml:doc": f"{account.number}/idp"},
                 "ForAnyValue:StringEquals": {"saml:edupersonaffiliation": "staff", "saml:cn": "Ana"}}
    world = World(account, idp, trusted={"Condition": condition})
    world.said(**SAID)
    with refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML"):
        world.said(**{**SAID, "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["student"]})
    with refused("AccessDenied", 403):
        world.said(**{**SAID, "subject": "eve"})


def test_the_trust_policy_decides(world):
    for action in ("sts:TagSession", "sts:SetSourceIdentity", "sts:AssumeRoleWithSAML"):
        world.account.iam.update_assume_role_policy(RoleName="app", PolicyDocument=trust(
            {"Federated": world.provider}, [one for one in FEDERATED if one != action]))
        with refused("AccessDenied", 403, f"Not authorized to perform {action}"):
            world.said(**{"PrincipalTag:team": "blue", "SourceIdentity": "ana"})
    world.account.iam.update_assume_role_policy(RoleName="app", PolicyDocument=trust(
        {"AWS": world.account.number}, ["sts:*"]))
    with refused("AccessDenied", 403):
        world.said()


def test_certificates_are_rolled_over(account, idp, stranger):
    both = idp.metadata(idp.certificate, stranger.certificate)
    provider = account.iam.create_saml_provider(Name="idp", SAMLMetadataDocument=both)["SAMLProviderArn"]
    role = account.role("app", trust({"Federated": provider}, FEDERATED))

    def by(one):
        return account.sts.assume_role_with_saml(RoleArn=role, PrincipalArn=provider,
                                                 SAMLAssertion=one.response(role, provider))
    by(idp)
    by(stranger)
    account.iam.update_saml_provider(SAMLProviderArn=provider, SAMLMetadataDocument=stranger.metadata())
    by(stranger)
    with refused(*BAD, "Response signature invalid"):
        by(idp)


@pytest.mark.parametrize("key,method", [("ec:P-256", "ECDSA_SHA256"), ("ec:P-384", "ECDSA_SHA384"),
                                        ("rsa:3072", "RSA_SHA512")])
def test_other_keys_and_digests(account, tmp_path, key, method):
    world = World(account, Idp(tmp_path, key=key))
    tree = world.idp.tree(world.role, world.provider)
    world.idp.sign(tree.find("a:Assertion", NS), method=getattr(xmlsec.Transform, method),
                   digest=xmlsec.Transform.SHA512)
    world.assume(tree)


def test_the_trail_names_who_came(world):
    answer = world.said()
    record = world.account.server.trail(answer["ResponseMetadata"]["RequestId"])
    who = record["userIdentity"]
    assert (who["type"], who["userName"], who["identityProvider"]) == ("SAMLUser", "ana", "urn:test:idp")
    assert who["principalId"] == answer["NameQualifier"] + ":ana"
    assert world.idp.certificate not in json.dumps(record) and "saml:" not in json.dumps(
        record.get("requestParameters", {}))


# --- encryption -------------------------------------------------------------------------------------


def update(account, provider, **members):
    """Members newer than the tests' boto3."""
    answer = raw.call(account, "UpdateSAMLProvider", raw.IAM, service="iam", parameters={
        "SAMLProviderArn": provider, **members})
    assert answer.status == 200, answer.body


@pytest.fixture
def sealed(account, idp, tmp_path):
    """A provider whose assertions we can open; .receiver has the key."""
    receiver = Idp(tmp_path, key="rsa:3072")
    world = World(account, idp)
    update(account, world.provider, AddPrivateKey=receiver.key_file.read_text(), AssertionEncryptionMode="Required")
    world.receiver = receiver
    return world


@pytest.mark.parametrize("cipher,bits", [("AES128", 128), ("AES256", 256), ("AES128_GCM", 128), ("AES256_GCM", 256)])
@pytest.mark.parametrize("what", ["assertion", "response"])
def test_encrypted_assertions(sealed, cipher, bits, what):
    tree = sealed.idp.tree(sealed.role, sealed.provider)
    if what == "assertion":
        sealed.idp.sign(tree.find("a:Assertion", NS))
    sealed.idp.encrypt(tree, sealed.receiver.cert_file, getattr(xmlsec.Transform, cipher), bits)
    if what == "response":
        sealed.idp.sign(tree)
    assert sealed.assume(tree)["Subject"] == "ana"


def test_what_is_encrypted_keeps_its_prefixes(sealed):
    """A signature without a prefix, as some providers write it; a prefix that is declared outside alone."""
    tree = sealed.idp.tree(sealed.role, sealed.provider)
    sealed.idp.sign(tree.find("a:Assertion", NS), ns=None)
    text = etree.tostring(tree.find("a:Assertion", NS)).replace(f' xmlns:saml="{ASSERTION}"'.encode(), b"", 1)
    assert b"<Signature xmlns=" in text and b"xmlns:saml=" not in text
    for plain in (text, text.replace(b"<saml:Assertion ", f'<saml:Assertion xmlns:saml="{ASSERTION}" '.encode())):
        holder = sealed.idp.tree(sealed.role, sealed.provider)
        sealed.idp.encrypt(holder, sealed.receiver.cert_file, plain=plain)
        assert sealed.assume(holder)["Subject"] == "ana"


def test_encryption_is_required_when_the_provider_says_so(sealed):
    with refused(*BAD, "requires encrypted"):
        sealed.said()
    update(sealed.account, sealed.provider, AssertionEncryptionMode="Allowed")
    sealed.said()


def test_encrypted_is_not_signed(sealed, idp):
    opened = "The encrypted assertion cannot be opened and verified"
    with refused(*BAD, opened):
        sealed.assume(idp.encrypt(idp.tree(sealed.role, sealed.provider), sealed.receiver.cert_file))
    with refused(*BAD, opened):  # for somebody else
        sealed.assume(idp.encrypt(idp.signed(sealed.role, sealed.provider), idp.cert_file))
    tree = idp.encrypt(idp.signed(sealed.role, sealed.provider), sealed.receiver.cert_file)
    value = tree.findall(".//x:CipherValue", NS)[-1]
    raw = bytearray(base64.b64decode(value.text))
    raw[-1] ^= 1
    value.text = base64.b64encode(raw).decode()
    with refused(*BAD, opened):
        sealed.assume(tree)


def test_pkcs1_key_transport_is_refused(sealed, idp):
    with refused(*BAD):
        sealed.assume(idp.encrypt(idp.signed(sealed.role, sealed.provider), sealed.receiver.cert_file,
                                  transport=xmlsec.Transform.RSA_PKCS1))


# --- signatures that cover something else -----------------------------------------------------------


def evil(assertion, new_id="_evil"):
    """The attacker's copy: another person, no signature."""
    made = copy.deepcopy(assertion)
    made.set("ID", new_id)
    for signature in made.findall("ds:Signature", NS):
        made.remove(signature)
    made.find(".//a:NameID", NS).text = "admin"
    return made


def wrap_1(tree, assertion, forged):  # the evil Response holds the signed one in its signature
    original = copy.deepcopy(tree)
    signature = tree.find("ds:Signature", NS)
    for inner in original.findall("ds:Signature", NS):
        original.remove(inner)
    signature.append(original)
    tree.set("ID", "_evil_response")
    tree.replace(assertion, forged)


def wrap_2(tree, assertion, forged):  # the signed Response beside, under the evil root
    original = copy.deepcopy(tree)
    tree.set("ID", "_evil_response")
    tree.replace(assertion, forged)
    tree.insert(0, original)


def wrap_3(tree, assertion, forged):  # evil assertion first
    assertion.addprevious(forged)


def wrap_4(tree, assertion, forged):  # the signed one inside the evil one
    tree.replace(assertion, forged)
    forged.append(assertion)


def wrap_5(tree, assertion, forged):  # the evil one takes the signature, the original comes last
    signature = assertion.find("ds:Signature", NS)
    assertion.remove(signature)
    forged.insert(1, signature)
    assertion.addprevious(forged)


def wrap_6(tree, assertion, forged):  # the evil one takes the signature, which holds the original
    signature = assertion.find("ds:Signature", NS)
    tree.replace(assertion, forged)
    assertion.remove(signature)
    forged.insert(1, signature)
    signature.append(assertion)


def wrap_7(tree, assertion, forged):  # the evil one in Extensions, with the same ID
    forged.set("ID", assertion.get("ID"))
    holder = etree.Element(f"{{{NS['p']}}}Extensions")
    holder.append(forged)
    tree.insert(1, holder)


def wrap_8(tree, assertion, forged):  # the original in an Object of the evil one's signature
    signature = assertion.find("ds:Signature", NS)
    tree.replace(assertion, forged)
    assertion.remove(signature)
    forged.insert(1, signature)
    etree.SubElement(signature, f"{{{DSIG}}}Object").append(assertion)


WRAPS = [wrap_1, wrap_2, wrap_3, wrap_4, wrap_5, wrap_6, wrap_7, wrap_8]


@pytest.mark.parametrize("wrap", WRAPS, ids=lambda wrap: wrap.__name__)
@pytest.mark.parametrize("same_id", [False, True])
def test_the_eight_wrapping_shapes_are_refused(world, wrap, same_id):
    tree = world.idp.signed(world.role, world.provider, "response" if wrap in (wrap_1, wrap_2) else "assertion")
    world.assume(tree)
    tree = etree.fromstring(etree.tostring(tree))
    assertion = tree.find("a:Assertion", NS)
    wrap(tree, assertion, evil(assertion, "_a1" if same_id else "_evil"))
    assert b"admin" in etree.tostring(tree)
    with refused(*BAD):
        world.assume(tree)


def test_an_unsigned_assertion_beside_a_signed_one(world):
    for place in ("first", "last"):
        tree = world.idp.signed(world.role, world.provider)
        assertion = tree.find("a:Assertion", NS)
        getattr(assertion, "addprevious" if place == "first" else "addnext")(evil(assertion))
        with refused(*BAD, "invalid SAML response"):
            world.assume(tree)


def test_two_signed_assertions(world):
    tree = world.idp.signed(world.role, world.provider)
    second = copy.deepcopy(world.idp.tree(world.role, world.provider).find("a:Assertion", NS))
    second.set("ID", "_a2")
    tree.append(second)
    world.idp.sign(second)
    with refused(*BAD, "invalid SAML response"):
        world.assume(tree)


def test_nothing_signed(world):
    with refused(*BAD, "Response signature invalid"):
        world.assume(world.idp.tree(world.role, world.provider))


def test_signed_by_a_key_only_the_message_knows(world, stranger):
    with refused(*BAD, "Response signature invalid"):
        world.assume(stranger.response(world.role, world.provider))
    tree = world.idp.signed(world.role, world.provider)  # one good signature does not excuse a bad one
    stranger.sign(tree)
    with refused(*BAD, "Response signature invalid"):
        world.assume(tree)


def test_any_change_of_what_is_signed(world):
    tree = world.idp.signed(world.role, world.provider)
    tree.find(".//a:NameID", NS).text = "anb"
    with refused(*BAD, "Response signature invalid"):
        world.assume(tree)


@pytest.mark.parametrize("how", [
    {"method": xmlsec.Transform.RSA_SHA1}, {"digest": xmlsec.Transform.SHA1},
    {"c14n": xmlsec.Transform.C14N}, {"c14n": xmlsec.Transform.EXCL_C14N_COMMENTS}, {"reference": ""},
    {"transforms": [xmlsec.Transform.ENVELOPED]},
    {"transforms": [xmlsec.Transform.ENVELOPED, xmlsec.Transform.EXCL_C14N_COMMENTS]},
    ],
    ids=["sha1", "digest-sha1", "c14n", "with-comments", "whole-document", "one-transform", "comments-transform"])
def test_signatures_of_another_form_are_refused(world, how):
    tree = world.idp.tree(world.role, world.provider)
    world.idp.sign(tree if how.get("reference") == "" else tree.find("a:Assertion", NS), **how)
    with refused(*BAD):
        world.assume(tree)


# --- hostile XML ------------------------------------------------------------------------------------


def test_a_comment_inside_the_name(world):
    tree = world.idp.tree(world.role, world.provider, subject="admin@x<!-- -->.evil.example")
    world.idp.sign(tree.find("a:Assertion", NS))
    with refused(*BAD, "invalid SAML response"):
        world.assume(tree)
    tree = world.idp.signed(world.role, world.provider, subject="admin@x.evil.example")
    name = tree.find(".//a:NameID", NS)  # canonical form has no comments: the signature still verifies
    name.text = "admin@x"
    comment = etree.Comment(" ")
    comment.tail = ".evil.example"
    name.append(comment)
    with refused(*BAD, "invalid SAML response"):
        world.assume(tree)


LAUGHS = '<!DOCTYPE r [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) + "]>"


@pytest.mark.parametrize("doctype", [
    LAUGHS, '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "<!DOCTYPE r>",
    '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">', '<!DOCTYPE r [<!ATTLIST Assertion ID ID #IMPLIED>]>'])
def test_document_types_and_entities(world, doctype):
    text = etree.tostring(world.idp.signed(world.role, world.provider))
    with refused(*BAD) as said:
        world.assume(base64.b64encode(doctype.encode() + text).decode())
    assert "document type" in said.headers["x-mantle-detail"]
    used = text.replace(b">ana<", b">&j;<")
    with refused(*BAD):
        world.assume(base64.b64encode(doctype.encode() + used).decode())


def test_wrong_name_spaces(world):
    text = etree.tostring(world.idp.tree(world.role, world.provider))
    for old, new in ((ASSERTION, "urn:oasis:names:tc:SAML:1.0:assertion"), (NS["p"], "urn:x"),
                     (ASSERTION, ASSERTION + "#")):
        tree = etree.fromstring(text.replace(old.encode(), new.encode()))
        world.idp.sign(tree)
        with refused(*BAD):
            world.assume(tree)


def test_equal_and_foreign_ids(world):
    tree = world.idp.signed(world.role, world.provider)
    tree.set("ID", "_a1")
    with refused(*BAD):
        world.assume(tree)
    tree = world.idp.signed(world.role, world.provider)
    tree.find("p:Status", NS).set("{http://www.w3.org/XML/1998/namespace}id", "_a1")
    with refused(*BAD):
        world.assume(tree)


def test_what_is_no_response(world):
    for text in ("AAAA", "PGE+", encode(b"<a" + b"><a" * 300 + b"/>"), encode(b"\xff\xfe<\0a\0/\0>\0"),
                 encode(world.idp.tree(world.role, world.provider).find("a:Assertion", NS))):
        with refused(*BAD):
            world.assume(text)
    good = world.idp.response(world.role, world.provider)
    for text in (good[:-1], good[:-5], good + "A", "*" + good[1:], good[:40] + "=" + good[41:]):
        with refused(*BAD):
            world.assume(text)


def test_the_longest_assertion_and_one_character_more(world):
    tree = world.idp.tree(world.role, world.provider, **{"urn:x:filler": "y"})
    filler = tree.findall(".//a:AttributeValue", NS)[-1]
    size = len(etree.tostring(world.idp.sign(copy.deepcopy(tree).find("a:Assertion", NS)).getparent()))
    filler.text = "y" * (75000 - size + 1 - 1)
    for _ in range(3):  # the length of what is signed does not depend on it
        signed = copy.deepcopy(tree)
        world.idp.sign(signed.find("a:Assertion", NS))
        missing = 75000 - len(etree.tostring(signed))
        if missing == 0:
            break
        filler.text += "y" * missing if missing > 0 else ""
        filler.text = filler.text[:missing] if missing < 0 else filler.text
    text = encode(signed)
    assert len(text) == 100000
    world.assume(text)
    with refused("ValidationError", 400, "less than or equal to 100000"):
        world.assume(text + "\n")


def test_very_many_attributes_and_ids(world):
    many = {f"urn:x:{i}": "v" for i in range(513)}
    with refused(*BAD, "invalid SAML response"):
        world.said(**many)
    tags = {f"PrincipalTag:k{i}": "v" for i in range(51)}
    with refused(*BAD, "PrincipalTag"):
        world.said(**tags)


# --- what it says -----------------------------------------------------------------------------------


def test_times(world):
    with refused("ExpiredTokenException", 400, "expired"):
        world.said(until=-1)
    with refused("ExpiredTokenException", 400, "expired"):
        world.said(session_until=-1)
    with refused(*BAD, "not valid yet"):
        world.said(since=120)
    world.said(since=30)  # the provider's clock may be a minute ahead


def test_audience_issuer_and_status(world):
    with refused(*BAD, "Response does not contain the required audience."):
        world.said(audience="urn:somebody:else")
    with refused(*BAD, "Issuer not present in specified provider"):
        world.said(issuer="urn:other")
    failed = "urn:oasis:names:tc:SAML:2.0:status:Responder"
    with refused("IDPRejectedClaim", 403, failed):
        world.said(status=failed)
    tree = world.idp.tree(world.role, world.provider, status=failed)
    tree.remove(tree.find("a:Assertion", NS))
    with refused("IDPRejectedClaim", 403, failed):
        world.assume(tree)


def test_roles_and_names(world):
    for pairs in ([f"{world.role}x,{world.provider}"], [world.role], [f"{world.role},{world.provider},x"], ["x"]):
        with refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML"):
            world.said(pairs=pairs)
    with refused(*BAD, "RoleSessionName is required in AuthnResponse"):
        world.said(session=None)
    for session in ("a", "a b", "x" * 65, "ä" * 4):
        with refused(*BAD, "RoleSessionName in AuthnResponse must match"):
            world.said(session=session)
    for identity in ("a", "aws:x", "x y", "x" * 65):
        with refused(*BAD, "Source Identity must match"):
            world.said(SourceIdentity=identity)
    with refused(*BAD, "PrincipalTag"):
        world.said(**{"PrincipalTag:team": ["a", "b"]})
    with refused(*BAD, "appears twice"):
        world.said(**{"PrincipalTag:team": "a", "PrincipalTag:TEAM": "b"})


def test_the_provider_must_be_of_the_roles_account(world, other, idp):
    theirs = World(other, idp)
    missing = "Specified provider doesn't exist"
    with refused(*BAD, missing):
        world.assume(idp.response(world.role, theirs.provider), PrincipalArn=theirs.provider)
    with refused(*BAD, missing):
        world.assume(PrincipalArn=world.provider + "x")
    with refused(*BAD, missing):
        world.assume(PrincipalArn=world.role)
    with refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML"):
        world.assume(idp.response(world.role + "x", world.provider), RoleArn=world.role + "x")
    world.account.iam.delete_saml_provider(SAMLProviderArn=world.provider)
    with refused(*BAD, missing):
        world.assume()


# --- the helper process -----------------------------------------------------------------------------


def children(process):
    return pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def test_nothing_of_the_helper_is_left(world):
    world.said()
    assert children(world.account.server.process) == []


def test_the_helper_may_do_nothing_but_read_and_write():
    """It answers nonsense with an end, not with a shell; by hand it does no more."""
    from conftest import BUILD
    done = subprocess.run([BUILD / "mantle-saml"], input=b"nonsense", capture_output=True, timeout=30)
    assert (done.returncode, done.stdout) == (1, b"")
