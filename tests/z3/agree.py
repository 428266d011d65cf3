#!/usr/bin/env python3
"""mantle policy compare against Z3: an encoding of its own, written from docs/evaluation-rules.md.

usage: agree.py MANTLE [--pairs N] [--seconds S]

Pairs of identity policies: random pairs and small changes of the AWS managed policies in ../shared
(of the documents in tests/policy when they are not there), and random policies over few words that
use every operator. Where both decide, both must say the same; a pair Z3 gives up on, or that uses
what is not encoded here (policy variables, one key under operators of different types), counts as
not decided by Z3. Exits 77 (skipped) without python3-z3, 1 on a disagreement.
"""
import argparse
import base64
import copy
import concurrent.futures
import datetime
import ipaddress
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

try:
    import z3
except ImportError:
    print("python3-z3 is not installed: skipped")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANAGED = ROOT.parent / "shared" / "facts" / "aws-managed-policies.jsonl"


def natures():
    """What the catalogue says of a key: (pattern, type)."""
    found = {}
    for line in (ROOT / "data" / "catalogue.txt").read_text().splitlines():
        fields = line.split("\t")
        if fields[0] in ("G", "K"):
            found.setdefault(fields[1].lower(), fields[2])
    parts = [(re.compile(".+".join(map(re.escape, re.split(r"\$\{[^}]*\}", name)))), of)
             for name, of in found.items() if "${" in name]
    return found, parts


NATURES, NATURE_PARTS = natures()


def nature(key):
    return NATURES.get(key) or next((of for pattern, of in NATURE_PARTS if pattern.fullmatch(key)), None)


class NotEncoded(Exception):
    """The pair uses something this encoding leaves out."""


def listed(value):
    return value if isinstance(value, list) else [value]


def text_of(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


RE = z3.ReSort(z3.StringSort())
ANY_TEXT = z3.Full(RE)
ANY = z3.Range("\x20", "~")
INSIDE = z3.Union(z3.Range("\x20", "9"), z3.Range(";", "~"))


def concat(parts):
    parts = [p for p in parts if p is not None]
    return z3.Re("") if not parts else parts[0] if len(parts) == 1 else z3.Concat(*parts)


def glob(pattern, inside=False):
    if not pattern.isascii():
        raise NotEncoded("not ASCII")
    out, literal = [], ""
    for c in pattern:
        if c in "*?":
            if literal:
                out.append(z3.Re(literal))
            literal = ""
            out.append((z3.Star(INSIDE) if c == "*" else INSIDE) if inside else (ANY_TEXT if c == "*" else ANY))
        else:
            literal += c
    if literal:
        out.append(z3.Re(literal))
    return concat(out)


def matches(text, pattern, inside=False):
    if "*" not in pattern and "?" not in pattern:
        return text == z3.StringVal(pattern)
    if pattern == "*" and not inside:
        return z3.BoolVal(True)
    return z3.InRe(text, glob(pattern, inside))


def nocase(text, pattern):
    options = [z3.Union(z3.Re(c.lower()), z3.Re(c.upper())) if c.isalpha() else z3.Re(c) for c in pattern]
    return z3.InRe(text, concat(options)) if options else text == z3.StringVal("")


def decimal(text):
    return Fraction(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text) else None


def instant(text):
    """Nanoseconds since 1970, or None."""
    if re.fullmatch(r"-?\d+", text) and len(text) != 4:
        return int(text) * 10**9
    m = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d))?)?)?", text)
    if not m:
        return None
    y, mo, d, h, mi, s, f, zone = m.groups()
    try:
        day = datetime.date(int(y), int(mo or 1), int(d or 1)).toordinal() - datetime.date(1970, 1, 1).toordinal()
    except ValueError:
        raise NotEncoded("a date Python does not know") from None
    offset = 0 if zone in (None, "Z") else int(zone[0] + "1") * (int(zone[1:3]) * 3600 + int(zone[4:]) * 60)
    seconds = day * 86400 + int(h or 0) * 3600 + int(mi or 0) * 60 + int(s or 0) - offset
    return seconds * 10**9 + int((f or "0").ljust(9, "0")[:9])


ORDERS = {"Equals": lambda a, b: a == b, "LessThan": lambda a, b: a < b, "LessThanEquals": lambda a, b: a <= b,
          "GreaterThan": lambda a, b: a > b, "GreaterThanEquals": lambda a, b: a >= b}
