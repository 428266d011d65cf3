#!/usr/bin/env python3
"""The trail map: from events of CloudTrail to permissions, where the names alone do not say it.

usage: trailmap.py CATALOGUE.txt TRAIL-MAP.txt OUT.c    data/trail-map.txt as tables of C

data/trail-map.txt says what its lines mean. A row that names a service, action or resource type that
data/catalogue.txt does not have ends the build: a grant that AWS does not know is never proposed.
"""
import pathlib
import re
import sys

CERTAINTY = {"": "CERTAIN", "~": "LIKELY", "?": "POSSIBLE"}
WORDS = {"certain": "CERTAIN", "likely": "LIKELY", "possible": "POSSIBLE"}
HOWS = {"": "WHOLE", "last": "LAST", "tail-slash": "LAST", "tail": "TAIL", "bucket": "BUCKET", "key": "KEY",
        "noslash": "NOSLASH", "noslash-prefix": "UNDER", "prefix": "STARTS", "lambda": "LAMBDA",
        "lambda-name": "LAMBDA_NAME", "keyid": "KEY_ID", "alias": "ALIAS", "path": "PATH", "secret": "SECRET",
        "family": "FAMILY", "revision": "REVISION", "model": "LAST", "type": "TYPE_NAME", "wafscope": "WAF_SCOPE",
        "domain": "DOMAIN", "document": "DOCUMENT"}
WHYS = {"authref", "api", "guide", "trail", "seen"}


def fail(where, what):
    raise SystemExit(f"{where}: {what}")


def catalogue(path):
    actions, types, prefix = {}, {}, None
    for line in path.read_text().splitlines():
        kind, *fields = line.split("\t")
        if kind == "S":
            prefix = fields[0]
            actions[prefix], types[prefix] = set(), {}
        elif kind == "A":
            actions[prefix].add(fields[0])
        elif kind == "R":
            types[prefix][fields[0]] = re.findall(r"\$\{(\w+)\}", fields[1])
    return actions, types


def text(s):
    return "STR_INIT(\"" + s.replace("\\", "\\\\").replace('"', '\\"') + "\")"


class Map:
    def __init__(self, path, actions, types):
        self.actions, self.types = actions, types
        self.rows = {kind: [] for kind in "PEHRCWIV"}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("#") or not line:
                continue
            kind, *fields = line.split("\t")
            where = f"{path}:{number}"
            if kind not in self.rows:
                fail(where, f"unknown row {kind!r}")
            if fields[-1] not in WHYS:
                fail(where, f"{fields[-1]!r} is no source: {', '.join(sorted(WHYS))}")
            getattr(self, "row_" + kind)(where, *fields[:-1])
        self.check_hints(path)

    def has_action(self, where, action):
        prefix, _, name = action.partition(":")
        if name not in self.actions.get(prefix, ()):
            fail(where, f"{action} is no action of the catalogue")

    def has_prefix(self, where, prefix):
        if prefix not in self.actions:
            fail(where, f"{prefix} is no service of the catalogue")

    def row_P(self, where, source, prefix):
        self.has_prefix(where, prefix)
        if source in self.actions and source != prefix:
            fail(where, f"{source} is a service of its own")
        if source != prefix:
            self.rows["P"].append((source, prefix))

    def row_E(self, where, events, targets):
        prefix, _, names = events.partition(":")
        self.has_prefix(where, prefix)
        wanted = []
        for target in [] if targets == "-" else targets.split(" "):
            found = re.fullmatch(r"([\w-]+:\w+)([~?]?)(?:@([\w-]+))?", target)
            if not found:
                fail(where, f"what is {target!r}?")
            self.has_action(where, found[1])
            wanted.append((found[1], CERTAINTY[found[2]], found[3] or ""))
        for name in names.split("|"):
            if targets != "-" and wanted == [(f"{prefix}:{name}", "CERTAIN", "")]:
                continue
            self.rows["E"].append((f"{prefix}:{name}", tuple(wanted)))

    def paths(self, where, paths):
        out = []
        for path in [] if paths == "-" else paths.split("|"):
            path, _, fallback = path.partition("=")
            path, _, how = path.partition(">")
            if how not in HOWS:
                fail(where, f"there is no way {how!r} to take a part")
            out.append((path, HOWS[how], fallback))
        return tuple(out)

    def row_H(self, where, hint, variable, paths):
        self.rows["H"].append((hint, variable, self.paths(where, paths)))

    def row_R(self, where, variable, paths):
        prefix, kind, name = variable.split(":")
        if name not in self.types.get(prefix, {}).get(kind, ()):
            fail(where, f"{variable} is no variable of the catalogue")
        self.rows["R"].append((variable, self.paths(where, paths)))

    def row_C(self, where, action, resource, also, certainty, condition):
        self.has_action(where, action)
        self.has_action(where, also)
        key, _, value = condition.partition("=") if condition != "-" else ("", "", "")
        if not re.fullmatch(r"(arn:.*|profile:|secret:|response:|object:|same:|own:|star:|sse:)(\{[\w.-]+\})?", resource) and not resource.startswith("arn:"):
            fail(where, f"what is {resource!r}?")
        self.rows["C"].append((action, resource, also, WORDS[certainty], key, value))

    def row_W(self, where, action):
        self.has_action(where, action)
        self.rows["W"].append((action,))

    def row_I(self, where, front, prefix, kind):
        if kind not in self.types.get(prefix, {}):
            fail(where, f"{prefix} has no resource type {kind}")
        self.rows["I"].append((front, prefix, kind))

    def row_V(self, where, name):
        prefix, _, kind = name.partition(":")
        if kind not in self.types.get(prefix, {}):
            fail(where, f"{prefix} has no resource type {kind}")
        self.rows["V"].append((name,))

    def check_hints(self, path):
        known = {hint for hint, _, _ in self.rows["H"]}
        for event, targets in self.rows["E"]:
            for _, _, hint in targets:
                if hint and hint not in known:
                    fail(path, f"{event}: no row says what {hint} is")
        for kind in "PER":
            names = [row[0].lower() for row in self.rows[kind]]
            twice = {n for n in names if names.count(n) > 1}
            if twice:
                fail(path, f"said twice: {', '.join(sorted(twice))}")


