"""tools/apigen.py: every fault in an .api file is named with its line; the IAM and STS files carry
every fact of the service models, when those are at hand."""
import json
import os
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from apilang import emit_c  # noqa: E402
from apilang.boundary import Cases  # noqa: E402
from apilang.model import ApiFault  # noqa: E402
from apilang.read import Reader, read_file  # noqa: E402

SERVICE = """service toy
  version 2000-01-01
  namespace urn:toy
  signing toy
  events toy.example
error NoSuchToy 404
pattern word [a-z]+
type name string 1..8 pattern word
enum color Red Blue
struct Tag
  Key name required
"""
OPERATION = """operation MakeToy write
  action toy:Make on *
  in Name name required
"""


def read(text):
    return Reader("toy.api", text).read()


def fault(text):
    try:
        read(text)
    except ApiFault as found:
        return str(found)
    return "no fault"


class Faults(unittest.TestCase):
    """(name, text behind the toy service's 11 lines, what is said)"""
    CASES = [
        ("unknown declaration", "opration X read\n",
         'toy.api:12: unknown declaration "opration"; expected service, error, pattern, refused, type, enum, '
         "map, struct or operation"),
        ("tab", "struct X\n\tKey name\n", "toy.api:13: a tab; indent with blanks"),
        ("second service", "service other\n",
         "toy.api:12: a second service; one file describes one service"),
        ("error without status", "error Broken\n",
         "toy.api:12: error Broken: expected an HTTP status, 400 to 599"),
        ("error with odd status", "error Broken 200\n",
         "toy.api:12: error Broken: expected an HTTP status, 400 to 599"),
        ("error twice", "error NoSuchToy 400\n",
         "toy.api:12: error NoSuchToy is declared already, at toy.api:6"),
        ("type without kind", "type size\n",
         "toy.api:12: type size: expected string, blob, int, boolean, time"),
        ("type of unknown kind", "type size integer\n",
         'toy.api:12: type size: expected string, blob, int, boolean, time, not "integer"'),
        ("type twice", "type name string\n",
         "toy.api:12: type name is declared already, at toy.api:8"),
        ("empty range", "type size int 9..1\n", "toy.api:12: empty range 9..1"),
        ("range of a boolean", "type flag boolean 0..1\n",
         "toy.api:12: type flag: a boolean has no range"),
        ("unknown pattern", "type size string pattern letters\n",
         "toy.api:12: unknown pattern letters"),
        ("odd word behind a type", "type size string secret\n",
         'toy.api:12: type size: unexpected "secret"; expected a range, pattern NAME, sensitive, '
         "repeated, urlencoded or, behind a pattern, refused SENTENCE"),
        ("enum without values", "enum shape\n", "toy.api:12: enum shape has no values"),
        ("enum value twice", "enum shape Round Round\n", "toy.api:12: enum shape has Round twice"),
        ("struct without members", "struct Empty\n", "toy.api:12: struct Empty has no members"),
        ("struct in itself", "struct Loop\n  Inner Loop[]\n",
         "toy.api:12: struct Loop contains itself"),
        ("member without type", "struct X\n  Key\n", "toy.api:13: member Key: expected its type"),
        ("member of unknown type", "struct X\n  Key nam\n", 'toy.api:13: unknown type "nam"'),
        ("member twice", "struct X\n  Key name\n  Key name\n",
         "toy.api:14: member Key is there already"),
        ("default in a struct", "struct X\n  Key name default a\n",
         'toy.api:13: member Key: unexpected "default"; expected required, sensitive, wire'),
        ("list of numbers", "struct X\n  Keys int[]\n",
         "toy.api:13: a list of int: only strings and structs are listed"),
        ("indented without a head", "", "no fault"),
        ("operation without kind", "operation X\n", "toy.api:12: operation X: expected read or write"),
        ("operation without action", "operation X read\n  in Name name\n",
         'toy.api:12: operation X has no action; "action none" says that it needs no permission'),
        ("operation with odd word", "operation X read later\n",
         'toy.api:12: operation X: unexpected "later"; expected unsigned, unbuilt or prepared'),
        ("unknown line", "operation X read\n  acton toy:X on *\n",
         'toy.api:13: unknown line "acton"; expected action, also, keys, in, out or error'),
        ("unknown error", OPERATION + "  error NoSuchTy\n",
         "toy.api:15: unknown error NoSuchTy; declare it with its status"),
        ("action without resource", "operation X read\n  action toy:X\n",
         "toy.api:13: action: expected SERVICE:Action on RESOURCE"),
        ("odd resource", "operation X read\n  action toy:X on toys of Name\n",
         'toy.api:13: "toys of Name" is not a resource; expected *, caller, arn:TEMPLATE, KIND '
         "named MEMBER [or caller], renamed KIND named MEMBER, KIND at MEMBER or user owning MEMBER"),
        ("template over nothing", "operation X read\n  action toy:X on arn:a:b::{account}:{Name}\n",
         "toy.api:13: operation X has no input Name"),
        ("resource named by nothing", "operation X read\n  action toy:X on toy named Name\n",
         "toy.api:13: operation X has no input Name"),
        ("when of nothing", OPERATION + "  also toy:Tag on * when Tags\n",
         "toy.api:15: operation MakeToy has no input Tags"),
        ("keys before the action", "operation X read\n  keys toy:Key={Name}\n",
         "toy.api:13: keys belong to the action above; there is none"),
        ("odd key", OPERATION + "  keys toy:Key=Name\n",
         'toy.api:15: "toy:Key=Name" is not a key; expected NAME={Member}, NAME=tags(Member), '
         'NAME=tag_keys(Member), NAME="literal" or NAME=boundary'),
        ("key from nothing", OPERATION + "  keys toy:Key={Nam}\n",
         "toy.api:15: operation MakeToy has no input Nam"),
        ("second action", OPERATION + "  action toy:Other on *\n",
         'toy.api:15: operation MakeToy has its action; write "also" for more'),
    ]

    def test_each(self):
        for name, text, said in self.CASES:
            with self.subTest(name):
                self.assertEqual(fault(SERVICE + text), said)

    def test_first_line(self):
        self.assertEqual(fault("  in Name name\n")[:14], "toy.api:1: ind")
        self.assertEqual(fault("service toy\n  version 1\n"),
                         "toy.api:1: service toy has no namespace")
        self.assertEqual(fault("type name string\n"), "toy.api:1: no service declared")


