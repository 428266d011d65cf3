#!/usr/bin/env python3
"""The service catalogue: which services, actions, resource types and condition keys exist.

usage: catalogue.py text PACKAGE_DIR OUT.txt   from the unpacked npm package to data/catalogue.txt
       catalogue.py pack IN.txt OUT.c          from data/catalogue.txt to the table in the binary

The text is one line per fact, so that a new version of the package reads as a diff:

    G key type               a global condition key
    S prefix flags name      a service; flags: r resource control policies apply to it, - none
    K key type               a condition key of the service above; numbered from 0
    R name arn keys          a resource type of it; keys: numbers of K lines, "a-b" a run
    A name level types keys  an action; types: numbers of R lines, "!" behind those required

Fields are separated by tabs; "-" is an empty list. The package has a place for the actions that an
action depends on, but leaves it empty. The layout of the packed table is described in src/catalogue/catalogue.c.
"""
import json
import pathlib
import re
import struct
import sys

TYPES = ["String", "ArrayOfString", "ARN", "ArrayOfARN", "Bool", "ArrayOfBool", "Numeric", "Date", "IPAddress", "Binary"]
LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}
LEVEL_ORDER = "LRWTP"


def runs(numbers):
    """[1, 2, 3, 7] -> "1-3,7"; "-" for none."""
    out, numbers = [], sorted(set(numbers))
    while numbers:
        n = 1
        while n < len(numbers) and numbers[n] == numbers[0] + n:
            n += 1
        out.append(str(numbers[0]) if n == 1 else f"{numbers[0]}-{numbers[n - 1]}")
        numbers = numbers[n:]
    return ",".join(out) or "-"


def unruns(text):
    if text == "-":
        return []
    ends = (item.split("-") for item in text.split(","))
    return [n for e in ends for n in range(int(e[0]), int(e[-1]) + 1)]


# Keys that AWS documents and the package lacks.
ADDED_GLOBALS = [("aws:PrincipalOrgMasterAccountId", "String")]


def folded(name):
    return name.lower()


# -- package -> text ------------------------------------------------------------------------------

def global_keys(package):
    source = (package / "dist/cjs/globalConditionKeys.js").read_text()
    for key, kind in re.findall(r"key: '([^']+)',\s+category: '[^']+',\s+type: '([^']+)'", source):
        yield with_variable(key), kind
    yield from ADDED_GLOBALS


def with_variable(key):
    """The package writes some variable parts as an example."""
    return key.replace("/tag-key", "/${TagKey}")


def level_of(action):
    levels = [LEVELS[part] for part in action["accessLevel"].split(", ")]
    return next((level for level in levels if level in "TP"), levels[0])


def service_lines(package, prefix, name, rcp):
    def load(kind):
        return json.loads((package / "data" / kind / f"{prefix}.json").read_text())

    actions = sorted(load("actions").values(), key=lambda a: folded(a["name"]))
    resources = sorted(load("resourceTypes").values(), key=lambda r: folded(r["key"]))
    kinds = {folded(with_variable(k["key"])): (with_variable(k["key"]), k["type"])
             for k in load("conditionKeys").values()}

    def keys_of(action):
        keys = set(action["conditionKeys"]).union(*(r["conditionKeys"] for r in action["resourceTypes"]))
        return {with_variable(key) for key in keys}

    def keys_of_type(resource):
        return [with_variable(key) for key in resource.get("conditionKeys", [])]

    used = [key for a in actions for key in keys_of(a)] + [key for r in resources for key in keys_of_type(r)]
    for key in used:
        kinds.setdefault(folded(key), (key, "String"))
    order = sorted(kinds)
    key_number = {key: i for i, key in enumerate(order)}
    type_number = {folded(r["key"]): i for i, r in enumerate(resources)}

    yield ["S", prefix, "r" if rcp else "-", name]
    for key in order:
        yield ["K", kinds[key][0], kinds[key][1]]
    for r in resources:
        yield ["R", r["key"], r["arn"], runs(key_number[folded(k)] for k in keys_of_type(r))]
    for a in actions:
        required = {}
        for r in a["resourceTypes"]:
            if folded(r["name"]) in type_number:
                required[type_number[folded(r["name"])]] = bool(r["required"])
        yield ["A", a["name"], level_of(a),
               ",".join(f"{n}{'!' if required[n] else ''}" for n in sorted(required)) or "-",
               runs(key_number[folded(k)] for k in keys_of(a))]


def write_text(package, out):
    about = json.loads((package / "package.json").read_text())
    names = json.loads((package / "data/serviceNames.json").read_text())
    rcp = set(json.loads((package / "data/rcpSupportedServices.json").read_text()))
    lines = [["# Made by tools/catalogue.py (make catalogue) from the npm package " + about["name"]],
             ["# " + about["version"] + ", MIT, Copyright (c) 2024 Act Security; see NOTICE."]]
    lines += sorted((["G", key, kind] for key, kind in global_keys(package)), key=lambda g: folded(g[1]))
    for prefix in sorted(json.loads((package / "data/services.json").read_text()), key=folded):
        lines += service_lines(package, prefix, names[prefix], prefix in rcp)
    out.write_text("".join("\t".join(line) + "\n" for line in lines))