NO_TARGET = "{ STR_INIT(\"\"), MAP_CERTAIN, STR_INIT(\"\") }"
NO_PATH = "{ { STR_INIT(\"\"), TAKE_WHOLE, STR_INIT(\"\") } }, 0"


def c_paths(paths):
    rows = ", ".join(f"{{ {text(p)}, TAKE_{how}, {text(fallback)} }}" for p, how, fallback in paths)
    return f"{{ {rows} }}, {len(paths)}" if paths else NO_PATH


def table(kind, name, rows):
    return f"const struct {kind} {name}[] = {{\n" + "".join(f"    {{ {row} }},\n" for row in rows) + \
        f"}};\nconst size_t {name}_count = {len(rows)};\n\n"


def write(m, out):
    fold = lambda row: row[0].lower()
    sources = [f"{text(s)}, {text(p)}" for s, p in sorted(m.rows["P"], key=fold)]
    events = []
    for name, targets in sorted(m.rows["E"], key=lambda r: (r[0].endswith("*"), r[0].lower())):
        each = ", ".join(f"{{ {text(a)}, MAP_{c}, {text(h)} }}" for a, c, h in targets)
        events.append(f"{text(name)}, {{ {each or NO_TARGET} }}, {len(targets)}")
    variables = [f"{text(v)}, {c_paths(p)}" for v, p in sorted(m.rows["R"], key=fold)]
    hints = [f"{text(h)}, {text(v)}, {c_paths(p)}" for h, v, p in m.rows["H"]]
    companions = [f"{text(a)}, {text(r)}, {text(also)}, MAP_{c}, {text(k)}, {text(v)}"
                  for a, r, also, c, k, v in sorted(m.rows["C"], key=fold)]
    ids = [f"{text(f)}, {text(p)}, {text(k)}" for f, p, k in sorted(m.rows["I"], key=lambda r: (-len(r[0]), r[0]))]
    out.write_text("/* Made from data/trail-map.txt by tools/trailmap.py. */\n#include \"trailmap/rows.h\"\n\n" +
                   table("map_source", "map_sources", sources) + table("map_event", "map_events", events) +
                   table("map_variable", "map_variables", variables) + table("map_hint", "map_hints", hints) +
                   table("map_companion", "map_companions", companions) +
                   table("map_id", "map_ids", ids) +
                   table("map_word", "map_whole", [text(w) for w, in sorted(m.rows["W"], key=fold)]) +
                   table("map_word", "map_short_lived", [text(v) for v, in sorted(m.rows["V"], key=fold)]))


def main(args):
    if len(args) != 3:
        raise SystemExit(__doc__)
    write(Map(pathlib.Path(args[1]), *catalogue(pathlib.Path(args[0]))), pathlib.Path(args[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
