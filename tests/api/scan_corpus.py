"""Trees with planted keys, and decoys an adversary would choose; seeded. One writer per kind of place.

plant(root, seed) writes a tree and returns what stands in it: {(file, key id): Planted}. score() compares that
with what `mantle migrate scan --json` says. Run by hand: scan_corpus.py MANTLE [SEED...]
"""
import base64
import collections
import gzip
import io
import json
import pathlib
import random
import string
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ID_CHARS = string.ascii_uppercase + "234567"
SECRET_CHARS = string.ascii_letters + string.digits + "+/"
Planted = collections.namedtuple("Planted", "place line secret")
REFERENCE = "reference"


class Corpus:
    def __init__(self, root, seed):
        self.root, self.random, self.planted = pathlib.Path(root), random.Random(seed), {}
        self.references, self.known = {}, []

    # --- made-up values ---
    def chars(self, alphabet, n):
        return "".join(self.random.choice(alphabet) for _ in range(n))

    def key(self):
        return ("AKIA" + self.chars(ID_CHARS, 16), self.chars(SECRET_CHARS, 40))

    def hex(self, n):
        return self.chars("0123456789abcdef", n)

    def word(self):
        return self.random.choice(["billing", "orders", "media", "etl", "report", "backup", "crm", "gateway", "mailer", "ingest"])

    # --- files ---
    def write(self, path, text, binary=False):
        p = self.root / path
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_bytes(text if binary else text.encode())

    def put(self, place, path, template, keys=1, secrets=True, encode=lambda s: s, noise=True):
        """template gets i0, s0, i1, s1...; each id is planted at the line it stands on."""
        made = [self.key() for _ in range(keys)]
        values = {}
        for n, (i, s) in enumerate(made):
            values[f"i{n}"], values[f"s{n}"] = encode(i), encode(s)
        text = template
        for name, value in values.items():
            text = text.replace(f"<{name}>", value)
        if noise:
            text = text.replace("<hex40>", self.hex(40)).replace("<hex64>", self.hex(64))
            text = text.replace("<sha512>", base64.b64encode(self.random.randbytes(64)).decode())
            text = text.replace("<w>", self.word())
        self.write(path, text)
        for n, (i, s) in enumerate(made):
            line = text[:text.index(values[f"i{n}"])].count("\n") + 1
            self.planted[(path, i)] = Planted(place, line, s if secrets else None)
        return made

    def refer(self, place, path, template, name):
        text = template.replace("<w>", self.word())
        self.write(path, text)
        self.references[path] = text[:text.index(name)].count("\n") + 1


# --- one writer per kind of place ------------------------------------------------------------------------------

def github(c):
    d = f"repo-{c.word()}/.github/workflows"
    c.put("github-actions", f"{d}/deploy{c.hex(4)}.yml", """name: deploy
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@<hex40>
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: <i0>
          aws-secret-access-key: <s0>
          aws-region: eu-west-1
      - run: aws s3 sync . s3://<w>
""")
    c.refer("github-actions", f"{d}/ref{c.hex(4)}.yml", """name: x
on: push
env:
  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 ls <w>
""", "AWS_ACCESS_KEY_ID")


def gitlab(c):
    c.put("gitlab-ci", f"gl-{c.hex(4)}/.gitlab-ci.yml", """stages: [build]
variables:
  AWS_ACCESS_KEY_ID: "<i0>"
  AWS_SECRET_ACCESS_KEY: '<s0>'
  GIT_SHA: <hex40>
build:
  stage: build
  script:
    - aws s3 ls
""")


def bitbucket(c):
    c.put("bitbucket", f"bb-{c.hex(4)}/bitbucket-pipelines.yml", """pipelines:
  default:
    - step:
        script:
          - export AWS_ACCESS_KEY_ID=<i0>
          - export AWS_SECRET_ACCESS_KEY=<s0>
          - pipe: atlassian/aws-s3-deploy:1.1.0
            variables:
              AWS_ACCESS_KEY_ID: $AWS_ACCESS_KEY_ID
              S3_BUCKET: <w>
""")


