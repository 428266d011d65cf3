"""No operation that is built goes without a test through every client."""
import ast
import pathlib
import re

from conftest import ROOT

FILES = sorted(pathlib.Path(__file__).parent.glob("test_every_client_*.py"))


def built():
    for service in ("iam", "sts"):
        text = (ROOT / f"src/service/{service}/{service}.api").read_text()
        for name, words in re.findall(r"^operation (\w+)(.*)$", text, re.M):
            if "unbuilt" not in words.split():
                yield service, name


def called(tree):
    """(service, operation) of each call written out in a test: client.iam("CreateUser", ...)."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("iam", "sts")
                and node.args and isinstance(node.args[0], ast.Constant)):
            yield node.func.attr, node.args[0].value


def test_every_built_operation_is_driven_by_every_client():
    seen = {call for path in FILES for call in called(ast.parse(path.read_text()))}
    assert len(seen) > 80
    assert sorted(set(built()) - seen) == []


def test_the_check_itself_finds_calls_in_code_alone():
    tree = ast.parse('client.iam("CreateUser")\n"client.iam(\'GetUser\')"\n# client.sts("GetX")\nx.iam(name)\n')
    assert list(called(tree)) == [("iam", "CreateUser")]
