"""The patches of mantle migrate scan: they apply, what they make parses and holds no key, and roles take over."""
import json
import shutil
import subprocess

import pytest
import yaml
from conftest import BUILD
from scan_corpus import plant

MANTLE = str(BUILD / "mantle")
ID, SECRET = "AKIA5RLBQT5PZKOIFORG", "q9X2+abcdEFghIJ12klmn/OPqr56stUVwx78YZab"
ARN = "arn:aws:iam::123456789012:role/app"


class Template(yaml.SafeLoader):
    """YAML with the tags of CloudFormation."""


Template.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))


def scan(cwd, *words):
    done = subprocess.run([MANTLE, "migrate", "scan", ".", "--json", "--no-history", *words], cwd=cwd, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def patched(tmp_path, path, text, *words, tool="git"):
    """The one file's text after its patch, and what was said about it."""
    tree = tmp_path / "tree"
    file = tree / path
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode())
    found = scan(tree, "--patches", "../out", "--role", ARN, *words)
    place, = (p for p in found["places"] if p["file"] == f"./{path}")
    patch = tmp_path / "out/tree.patch"
    if place["patched"]:
        apply(tree, patch, tool)
    return file.read_bytes().decode(), place


def apply(tree, patch, tool):
    words = ["git", "apply", str(patch)] if tool == "git" else ["patch", "-p1", "-s", "-i", str(patch)]
    done = subprocess.run(words, cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tool", ["git", "patch"])
def test_all_patches_apply_and_leave_no_key(tmp_path, tool):
    tree, out = tmp_path / "tree", tmp_path / "out"
    corpus = plant(tree, 33, rounds=2)
    found = scan(tree, "--patches", str(out))
    places = {p["file"]: p for p in found["places"]}
    apply(tree, out / "tree.patch", tool)
    left = {f["file"] for f in scan(tree)["findings"] if f["source"] == "file"}
    done = {name for name, p in places.items() if p["patched"]}
    assert len(done) >= 60
    assert not done & left, done & left
    for name in done:
        text = (tree / name).read_text()
        if name.endswith((".json", ".ipynb")):
            json.loads(text)
        if name.endswith((".yml", ".yaml")):
            list(yaml.load_all(text, Template))
    for p in places.values():
        assert p["patched"] or p["instead"], p
        assert p["row"] == 0 or p["place"] == "ses-smtp" or p["trust"]["Statement"], p
    shown = json.dumps(found) + (out / "tree.review.txt").read_text() + (out / "tree.trust.json").read_text()
    for p in corpus.planted.values():
        assert p.secret is None or p.secret not in shown
    assert (out / "tree.patch").stat().st_mode & 0o77 == 0


WORKFLOW = """name: CI
on: [push]
env:
  AWS_REGION: eu-central-1
jobs:
  deploy:
    environment: production
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.A }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}
    steps:
    - uses: actions/checkout@v4
  other:
    runs-on: ubuntu-latest
    steps: [{run: make}]
"""


def test_github_workflow_takes_the_role(tmp_path):
    text, place = patched(tmp_path, ".github/workflows/a.yml", WORKFLOW)
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["deploy"]["permissions"] == {"id-token": "write", "contents": "read"}
    assert jobs["deploy"]["steps"][0] == {"uses": "aws-actions/configure-aws-credentials@v4",
                                          "with": {"role-to-assume": ARN, "aws-region": "eu-central-1"}}
    assert "env" not in jobs["deploy"] and jobs["other"] == {"runs-on": "ubuntu-latest", "steps": [{"run": "make"}]}
    assert any("environment:" in t["text"] for t in place["traps"])


def test_github_trust_names_repository_and_environment(tmp_path):
    tree = tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    (tree / ".git/config").write_text('[remote "origin"]\n\turl = git@github.com:acme/shop.git\n')
    _, place = patched_in(tree, ".github/workflows/a.yml", WORKFLOW)
    condition = place["trust"]["Statement"][0]["Condition"]["StringEquals"]
    assert condition == {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                         "token.actions.githubusercontent.com:sub": "repo:acme/shop:environment:production"}


def patched_in(tree, path, text):
    file = tree / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    found = scan(tree, "--role", ARN)
    return found, next(p for p in found["places"] if p["file"] == f"./{path}")


def test_github_permissions_that_stand_there_are_kept(tmp_path):
    text, _ = patched(tmp_path, ".github/workflows/a.yml", WORKFLOW.replace("jobs:", "permissions:\n  packages: read\njobs:", 1))
    doc = yaml.safe_load(text)
    assert doc["permissions"] == {"id-token": "write", "packages": "read"} and "permissions" not in doc["jobs"]["deploy"]


def test_pull_request_is_a_trap(tmp_path):
    _, place = patched(tmp_path, ".github/workflows/a.yml", WORKFLOW.replace("[push]", "[pull_request]"))
    assert any("pull_request" in t["text"] for t in place["traps"])


def test_a_wildcard_under_string_equals_is_a_trap(tmp_path):
    text = json.dumps({"k": ID, "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:a/b:*"}}})
    _, place = patched(tmp_path, "trust.json", text)
    assert any("StringEquals" in t["text"] for t in place["traps"])