class Reading(unittest.TestCase):
    def test_operation(self):
        service = read(SERVICE + OPERATION + "  in Tags Tag[..3]\n  in Age 1..99 default 5\n"
                       "  also toy:Tag on arn:x:{Name} when Tags\n  keys aws:TagKeys=tag_keys(Tags)\n"
                       "  out empty\n  error NoSuchToy\n")
        made = service.operations["MakeToy"]
        self.assertTrue(made.write and made.built and made.empty_result)
        self.assertEqual([(m.name, m.type.kind) for m in made.inputs],
                         [("Name", "string"), ("Tags", "list"), ("Age", "int")])
        self.assertEqual((made.inputs[1].type.hi, made.inputs[2].default), (3, "5"))
        self.assertEqual([(a.action, a.resource, a.when) for a in made.authz],
                         [("toy:Make", "any", []), ("toy:Tag", "arn", ["Tags"])])
        self.assertEqual(made.authz[1].keys[0].kind, "tag_keys")

    def test_camel(self):
        service = read(SERVICE + OPERATION)
        self.assertEqual(service.operations["MakeToy"].inputs[0].camel, "name")

    def test_boundary_cases(self):
        cases = {c["label"]: c for c in Cases(read(SERVICE + OPERATION)).all()}
        self.assertEqual(cases["Name longest"]["code"], None)
        self.assertEqual(cases["Name too long"]["message"],
                         "1 validation error detected: Value 'aaaaaaaaa' at 'name' failed to "
                         "satisfy constraint: Member must have length less than or equal to 8")
        self.assertEqual(cases["Name with U+0060"]["code"], "ValidationError")


class Classes(unittest.TestCase):
    def test_each(self):
        for text, wanted in [
            ("[a-c]+", ([(97, 99)], 1, -1)),
            ("[\\d]*", ([(48, 57)], 0, -1)),
            ("\\d{12}", ([(48, 57)], 12, 12)),
            ("^[a-b_.-]+$", ([(45, 46), (95, 95), (97, 98)], 1, -1)),
            ("[\\u0009\\u0020-\\u00FF]+", ([(9, 9), (32, 255)], 1, -1)),
            ("[\\u10000-\\u10FFFF]+", ([(0x30, 0x10FF)], 1, -1)),
            ("[\\w._-]+", ([(45, 46), (48, 57), (65, 90), (95, 95), (97, 122)], 1, -1)),
            ("(a)|(b)", None),
            ("v[1-9]", None),
        ]:
            with self.subTest(text):
                self.assertEqual(emit_c.char_class(text), wanted)


