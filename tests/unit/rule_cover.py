#!/usr/bin/env python3
"""Every rule of docs/evaluation-rules.md has a test that names it: a case of tests/policy/, or a test
of the unit and API suites for what no case can say. Prints how many rules have cases on both sides,
allowed and not allowed; that number must not fall."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOTH_SIDES_LEAST = 140


def rules():
    text = (ROOT / "docs/evaluation-rules.md").read_text()
    return re.findall(r"^\| ([A-Z]+(?:-ARN)?-\d+) \|", text, re.MULTILINE)


def cases():
    """rule -> the results its cases expect"""
    found = {}
    for path in sorted((ROOT / "tests/policy").glob("*.json")):
        seen = set()
        for case in json.loads(path.read_text())["cases"]:
            if case["id"] in seen:
                sys.exit(f"{path.name}: {case['id']} stands there twice")
            seen.add(case["id"])
            named = case["rule"]
            for rule in [named] if isinstance(named, str) else named:
                found.setdefault(rule, set()).add(case["expect"])
    return found


def named_tests():
    """rule -> a test file that names it"""
    found = {}
    for folder, pattern in [("tests/unit", "*.c"), ("tests/api", "*.py")]:
        for path in sorted((ROOT / folder).rglob(pattern)):
            if path.name.startswith(("slow_", "random_case")):
                continue
            for rule in re.findall(r"(?<![\w-])[A-Z]+(?:-ARN)?-\d+(?![\w-])", path.read_text()):
                found.setdefault(rule, path.relative_to(ROOT))
    return found


def main():
    wanted, by_case, by_name = rules(), cases(), named_tests()
    if len(wanted) != len(set(wanted)):
        sys.exit("docs/evaluation-rules.md has a rule twice")
    for rule in sorted(set(by_case) - set(wanted)):
        sys.exit(f"tests/policy/: a case names {rule}, which is no rule")
    bare = [rule for rule in wanted if rule not in by_case and rule not in by_name]
    both = [r for r in wanted if "allow" in by_case.get(r, ()) and len(by_case[r]) > 1]
    print(f"{len(wanted)} rules: {len(by_case)} with cases, {len(both)} of them on both sides; "
          f"{sum(r not in by_case and r in by_name for r in wanted)} in other tests only")
    if "-v" in sys.argv:
        print("one side only:", *[r for r in wanted if r in by_case and r not in both])
        print("other tests only:", *[f"{r} ({by_name[r]})" for r in wanted
                                     if r not in by_case and r in by_name])
    if bare:
        sys.exit("no test names " + ", ".join(bare))
    if len(both) < BOTH_SIDES_LEAST:
        sys.exit(f"only {len(both)} rules are tested on both sides, not {BOTH_SIDES_LEAST}")


if __name__ == "__main__":
    main()
