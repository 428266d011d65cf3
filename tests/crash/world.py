"""What must be there: a model of what each worker did, and reads of the API to hold it against.

Every worker has users, groups, roles, policies and profiles of its own and does one thing after the
other, so its state is known exactly; when the server dies under a request, the state is the one
before or the one after, all of it, and nothing else.
"""
import copy
import json
import urllib.parse

from harness import Lost
from providers import ANYTHING, PROVIDER_KINDS, Operation, Providers, Refused
from signin import SignIn

ANY_NEW = "?"  # an id the server chose and nobody was told


def trust(number):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": f"T{number}", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": f"x{number}"}}}]})


def document(number, size=0):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": f"S{number}", "Effect": "Allow", "Action": "s3:GetObject",
        "Resource": [f"arn:aws:s3:::bucket-{number}/{'x' * size}*"]}]})


KINDS = ("user", "group", "role", "policy", "profile")
PARAMETER = {"user": "UserName", "group": "GroupName", "role": "RoleName",
             "profile": "InstanceProfileName"}
NOUN = {"user": "User", "group": "Group", "role": "Role", "policy": "Policy",
        "profile": "InstanceProfile"}
POOL = {"user": 3, "group": 2, "role": 3, "policy": 2, "profile": 2,
        **dict.fromkeys(PROVIDER_KINDS, 2)}


