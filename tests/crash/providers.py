"""The part of a worker's world that came with federation: identity providers, MFA devices, certificates.

Each kind is a row: how it is named in requests, what makes, changes and removes it, how it is read.
"""
import copy
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))
import pki  # noqa: E402

METADATA = [(HERE.parent / "fuzz/corpus/metadata" / name).read_text()
            for name in ("saml-idp.metadata.xml", "simplesamlphp.metadata.xml")]
PROVIDER_KINDS = ("oidc", "saml", "mfa", "cert")
TAGGED = {"oidc": ("OpenIDConnectProvider", "OpenIDConnectProviderArn"), "saml": ("SAMLProvider", "SAMLProviderArn"),
          "mfa": ("MFADevice", "SerialNumber"), "cert": ("ServerCertificate", "ServerCertificateName")}


class Anything:
    def __eq__(self, other):
        return True

    def __repr__(self):
        return "anything"


ANYTHING = Anything()


class Refused(Exception):
    """The model's word for: the server must answer with this error and change nothing."""


class Operation:
    """A request, and what it does to a state (in place): apply(state, answer), answer None when
    none came."""

    def __init__(self, action, parameters, apply):
        self.action, self.parameters, self.apply = action, parameters, apply

    def after(self, state, answer=None):
        """The state after it, or Refused."""
        fresh = copy.deepcopy(state)
        self.apply(fresh, answer)
        return fresh


