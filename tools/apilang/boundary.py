"""Boundary cases for every declared limit of every operation, with the exact refusal.

This is a second, independent reading of the constraints: it decides in Python what the server
decides in C, and tests/api/test_boundaries.py sends each case to a real server.

A case is {service, version, operation, label, form, code, message}; code null: the request must
get past validation, whatever happens then. A form value is a text, or [text, times].
"""
import re

from .emit_c import char_class

ECHO_MAX = 8196       # longer values are withheld
BODY_MAX = 900_000    # cases that do not fit a request body are left out
LONG = 256            # longer texts are written [text, times]

# Values of a given length for the patterns that are more than one class of characters.
SAMPLES = {
    "alias": lambda n: "a" * n,
    "organizationId": lambda n: "o-" + "a" * max(n - 2, 10),
    "organizationPath": lambda n: "o-" + "a" * 10 + "/r-" + "a" * 4 + "/" * max(n - 19, 0),
    "organizationPolicy": lambda n: "p-" + "a" * max(n - 2, 8),
    "path": lambda n: "/" if n < 3 else "/" + "a" * (n - 2) + "/",
    "pathPrefix": lambda n: "/" + "a" * (n - 1),
    "policyPath": lambda n: "/" if n < 3 else "/" + "a" * (n - 2) + "/",
    "url": lambda n: "https://" + "a" * max(n - 8, 0),
    "version": lambda n: "v" + "1" * max(n - 1, 1),
}
# Members with a meaning beyond their type: a valid request has a valid document.
PREFERRED = "aZ09"