OPERATORS = {name.lower(): name for name in (
    "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike "
    "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan "
    "NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan "
    "DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike "
    "Null").split()}


def operator(name):
    """(operator, set operator, IfExists), or None when there is no such operator."""
    quantifier, low = "", name.lower()
    for prefix in ("foranyvalue:", "forallvalues:"):
        if low.startswith(prefix):
            quantifier, low = prefix, low[len(prefix):]
    exists = low.endswith("ifexists")
    low = low[:-8] if exists else low
    return (OPERATORS[low], quantifier, exists) if low in OPERATORS and not (low == "null" and exists) else None


def family(op):
    return next((f for f in ("Numeric", "Date", "Null") if op.startswith(f)), "Ip" if "Ip" in op else "Text")


class Key:
    """A context key: absent, one value or a list, each value of one type."""

    def __init__(self, name, slots, kind):
        self.kind = kind
        self.present, self.many = z3.Bool(name + "?"), z3.Bool(name + "[]")
        self.used = [z3.Bool(f"{name}.{i}") for i in range(slots)]
        self.values = [self.value(f"{name}={i}") for i in range(slots)]
        # One value stands in the first place; a list may have none.
        self.rules = [z3.Implies(z3.And(self.present, z3.Not(self.many)), self.used[0])]
        self.rules += [z3.Implies(z3.Not(self.many), z3.Not(u)) for u in self.used[1:]]
        self.rules += [z3.Implies(z3.Not(self.present), z3.And([z3.Not(self.many)] + [z3.Not(u) for u in self.used]))]

    def is_like(self, of, sets):
        """One value, unless an operator asks for any or all; of its type, where operators of that type ask."""
        if of is None:
            return
        if not of.startswith("ArrayOf") and not sets:
            self.rules.append(z3.Not(self.many))
        for i, (used, v) in enumerate(zip(self.used, self.values)):
            self.rules.append(z3.Implies(z3.And(self.many, used), z3.Not(self.empty(i))))
            if of == "Bool" and self.kind == "Text":
                self.rules.append(z3.Implies(used, z3.Or(v == z3.StringVal("true"), v == z3.StringVal("false"))))
            elif (of, self.kind) in (("Numeric", "Numeric"), ("Date", "Date"), ("IPAddress", "Ip")):
                self.rules.append(z3.Implies(used, z3.Or(v[0], v[1]) if of == "IPAddress" else v[0]))

    def value(self, name):
        if self.kind == "Text":
            return z3.String(name)
        if self.kind == "Numeric":
            return z3.Bool(name + "ok"), z3.Real(name), z3.Bool(name + "empty")
        if self.kind == "Date":
            return z3.Bool(name + "ok"), z3.Int(name), z3.Bool(name + "empty")
        return z3.Bool(name + "4"), z3.Bool(name + "6"), z3.Int(name), z3.Bool(name + "empty")

    def empty(self, i):
        v = self.values[i]
        if self.kind == "Text":
            return v == z3.StringVal("")
        good = z3.Or(v[0], v[1]) if self.kind == "Ip" else v[0]
        return z3.And(v[-1], z3.Not(good))

    def nothing(self):
        """Nothing, or nothing but empty texts in a list (M-7)."""
        return z3.And(self.many, *[z3.Implies(u, self.empty(i)) for i, u in enumerate(self.used)])


