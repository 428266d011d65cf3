"""No operation that is built goes without a test through every client."""
import ast
import pathlib
import re

import botocore.session

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


def newer():
    """(service, operation) of those that AWS added after the distribution's clients were made."""
    session = botocore.session.get_session()
    known = {service: set(session.get_service_model(service).operation_names) for service in ("iam", "sts")}
    return {(service, name) for service, name in built() if name not in known[service]}


def sent_raw(tree):
    """The operation of each request written out in a test: raw.call(caller, "CreateDelegationRequest", IAM)."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and ast.unparse(node.func) in ("raw.call", "call") and len(node.args) > 1
                and isinstance(node.args[1], ast.Constant)):
            yield ("iam" if len(node.args) > 2 and ast.unparse(node.args[2]) in ("raw.IAM", "IAM") else "sts",
                   node.args[1].value)


def test_every_built_operation_is_driven_by_every_client():
    seen = {call for path in FILES for call in called(ast.parse(path.read_text()))}
    assert len(seen) > 80
    assert sorted(set(built()) - seen - newer()) == []


def test_operations_newer_than_the_clients_are_sent_as_aws_describes_them():
    seen = {call for path in FILES[0].parent.glob("test_*.py") for call in sent_raw(ast.parse(path.read_text()))}
    driven = {call for path in FILES for call in called(ast.parse(path.read_text()))}
    assert sorted(newer() - seen - driven) == []


def test_the_check_itself_finds_calls_in_code_alone():
    tree = ast.parse('client.iam("CreateUser")\n"client.iam(\'GetUser\')"\n# client.sts("GetX")\nx.iam(name)\n')
    assert list(called(tree)) == [("iam", "CreateUser")]
