"""Three clients behind one face, so that one test says what all of them must see.

    client.iam("CreateUser", UserName="bob")          # the answer as a dict
    with failing("NoSuchEntity", 404, "The user ..."):
        client.iam("GetUser", UserName="none")
    client.pages("iam", "ListUsers", size=2)          # the client's own paginator
    client.wait("iam", "RoleExists", RoleName="r")    # the client's own waiter

Members are named as AWS's model names them; each client brings them into its own form.
"""
import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import urllib.parse

import botocore
import botocore.exceptions
import pytest

HERE = pathlib.Path(__file__).resolve().parent
SDK = HERE / "js" / "node_modules" / "@aws-sdk" / "client-iam"


class Failure(Exception):
    def __init__(self, code, message, status=None):
        super().__init__(f"{status} {code}: {message}")
        self.code, self.message, self.status = code, message, status


@contextlib.contextmanager
def failing(code, status=None, message=None):
    """The call inside must fail so; message is the whole text. The aws command shows no status."""
    said = Failure("", "")
    with pytest.raises(Failure) as caught:
        yield said
    said.__dict__.update(caught.value.__dict__)
    assert said.code == code, said
    if status is not None and said.status is not None:
        assert said.status == status, said
    if message is not None:
        assert said.message == message


def document_of(value):
    """A policy document, which some clients hand over decoded and some as it was sent."""
    return json.loads(urllib.parse.unquote(value)) if isinstance(value, str) else value


class Worker:
    """A process that answers one line of JSON with another."""

    def __init__(self, words):
        self.words, self.process = words, None

    def ask(self, request):
        if self.process is None:
            self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.words} ended"
        return json.loads(line)

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(20)
            self.process.stdout.close()


class Client:
    """One of the clients as one caller uses it."""

    def __init__(self, caller):
        self.caller = caller

    def of(self, caller):
        return type(self)(caller)

    def iam(self, operation, **members):
        return self.call("iam", operation, members)

    def sts(self, operation, **members):
        return self.call("sts", operation, members)

    def session(self, answer):
        """The same client with the credentials of an answer."""
        given = answer["Credentials"]
        return self.of(self.caller.server.caller(given["AccessKeyId"], given["SecretAccessKey"],
                                                 given["SessionToken"]))

    def assume(self, role_arn, name="session", **members):
        return self.session(self.sts("AssumeRole", RoleArn=role_arn, RoleSessionName=name, **members))


class Boto3(Client):
    name = "boto3"

    def method(self, service, operation):
        return getattr(self.caller.client(service), botocore.xform_name(operation))

    def call(self, service, operation, members):
        with self.complaints():
            return self.method(service, operation)(**members)

    def pages(self, service, operation, size, **members):
        paginator = self.caller.client(service).get_paginator(botocore.xform_name(operation))
        with self.complaints():
            return list(paginator.paginate(**members, PaginationConfig={"PageSize": size}))

    def wait(self, service, condition, **members):
        waiter = self.caller.client(service).get_waiter(botocore.xform_name(condition))
        waiter.wait(**members, WaiterConfig={"Delay": 1, "MaxAttempts": 5})

    @contextlib.contextmanager
    def complaints(self):
        try:
            yield
        except botocore.exceptions.ClientError as error:
            raise Failure(error.response["Error"]["Code"], error.response["Error"].get("Message", ""),
                          error.response["ResponseMetadata"]["HTTPStatusCode"]) from error


class Aws(Client):
    """Debian's command, its options made from the members."""
    name = "aws"
    worker = Worker(["/usr/bin/python3", str(HERE / "aws_command.py")])

    def run(self, *words):
        done = self.worker.ask({"words": ["--endpoint-url", self.caller.server.url, "--output", "json", *words],
                                "env": self.caller.environment()})
        if done["status"] != 0:
            said = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation"
                             r"(?: \(reached max retries: \d+\))?: (.*)\n\Z", done["err"], re.S)
            assert said, done
            raise Failure(said[1], said[2])
        return json.loads(done["out"]) if done["out"].strip() else {}

    def words(self, members):
        for name, value in members.items():
            option = "--" + botocore.xform_name(name, "-")
            if isinstance(value, bool):
                yield option if value else option.replace("--", "--no-", 1)
            elif isinstance(value, list) and all(isinstance(item, str) for item in value):
                yield from (option, *value)
            else:
                yield from (option, value if isinstance(value, str) else json.dumps(value))

    def call(self, service, operation, members):
        paging = ["--no-paginate"] if re.match(r"List|GetGroup$|GetAccountAuthorizationDetails$", operation) else []
        return self.run(service, botocore.xform_name(operation, "-"), *paging, *self.words(members))

    def pages(self, service, operation, size, **members):
        """The command joins the pages it fetches: so this is one."""
        return [self.run(service, botocore.xform_name(operation, "-"), "--page-size", str(size),
                         *self.words(members))]

    def wait(self, service, condition, **members):
        self.run(service, "wait", botocore.xform_name(condition, "-"), *self.words(members))


class JavaScript(Client):
    name = "js"
    worker = Worker([shutil.which("node") or "node", str(HERE / "js" / "drive.mjs")])

    def ask(self, kind, service, operation, members, **more):
        caller = self.caller
        credentials = {"accessKeyId": caller.key, "secretAccessKey": caller.secret}
        if caller.token:
            credentials["sessionToken"] = caller.token
        answer = self.worker.ask({"kind": kind, "service": service, "operation": operation, "input": members,
                                  "url": caller.server.url, "ca": caller.server.ca, "credentials": credentials,
                                  **more})
        if "error" in answer:
            said = answer["error"]
            raise Failure(said["code"], said["message"], said["status"])
        return answer["ok"]

    def call(self, service, operation, members):
        return self.ask("call", service, operation, members)

    def pages(self, service, operation, size, **members):
        return self.ask("pages", service, operation, members, size=size)

    def wait(self, service, condition, **members):
        assert self.ask("wait", service, condition, members) == "SUCCESS"


ALL = [Boto3, Aws, JavaScript]


def close_all():
    for kind in ALL:
        if hasattr(kind, "worker"):
            kind.worker.close()


def need(kind):
    if kind is JavaScript and not SDK.is_dir():
        pytest.fail("the AWS SDK for JavaScript is not installed: run tools/js-clients", pytrace=False)
    return kind