def hit(key, i, op, value):
    v = key.values[i]
    if op in ("StringEquals", "StringNotEquals"):
        return v == z3.StringVal(value)
    if op in ("StringLike", "StringNotLike"):
        return matches(v, value)
    if "IgnoreCase" in op:
        return nocase(v, value)
    if op == "Bool":
        return nocase(v, value) if value.lower() in ("true", "false") else z3.BoolVal(False)
    if op == "BinaryEquals":
        try:
            return v == z3.StringVal(base64.b64decode(value, validate=True).decode("ascii"))
        except UnicodeDecodeError:
            raise NotEncoded("bytes") from None
        except ValueError:
            return z3.BoolVal(False)
    if op.startswith("Arn"):
        parts = value.split(":", 5)
        if len(parts) < 6:
            return z3.BoolVal(False)
        return z3.InRe(v, concat([x for j, p in enumerate(parts) for x in
                                  ((glob(p, j < 5), z3.Re(":")) if j < 5 else (glob(p),))]))
    if op.startswith(("Numeric", "Date")):
        kind = "Numeric" if op.startswith("Numeric") else "Date"
        number = decimal(value) if kind == "Numeric" else instant(value)
        if number is None:
            return z3.BoolVal(False)
        bound = z3.RealVal(f"{number.numerator}/{number.denominator}") if kind == "Numeric" else z3.IntVal(number)
        return z3.And(v[0], ORDERS[op[len(kind):].replace("NotEquals", "Equals")](v[1], bound))
    try:
        net = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return z3.BoolVal(False)
    first, last = int(net.network_address), int(net.broadcast_address)
    return z3.And(v[0 if net.version == 4 else 1], v[2] >= first, v[2] <= last)


def condition(key, op, quantifier, exists, values):
    if op == "Null":
        absent = z3.And([z3.Not(u) for u in key.used])
        wanted = [absent if v.lower() == "true" else z3.Not(absent) for v in values if v.lower() in ("true", "false")]
        return z3.Or(wanted) if wanted else z3.BoolVal(False)
    negated = "Not" in op

    def sat(i):
        hits = z3.Or([hit(key, i, op, v) for v in values]) if values else z3.BoolVal(False)
        return z3.Not(hits) if negated else hits
    if quantifier == "foranyvalue:":
        holds = z3.And(z3.Not(key.nothing()), z3.Or([z3.And(u, sat(i)) for i, u in enumerate(key.used)]))
        absent = exists
    elif quantifier == "forallvalues:":
        holds = z3.Or(key.nothing(), z3.And([z3.Implies(u, sat(i)) for i, u in enumerate(key.used)]))
        absent = True
    else:
        holds, absent = z3.And(z3.Not(key.many), sat(0)), exists or negated
    return z3.If(key.present, holds, z3.BoolVal(absent))


