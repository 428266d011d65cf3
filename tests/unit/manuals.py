"""The manual pages made of --help: every command and option is in them, and mandoc has nothing to say."""
import re
import shutil
import subprocess
import sys

TOOL, MANTLE = sys.argv[1:3]


def run(*words, text=None):
    return subprocess.run(words, capture_output=True, text=True, check=True, input=text).stdout


def commands_of(*words):
    found = re.search(r"^Commands:\n((?:  .*\n)+)", run(MANTLE, *words, "--help"), re.M)
    return [line.split()[0] for line in found[1].splitlines()] if found else []


def check(command):
    words = [] if command == "mantle" else [command]
    page = run(sys.executable, TOOL, MANTLE, command, "January 1, 2026")
    plain = page.replace("\\-", "-")
    asked = [words] + ([[*words, sub] for sub in commands_of(*words)] if words else [])
    options = 0
    for one in asked:
        for option in re.findall(r"^  (?:-\w,|   ) --([\w-]+)", run(MANTLE, *one, "--help"), re.M):
            assert f"Fl -{option}" in plain, (one, option)
            options += 1
    for sub in commands_of(*words):
        assert f".It Cm {sub}\n" in page, sub
    if shutil.which("mandoc"):
        said = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, text=True)
        assert said.returncode == 0 and not said.stdout, (command, said.stdout)
    return options


assert commands_of() and sum(check(c) for c in ["mantle", *commands_of()]) > 100
print("every command and option has its place in a manual page")