# -- text -> packed -------------------------------------------------------------------------------

class Strings:
    """Each text once: two bytes of length, then the bytes."""
    def __init__(self):
        self.at, self.bytes = {}, bytearray()

    def ref(self, text):
        raw = text.encode()
        if raw not in self.at:
            self.at[raw] = len(self.bytes)
            self.bytes += struct.pack("<H", len(raw)) + raw
        return self.at[raw]


class Lists:
    """Each list of numbers once: its length, then the numbers."""
    def __init__(self):
        self.at, self.starts, self.items = {}, [], []

    def ref(self, numbers):
        numbers = tuple(numbers)
        if numbers not in self.at:
            self.at[numbers] = len(self.starts)
            self.starts.append(len(self.items))
            self.items += [len(numbers), *numbers]
        return self.at[numbers]


def read_text(path):
    services, globals_ = [], []
    for line in path.read_text().splitlines():
        kind, *fields = line.split("\t")
        if kind == "G":
            globals_.append(tuple(fields))
        elif kind == "S":
            services.append({"prefix": fields[0], "flags": fields[1], "name": fields[2], "K": [], "R": [], "A": []})
        elif kind in ("K", "R", "A"):
            services[-1][kind].append(fields)
        elif not kind.startswith("#"):
            raise SystemExit(f"{path}: unknown line {line!r}")
    return services, globals_


def pack(services, globals_):
    strings, lists = Strings(), Lists()
    keys = sorted({(k, t) for s in services for k, t in s["K"]} | set(globals_), key=lambda k: (folded(k[0]), k[1]))
    key_number = {key: i for i, key in enumerate(keys)}
    action_number = {}
    for s in services:
        for a in s["A"]:
            action_number[folded(s["prefix"] + ":" + a[0])] = len(action_number)
    out_services, out_actions, out_resources = b"", b"", b""
    resource_count = 0
    for number, s in enumerate(services):
        own = [key_number[tuple(k)] for k in s["K"]]
        first = action_number[folded(s["prefix"] + ":" + s["A"][0][0])] if s["A"] else 0
        out_services += struct.pack("<IIIHHHHHH", strings.ref(s["prefix"]), strings.ref(s["name"]), first, len(s["A"]),
                                    resource_count, len(s["R"]), lists.ref(own), 1 if "r" in s["flags"] else 0, 0)
        resource_count += len(s["R"])
        for name, arn, used in s["R"]:
            out_resources += struct.pack("<IIHH", strings.ref(name), strings.ref(arn),
                                         lists.ref(own[n] for n in unruns(used)), number)
        for name, level, types, used in s["A"]:
            marks = [] if types == "-" else types.split(",")
            out_actions += struct.pack("<IHHHxx", strings.ref(name) | LEVEL_ORDER.index(level) << 24,
                                       lists.ref(int(m.rstrip("!")) | (0x8000 if m.endswith("!") else 0) for m in marks),
                                       lists.ref(own[n] for n in unruns(used)), number)
    out_keys = b"".join(struct.pack("<II", strings.ref(k), TYPES.index(t)) for k, t in keys)
    patterns = [i for i, (k, _) in enumerate(keys) if "${" in k or "<" in k]

    arns = [arn for s in services for _, arn, _ in s["R"]]
    by_arn = sorted(range(len(arns)), key=lambda i: (folded(arns[i].split(":")[2]), i))

    def numbers(code, values):
        return struct.pack(f"<{len(values)}{code}", *values)

    sections = [(out_services, 24), (out_actions, 12), (out_resources, 12), (out_keys, 8),
                (numbers("H", patterns), 2), (numbers("H", [key_number[g] for g in globals_]), 2),
                (numbers("H", by_arn), 2), (numbers("I", lists.starts), 4), (numbers("H", lists.items), 2), (bytes(strings.bytes), 1)]
    assert len(lists.starts) < 1 << 16 and len(strings.bytes) < 1 << 24 and len(action_number) < 1 << 16
    head, body = b"MCAT" + struct.pack("<I", 1), b""
    start = len(head) + 8 * len(sections)
    for data, size in sections:
        body += b"\0" * (-len(body) % 4)
        head += struct.pack("<II", start + len(body), len(data) // size)
        body += data
    return head + body


def c_literal(data):
    """Octal escapes of three digits never run into what follows."""
    safe = {c: chr(c) for c in range(32, 127) if chr(c) not in '"\\?'}
    for i in range(0, len(data), 64):
        yield '    "' + "".join(safe.get(c, f"\\{c:03o}") for c in data[i:i + 64]) + '"\n'


def write_c(source, out):
    table = pack(*read_text(source))
    out.write_text("/* Packed from data/catalogue.txt by tools/catalogue.py. */\n"
                   '#include "catalogue/embedded.h"\n\n'
                   f"const unsigned catalogue_embedded_size = {len(table)};\n"
                   f"const char catalogue_embedded[{len(table) + 1}] =\n" + "".join(c_literal(table)) + ";\n")


def main(args):
    if len(args) == 3 and args[0] == "text":
        write_text(pathlib.Path(args[1]), pathlib.Path(args[2]))
    elif len(args) == 3 and args[0] == "pack":
        write_c(pathlib.Path(args[1]), pathlib.Path(args[2]))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