class Pair:
    def __init__(self, old, new):
        self.action = z3.String("action")
        self.star = z3.Bool("star")
        self.segments = [z3.String(f"s{i}") for i in range(5)]
        self.keys = {}
        kinds, slots, sets = {}, {}, set()
        for doc in (old, new):
            for s in listed(doc["Statement"]):
                for name, block in s.get("Condition", {}).items():
                    found = operator(name)
                    for key in block if found else ():
                        kind = family(found[0])
                        known = kinds.setdefault(key.lower(), kind)
                        if known == "Null":
                            kinds[key.lower()] = kind
                        elif kind not in (known, "Null"):
                            raise NotEncoded("one key, several types")
                        slots[key.lower()] = slots.get(key.lower(), 1) + 1
                        sets |= {key.lower()} if found[1] else set()
        for key, kind in kinds.items():
            self.keys[key] = Key(key, min(slots[key], 6), "Text" if kind == "Null" else kind)
            self.keys[key].is_like(nature(key), key in sets)
        self.old, self.new = self.allowed(old), self.allowed(new)

    def actions(self, patterns):
        found = [matches(self.action, p.lower()) for p in listed(patterns)
                 if set(p) == {"*"} or (":" in p and not p.endswith(":"))]
        return z3.Or(found) if found else z3.BoolVal(False)

    def resource(self, pattern, variables):
        if pattern == "*":
            return z3.BoolVal(True)
        parts = pattern.split(":", 5)
        if variables and "${" in pattern:
            raise NotEncoded("variables")
        parts += ["*"] * (6 - len(parts))
        if not re.fullmatch(parts[0].replace("*", ".*").replace("?", "."), "arn"):
            return z3.BoolVal(False)
        return z3.And(z3.Not(self.star), *[matches(s, p, i < 4) for i, (s, p) in enumerate(zip(self.segments, parts[1:]))])

    def applies(self, s, variables):
        out = []
        action = self.actions(s.get("Action", s.get("NotAction")))
        out.append(z3.Not(action) if "NotAction" in s else action)
        resource = z3.Or([self.resource(r, variables) for r in listed(s.get("Resource", s.get("NotResource")))])
        out.append(z3.Not(resource) if "NotResource" in s else resource)
        for name, block in s.get("Condition", {}).items():
            found = operator(name)
            for key, values in block.items():
                if found is None:
                    out.append(z3.BoolVal(s["Effect"] == "Deny"))
                    continue
                values = [text_of(v) for v in listed(values)]
                if variables and family(found[0]) == "Text" and any("${" in v for v in values):
                    raise NotEncoded("variables")
                out.append(condition(self.keys[key.lower()], *found, values))
        return z3.And(out)

    def allowed(self, doc):
        variables = doc.get("Version") == "2012-10-17"
        by = {"Allow": [z3.BoolVal(False)], "Deny": [z3.BoolVal(False)]}
        for s in listed(doc["Statement"]):
            by[s["Effect"]].append(self.applies(s, variables))
        return z3.And(z3.Not(z3.Or(by["Deny"])), z3.Or(by["Allow"]))

    def universe(self):
        one = z3.Plus(INSIDE)
        out = [z3.InRe(self.action, z3.Concat(one, z3.Re(":"), one)),
               self.action != z3.StringVal("sts:getcalleridentity"),
               self.action != z3.StringVal("sts:getsessiontoken"),
               self.action != z3.StringVal("sts:assumerolewithsaml"),
               self.action != z3.StringVal("sts:assumerolewithwebidentity")]
        out += [z3.InRe(s, z3.Star(INSIDE)) for s in self.segments[:4]]
        arn = z3.Not(self.star)
        tail = self.segments[4]
        service = self.segments[1]
        changes = self.actions(["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:TagPolicy",
                                "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:UntagPolicy"])
        out.append(z3.Not(z3.And(changes, arn, service == "iam", self.segments[3] == "aws",
                                 z3.PrefixOf("policy/", tail))))
        reads = self.actions(["iam:Get*", "iam:List*", "iam:Simulate*", "iam:Generate*"])
        out.append(z3.Not(z3.And(self.actions("iam:*"), z3.Not(reads), arn, service == "iam",
                                 z3.PrefixOf("role/aws-reserved/", tail))))
        out.append(z3.Not(z3.And(self.actions(["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"]), arn,
                                 service == "kms", z3.PrefixOf("alias/aws/", tail))))
        for key in self.keys.values():
            out += key.rules
            if key.kind == "Ip":
                for four, six, n, _ in key.values:
                    out += [z3.Not(z3.And(four, six)), n >= 0, n < z3.If(four, z3.IntVal(2**32), z3.IntVal(2**128))]
        return out

    def solve(self, milliseconds):
        solver = z3.Solver()
        solver.set("timeout", milliseconds)
        solver.add(*self.universe(), self.new, z3.Not(self.old))
        return {"sat": "COUNTEREXAMPLE", "unsat": "PROVED"}.get(str(solver.check()), "UNKNOWN")


# -- documents ------------------------------------------------------------------------------------

def managed():
    if MANAGED.exists():
        return [json.loads(line)["document"] for line in MANAGED.read_text().splitlines() if line]
    found = []
    for path in sorted((ROOT / "tests" / "policy").glob("*.json")):
        for case in json.loads(path.read_text())["cases"]:
            found += [d for d in case.get("policies", {}).get("identity", []) if isinstance(d, dict)]
    return [d for d in found if all("Principal" not in s and "Effect" in s for s in listed(d.get("Statement", [])))]


def changed(dice, doc):
    """The document with one thing taken away or narrowed."""
    doc = copy.deepcopy(doc)
    doc["Statement"] = listed(doc["Statement"])
    s = dice.choice(doc["Statement"])
    what = dice.randrange(4)
    if what == 0 and len(doc["Statement"]) > 1:
        doc["Statement"].remove(s)
    elif what == 1 and isinstance(s.get("Action"), list) and len(s["Action"]) > 1:
        s["Action"].remove(dice.choice(s["Action"]))
    elif what == 2:
        s["Condition"] = {**s.get("Condition", {}), "StringLikeIfExists": {"z": "a*"}}
    else:
        s["Resource" if "NotResource" not in s else "NotResource"] = ["arn:aws:s3:::b/*", "arn:aws:sqs:*:1:q"]
    return doc