class Providers:
    """For a Worker, which has index, account, path, dice, state, some() and tags()."""

    @staticmethod
    def get(state, kind, name):
        if (kind, name) not in state:
            raise Refused("NoSuchEntity")
        return state[kind, name]

    def handle(self, kind, name):
        """What names the thing in a request."""
        return {"oidc": f"arn:aws:iam::{self.account}:oidc-provider/{name}.example.com",
                "saml": f"arn:aws:iam::{self.account}:saml-provider/{name}",
                "mfa": f"arn:aws:iam::{self.account}:mfa{self.path}{name}", "cert": name}[kind]

    def thumbprints(self):
        return [f"{self.dice.randrange(16 ** 40):040x}" for _ in range(1 + self.dice.randrange(3))]

    def made(self, kind, name):
        """(parameters, the thing) of a creation."""
        thing = {"id": name, "tags": self.tags()}
        if kind == "oidc":
            thing.update(clients=[f"client-{self.dice.randrange(4)}"], thumbs=self.thumbprints())
            return "CreateOpenIDConnectProvider", {
                "Url": f"https://{name}.example.com", "ClientIDList": thing["clients"],
                "ThumbprintList": thing["thumbs"], "Tags": thing["tags"]}, thing
        if kind == "saml":
            thing["metadata"] = self.dice.choice(METADATA)
            return "CreateSAMLProvider", {
                "Name": name, "SAMLMetadataDocument": thing["metadata"], "Tags": thing["tags"]}, thing
        if kind == "mfa":
            thing.update(user=None, seed=None)
            return "CreateVirtualMFADevice", {
                "VirtualMFADeviceName": name, "Path": self.path, "Tags": thing["tags"]}, thing
        thing["body"] = pki.certificate("crash", kind="ec").strip()
        return "UploadServerCertificate", {
            "ServerCertificateName": name, "Path": self.path, "CertificateBody": thing["body"],
            "PrivateKey": pki.key("crash", "ec"), "Tags": thing["tags"]}, thing

    def create_provider(self, kind):
        name = self.name(kind)
        action, parameters, thing = self.made(kind, name)

        def apply(state, answer):
            if (kind, name) in state:
                raise Refused("EntityAlreadyExists")
            state[kind, name] = dict(thing, tags=dict(thing["tags"]))
            if kind == "mfa" and answer is not None:
                state[kind, name]["seed"] = answer.text("Base32StringSeed")
        return Operation(action, parameters, apply)

    def delete_provider(self, kind):
        name = self.some(kind)

        def apply(state, _):
            if self.get(state, kind, name).get("user"):
                raise Refused("DeleteConflict")
            del state[kind, name]
        noun, parameter = TAGGED[kind]
        return Operation("DeleteVirtualMFADevice" if kind == "mfa" else f"Delete{noun}",
                         {parameter: self.handle(kind, name)}, apply)

    def tag_provider(self, kind):
        name, tags = self.some(kind), self.tags()
        noun, parameter = TAGGED[kind]

        def apply(state, _):
            self.get(state, kind, name)["tags"].update(tags)
        return Operation(f"Tag{noun}", {parameter: self.handle(kind, name), "Tags": tags}, apply)

    def change_clients(self):
        name, client = self.some("oidc"), f"client-{self.dice.randrange(4)}"
        adds = self.dice.random() < 0.6

        def apply(state, _):
            clients = self.get(state, "oidc", name)["clients"]
            clients[:] = sorted({*clients, client} if adds else {*clients} - {client})
        return Operation("AddClientIDToOpenIDConnectProvider" if adds else "RemoveClientIDFromOpenIDConnectProvider",
                         {"OpenIDConnectProviderArn": self.handle("oidc", name), "ClientID": client}, apply)

    def change_thumbprints(self):
        name, thumbs = self.some("oidc"), self.thumbprints()

        def apply(state, _):
            self.get(state, "oidc", name)["thumbs"] = thumbs
        return Operation("UpdateOpenIDConnectProviderThumbprint",
                         {"OpenIDConnectProviderArn": self.handle("oidc", name), "ThumbprintList": thumbs}, apply)

    def change_metadata(self):
        name, text = self.some("saml"), self.dice.choice(METADATA)

        def apply(state, _):
            self.get(state, "saml", name)["metadata"] = text
        return Operation("UpdateSAMLProvider",
                         {"SAMLProviderArn": self.handle("saml", name), "SAMLMetadataDocument": text}, apply)

    def provider_choices(self):
        out = [(1, lambda k=k: self.create_provider(k)) for k in PROVIDER_KINDS]
        out += [(1, lambda k=k: self.delete_provider(k)) for k in PROVIDER_KINDS]
        out += [(1, lambda k=k: self.tag_provider(k)) for k in PROVIDER_KINDS]
        return out + [(1, self.change_clients), (1, self.change_thumbprints), (1, self.change_metadata)]

    # --- reading ---

    def mine(self, names, kind):
        return [name for name in names if name.startswith(f"{kind}-{self.index}-")]

    def read_providers(self, client, tags_of):
        """The worker's providers, devices and certificates, as the API tells them."""
        last = [arn.rpartition("/")[2] for arn in client.get("ListOpenIDConnectProviders").texts("Arn")]
        seen = {("oidc", name): self.read_oidc(client, name, tags_of)
                for name in self.mine([host.removesuffix(".example.com") for host in last], "oidc")}
        for arn in client.get("ListSAMLProviders").texts("Arn"):
            for name in self.mine([arn.rpartition("/")[2]], "saml"):
                got = client.get("GetSAMLProvider", SAMLProviderArn=arn)
                seen["saml", name] = {"id": name, "tags": tags_of(got), "metadata": got.text("SAMLMetadataDocument")}
        for serial, user in self.devices(client).items():
            for name in self.mine([serial.rpartition("/")[2]], "mfa"):
                got = client.get("ListMFADeviceTags", SerialNumber=serial)
                seen["mfa", name] = {"id": name, "tags": tags_of(got), "user": user, "seed": ANYTHING}
        for name in client.get("ListServerCertificates", PathPrefix=self.path).texts("ServerCertificateName"):
            got = client.get("GetServerCertificate", ServerCertificateName=name)
            seen["cert", name] = {"id": name, "tags": tags_of(got), "body": got.text("CertificateBody")}
        return seen

    def read_oidc(self, client, name, tags_of):
        got = client.get("GetOpenIDConnectProvider", OpenIDConnectProviderArn=self.handle("oidc", name))

        def members(tag):
            return [row.text for row in got.root.find(f".//{tag}").findall("member")]
        return {"id": name, "tags": tags_of(got), "clients": sorted(members("ClientIDList")),
                "thumbs": members("ThumbprintList")}