def other_ci(c):
    c.put("circleci", f"cc-{c.hex(4)}/.circleci/config.yml", """version: 2.1
jobs:
  build:
    docker: [{image: cimg/base:2024.01}]
    environment:
      AWS_ACCESS_KEY_ID: <i0>
      AWS_SECRET_ACCESS_KEY: <s0>
    steps: [checkout]
""")
    c.put("buildkite", f"bk-{c.hex(4)}/.buildkite/pipeline.yml", """env:
  AWS_ACCESS_KEY_ID: "<i0>"
  AWS_SECRET_ACCESS_KEY: "<s0>"
steps:
  - command: make <w>
""")
    c.put("terraform-cloud", f"tfc-{c.hex(4)}/workspace.tf", """resource "tfe_variable" "id" {
  key          = "AWS_ACCESS_KEY_ID"
  value        = "<i0>"
  category     = "env"
  workspace_id = tfe_workspace.main.id
}
resource "tfe_variable" "secret" {
  key       = "AWS_SECRET_ACCESS_KEY"
  value     = "<s0>"
  category  = "env"
  sensitive = true
}
""")


def jenkins(c):
    c.put("jenkins", f"jk-{c.hex(4)}/Jenkinsfile", """pipeline {
  agent any
  environment {
    AWS_ACCESS_KEY_ID = '<i0>'
    AWS_SECRET_ACCESS_KEY = '<s0>'
  }
  stages { stage('x') { steps { sh 'aws s3 ls' } } }
}
""")
    c.put("jenkins", f"jk-{c.hex(4)}/jenkins/credentials.xml", """<com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl plugin="aws-credentials">
  <id>deploy</id>
  <accessKey><i0></accessKey>
  <secretKey>{AQAAABAAAAAw<sha512>}</secretKey>
</com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl>
""", secrets=False)


def terraform(c):
    d = f"infra-{c.hex(4)}"
    c.put("terraform", f"{d}/main.tf", """terraform {
  backend "s3" {
    bucket     = "state-<w>"
    access_key = "<i1>"
    secret_key = "<s1>"
  }
}
provider "aws" {
  region     = "eu-west-1"
  access_key = "<i0>"
  secret_key = "<s0>"
}
""", keys=2)
    c.put("terraform", f"{d}/prod.tfvars", """aws_access_key = "<i0>"
aws_secret_key = "<s0>"
ami_hash = "<hex40>"
""")
    c.put("terraform", f"{d}/variables.tf", """variable "aws_access_key" {
  type    = string
  default = "<i0>"
}
variable "aws_secret_key" {
  type    = string
  default = "<s0>"
}
""")
    i, s = c.key()
    state = json.dumps({"version": 4, "terraform_version": "1.6.0", "lineage": c.hex(32), "resources": [
        {"mode": "managed", "type": "aws_iam_access_key", "name": "ci", "instances": [{"attributes": {
            "id": i, "user": "ci", "encrypted_secret": None, "secret": s, "ses_smtp_password_v4": None,
            "status": "Active"}}]},
        {"type": "aws_iam_user", "instances": [{"attributes": {"unique_id": "AIDA" + c.chars(ID_CHARS, 16)}}]}]}, indent=2)
    c.write(f"{d}/terraform.tfstate", state)
    c.planted[(f"{d}/terraform.tfstate", i)] = Planted("tfstate", state[:state.index(i)].count("\n") + 1, s)


def cloudformation(c):
    c.put("cloudformation", f"cfn-{c.hex(4)}/stack.yaml", """AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  KeyId:
    Type: String
    Default: <i0>
  KeySecret:
    Type: String
    NoEcho: true
    Default: <s0>
Resources:
  Bucket:
    Type: AWS::S3::Bucket
""")
    c.put("cloudformation", f"cdk-{c.hex(4)}/stack.ts", """import * as cdk from 'aws-cdk-lib';
export class AppStack extends cdk.Stack {
  constructor(scope: any, id: string) {
    super(scope, id);
    new Thing(this, 'x', { environment: { AWS_ACCESS_KEY_ID: '<i0>', AWS_SECRET_ACCESS_KEY: '<s0>' } });
  }
}
""")


def hosts(c):
    d = f"host-{c.hex(4)}"
    c.put("systemd", f"{d}/etc/systemd/system/<w>.service".replace("<w>", c.word()), """[Unit]
Description=worker
[Service]
Environment=AWS_ACCESS_KEY_ID=<i0>
Environment="AWS_SECRET_ACCESS_KEY=<s0>"
ExecStart=/usr/bin/worker
""")
    c.put("systemd", f"{d}/one-line.service", """[Service]
Environment=AWS_ACCESS_KEY_ID=<i0> AWS_SECRET_ACCESS_KEY=<s0> LOG=1
ExecStart=/usr/bin/worker
""")
    c.put("ec2-user-data", f"{d}/user-data.sh", """#!/bin/bash
export AWS_ACCESS_KEY_ID=<i0>
export AWS_SECRET_ACCESS_KEY=<s0>
aws s3 cp s3://boot/<hex40> /opt/
""")
    i, s = c.key()
    script = f"#!/bin/sh\naws configure set aws_access_key_id {i}\naws configure set aws_secret_access_key {s}\n"
    path = f"{d}/launch-user-data.json"
    c.write(path, json.dumps({"LaunchTemplateData": {"UserData": base64.b64encode(script.encode()).decode()}}))
    c.planted[(path, i)] = Planted("ec2-user-data", 1, s)
    i, s = c.key()
    script = f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={i}\nexport AWS_SECRET_ACCESS_KEY={s}\n"
    path = f"{d}/packed-userdata.tf"
    c.write(path, f'resource "aws_instance" "x" {{\n  user_data_base64 = "{base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode()}"\n}}\n')
    c.planted[(path, i)] = Planted(None, 2, s)


def ecs(c):
    c.put("ecs", f"ecs-{c.hex(4)}/task.json", """{
  "family": "<w>",
  "containerDefinitions": [
    {"name": "app", "image": "x@sha256:<hex64>",
     "environment": [
       {"name": "AWS_ACCESS_KEY_ID", "value": "<i0>"},
       {"name": "AWS_SECRET_ACCESS_KEY", "value": "<s0>"}
     ]},
    {"name": "side",
     "environment": [
       {"value": "<i1>", "name": "AWS_ACCESS_KEY_ID"},
       {"value": "<s1>", "name": "AWS_SECRET_ACCESS_KEY"}
     ]}
  ]
}
""", keys=2)


def lambdas(c):
    c.put("lambda", f"fn-{c.hex(4)}/config.json", """{
  "FunctionName": "<w>",
  "Runtime": "python3.12",
  "CodeSha256": "b2c3Zk1VQ3h5emFiY2RlZmdoaWprbG1ub3BxcnN0dXY=",
  "RevisionId": "1f2e3d4c-5b6a-7980-1234-56789abcdef0",
  "Environment": {
    "Variables": {
      "ACCESS_KEY": "<i0>",
      "SECRET_KEY": "<s0>"
    }
  }
}
""")
    c.put("lambda", f"sls-{c.hex(4)}/serverless.yml", """service: <w>
provider:
  name: aws
  runtime: nodejs20.x
  environment:
    MY_AWS_ACCESS_KEY_ID: <i0>
    MY_AWS_SECRET_ACCESS_KEY: <s0>
functions:
  hello: {handler: handler.hello}
""")


