"""Each rule in SECURITY.md names tests, and each test it names is there and runs."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = range(1, 14)
CLASSES = 11


def is_there(path, name):
    """A Python test is collected by its name; a C test must be defined and listed."""
    python, c = ROOT / f"tests/{path}.py", ROOT / f"tests/{path}.c"
    if python.exists():
        return re.search(rf"^def {name}\(", python.read_text(), re.M) is not None
    if not c.exists():
        return False
    text = c.read_text()
    return bool(re.search(rf"^static (?:void|enum rc) {name}\(", text, re.M)) and \
        bool(re.search(rf"\b(?:cmocka_unit_test\w*|[A-Z_]*TEST|CASE)\({name}\b", text))


def faults(page):
    rows = re.findall(r"^\| (?!rule|class|promise|---)(.*?) \| (.*) \|$", page, re.M)
    rows = [(rule, re.findall(r"`((?:api|unit)/[^`:]*)::([^`]*)`", tests)) for rule, tests in rows
            if "::" in tests or re.match(r"\d+\. ", rule)]
    for rule, tests in rows:
        if not tests:
            yield f"no test of: {rule}"
        for path, name in tests:
            if not is_there(path, name):
                yield f"{rule}: tests/{path} has no {name}"
    numbered = [int(found[1]) for rule, _ in rows if (found := re.match(r"(\d+)\. ", rule))]
    if missing := sorted(set(RULES) - set(numbered)):
        yield f"no row for rules {missing}"
    if len(rows) - len(numbered) < CLASSES:
        yield "a class of failures has no row"


def self_check(page):
    """What the check is for, it finds."""
    name = "test_planted_secrets_are_nowhere"
    assert any(name + "x" in fault for fault in faults(page.replace(name, name + "x")))
    assert any("[13]" in fault for fault in faults(re.sub(r"^\| 13\..*\n", "", page, flags=re.M)))


def main():
    page = (ROOT / "SECURITY.md").read_text()
    self_check(page)
    found = list(faults(page))
    for fault in found:
        print(f"SECURITY.md: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