def facts(name):
    shared = os.environ.get("MANTLE_SHARED", str(ROOT.parent / "shared"))
    path = pathlib.Path(shared) / "facts" / (name + ".json")
    return json.loads(path.read_text()) if path.exists() else None


class Facts(unittest.TestCase):
    """Member by member against the service models."""

    def check(self, name):
        model = facts(name)
        if model is None:
            self.skipTest("the service models are not at hand (MANTLE_SHARED)")
        common = read_file(ROOT / "src/service/protocol/common.api").errors
        service = read_file(ROOT / f"src/service/{name}/{name}.api", common)
        self.service, self.shapes, self.compared = service, model["shapes"], 0
        self.assertEqual(sorted(service.operations), sorted(model["operations"]))
        self.assertEqual(service.settings["version"], model["version"])
        self.assertEqual(service.settings["namespace"], model["xmlNamespace"])
        for operation, facts_of in model["operations"].items():
            made = service.operations[operation]
            self.members(operation + " in", made.inputs, facts_of["input"])
            self.members(operation + " out", made.outputs, facts_of["output"])
            self.assertEqual(made.unsigned, facts_of.get("authtype") == "none", operation)
            self.assertEqual(bool(made.outputs or made.empty_result),
                             facts_of.get("resultWrapper") is not None, operation)
            for error in facts_of["errors"]:
                fact = model["errors"][error]
                self.assertIn(fact["code"], made.errors, operation)
                known = service.errors.get(fact["code"]) or common[fact["code"]]
                self.assertEqual(known.status, fact["status"], fact["code"])
        return self.compared

    def members(self, where, members, shape_name, seen=()):
        shape = self.shapes[shape_name] if shape_name else {"members": {}}
        self.assertEqual([m.name for m in members], list(shape["members"]), where)
        for member in members:
            at = f"{where} {member.name}"
            self.assertEqual(member.required, member.name in shape.get("required", []), at)
            self.shape(at, member.type, shape["members"][member.name]["shape"], member.sensitive,
                       seen)

    def shape(self, at, made, name, sensitive, seen):
        fact = self.shapes[name]
        kind = {"integer": "int", "timestamp": "time", "structure": "struct"}.get(
            fact["type"], fact["type"])
        self.assertEqual(made.kind, kind, at)
        self.assertEqual((made.lo, made.hi), (fact.get("min", -1), fact.get("max", -1)), at)
        pattern = self.service.patterns[made.pattern].text if made.pattern else None
        self.assertEqual(pattern, fact.get("pattern"), at)
        self.assertEqual(made.enums, fact.get("enum", []), at)
        if fact.get("sensitive"):
            self.assertTrue(made.sensitive or sensitive, at)
        self.compared += 1
        if kind == "list":
            self.shape(at, made.item, fact["member"]["shape"], sensitive, seen)
        if kind == "map":
            self.shape(at, made.key, fact["key"]["shape"], sensitive, seen)
            self.shape(at, made.item, fact["value"]["shape"], sensitive, seen)
        if kind == "struct" and name not in seen:
            self.members(at, made.members, name, seen + (name,))

    def test_iam(self):
        self.assertGreater(self.check("iam"), 1500)

    def test_sts(self):
        self.assertGreater(self.check("sts"), 100)


class Tree(unittest.TestCase):
    def test_patterns_written_by_hand_are_declared(self):
        header = (ROOT / "src/service/protocol/patterns.h").read_text()
        for name in ("iam", "sts"):
            service = read_file(ROOT / f"src/service/{name}/{name}.api",
                                read_file(ROOT / "src/service/protocol/common.api").errors)
            for pattern in service.patterns.values():
                if emit_c.char_class(pattern.text) is None:
                    self.assertIn(f"bool pattern_{name}_{pattern.name}(str value);", header)

    def test_every_handler_is_written_once(self):
        """What the .api files call built has its function, and the other way round."""
        for name in ("iam", "sts"):
            service = read_file(ROOT / f"src/service/{name}/{name}.api",
                                read_file(ROOT / "src/service/protocol/common.api").errors)
            written = []
            for path in (ROOT / "src/service" / name).glob("*.c"):
                written += re.findall(rf"^enum rc\s+{name}_([A-Z][A-Za-z0-9]*)\(\s*struct rq \*", path.read_text(),
                                      re.M)
            built = [op.name for op in service.operations.values() if op.built]
            self.assertEqual(sorted(written), sorted(built))


if __name__ == "__main__":
    unittest.main()