def kubernetes(c):
    b64 = lambda s: base64.b64encode(s.encode()).decode()
    d = f"k8s-{c.hex(4)}"
    c.put("kubernetes", f"{d}/secret.yaml", """apiVersion: v1
kind: Secret
metadata:
  name: <w>
type: Opaque
data:
  aws_access_key_id: <i0>
  aws_secret_access_key: <s0>
""", encode=b64)
    c.put("kubernetes", f"{d}/string.yaml", """apiVersion: v1
kind: Secret
metadata: {name: a}
stringData:
  AWS_ACCESS_KEY_ID: <i0>
  AWS_SECRET_ACCESS_KEY: <s0>
---
apiVersion: v1
kind: Secret
metadata: {name: b}
stringData:
  AWS_SECRET_ACCESS_KEY: <s1>
  AWS_ACCESS_KEY_ID: <i1>
""", keys=2)
    c.put("kubernetes", f"{d}/deploy.yaml", """apiVersion: apps/v1
kind: Deployment
metadata:
  name: <w>
spec:
  template:
    spec:
      containers:
        - name: app
          image: x@sha256:<hex64>
          env:
            - name: AWS_ACCESS_KEY_ID
              value: <i0>
            - name: AWS_SECRET_ACCESS_KEY
              value: "<s0>"
""")
    i, s = c.key()
    ini = f"[default]\naws_access_key_id={i}\naws_secret_access_key={s}\n"
    path = f"{d}/velero.yaml"
    text = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: cloud\ndata:\n  cloud: {b64(ini)}\n"
    c.write(path, text)
    c.planted[(path, i)] = Planted("kubernetes", 6, s)
    i, s = c.key()
    path = f"{d}/helm-release.yaml"
    inner = gzip.compress(json.dumps({"config": {"aws": {"accessKey": i, "secretKey": s}}}).encode(), mtime=0)
    c.write(path, f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: sh.helm\ndata:\n  release: {base64.b64encode(base64.b64encode(inner)).decode()}\n")
    c.planted[(path, i)] = Planted("kubernetes", 6, s)
    c.put("helm-values", f"{d}/chart/values.yaml", """image:
  digest: sha256:<hex64>
aws:
  accessKeyId: <i0>
  secretAccessKey: <s0>
serviceAccount:
  create: true
""")


def docker(c):
    d = f"dk-{c.hex(4)}"
    c.put("docker-compose", f"{d}/docker-compose.yml", """services:
  app:
    image: <w>
    environment:
      - AWS_ACCESS_KEY_ID=<i0>
      - AWS_SECRET_ACCESS_KEY=<s0>
  web:
    image: <w>
    environment:
      AWS_ACCESS_KEY_ID: <i1>
      AWS_SECRET_ACCESS_KEY: <s1>
""", keys=2)
    c.put("dockerfile", f"{d}/Dockerfile", """FROM debian@sha256:<hex64>
ENV AWS_ACCESS_KEY_ID <i0>
ENV AWS_SECRET_ACCESS_KEY <s0>
ARG GIT=<hex40>
RUN make
""")
    c.put("dockerfile", f"{d}/Dockerfile.build", """FROM debian
ENV AWS_ACCESS_KEY_ID=<i0> \\
    AWS_SECRET_ACCESS_KEY=<s0> \\
    X=1
""")
    i, s = c.key()
    config = json.dumps({"config": {"Env": ["PATH=/bin", f"AWS_ACCESS_KEY_ID={i}", f"AWS_SECRET_ACCESS_KEY={s}"]}, "rootfs": {"type": "layers"}})
    j, t = c.key()
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w:gz") as tar:
        data = f"[default]\naws_access_key_id = {j}\naws_secret_access_key = {t}\n".encode()
        info = tarfile.TarInfo("root/.aws/credentials")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    image = io.BytesIO()
    with tarfile.open(fileobj=image, mode="w") as tar:
        for name, data in (("config.json", config.encode()), ("layer.tar", layer.getvalue())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    c.write(f"{d}/image.tar", image.getvalue(), binary=True)
    c.planted[(f"{d}/image.tar!config.json", i)] = Planted("dockerfile", 1, s)
    c.planted[(f"{d}/image.tar!layer.tar!root/.aws/credentials", j)] = Planted("aws-profile", 2, t)


def profile(c):
    c.put("aws-profile", f"home-{c.hex(4)}/.aws/credentials", """[default]
aws_access_key_id = <i0>
aws_secret_access_key = <s0>

[prod]
aws_secret_access_key=<s1>
aws_access_key_id=<i1>
[doc]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
""", keys=2)


def app(c):
    d = f"app-{c.hex(4)}"
    c.put("app-config", f"{d}/.env", """NODE_ENV=production
DEV_AWS_ACCESS_KEY_ID=<i0>
PROD_AWS_ACCESS_KEY_ID=<i1>
DEV_AWS_SECRET_ACCESS_KEY=<s0>
PROD_AWS_SECRET_ACCESS_KEY=<s1>
GIT_COMMIT=<hex40>
""", keys=2)
    c.put("app-config", f"{d}/application.properties", "cloud.aws.credentials.accessKey=<i0>\ncloud.aws.credentials.secretKey=<s0>\nbuild.hash=<hex40>\n")
    c.put("app-config", f"{d}/appsettings.json", '{\n  "AWS": {"AccessKey": "<i0>", "SecretKey": "<s0>"},\n  "ETag": "<hex40>"\n}\n')
    c.put("source-code", f"{d}/settings.py", "AWS_ACCESS_KEY_ID = '<i0>'\nAWS_SECRET_ACCESS_KEY = \"<s0>\"\nSECRET_KEY = 'django-insecure-<hex40>'\n")
    c.put("source-code", f"{d}/upload.py", "import boto3\ns3 = boto3.client('s3', aws_access_key_id='<i0>', aws_secret_access_key='<s0>')\n")
    c.put("source-code", f"{d}/up.js", "const s3 = new S3({ credentials: { accessKeyId: '<i0>', secretAccessKey: '<s0>' } });\n")
    c.put("source-code", f"{d}/up.go", 'package x\nvar c = credentials.NewStaticCredentials("<i0>", "<s0>", "")\n')
    c.put("source-code", f"{d}/Up.java", 'class Up { Object c = new BasicAWSCredentials("<i0>", "<s0>"); }\n')
    c.put("app-config", f"{d}/web.config", '<configuration><appSettings>\n<add key="AWSAccessKey" value="<i0>"/>\n<add key="AWSSecretKey" value="<s0>"/>\n</appSettings></configuration>\n')
    c.put("app-config", f"{d}/core-site.xml", "<property><name>fs.s3a.access.key</name><value><i0></value></property>\n<property><name>fs.s3a.secret.key</name><value><s0></value></property>\n")
    c.put("source-code", f"{d}/nb.ipynb", '{"cells":[{"cell_type":"code","source":["import os\\n","os.environ[\'AWS_ACCESS_KEY_ID\']=\'<i0>\'\\n","os.environ[\'AWS_SECRET_ACCESS_KEY\']=\'<s0>\'\\n"]}]}\n')
    i, s = c.key()
    path = f"{d}/escaped.json"
    c.write(path, json.dumps({"key": i, "secret": s}).replace("/", "\\/").replace("+", "\\u002b"))
    c.planted[(path, i)] = Planted("app-config", 1, s)
    c.put("other", f"{d}/NOTES.txt", "the key for the old bucket: <i0> / <s0>\n")
    c.put("other", f"{d}/keys.csv", "User name,Access key ID,Secret access key\nci,<i0>,<s0>\n")
    c.put("app-config", f"{d}/s3.toml", '[storage]\naccess_key_id = "<i0>"\nsecret_access_key = "<s0>"\n[other]\nchecksum = "<hex40>"\n')
    c.put("app-config", f"{d}/Web.ps1", "$env:AWS_ACCESS_KEY_ID=\"<i0>\"\n$env:AWS_SECRET_ACCESS_KEY=\"<s0>\"\n")
    i, s = c.key()
    path = f"{d}/export.reg"
    c.write(path, f'Windows Registry Editor\r\n[HKEY\\Soft]\r\n"AccessKey"="{i}"\r\n"SecretKey"="{s}"\r\n'.encode("utf-16"), binary=True)
    c.planted[(path, i)] = Planted(None, 3, s)


def config_management(c):
    c.put("config-management", f"an-{c.hex(4)}/group_vars/all.yml", "aws_access_key: <i0>\naws_secret_key: <s0>\nartifact_sha1: <hex40>\n")
    c.put("config-management", f"an-{c.hex(4)}/site-playbook.yml", """- hosts: all
  tasks:
    - amazon.aws.s3_object:
        bucket: <w>
        access_key: "<i0>"
        secret_key: "<s0>"
""")
    c.put("config-management", f"pp-{c.hex(4)}/backup.pp", "class { 'backup':\n  aws_id     => '<i0>',\n  aws_secret => '<s0>',\n}\n")
    c.put("config-management", f"ch-{c.hex(4)}/cookbooks/x/attributes/default.rb", "default['aws']['access_key_id'] = '<i0>'\ndefault['aws']['secret_access_key'] = '<s0>'\n")


def saas(c):
    c.put("saas", f"vendor-{c.hex(4)}/snowflake-stage.sql", "CREATE STAGE s URL='s3://<w>'\n  CREDENTIALS=(AWS_KEY_ID='<i0>' AWS_SECRET_KEY='<s0>');\n")
    c.put("saas", f"saas/{c.hex(4)}-fivetran.json", '{"connector": "s3", "config": {"access_key_id": "<i0>", "access_key_secret": "<s0>", "external_id": null}}\n')


def on_prem(c):
    d = f"srv-{c.hex(4)}"
    c.put("on-prem", f"{d}/rclone.conf", "[s3]\ntype = s3\nprovider = AWS\naccess_key_id = <i0>\nsecret_access_key = <s0>\n")
    c.put("on-prem", f"{d}/.s3cfg", "[default]\naccess_key = <i0>\nsecret_key = <s0>\nbucket_location = EU\n")
    c.put("on-prem", f"{d}/etc/passwd-s3fs", "<i0>:<s0>\n")
    c.put("on-prem", f"{d}/etc/cron.d/backup", "AWS_ACCESS_KEY_ID=<i0>\nAWS_SECRET_ACCESS_KEY=<s0>\n0 3 * * * root restic backup /\n")
    i, _ = c.key()
    password = base64.b64encode(b"\x04" + c.random.randbytes(32)).decode()
    path = f"{d}/mail.env"
    c.write(path, f"SMTP_HOST=email-smtp.eu-west-1.amazonaws.com\nSMTP_USER={i}\nSMTP_PASSWORD={password}\n")
    c.planted[(path, i)] = Planted("ses-smtp", 2, password)
    c.put("other", f"{d}/url.txt", "s3://<i0>:<s0>@bucket/path\n")


def archives(c):
    d = f"ar-{c.hex(4)}"
    i, s = c.key()
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("conf/app.properties", f"accessKey={i}\nsecretKey={s}\n")
    c.write(f"{d}/app.jar", data.getvalue(), binary=True)
    c.planted[(f"{d}/app.jar!conf/app.properties", i)] = Planted("app-config", 1, s)
    i, s = c.key()
    c.write(f"{d}/dump.sql.gz", gzip.compress(f"INSERT INTO k VALUES ('{i}','{s}');\n".encode()), binary=True)
    c.planted[(f"{d}/dump.sql.gz", i)] = Planted(None, 1, s)
    i, s = c.key()
    blob = c.random.randbytes(5000) + b"\x00\x14" + i.encode() + b"\x00\x28" + s.encode() + b"\x00" + c.random.randbytes(3000)
    c.write(f"{d}/Config.class", blob, binary=True)
    c.planted[(f"{d}/Config.class", i)] = Planted(None, None, s)


# --- decoys ----------------------------------------------------------------------------------------------------

def decoys(c):
    d = f"decoy-{c.hex(4)}"
    r = c.random
    resource_ids = "\n".join(p + c.chars(ID_CHARS, 16) for p in
                             ["AIDA", "AROA", "AGPA", "AIPA", "ANPA", "ANVA", "APKA", "ASCA", "ACIA", "AKIB"] * 3)
    c.write(f"{d}/ids.txt", resource_ids + "\n")
    c.write(f"{d}/docs.md", "AKIAIOSFODNN7EXAMPLE and AKIAI44QH8DHBEXAMPLE, secret je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n"
            "export AWS_ACCESS_KEY_ID=AKIAXXXXXXXXXXXXXXXX AWS_SECRET_ACCESS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
            "AKIA" + "A" * 16 + " AKIA1234567890ABCDEF AKIAABCDEFGHIJKLMNOP AKIA0000000000000000 AKIAYOURACCESSKEYID\n")
    lock = {"packages": {f"node_modules/{c.word()}{n}": {
        "resolved": f"https://registry.example/{c.hex(8)}.tgz",
        "integrity": "sha512-" + base64.b64encode(r.randbytes(64)).decode()} for n in range(60)}}
    c.write(f"{d}/package-lock.json", json.dumps(lock, indent=1))
    c.write(f"{d}/poetry.lock", "\n".join(f'    {{file = "x{n}.whl", hash = "sha256:{c.hex(64)}"}},' for n in range(50)))
    c.write(f"{d}/yarn.lock", "\n".join(f'  integrity sha1-{base64.b64encode(r.randbytes(20)).decode()}' for _ in range(60)))
    c.write(f"{d}/sums.txt", "\n".join(c.hex(n) for n in (32, 40, 64, 128) * 10))
    c.write(f"{d}/embedded.pem", "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(r.randbytes(1500)).decode() + "-----END CERTIFICATE-----\n")
    glued = [c.chars(SECRET_CHARS, 20) + "AKIA" + c.chars(ID_CHARS, 16) + c.chars(SECRET_CHARS, 20) for _ in range(20)]
    slashed = [c.chars(SECRET_CHARS, 30) + "/AKIA" + c.chars(ID_CHARS, 16) + "+" + c.chars(SECRET_CHARS, 30) for _ in range(20)]
    c.write(f"{d}/glued.txt", "\n".join(glued + slashed))
    c.write(f"{d}/longer.txt", "\n".join("AKIA" + c.chars(ID_CHARS, n) for n in (12, 15, 17, 18, 24, 36)) + "\n" +
            "\n".join("akia" + c.chars(ID_CHARS, 16).lower() for _ in range(5)) + "\n" +
            "\n".join("AKIA" + c.chars(ID_CHARS, 15) + x for x in "0189abz") + "\n")
    c.write(f"{d}/uuids.json", json.dumps([f"{c.hex(8)}-{c.hex(4)}-4{c.hex(3)}-a{c.hex(3)}-{c.hex(12)}" for _ in range(50)]))
    c.write(f"{d}/minio.env", f"access_key=minioadmin{c.hex(6)}\nsecret_key={c.chars(SECRET_CHARS, 40)}\n")
    c.write(f"{d}/gcs.json", json.dumps({"accessKeyId": "GOOG1E" + c.chars(ID_CHARS, 55), "secretAccessKey": c.chars(SECRET_CHARS, 40)}))
    c.write(f"{d}/tokens.yml", f"commit: {c.hex(40)}\netag: {c.chars(SECRET_CHARS, 40)}\nsignature: {c.chars(SECRET_CHARS, 40)}\n"
            f"csrf_token: {c.chars(SECRET_CHARS, 40)}\nsecret_name: my/secret/path\nsecret_sha1: {c.hex(40)}\n")
    c.write(f"{d}/jwt.txt", ".".join(base64.urlsafe_b64encode(r.randbytes(n)).decode().rstrip("=") for n in (30, 90, 32)))
    c.write(f"{d}/b64.yaml", "\n".join(f"blob{n}: {base64.b64encode(r.randbytes(30)).decode()}" for n in range(40)))
    c.write(f"{d}/paths.txt", "com/amazonaws/services/s3/AmazonS3Client\n/usr/share/Doc/Package7/ReadmeFirst0001\nAbstractSingletonProxyFactoryBeanManager1\n")
    c.write(f"{d}/code.py", "secret_key = os.environ['SECRET_KEY']\naws_secret_access_key = get_secret('prod/aws/key')\n"
            "SECRET_KEY = 'django-insecure-" + c.hex(34) + "'\n")
    c.write(f"{d}/arn.json", json.dumps({"RoleId": "AROA" + c.chars(ID_CHARS, 16), "PolicyId": "ANPA" + c.chars(ID_CHARS, 16),
                                         "principalId": "AIDA" + c.chars(ID_CHARS, 16) + ":sess"}))
    c.write(f"{d}/random.bin", r.randbytes(200000), binary=True)
    c.write(f"{d}/random.b64", base64.encodebytes(r.randbytes(200000)), binary=True)
    c.write(f"{d}/oidc/.github/workflows/role.yml", "on: push\npermissions: {id-token: write}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
            "      - uses: aws-actions/configure-aws-credentials@" + c.hex(40) + "\n        with:\n          role-to-assume: arn:aws:iam::123456789012:role/x\n          aws-region: eu-west-1\n")


WRITERS = [github, gitlab, bitbucket, other_ci, jenkins, terraform, cloudformation, hosts, ecs, lambdas, kubernetes,
           docker, profile, app, config_management, saas, on_prem, archives]


def plant(root, seed, rounds=3):
    c = Corpus(root, seed)
    for _ in range(rounds):
        for writer in WRITERS:
            writer(c)
        decoys(c)
    return c


def score(c, found):
    """found: parsed mantle-scan/1 with paths relative to the root."""
    got = {(f["file"], f.get("keyId")): f for f in found["findings"]}
    missed = [k for k in c.planted if k not in got]
    wrong = [k for k in got if k not in c.planted]
    unpaired = [k for k, p in c.planted.items() if k in got and p.secret and
                got[k].get("secret", {}).get("last4") != p.secret[-4:]]
    overpaired = [k for k, p in c.planted.items() if k in got and not p.secret and "secret" in got[k]]
    misplaced = [(k, p.line, got[k]["line"]) for k, p in c.planted.items() if k in got and p.line and got[k]["line"] != p.line]
    kinds = [(k, p.place, got[k]["place"]) for k, p in c.planted.items() if k in got and p.place and got[k]["place"] != p.place]
    lost_references = [p for p, line in c.references.items()
                       if not any(r["file"] == p and r["line"] == line for r in found["references"])]
    return {"planted": len(c.planted), "recall": 1 - len(missed) / len(c.planted),
            "precision": (len(got) - len(wrong)) / max(1, len(got)), "missed": missed, "wrong": wrong,
            "unpaired": unpaired + overpaired, "misplaced": misplaced, "kinds": kinds, "lost_references": lost_references}


def scan(mantle, root, *words):
    done = subprocess.run([mantle, "migrate", "scan", ".", "--json", *words], cwd=root, capture_output=True, text=True)
    found = json.loads(done.stdout)
    for f in found["findings"] + found["references"]:
        f["file"] = f["file"].removeprefix("./")
    return done, found


def main():
    for seed in sys.argv[2:] or ["1"]:
        with tempfile.TemporaryDirectory() as root:
            c = plant(root, int(seed))
            done, found = scan(sys.argv[1], root)
            result = score(c, found)
            for name, value in result.items():
                print(f"{name}: {value if not isinstance(value, list) else len(value)}")
                for row in (value if isinstance(value, list) else [])[:12]:
                    print("   ", row)


if __name__ == "__main__":
    main()
