#!/usr/bin/env python3
"""AWS's own policies and service-linked roles, from data/*.txt to C tables.

    aws_objects.py data/aws-policies.txt data/service-linked-roles.txt OUT.c

The forms of the two files are described at their heads. A mistake in them is an error with its line.
"""
import base64
import datetime
import hashlib
import json
import pathlib
import re
import sys

# Grants nothing. What AWS grants its services comes with `mantle admin import-managed-policies`.
STAND_IN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "*", "Resource": "*"}]}
BEGIN_OF_MANAGED_POLICIES = "2015-02-06T18:39:46Z"
EFFECTS = {"allow": ("Allow", "Action"), "allow-except": ("Allow", "NotAction"),
           "deny": ("Deny", "Action"), "deny-except": ("Deny", "NotAction")}
RESOURCES = {"on": "Resource", "on-except": "NotResource"}


class Fault(Exception):
    pass


def derived_id(name):
    """For what AWS's id is not known of; src/model/aws_policies.c makes the same."""
    return "ANPAZKAPJZG4" + base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:9]


def one_or_many(words):
    return words[0] if len(words) == 1 else words


def statement(words):
    """A list of words to a statement."""
    if words[0] not in EFFECTS:
        raise Fault(f"a statement begins with one of {', '.join(EFFECTS)}, not with {words[0]}")
    effect, action = EFFECTS[words[0]]
    parts, part = {}, ("actions",)
    parts[part] = []
    for word in words[1:]:
        if word in RESOURCES or word == "if" or word == "and":
            part = (word, len(parts))
            parts[part] = []
        else:
            parts[part].append(word)
    made = {"Effect": effect, action: one_or_many(parts.pop(("actions",))), "Resource": "*"}
    for (kind, _), values in parts.items():
        if kind in RESOURCES:
            del made["Resource"]
            made[RESOURCES[kind]] = one_or_many(values)
        elif len(values) < 3:
            raise Fault("a condition has an operator, a key and values")
        else:
            made.setdefault("Condition", {}).setdefault(values[0], {})[values[1]] = one_or_many(values[2:])
    return made


def lines_of(path):
    """(number, indentation, text), comments and empty lines left out."""
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, len(line) - len(line.lstrip()), line.strip()


def read_policies(path):
    made, words = [], []

    def end_statement():
        if words:
            made[-1]["statements"].append(statement(words))
            words.clear()

    for number, indent, text in lines_of(path):
        try:
            if indent == 0:
                end_statement()
                name, place, unique_id, version, created, updated = text.split()
                made.append({"name": name, "path": place, "id": unique_id, "version": int(version[1:]),
                             "created": created, "updated": updated, "statements": []})
            elif indent == 2:
                end_statement()
                words += text.split()
            else:
                words += text.split()
        except (Fault, ValueError) as why:
            raise Fault(f"{path}:{number}: {why}") from why
    end_statement()
    for policy in made:
        policy["document"] = {"Version": "2012-10-17", "Statement": policy.pop("statements")}
    return made


def read_roles(path):
    made = []
    for number, _, text in lines_of(path):
        facts, _, description = text.partition(" -- ")
        words = facts.split()
        if len(words) not in (4, 5) or words[4:] not in ([], ["suffix"]):
            raise Fault(f"{path}:{number}: expected SERVICE ROLE POLICY POLICY-ID [suffix] [-- DESCRIPTION]")
        made.append({"service": words[0], "name": words[1], "policy": words[2], "id": words[3],
                     "suffix": len(words) == 5, "description": description})
    return made


def stand_ins(policies, roles):
    known = {policy["name"] for policy in policies}
    for role in roles:
        if role["policy"] not in known:
            known.add(role["policy"])
            yield {"name": role["policy"], "path": "/aws-service-role/", "version": 1, "document": STAND_IN,
                   "id": derived_id(role["policy"]) if role["id"] == "-" else role["id"],
                   "created": BEGIN_OF_MANAGED_POLICIES, "updated": BEGIN_OF_MANAGED_POLICIES}


def seconds(text):
    return int(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp())


def literal(text):
    return 'STR_INIT("' + text.replace("\\", "\\\\").replace('"', '\\"') + '")'


def emit(policies, roles):
    yield "/* Made by tools/aws_objects.py. */"
    yield '#include "model/aws_objects.h"\n'
    yield "const struct aws_policy aws_policies[] = {"
    for policy in policies:
        if not re.fullmatch(r"ANPA[A-Z2-7]{17}", policy["id"]):
            raise Fault(f"{policy['name']} has no unique id: {policy['id']}")
        document = json.dumps(policy["document"], separators=(",", ":"))
        yield (f"    {{ {literal(policy['id'])}, {literal(policy['name'])}, {literal(policy['path'])}, "
               f"{policy['version']}, {seconds(policy['created'])}, {seconds(policy['updated'])}, {literal(document)} }},")
    yield "};\nconst size_t aws_policy_count = sizeof(aws_policies) / sizeof(aws_policies[0]);\n"
    yield "const struct aws_service_role aws_service_roles[] = {"
    for role in roles:
        description = literal(role["description"]) if role["description"] else "{ NULL, 0 }"
        yield (f"    {{ {literal(role['service'])}, {literal(role['name'])}, {literal(role['policy'])}, "
               f"{str(role['suffix']).lower()}, {description} }},")
    yield "};\nconst size_t aws_service_role_count = sizeof(aws_service_roles) / sizeof(aws_service_roles[0]);"


def main(policies_path, roles_path, out):
    try:
        policies, roles = read_policies(policies_path), read_roles(roles_path)
        text = "\n".join(emit(policies + list(stand_ins(policies, roles)), roles)) + "\n"
    except Fault as why:
        sys.exit(f"aws_objects: {why}")
    pathlib.Path(out).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
