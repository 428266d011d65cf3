#!/usr/bin/env python3
"""docs/lint-findings.md from src/lint/checks.def.

usage: lintdoc.py CHECKS.def OUT.md     writes the page
       lintdoc.py CHECKS.def OUT.md -c  ends with 1 when the page is not what would be written
"""
import pathlib
import re
import sys

HEAD = """# What `mantle policy check` finds

Made from `src/lint/checks.def` by `tools/lintdoc.py`. Codes are the names of issues that AWS's
ValidatePolicy uses; the sentences are Mantle's own. *Syntax* means that IAM refuses to store the
document; without it, the document can be stored but does not do what it seems to.
"""
TITLES = {"ERROR": "Errors", "SECURITY_WARNING": "Security warnings", "WARNING": "Warnings",
          "SUGGESTION": "Suggestions"}
ABOUT = {"ERROR": "A part of the policy does not work.",
         "SECURITY_WARNING": "The policy allows more than it should, or denies less than it seems to.",
         "WARNING": "The policy works, but perhaps not as meant.",
         "SUGGESTION": "The policy can be shorter or clearer."}
ROW = re.compile(r'^CHECK\((\w+),\s*(\w+),\s*(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', re.M)


def text_of(literals):
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', literals)
    return "".join(parts).replace('\\"', '"').replace("|", "\\|")


def page(source):
    rows = [(m[1], m[2], m[3], text_of(m[4]), text_of(m[5])) for m in ROW.finditer(source)]
    assert len(rows) == source.count("\nCHECK("), "a row does not read as one"
    out = HEAD
    for severity, title in TITLES.items():
        mine = [row for row in rows if row[1] == severity]
        out += f"\n## {title} ({len(mine)})\n\n{ABOUT[severity]}\n\n| code | what it means | what to write instead |\n| --- | --- | --- |\n"
        for code, _, kind, meaning, advice in sorted(mine):
            mark = {"SYNTAX": " *Syntax.*", "OWN": " *Mantle's own code.*"}.get(kind, "")
            out += f"| `{code}` | {meaning}{mark} | {advice} |\n"
    return out


def main(args):
    if len(args) < 2:
        raise SystemExit(__doc__)
    wanted, path = page(pathlib.Path(args[0]).read_text()), pathlib.Path(args[1])
    if args[2:] == ["-c"]:
        if path.read_text() != wanted:
            raise SystemExit(f"{path} is out of date: run tools/lintdoc.py src/lint/checks.def {path}")
    else:
        path.write_text(wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