def test_gitlab_job_gets_a_token(tmp_path):
    text, place = patched(tmp_path, ".gitlab-ci.yml", """deploy:
  variables:
    AWS_ACCESS_KEY_ID: $KEY
    AWS_SECRET_ACCESS_KEY: $SECRET
    X: y
  before_script:
    - apk add aws-cli
  script:
    - aws s3 ls
test:
  script: [make]
""")
    doc = yaml.safe_load(text)
    assert doc["deploy"]["id_tokens"] == {"AWS_ID_TOKEN": {"aud": "sts.amazonaws.com"}}
    assert doc["deploy"]["variables"] == {"AWS_ROLE_ARN": ARN, "X": "y", "AWS_WEB_IDENTITY_TOKEN_FILE": "/tmp/aws_web_identity_token"}
    assert doc["deploy"]["before_script"][0].startswith("echo")
    assert doc["test"] == {"script": ["make"]}
    assert place["trust"]["Statement"][0]["Condition"]["StringEquals"]["gitlab.com:sub"].startswith("project_path:")


def test_kubernetes_pod_gets_a_service_account(tmp_path):
    text, place = patched(tmp_path, "deploy.yaml", f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  template:
    spec:
      containers:
      - name: api
        env:
        - name: AWS_ACCESS_KEY_ID
          valueFrom:
            secretKeyRef:
              name: aws
              key: id
        - name: AWS_SECRET_ACCESS_KEY
          value: "{SECRET}"
        - name: LOG
          value: "1"
""")
    deploy, account = yaml.safe_load_all(text)
    spec = deploy["spec"]["template"]["spec"]
    assert spec["serviceAccountName"] == account["metadata"]["name"] == "api"
    assert spec["containers"][0]["env"] == [{"name": "LOG", "value": "1"}]
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": ARN}
    subject = place["trust"]["Statement"][0]["Condition"]["StringEquals"]
    assert "system:serviceaccount:shop:api" in subject.values()


def test_ecs_task_gets_a_task_role(tmp_path):
    task = {"family": "f", "containerDefinitions": [{"name": "a", "environment": [
        {"name": "AWS_ACCESS_KEY_ID", "value": ID}, {"name": "X", "value": "1"},
        {"name": "AWS_SECRET_ACCESS_KEY", "value": SECRET}], "secrets": [{"name": "AWS_SESSION_TOKEN", "valueFrom": "arn:x"}]}]}
    for n, indent in enumerate((None, 2)):
        text, place = patched(tmp_path / str(n), "task.json", json.dumps(task, indent=indent))
        got = json.loads(text)
        assert got["taskRoleArn"] == ARN
        assert got["containerDefinitions"][0]["environment"] == [{"name": "X", "value": "1"}]
        assert "aws:SourceAccount" in json.dumps(place["trust"])


def test_terraform_assumes_the_role(tmp_path):
    text, _ = patched(tmp_path, "main.tf", """provider "aws" {
  access_key = var.k
  secret_key = var.s
}
resource "x" "y" {
  variables = {
    AWS_ACCESS_KEY_ID     = "%s"
    AWS_SECRET_ACCESS_KEY = "%s"
    OTHER                 = 1
  }
}
""" % (ID, SECRET))
    assert text == """provider "aws" {
  assume_role {
    role_arn = "%s"
  }
}
resource "x" "y" {
  variables = {
    OTHER                 = 1
  }
}
""" % ARN


def test_lines_end_as_before(tmp_path):
    text, _ = patched(tmp_path, "a.properties", f"a=b\r\naws.accessKeyId={ID}\r\naws.secretAccessKey={SECRET}\r\nz=1")
    assert text == "a=b\r\nz=1"


def test_somebody_elses_secret_stays(tmp_path):
    text, _ = patched(tmp_path, "settings.py", f"AWS_ACCESS_KEY_ID = '{ID}'\nAWS_SECRET_ACCESS_KEY = '{SECRET}'\nSECRET_KEY = 'django'\n")
    assert text == "SECRET_KEY = 'django'\n"


def test_a_dockerfile_stays_one(tmp_path):
    text, _ = patched(tmp_path, "Dockerfile", f"FROM a\nENV A=1 \\\n    AWS_ACCESS_KEY_ID={ID} \\\n    AWS_SECRET_ACCESS_KEY={SECRET}\nARG AWS_SESSION_TOKEN\nRUN x\n")
    assert text == "FROM a\nENV A=1\nRUN x\n"


def test_a_profile_of_documentation_stays(tmp_path):
    text, place = patched(tmp_path, ".aws/credentials", f"[a]\naws_access_key_id={ID}\naws_secret_access_key={SECRET}\n"
                          "[doc]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\n")
    assert "credential_process" in text and text.endswith("[doc]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\n") and SECRET not in text
    assert place["trust"]["Statement"][0]["Principal"] == {"Service": "rolesanywhere.amazonaws.com"}


@pytest.mark.parametrize("path,text,word", [
    ("mail.env", f"HOST=email-smtp.eu-west-1.amazonaws.com\nUSER={ID}\nPASSWORD=BOk3q9Lw2Xv7Zt1Rb8Yd5Nf0Hs6Jm4Pg3QcTeUaViWxS\n", "SES"),
    ("vendor-x/c.json", json.dumps({"access_key_id": ID}), "vendor"),
    ("terraform.tfstate", json.dumps({"version": 4, "resources": [{"type": "aws_iam_access_key", "id": ID}]}), "State")])
def test_no_patch_is_said_in_words(tmp_path, path, text, word):
    after, place = patched(tmp_path, path, text)
    assert after == text and not place["patched"] and word in place["todo"] and place["instead"]


def test_each_repository_has_its_own_patch(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / ".git").mkdir(parents=True)
        (tmp_path / name / "a.env").write_text(f"AWS_ACCESS_KEY_ID={ID}\nB=1\n")
    scan(tmp_path, "--patches", "out")
    for name in ("one", "two"):
        apply(tmp_path / name, tmp_path / f"out/{name}.patch", "git" if shutil.which("git") else "patch")
        assert (tmp_path / name / "a.env").read_text() == "B=1\n"


def traps(place):
    return [t["text"] for t in place["traps"]]


@pytest.mark.parametrize("name, text, says", [
    (".env.local", "PORT=1\nAWS_PROFILE=prod\n", "AWS_PROFILE in {}, line 2"),
    ("docker-compose.yml", "services:\n  a:\n    environment:\n      AWS_ACCESS_KEY_ID: ''\n", "AWS_ACCESS_KEY_ID in {}, line 4"),
    ("app.service", "[Service]\nEnvironment=AWS_EC2_METADATA_DISABLED=true\n", "AWS_EC2_METADATA_DISABLED in {}, line 2"),
    ("Dockerfile", "FROM x\nENV AWS_SHARED_CREDENTIALS_FILE /etc/keys\n", "AWS_SHARED_CREDENTIALS_FILE in {}, line 2"),
    ("config", "[default]\ncredential_process = /opt/keys\n", "credential_process in {}, line 2"),
    (".env.local", "# AWS_PROFILE=prod\nMY_AWS_PROFILE=x\nAWS_PROFILE_NAME=y\nunset AWS_PROFILE\nAWS_EC2_METADATA_DISABLED=false\n", None),
    ("notes.txt", "AWS_PROFILE=prod\n", None),
])
def test_what_shadows_the_role_in_files_without_keys(tmp_path, name, text, says):
    file = tmp_path / "tree" / "app" / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    (tmp_path / "tree" / "app" / ".env").write_text(f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n")
    place, = scan(tmp_path / "tree")["places"]
    said = [t for t in traps(place) if " in ./app/" in t]
    assert (len(said) == 1 and said[0].startswith(says.format(f"./app/{name}"))) if says else said == []


def test_what_shadows_the_role_in_the_file_itself(tmp_path):
    after, place = patched(tmp_path, "app/.env", f"AWS_PROFILE=prod\nAWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n")
    assert after == "AWS_PROFILE=prod\n"
    assert any(t.startswith("AWS_PROFILE is left") for t in traps(place))


TRUSTS_GITHUB = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
    "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}}]}
TRUSTS_EC2 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                                              "Action": "sts:AssumeRole"}]}
DEPLOY = f"""on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: {ID}
          aws-secret-access-key: {SECRET}
          aws-region: us-east-1
"""


def with_roles(tmp_path, roles, origin="https://github.com/acme/shop.git"):
    """A repository with a pipeline and an application, and the folder of `mantle migrate roles`."""
    arn = "arn:aws:iam::123456789012:user/ci-bot"
    estate = tmp_path / "estate"
    estate.mkdir()
    (estate / "account-authorization-details.json").write_text(json.dumps({"UserDetailList": [
        {"Path": "/", "UserName": "ci-bot", "UserId": "AIDA1", "Arn": arn, "CreateDate": "2024-01-01T00:00:00Z"}],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": []}))
    (estate / "access-keys.json").write_text(json.dumps([{"AccessKeyMetadata": [
        {"UserName": "ci-bot", "AccessKeyId": ID, "Status": "Active", "CreateDate": "2024-01-01T00:00:00Z"}]}]))
    for folder, trust in roles.items():
        (tmp_path / "roles" / "ci-bot" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "roles" / "ci-bot" / folder / "policy.json").write_text('{"Version":"2012-10-17","Statement":[]}')
        (tmp_path / "roles" / "ci-bot" / folder / "trust.json").write_text(json.dumps(trust, indent=2))
    tree = tmp_path / "tree"
    (tree / ".github" / "workflows").mkdir(parents=True)
    (tree / ".github" / "workflows" / "deploy.yml").write_text(DEPLOY)
    (tree / ".env").write_text(f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n")
    (tree / ".git").mkdir()
    (tree / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {origin}\n')
    found = scan(tree, "--estate", str(estate), "--roles", str(tmp_path / "roles"))
    return {p["place"]: p for p in found["places"]}


def test_patches_name_the_roles_that_were_made(tmp_path):
    places = with_roles(tmp_path, {f"{ID}-1": TRUSTS_EC2, f"{ID}-2": TRUSTS_GITHUB})
    for place, number in (("app-config", 1), ("github-actions", 2)):
        assert places[place]["role"] == f"arn:aws:iam::123456789012:role/ci-bot-{ID}-{number}"
        assert not [t for t in traps(places[place]) if "trust policy of" in t or "programs use this key" in t]


def test_a_role_that_does_not_let_the_place_in_is_said(tmp_path):
    places = with_roles(tmp_path, {".": TRUSTS_GITHUB}, origin="git@github.com:acme/other.git")
    assert places["github-actions"]["role"] == "arn:aws:iam::123456789012:role/ci-bot"
    assert any("names another subject than repo:acme/other:" in t for t in traps(places["github-actions"]))
    assert any("does not let this place in" in t for t in traps(places["app-config"]))


def test_which_of_several_roles_is_not_known(tmp_path):
    places = with_roles(tmp_path, {f"{ID}-1": TRUSTS_EC2, f"{ID}-2": TRUSTS_EC2})
    assert any(t.startswith("2 programs use this key") for t in traps(places["github-actions"]))


def test_without_a_role_it_is_called_as_the_user(tmp_path):
    places = with_roles(tmp_path, {})
    assert {p["role"] for p in places.values()} == {"arn:aws:iam::123456789012:role/ci-bot"}