WORDS = {
    "Text": ["a", "b", "ab", "A*", "a*", "*", "", "?", "*b", "true", "arn:aws:s3:::*", "a*b*"],
    "Numeric": ["1", "2", "1.5", "-1", "x", "01.0"],
    "Date": ["2026-01-01", "2026-01-01T00:00:01Z", "1767225600", "2026-01-01T01:00:00+01:00", "x"],
    "Ip": ["10.0.0.0/8", "10.0.0.0/9", "10.1.2.3", "0.0.0.0/0", "::/0", "fd00::/8"],
}


KNOWN = {"Text": "aws:PrincipalTag/t", "Numeric": "aws:MultiFactorAuthAge", "Date": "aws:TokenIssueTime", "Ip": "aws:SourceIp"}


def random_doc(dice):
    statements = []
    for _ in range(dice.randint(1, 3)):
        s = {"Effect": dice.choice(["Allow", "Allow", "Deny"]),
             dice.choice(["Action", "Action", "NotAction"]): dice.sample(
                 ["*", "s3:*", "s3:G*", "s3:ga", "S3:Gb", "kms:*", "*:ga", "s3:?a"], dice.randint(1, 2)),
             dice.choice(["Resource", "Resource", "NotResource"]): dice.sample(
                 ["*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:*:s3:::?", "arn:aws:s3"],
                 dice.randint(1, 2))}
        if dice.random() < 0.7:
            name = dice.choice(list(OPERATORS.values()))
            kind = family(name)
            prefix = dice.choice(["", "", "ForAnyValue:", "ForAllValues:"])
            suffix = dice.choice(["", "", "IfExists"]) if kind != "Null" else ""
            values = ["true"] if kind == "Null" else dice.sample(WORDS[kind], dice.randint(1, 2))
            key = "k" if kind == "Null" else dice.choice([kind.lower(), KNOWN[kind]])
            s["Condition"] = {prefix + name + suffix: {key: values}}
        statements.append(s)
    return {"Version": "2012-10-17", "Statement": statements}


def pairs_of(dice, count):
    docs = managed()
    small = [d for d in docs if len(json.dumps(d)) < 1200]  # Z3 decides few of the larger ones in time
    for i in range(count):
        if i % 3 == 0:
            yield random_doc(dice), random_doc(dice)
        elif i % 3 == 1:
            old = dice.choice(docs)
            new = changed(dice, old)
            yield (old, new) if i % 2 else (new, old)
        else:
            yield dice.choice(small), dice.choice(small)


def ask_mantle(mantle, old, new, folder, number):
    paths = []
    for name, doc in (("old", old), ("new", new)):
        path = pathlib.Path(folder) / f"{name}{number}.json"
        path.write_text(json.dumps(doc))
        paths.append(str(path))
    done = subprocess.run([mantle, "policy", "compare", *paths, "--json"], capture_output=True, text=True, timeout=60)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def one(job):
    number, old, new, mantle, folder = job
    answer = ask_mantle(mantle, old, new, folder, number)
    try:
        return old, new, answer, Pair(old, new).solve(1000)
    except NotEncoded as why:
        return old, new, answer, f"not encoded: {why}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mantle")
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=22)
    parser.add_argument("--seed", type=int, default=20261127)
    a = parser.parse_args()
    dice, tally, wrong, start = random.Random(a.seed), {}, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ProcessPoolExecutor(2) as pool:
        jobs = [(i, old, new, a.mantle, folder) for i, (old, new) in enumerate(pairs_of(dice, a.pairs))]
        for at in range(0, len(jobs), 8):
            if time.monotonic() - start > a.seconds:
                break
            for old, new, answer, theirs in pool.map(one, jobs[at:at + 8]):
                ours = answer["verdict"]
                tally[ours, theirs] = tally.get((ours, theirs), 0) + 1
                if "UNKNOWN" not in (ours, theirs) and theirs in ("PROVED", "COUNTEREXAMPLE") and ours != theirs:
                    wrong += 1
                    print(f"mantle: {json.dumps(answer)}\nZ3: {theirs}\nold: {json.dumps(old)}\nnew: {json.dumps(new)}\n")
    for (ours, theirs), n in sorted(tally.items()):
        print(f"{n:5} mantle {ours}, Z3 {theirs}")
    both = sum(n for (x, y), n in tally.items() if x == y and x != "UNKNOWN")
    print(f"{sum(tally.values())} pairs in {time.monotonic() - start:.0f} s, {both} decided by both, {wrong} disagreements")
    return 1 if wrong or both == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