class Worker(Providers, SignIn):
    def __init__(self, index, account, dice):
        self.index, self.account, self.dice = index, account, dice
        self.path = f"/w{index}/"
        self.state = {}
        self.number = 0
        self.doubt = None       # (operation, agent) whose answer did not come
        self.acknowledged = {}  # agent -> how many records of a change there must be
        self.history = []       # states, oldest first, when somebody wants them

    # --- names ---

    def name(self, kind):
        return f"{kind}-{self.index}-{self.dice.randrange(POOL[kind])}"

    def arn(self, name):
        return f"arn:aws:iam::{self.account}:policy{self.path}{name}"

    def some(self, kind, existing=0.9):
        have = [name for k, name in self.state if k == kind]
        return self.dice.choice(have) if have and self.dice.random() < existing else self.name(kind)

    def some_arn(self):
        if self.dice.random() < 0.3:
            return "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
        return self.arn(self.some("policy"))

    def tags(self):
        return {f"k{i}": f"v{self.dice.randrange(100)}" for i in self.dice.sample(range(6), 3)}

    # --- the operations ---

    def create(self, kind):
        name = self.name(kind)
        parameters = {"Path": self.path}
        thing = {"id": ANYTHING}
        if kind == "policy":
            text = document(self.dice.randrange(100))
            parameters.update(PolicyName=name, PolicyDocument=text)
            thing.update(versions={"v1": text}, default="v1", next=2)
        else:
            parameters[PARAMETER[kind]] = name
        if kind != "group":
            parameters["Tags"] = thing["tags"] = self.tags()
        if kind in ("user", "group", "role"):
            thing.update(inline={}, attached=[])
        if kind == "user":
            thing.update(keys={}, groups=[], password=None)
        if kind == "role":
            thing["trust"] = parameters["AssumeRolePolicyDocument"] = trust(self.dice.randrange(100))
            thing["description"] = parameters["Description"] = f"d{self.dice.randrange(100)}"
            thing["seconds"] = parameters["MaxSessionDuration"] = str(3600 + self.dice.randrange(100))
        if kind == "profile":
            thing["role"] = None
        if kind in ("user", "role"):
            thing["boundary"] = None
            arn = self.arn(self.some("policy"))
            if self.dice.random() < 0.4:
                parameters["PermissionsBoundary"] = thing["boundary"] = arn

        def apply(state, answer):
            if (kind, name) in state:
                raise Refused("EntityAlreadyExists")
            if thing.get("boundary") and not self.has_policy(state, thing["boundary"]):
                raise Refused("NoSuchEntity")
            state[kind, name] = copy.deepcopy(thing)
            if answer is not None:
                state[kind, name]["id"] = answer.text(f"{NOUN[kind]}Id")
        return Operation(f"Create{NOUN[kind]}", parameters, apply)

    def delete(self, kind):
        name = self.some(kind)
        arn = self.arn(name)
        parameters = {"PolicyArn": arn} if kind == "policy" else {PARAMETER[kind]: name}

        def apply(state, _):
            thing = self.get(state, kind, name)
            busy = any(thing.get(field) for field in ("inline", "attached", "keys", "groups", "role", "password"))
            if kind == "user":
                busy = busy or any(t["user"] == name for (k, _), t in state.items() if k == "mfa")
            if kind == "role":
                busy = busy or any(t["role"] == name for (k, _), t in state.items() if k == "profile")
            if kind == "group":
                busy = busy or any(name in t["groups"] for (k, _), t in state.items() if k == "user")
            if kind == "policy":
                busy = len(thing["versions"]) > 1 or any(
                    arn in t.get("attached", ()) or t.get("boundary") == arn for t in state.values())
            if busy:
                raise Refused("DeleteConflict")
            del state[kind, name]
        return Operation(f"Delete{NOUN[kind]}", parameters, apply)

    def tag(self, kind):
        name, tags = self.some(kind), self.tags()
        which = {"PolicyArn": self.arn(name)} if kind == "policy" else {PARAMETER[kind]: name}

        def apply(state, _):
            self.get(state, kind, name)["tags"].update(tags)
        return Operation(f"Tag{NOUN[kind]}", {**which, "Tags": tags}, apply)

    def untag(self, kind):
        name, keys = self.some(kind), list(self.tags())
        which = {"PolicyArn": self.arn(name)} if kind == "policy" else {PARAMETER[kind]: name}

        def apply(state, _):
            tags = self.get(state, kind, name)["tags"]
            for key in keys:
                tags.pop(key, None)
        return Operation(f"Untag{NOUN[kind]}", {**which, "TagKeys": keys}, apply)

    def put_inline(self, kind):
        name, policy = self.some(kind), f"inline-{self.dice.randrange(3)}"
        text = document(self.dice.randrange(100), self.dice.choice([0, 0, 300]))

        def apply(state, _):
            self.get(state, kind, name)["inline"][policy] = text
        return Operation(f"Put{NOUN[kind]}Policy",
                         {PARAMETER[kind]: name, "PolicyName": policy, "PolicyDocument": text}, apply)

    def delete_inline(self, kind):
        name = self.some(kind)
        have = list(self.state.get((kind, name), {}).get("inline", ())) or ["inline-0"]
        policy = self.dice.choice(have)

        def apply(state, _):
            if self.get(state, kind, name)["inline"].pop(policy, None) is None:
                raise Refused("NoSuchEntity")
        return Operation(f"Delete{NOUN[kind]}Policy",
                         {PARAMETER[kind]: name, "PolicyName": policy}, apply)

    def attach(self, kind):
        name, arn = self.some(kind), self.some_arn()

        def apply(state, _):
            attached = self.get(state, kind, name)["attached"]
            if not self.has_policy(state, arn):
                raise Refused("NoSuchEntity")
            attached[:] = sorted({*attached, arn})
        return Operation(f"Attach{NOUN[kind]}Policy", {PARAMETER[kind]: name, "PolicyArn": arn}, apply)

    def detach(self, kind):
        name = self.some(kind)
        have = self.state.get((kind, name), {}).get("attached") or [self.some_arn()]
        arn = self.dice.choice(have)

        def apply(state, _):
            attached = self.get(state, kind, name)["attached"]
            if arn not in attached:
                raise Refused("NoSuchEntity")
            attached.remove(arn)
        return Operation(f"Detach{NOUN[kind]}Policy", {PARAMETER[kind]: name, "PolicyArn": arn}, apply)

    def put_boundary(self, kind):
        name, arn = self.some(kind), self.arn(self.some("policy"))

        def apply(state, _):
            thing = self.get(state, kind, name)
            if not self.has_policy(state, arn):
                raise Refused("NoSuchEntity")
            thing["boundary"] = arn
        return Operation(f"Put{NOUN[kind]}PermissionsBoundary",
                         {PARAMETER[kind]: name, "PermissionsBoundary": arn}, apply)

    def delete_boundary(self, kind):
        name = self.some(kind)

        def apply(state, _):
            self.get(state, kind, name)["boundary"] = None
        return Operation(f"Delete{NOUN[kind]}PermissionsBoundary", {PARAMETER[kind]: name}, apply)

    def create_version(self):
        name, text = self.some("policy"), document(self.dice.randrange(100))
        default = self.dice.random() < 0.5

        def apply(state, _):
            policy = self.get(state, "policy", name)
            if len(policy["versions"]) == 5:
                raise Refused("LimitExceeded")
            version = f"v{policy['next']}"
            policy["next"] += 1
            policy["versions"][version] = text
            if default:
                policy["default"] = version
        return Operation("CreatePolicyVersion", {"PolicyArn": self.arn(name), "PolicyDocument": text,
                                                 "SetAsDefault": str(default).lower()}, apply)

    def some_version(self, name):
        return self.dice.choice(list(self.state.get(("policy", name), {}).get("versions", ["v1"])))

    def delete_version(self):
        name = self.some("policy")
        version = self.some_version(name)

        def apply(state, _):
            policy = self.get(state, "policy", name)
            if policy["default"] == version:
                raise Refused("DeleteConflict")
            del policy["versions"][version]
        return Operation("DeletePolicyVersion", {"PolicyArn": self.arn(name), "VersionId": version}, apply)

    def default_version(self):
        name = self.some("policy")
        version = self.some_version(name)

        def apply(state, _):
            self.get(state, "policy", name)["default"] = version
        return Operation("SetDefaultPolicyVersion",
                         {"PolicyArn": self.arn(name), "VersionId": version}, apply)

    def create_key(self):
        name = self.some("user")

        def apply(state, answer):
            keys = self.get(state, "user", name)["keys"]
            if len(keys) == 2:
                raise Refused("LimitExceeded")
            keys[ANY_NEW if answer is None else answer.text("AccessKeyId")] = "Active"
        return Operation("CreateAccessKey", {"UserName": name}, apply)

    def some_key(self):
        name = self.some("user")
        keys = list(self.state.get(("user", name), {}).get("keys", ()))
        return name, self.dice.choice(keys) if keys else "AKIA" + "2" * 16

    def delete_key(self):
        name, key = self.some_key()

        def apply(state, _):
            if self.get(state, "user", name)["keys"].pop(key, None) is None:
                raise Refused("NoSuchEntity")
        return Operation("DeleteAccessKey", {"UserName": name, "AccessKeyId": key}, apply)

    def update_key(self):
        name, key = self.some_key()
        status = self.dice.choice(["Active", "Inactive"])

        def apply(state, _):
            keys = self.get(state, "user", name)["keys"]
            if key not in keys:
                raise Refused("NoSuchEntity")
            keys[key] = status
        return Operation("UpdateAccessKey", {"UserName": name, "AccessKeyId": key, "Status": status}, apply)

    # A password is not read back; what is, is whether a new one must be chosen.
    def set_password(self):
        name, must = self.some("user"), self.dice.choice(["true", "false"])
        parameters = {"UserName": name, "Password": f"Correct-Horse-{self.dice.randrange(100)}",
                      "PasswordResetRequired": must}
        first = not self.state.get(("user", name), {}).get("password")

        def apply(state, _):
            user = self.get(state, "user", name)
            if first and user["password"]:
                raise Refused("EntityAlreadyExists")
            if not first and not user["password"]:
                raise Refused("NoSuchEntity")
            user["password"] = must
        return Operation("CreateLoginProfile" if first else "UpdateLoginProfile", parameters, apply)

    def delete_password(self):
        name = self.some("user")

        def apply(state, _):
            user = self.get(state, "user", name)
            if not user["password"]:
                raise Refused("NoSuchEntity")
            user["password"] = None
        return Operation("DeleteLoginProfile", {"UserName": name}, apply)

    def join(self):
        name, group = self.some("user"), self.some("group")

        def apply(state, _):
            self.get(state, "group", group)
            groups = self.get(state, "user", name)["groups"]
            groups[:] = sorted({*groups, group})
        return Operation("AddUserToGroup", {"UserName": name, "GroupName": group}, apply)

    def leave(self):
        member = [(n, g) for (k, n), t in self.state.items() if k == "user" for g in t["groups"]]
        name, group = self.dice.choice(member) if member else (self.name("user"), self.name("group"))

        def apply(state, _):
            self.get(state, "group", group)
            groups = self.get(state, "user", name)["groups"]
            if group in groups:  # who is no member stays none
                groups.remove(group)
        return Operation("RemoveUserFromGroup", {"UserName": name, "GroupName": group}, apply)

    def rename(self, kind):
        name, fresh = self.some(kind), self.name(kind)

        def apply(state, _):
            thing = self.get(state, kind, name)
            if (kind, fresh) in state and fresh != name:
                raise Refused("EntityAlreadyExists")
            del state[kind, name]
            state[kind, fresh] = thing
            if kind == "group":
                for (k, _), user in state.items():
                    if k == "user":
                        user["groups"] = sorted(fresh if g == name else g for g in user["groups"])
            for (k, _), device in state.items():
                if kind == "user" and k == "mfa" and device["user"] == name:
                    device["user"] = fresh
        return Operation(f"Update{NOUN[kind]}",
                         {PARAMETER[kind]: name, f"New{PARAMETER[kind]}": fresh}, apply)

    def update_role(self):
        name = self.some("role")
        text, seconds = f"d{self.dice.randrange(1000)}", str(3600 + self.dice.randrange(1000))

        def apply(state, _):
            self.get(state, "role", name).update(description=text, seconds=seconds)
        return Operation("UpdateRole", {"RoleName": name, "Description": text,
                                        "MaxSessionDuration": seconds}, apply)

    def describe_role(self):
        name, text = self.some("role"), f"e{self.dice.randrange(1000)}"

        def apply(state, _):
            self.get(state, "role", name).update(description=text)
        return Operation("UpdateRoleDescription", {"RoleName": name, "Description": text}, apply)

    def update_trust(self):
        name, text = self.some("role"), trust(self.dice.randrange(100))

        def apply(state, _):
            self.get(state, "role", name)["trust"] = text
        return Operation("UpdateAssumeRolePolicy", {"RoleName": name, "PolicyDocument": text}, apply)

    def fill_profile(self):
        name, role = self.some("profile"), self.some("role")

        def apply(state, _):
            profile = self.get(state, "profile", name)
            self.get(state, "role", role)
            if profile["role"] is not None:
                raise Refused("LimitExceeded")
            profile["role"] = role
        return Operation("AddRoleToInstanceProfile",
                         {"InstanceProfileName": name, "RoleName": role}, apply)

    def empty_profile(self):
        name = self.some("profile")
        role = self.state.get(("profile", name), {}).get("role") or self.some("role")

        def apply(state, _):
            profile = self.get(state, "profile", name)
            if profile["role"] != role:
                raise Refused("NoSuchEntity")
            profile["role"] = None
        return Operation("RemoveRoleFromInstanceProfile",
                         {"InstanceProfileName": name, "RoleName": role}, apply)

    @staticmethod
    def has_policy(state, arn):
        return arn.startswith("arn:aws:iam::aws:") or ("policy", arn.rpartition("/")[2]) in state

    def choices(self):
        """(weight, maker): every operation that changes something, with all kinds it has."""
        out = [(3, lambda k=k: self.create(k)) for k in KINDS]
        out += [(2, lambda k=k: self.delete(k)) for k in KINDS]
        for kind in ("user", "role", "policy", "profile"):
            out += [(1, lambda k=kind: self.tag(k)), (1, lambda k=kind: self.untag(k))]
        for kind in ("user", "group", "role"):
            out += [(2, lambda k=kind: self.put_inline(k)), (2, lambda k=kind: self.delete_inline(k)),
                    (2, lambda k=kind: self.attach(k)), (2, lambda k=kind: self.detach(k))]
        for kind in ("user", "role"):
            out += [(1, lambda k=kind: self.put_boundary(k)),
                    (2, lambda k=kind: self.delete_boundary(k))]
        for kind in ("user", "group"):
            out += [(1, lambda k=kind: self.rename(k))]
        out += [(2, self.create_version), (2, self.delete_version), (1, self.default_version),
                (2, self.create_key), (2, self.delete_key), (1, self.update_key), (2, self.join),
                (3, self.leave), (1, self.update_role), (1, self.describe_role), (1, self.update_trust),
                (2, self.fill_profile), (2, self.empty_profile), (1, self.set_password),
                (1, self.delete_password)]
        return out + self.provider_choices() + self.signin_choices()

    def next_operation(self):
        weights, makers = zip(*self.choices())
        return self.dice.choices(makers, weights)[0]()

    # --- doing ---

    def step(self, client):
        """One operation. Raises Lost when its answer did not come; it is then in doubt."""
        operation = self.next_operation()
        self.number += 1
        agent = f"w{self.index}-{self.number}"
        self.doubt = operation, agent
        answer = client.call(operation.action, agent=agent, **operation.parameters)
        self.settle(answer)
        return answer

    def settle(self, answer):
        """What the model makes of an answer to the operation in doubt."""
        operation, agent = self.doubt
        try:
            after = operation.after(self.state, answer if answer.status == 200 else None)
        except Refused as wanted:
            assert answer.code == str(wanted), (operation.action, operation.parameters, str(wanted), answer)
            self.acknowledged[agent] = 0
        else:
            assert answer.status == 200, (operation.action, operation.parameters, answer, self.state)
            self.state = after
            self.acknowledged[agent] = 1
        self.doubt = None
        self.history.append(self.state)

    def settle_doubt(self, seen):
        """After the death of the server: before or after, nothing between."""
        if self.doubt is None:
            check_same(seen, self.state)
            return
        operation, agent = self.doubt
        self.doubt = None
        try:
            after = adopt(seen, operation.after(self.state))
        except Refused:
            after = None
        before_is_it = same(seen, self.state)
        if after is not None and same(seen, after):
            # A change that changes nothing is one too: the trail alone knows.
            self.acknowledged[agent] = None if before_is_it else 1
            self.state = copy.deepcopy(after)
            take_ids(self.state, seen)
        elif before_is_it:
            self.acknowledged[agent] = 0
        else:
            check_same(seen, after or self.state, f"neither before nor after {operation.action} "
                       f"{operation.parameters}; before: {self.state}")
        self.history.append(self.state)

    # --- reading ---

    def read(self, client):
        """The worker's things, as the API tells them."""
        seen = {}
        for kind in KINDS:
            more = {"Scope": "Local"} if kind == "policy" else {}
            plural = {"policy": "ListPolicies"}.get(kind, f"List{NOUN[kind]}s")
            listed = client.get(plural, PathPrefix=self.path, **more)
            tag = f"{NOUN[kind]}Name" if kind != "profile" else "InstanceProfileName"
            # a profile lists its role inside; only direct children of the list are meant
            rows = listed.root.find(".//" + {"policy": "Policies"}.get(kind, f"{NOUN[kind]}s"))
            for row in rows.findall("member"):
                name = row.findtext(tag)
                thing = getattr(self, f"read_{kind}")(client, name)
                assert row.findtext(f"{NOUN[kind]}Id") == thing["id"]
                seen[kind, name] = thing
        self.read_back(client, seen)
        seen.update(self.read_providers(client, tags_of))
        self.check_devices(client, seen)
        seen.update(self.read_signin(client))
        return seen

    def read_user(self, client, name):
        got = client.get("GetUser", UserName=name)
        keys = client.get("ListAccessKeys", UserName=name).root.findall(".//member")
        return {"id": got.text("UserId"), "tags": tags_of(got),
                "boundary": got.text("PermissionsBoundaryArn"), "password": self.read_password(client, name),
                "keys": {k.findtext("AccessKeyId"): k.findtext("Status") for k in keys},
                "groups": sorted(client.get("ListGroupsForUser", UserName=name).texts("GroupName")),
                **self.read_policies(client, "user", name)}

    @staticmethod
    def read_password(client, name):
        answer = client.call("GetLoginProfile", UserName=name)
        assert answer.status == 200 or answer.code == "NoSuchEntity", answer
        return answer.text("PasswordResetRequired") if answer.status == 200 else None

    def read_group(self, client, name):
        return {"id": client.get("GetGroup", GroupName=name).text("GroupId"),
                **self.read_policies(client, "group", name)}

    def read_role(self, client, name):
        got = client.get("GetRole", RoleName=name)
        return {"id": got.text("RoleId"), "tags": tags_of(got),
                "boundary": got.text("PermissionsBoundaryArn"),
                "trust": urllib.parse.unquote(got.text("AssumeRolePolicyDocument")),
                "description": got.text("Description"), "seconds": got.text("MaxSessionDuration"),
                **self.read_policies(client, "role", name)}

    def read_profile(self, client, name):
        got = client.get("GetInstanceProfile", InstanceProfileName=name)
        return {"id": got.text("InstanceProfileId"), "role": got.text("RoleName"),
                "tags": tags_of(got.root.find(".//InstanceProfile"))}

    def read_policy(self, client, name):
        arn = self.arn(name)
        got = client.get("GetPolicy", PolicyArn=arn)
        versions = {}
        for row in client.get("ListPolicyVersions", PolicyArn=arn).root.findall(".//member"):
            version = row.findtext("VersionId")
            text = client.get("GetPolicyVersion", PolicyArn=arn, VersionId=version).text("Document")
            versions[version] = urllib.parse.unquote(text)
            assert (row.findtext("IsDefaultVersion") == "true") == (version == got.text("DefaultVersionId"))
        return {"id": got.text("PolicyId"), "default": got.text("DefaultVersionId"), "next": ANYTHING,
                "versions": versions, "tags": tags_of(got),
                "_attached": int(got.text("AttachmentCount")),
                "_bounded": int(got.text("PermissionsBoundaryUsageCount") or 0)}

    def read_policies(self, client, kind, name):
        which, noun = {PARAMETER[kind]: name}, NOUN[kind]
        inline = {}
        for policy in client.get(f"List{noun}Policies", **which).texts("member"):
            text = client.get(f"Get{noun}Policy", PolicyName=policy, **which).text("PolicyDocument")
            inline[policy] = urllib.parse.unquote(text)
        attached = client.get(f"ListAttached{noun}Policies", **which).texts("PolicyArn")
        return {"inline": inline, "attached": sorted(attached)}

    def read_back(self, client, seen):
        """The other end of each relation, and the counters, must tell the same."""
        for (kind, name), thing in seen.items():
            if kind == "group":
                members = sorted(client.get("GetGroup", GroupName=name).texts("UserName"))
                assert members == sorted(n for (k, n), t in seen.items()
                                         if k == "user" and name in t["groups"]), name
            elif kind == "role":
                profiles = client.get("ListInstanceProfilesForRole", RoleName=name)
                assert sorted(profiles.texts("InstanceProfileName")) == sorted(
                    n for (k, n), t in seen.items() if k == "profile" and t["role"] == name), name
            elif kind == "policy":
                arn = self.arn(name)
                users = client.get("ListEntitiesForPolicy", PolicyArn=arn,
                                   PolicyUsageFilter="PermissionsPolicy")
                holders = sorted(n for (k, n), t in seen.items() if arn in t.get("attached", ()))
                assert sorted(users.texts("UserName") + users.texts("GroupName") +
                              users.texts("RoleName")) == holders, name
                assert thing.pop("_attached") == len(holders), name
                assert thing.pop("_bounded") == sum(
                    t.get("boundary") == arn for t in seen.values()), name


def tags_of(got):
    root = getattr(got, "root", got)
    found = root.find("Tags") if root.tag == "InstanceProfile" else root.find(".//Tags")
    rows = [] if found is None else found.findall("member")
    return {row.findtext("Key"): row.findtext("Value") for row in rows}


# --- comparing -----------------------------------------------------------------------------------

def adopt(seen, want):
    """A key whose id nobody was told is the one new key there is."""
    for which, thing in want.items():
        keys = thing.get("keys", {})
        if ANY_NEW in keys and which in seen:
            fresh = [key for key in seen[which]["keys"] if key not in keys]
            if len(fresh) == 1:
                keys[fresh[0]] = keys.pop(ANY_NEW)
    return want


def same(seen, want):
    return seen == want


def take_ids(state, seen):
    for which, thing in state.items():
        thing["id"] = seen[which]["id"]


def check_same(seen, want, why="the state is not what was acknowledged"):
    if same(seen, want):
        return
    parts = [f"  {which}:\n    seen {seen.get(which)}\n    want {want.get(which)}"
             for which in sorted({*seen, *want}) if seen.get(which) != want.get(which)]
    raise AssertionError(why + "\n" + "\n".join(parts))


__all__ = ["Lost", "Operation", "Refused", "Worker"]