class Cases:
    def __init__(self, service):
        self.service = service
        self.cases = []
        self.sentence = None
        self.left_out = 0
        self.classes = {p.name: char_class(p.text) for p in service.patterns.values()}
        for name, found in self.classes.items():
            if found is None and name not in SAMPLES:
                raise KeyError(f"{__file__}: no sample for pattern {name}")

    # --- values

    def letter(self, made):
        """A character the type takes."""
        found = self.classes.get(made.pattern)
        if found is None:
            return "a"
        for want in PREFERRED:
            if any(first <= ord(want) <= last for first, last in found[0]):
                return want
        return chr(found[0][0][0])

    def text(self, made, length):
        if length == 0:
            return ""
        if made.pattern and self.classes[made.pattern] is None:
            return SAMPLES[made.pattern](length)
        return self.letter(made) * length

    def valid(self, made):
        if made.kind == "boolean":
            return "true"
        if made.kind == "int":
            return max(made.lo, 0)
        if made.kind == "time":
            return "2026-01-01T00:00:00Z"
        if made.kind == "blob":
            return "AAAA"
        if made.kind == "list":
            return [self.valid(made.item)] * max(made.lo, 1)
        if made.kind == "struct":
            # On the wire a struct is there by its members: at least one.
            needed = [m for m in made.members if m.required] or made.members[:1]
            return {m.name: self.valid(m.type) for m in needed}
        if made.enums:
            return made.enums[0]
        found = self.classes.get(made.pattern)
        exact = found[1] if found and found[1] == found[2] else 1
        return self.text(made, max(made.lo, exact, 1))

    # --- the second validator

    def pattern_holds(self, name, value):
        found = self.classes[name]
        if found is None:
            return re.fullmatch(self.service.patterns[name].text, value, re.ASCII) is not None
        ranges, lo, hi = found
        return len(value) >= lo and (hi < 0 or len(value) <= hi) and all(
            any(first <= ord(char) <= last for first, last in ranges) for char in value)

    def refusals(self, members, value, path="", sensitive=False):
        found = []
        for member in sorted(members, key=lambda member: member.late):
            at = f"{path}.{member.camel}" if path else member.camel
            secret = sensitive or member.sensitive
            if member.name in value:
                found += self.refusals_of(member.type, value[member.name], at, secret)
            elif member.required:
                null = "" if "null" in self.service.withholds else "null "
                found.append(f"Value {null}at '{at}' failed to satisfy constraint: "
                             "Member must not be null")
        return found

    def refusals_of(self, made, value, at, secret):
        secret = secret or made.sensitive
        if made.kind == "struct":
            return self.refusals(made.members, value, at, secret)
        if made.kind == "list":
            return self.refusals_of_list(made, value, at, secret)
        withheld = secret or ("length" in self.service.withholds and not made.repeated)
        if made.kind == "int":
            return self.bounds(made, value, None if withheld else str(value), "value", at)
        if made.kind != "string":
            return []
        shown = None if secret or len(value.encode()) > ECHO_MAX else value
        bound = None if withheld else shown
        found = []
        if made.enums and value not in made.enums:
            withheld = "enum" in self.service.withholds
            values = "" if withheld else f": [{', '.join(made.enums)}]"
            found.append(self.refusal(None if withheld else shown, at,
                                      "satisfy enum value set" + values))
        lengths = self.bounds(made, len(value), bound, "length", at)
        if made.sentence and not value and made.lo == 1:
            lengths = []
        patterns = self.refusals_of_pattern(made, value, at, shown)
        if "length" in self.service.withholds:
            return found + lengths + patterns
        return found + patterns + lengths

    def refusals_of_pattern(self, made, value, at, shown):
        if not made.pattern or self.pattern_holds(made.pattern, value):
            return []
        if made.sentence:
            about = at.rpartition(".")[2]
            self.sentence = self.sentence or made.sentence.replace("{member}", about)
            return []
        withheld = "pattern" in self.service.withholds
        text = self.service.patterns[made.pattern].text
        return [self.refusal(None if withheld else shown, at,
                             "satisfy regular expression pattern: " + text)]

    def refusals_of_list(self, made, value, at, secret):
        found = self.bounds(made, len(value), None, "length", at)
        item = made.item
        if item.kind == "struct":
            for count, each in enumerate(value, 1):
                found += self.refusals_of(item, each, f"{at}.{count}.member", secret)
            return found
        if all(self.item_holds(item, each) for each in value):
            return found
        demands = ["satisfy enum value set"] if item.enums else []
        demands += [f"have length less than or equal to {item.hi}"] if item.hi >= 0 else []
        demands += [f"have length greater than or equal to {item.lo}"] if item.lo >= 0 else []
        if item.pattern:
            demands += ["satisfy regular expression pattern: " +
                        self.service.patterns[item.pattern].text, "not be null"]
        whole = ", ".join("Member must " + demand for demand in demands)
        return found + [self.refusal(None, at, f"satisfy constraint: [{whole}]")]

    def item_holds(self, item, value):
        if item.kind != "string":
            return True
        return ((not item.enums or value in item.enums) and not self.bounds(item, len(value), None, "", "")
                and (not item.pattern or self.pattern_holds(item.pattern, value)))

    def bounds(self, made, size, shown, what, at):
        found = []
        if 0 <= made.hi < size:
            found.append(self.refusal(shown, at, f"have {what} less than or equal to {made.hi}"))
        if size < made.lo:
            found.append(self.refusal(shown, at, f"have {what} greater than or equal to {made.lo}"))
        return found

    @staticmethod
    def refusal(shown, at, text):
        value = "" if shown is None else f"'{shown}' "
        return f"Value {value}at '{at}' failed to satisfy constraint: Member must {text}"

    # --- the cases

    def all(self):
        for operation in self.service.operations.values():
            base = {m.name: self.valid(m.type) for m in operation.inputs if m.required}
            self.add(operation, "valid", base)
            for member in operation.inputs:
                if member.required:
                    self.add(operation, f"{member.name} missing",
                             {k: v for k, v in base.items() if k != member.name})
                for label, value in self.variants(member.type):
                    self.add(operation, f"{member.name} {label}", {**base, member.name: value})
                self.add_malformed(operation, member, base)
        return self.cases

    def variants(self, made):
        if made.kind == "struct":
            yield from self.struct_variants(made)
        elif made.kind == "list":
            yield from self.list_variants(made)
        elif made.kind == "int":
            yield from self.int_variants(made)
        elif made.kind == "string" and made.enums:
            yield "unknown value", "No" + made.enums[0]
            yield "last value", made.enums[-1]
        elif made.kind == "string":
            yield from self.length_variants(made)
            yield from self.character_variants(made)

    def struct_variants(self, made):
        base = self.valid(made)
        for member in made.members:
            if member.required:
                yield f"{member.name} missing", {k: v for k, v in base.items() if k != member.name}
            for label, value in self.variants(member.type):
                yield f"{member.name} {label}", {**base, member.name: value}

    def list_variants(self, made):
        item = self.valid(made.item)
        yield "empty", []
        if made.hi >= 0:
            yield "most items", [item] * made.hi
            yield "one item too many", [item] * (made.hi + 1)
        for label, value in self.variants(made.item):
            yield f"item {label}", [value]

    @staticmethod
    def int_variants(made):
        if made.lo >= 0:
            yield "below", made.lo - 1
            yield "least", made.lo
        if made.hi >= 0:
            yield "most", made.hi
            yield "above", made.hi + 1

    def length_variants(self, made):
        if made.lo > 0:
            yield "too short", self.text(made, made.lo - 1)
            yield "shortest", self.text(made, made.lo)
        if made.hi >= 0:
            yield "longest", self.text(made, made.hi)
            yield "too long", self.text(made, made.hi + 1)

    def character_variants(self, made):
        if not made.pattern:
            return
        found = self.classes[made.pattern]
        size = max(made.lo, 1)
        if found is None:
            # \x20 stands in none of the patterns written by hand.
            yield "with a blank", self.text(made, size) + " "
            return
        ranges = [r for r in found[0] if r[0] < 0x2000 or r[1] == 0xFFFD][:12]
        edges = sorted({point for each in ranges for point in each if can_be_sent(point)})
        if found[2] < 0 and edges:
            text = "".join(map(chr, edges))
            yield "with each class", text[:made.hi] if made.hi >= 0 else text
        outside = [point for first, last in ranges for point in (first - 1, last + 1)
                   if can_be_sent(point) and not inside(found[0], point)]
        for point in sorted(set(outside))[:6]:
            yield f"with U+{point:04X}", self.text(made, size - 1) + chr(point)

    # --- writing them down

    def add(self, operation, label, value):
        self.sentence = None  # of a broken pattern that is refused in words of its own
        found = self.refusals(operation.inputs, value)
        code = message = None
        if not found and self.sentence:
            code, message = "ValidationError", self.sentence
        if found:
            plural = "" if len(found) == 1 else "s"
            code = "ValidationError"
            message = f"{len(found)} validation error{plural} detected: " + "; ".join(found)
        form = {}
        for member in operation.inputs:
            if member.name in value:
                flatten(member.type, member.wire, value[member.name], form)
        self.put(operation, label, form, code, message)

    def add_malformed(self, operation, member, base):
        bad = {"int": ("abc", None),
               "boolean": ("maybe", "Expected true or false"),
               "list": ("x", "Unexpected list element termination"),
               "struct": ("x", "Unexpected complex element termination")}.get(member.type.kind)
        if bad is None:
            return
        form = {}
        for each in operation.inputs:
            if each.name in base:
                flatten(each.type, each.wire, base[each.name], form)
        form = {name: value for name, value in form.items()
                if name.split(".")[0] != member.wire}
        form[member.wire] = bad[0]
        self.put(operation, f"{member.name} malformed", form, "MalformedInput",
                 f"{bad[1]}: {member.wire}" if bad[1] else "")

    def put(self, operation, label, form, code, message):
        if sum(len(name) + 3 * len(value) for name, value in form.items()) > BODY_MAX:
            self.left_out += 1
            return
        packed = {name: [value[0], len(value)]
                  if len(value) > LONG and value == value[0] * len(value) else value
                  for name, value in form.items()}
        self.cases.append({"service": self.service.name,
                           "version": self.service.settings["version"],
                           "operation": operation.name, "label": label, "form": packed,
                           "code": code, "message": message})


def flatten(made, name, value, form):
    if made.kind == "list":
        if not value:
            form[name] = ""
        for count, item in enumerate(value, 1):
            flatten(made.item, f"{name}.member.{count}", item, form)
    elif made.kind == "struct":
        for member in made.members:
            if member.name in value:
                flatten(member.type, f"{name}.{member.wire}", value[member.name], form)
    else:
        form[name] = str(value)


def inside(ranges, point):
    return any(first <= point <= last for first, last in ranges)


def can_be_sent(point):
    """Characters XML can carry; the server refuses the others before it looks at patterns."""
    return point in (9, 10, 13) or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD
