"""The seventeen kinds of place again, written as people do when nobody tells them how: other spellings, quotes,
line ends, encodings and nestings than scan_corpus.py has; and more that looks like a key and is none.

Run by hand: scan_corpus_odd.py MANTLE [SEED...]
"""
import base64
import bz2
import io
import json
import lzma
import plistlib
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import urllib.parse
import zipfile

import scan_corpus
from scan_corpus import Planted, score, scan

b64 = lambda text: base64.b64encode(text.encode()).decode()


def ci(c, d):
    c.put("github-actions", f"{d}/a/.github/workflows/deploy.yml", """name: deploy
on: push
env: {AWS_REGION: eu-west-1, AWS_ACCESS_KEY_ID: '<i0>', AWS_SECRET_ACCESS_KEY: '<s0>'}
jobs:
  x:
    runs-on: ubuntu-latest
    steps:
      - run: |
          export AWS_ACCESS_KEY_ID=<i1>
          export AWS_SECRET_ACCESS_KEY=<s1>
          aws s3 sync . s3://b
""", keys=2)
    c.put("github-actions", f"{d}/b/.github/workflows/inputs.yaml", """on: [push]
jobs:
  x:
    steps:
    - uses: aws-actions/configure-aws-credentials@<hex40>
      with:
        aws-secret-access-key: "<s0>"   # rotate
        aws-region: eu-west-1
        aws-access-key-id: "<i0>"
""")
    c.put("github-actions", f"{d}/c/.github/workflows/matrix.yml", """jobs:
  x:
    strategy:
      matrix:
        include:
          - {env: dev, id: <i0>, secret: '<s0>'}
          - {env: prod, id: <i1>, secret: '<s1>'}
""", keys=2)
    c.put("gitlab-ci", f"{d}/d/.gitlab-ci.yml", """variables:
  AWS_ACCESS_KEY_ID:
    value: "<i0>"
    description: "of the deployer"
  AWS_SECRET_ACCESS_KEY:
    value: "<s0>"
    expand: false
deploy:
  script:
    - >
      AWS_ACCESS_KEY_ID=<i1>
      AWS_SECRET_ACCESS_KEY=<s1>
      aws s3 ls
""", keys=2)
    c.put(None, f"{d}/e/gitlab-variables-export.json", """[{"variable_type":"env_var","key":"AWS_ACCESS_KEY_ID","value":"<i0>","protected":true,"masked":false,"environment_scope":"*"},
{"variable_type":"env_var","key":"AWS_SECRET_ACCESS_KEY","value":"<s0>","protected":true,"masked":true,"environment_scope":"*"}]
""")
    c.put("bitbucket", f"{d}/f/bitbucket-pipelines.yml", """pipelines:
  default:
    - step:
        script:
          - pipe: atlassian/aws-s3-deploy:1.1.0
            variables:
              AWS_ACCESS_KEY_ID: "<i0>"
              AWS_SECRET_ACCESS_KEY: "<s0>"
              S3_BUCKET: "b"
""")
    c.put("circleci", f"{d}/g/.circleci/config.yml", """version: 2.1
jobs:
  build:
    docker:
      - image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1
        aws_auth:
          aws_access_key_id: <i0>
          aws_secret_access_key: <s0>
""")
    c.put("buildkite", f"{d}/h/.buildkite/hooks/environment", """#!/bin/bash
set -euo pipefail
[[ $BUILDKITE_PIPELINE_SLUG == web ]] && { AWS_ACCESS_KEY_ID='<i0>'; AWS_SECRET_ACCESS_KEY='<s0>'; export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; }
""")
    c.put("jenkins", f"{d}/i/Jenkinsfile", """pipeline {
  agent any
  environment {
    AWS_ACCESS_KEY_ID     = '<i0>'
    AWS_SECRET_ACCESS_KEY = '<s0>'
  }
  stages { stage('x') { steps { sh "AWS_ACCESS_KEY_ID=<i1> AWS_SECRET_ACCESS_KEY=<s1> aws s3 ls" } } }
}
""", keys=2)
    c.put("jenkins", f"{d}/j/jenkins/credentials.xml", """<?xml version='1.1' encoding='UTF-8'?>
<com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl plugin="aws-credentials@191">
  <scope>GLOBAL</scope>
  <id><hex40></id>
  <accessKey><i0></accessKey>
  <secretKey><s0></secretKey>
</com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl>
""")
    c.put(None, f"{d}/k/appveyor.yml", """artifacts:
deploy:
  provider: S3
  access_key_id: <i0>
  secret_access_key: <s0>
""")
    c.put(None, f"{d}/l/.travis.yml", """deploy:
  provider: s3
  access_key_id: "<i0>"
  secret_access_key: "<s0>"
  bucket: b
""")
    c.put(None, f"{d}/m/azure-pipelines.yml", """variables:
- name: aws.accessKeyId
  value: <i0>
- name: aws.secretAccessKey
  value: <s0>
""")
    c.put(None, f"{d}/n/.drone.yml", """steps:
- name: upload
  image: plugins/s3
  settings: {bucket: b, access_key: <i0>, secret_key: <s0>}
""")


def terraform(c, d):
    c.put("terraform", f"{d}/heredoc.tf", """resource "aws_instance" "w" {
  user_data = <<-EOF
    #!/bin/bash
    cat > /root/.aws/credentials <<CRED
    [default]
    aws_access_key_id=<i0>
    aws_secret_access_key=<s0>
    CRED
  EOF
}
""")
    c.put("terraform", f"{d}/backend.tf", """terraform {
  backend "s3" {
    bucket     = "state"
    access_key = "<i0>"
    secret_key = "<s0>"
  }
}
provider "aws" { # one line
  alias = "b"
  access_key="<i1>"
  secret_key="<s1>" }
""", keys=2)
    c.put("terraform", f"{d}/map.auto.tfvars", """accounts = {
  "dev" = { "key" = "<i0>", "secret" = "<s0>" }
  "prod" = { "key" = "<i1>", "secret" = "<s1>" }
}
""", keys=2)
    c.put("terraform", f"{d}/vars.tfvars.json", """{"aws_access_key":"<i0>","aws_secret_key":"<s0>","commit":"<hex40>"}""")
    c.put("tfstate", f"{d}/terraform.tfstate", """{
  "version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "1f2e3d4c-5b6a-7980-1234-56789abcdef0",
  "resources": [
    {"mode": "managed", "type": "aws_iam_access_key", "name": "k",
     "instances": [{"attributes": {
       "create_date": "2024-01-02T03:04:05Z",
       "encrypted_secret": null,
       "id": "<i0>",
       "key_fingerprint": null,
       "secret": "<s0>",
       "ses_smtp_password_v4": "BKw1kqzq0vYp8uVZK3n9xXh7m2Qe5rTgLd4sFjNbCaWy",
       "status": "Active", "user": "svc"}}]}
  ]
}
""")
    c.put("tfstate", f"{d}/outputs.tfstate", """{"version":4,"terraform_version":"1.5.7","outputs":{"key":{"value":"<i0>","type":"string"},"secret":{"value":"<s0>","type":"string","sensitive":true}},"resources":[]}""")
    c.put("terraform", f"{d}/terragrunt.hcl", """remote_state {
  backend = "s3"
  config = {
    access_key = "<i0>"
    secret_key = "<s0>"
  }
}
""")
    c.put("terraform-cloud", f"{d}/workspace.tf", """resource "tfe_variable" "id" {
  key      = "AWS_ACCESS_KEY_ID"
  value    = "<i0>"
  category = "env"
}
resource "tfe_variable" "secret" {
  key       = "AWS_SECRET_ACCESS_KEY"
  value     = "<s0>"
  category  = "env"
  sensitive = true
}
""")
    c.put("ec2-user-data", f"{d}/image.pkr.hcl", """source "amazon-ebs" "x" {
  access_key = "<i0>"
  secret_key = "<s0>"
}
""")
    plan = {"planned_values": {"root_module": {"resources": [{"values": {"user_data": "#!/bin/sh\nexport AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n"}}]}}}
    i, s = c.key()
    path = f"{d}/plan.json"
    c.write(path, json.dumps(plan).replace("{}", i, 1).replace("{}", s, 1))
    c.planted[(path, i)] = Planted(None, 1, s)


def cloud(c, d):
    c.put("cloudformation", f"{d}/stack.yaml", """AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  AccessKey: {Type: String, NoEcho: true, Default: <i0>}
  SecretKey:
    Type: String
    NoEcho: true
    Default: <s0>
Resources:
  X: {Type: 'AWS::S3::Bucket'}
""")
    c.put(None, f"{d}/params.json", """[
  {"ParameterKey": "AccessKeyId", "ParameterValue": "<i0>"},
  {"ParameterKey": "SecretAccessKey", "ParameterValue": "<s0>"}
]
""")
    c.put("ecs", f"{d}/taskdef.json", """{"family":"w","containerDefinitions":[{"name":"app","environment":[{"name":"S3_KEY","value":"<i0>"},{"name":"S3_SECRET","value":"<s0>"},{"name":"BUILD","value":"<hex40>"}]}]}""")
    c.put("lambda", f"{d}/template.yaml", """AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          KEY_ID: <i0>
          KEY_SECRET: <s0>
""")
    c.put("lambda", f"{d}/get-function.json", """{"Configuration":{"FunctionName":"f","Runtime":"python3.12","CodeSha256":"<hex64>","Environment":{"Variables":{"AWS_KEY":"<i0>","AWS_SECRET":"<s0>"}}}}""")
    c.put("ec2-user-data", f"{d}/cloud-init.yaml", """#cloud-config
write_files:
  - path: /home/app/.aws/credentials
    permissions: '0600'
    content: |
      [default]
      aws_access_key_id = <i0>
      aws_secret_access_key = <s0>
""")
    i, s = c.key()
    inner = f"[default]\r\naws_access_key_id = {i}\r\naws_secret_access_key = {s}\r\n"
    path = f"{d}/cloud-init-b64.yaml"
    c.write(path, "#cloud-config\nwrite_files:\n  - path: /x\n    encoding: b64\n    content: " + b64(inner) + "\n")
    c.planted[(path, i)] = Planted("ec2-user-data", 5, s)
    i, s = c.key()
    path = f"{d}/wrapped-user-data.json"
    wrapped = base64.encodebytes(("#!/bin/bash\n# " + "x" * 90 + f"\nexport AWS_ACCESS_KEY_ID={i}\nexport AWS_SECRET_ACCESS_KEY={s}\n").encode()).decode()
    c.write(path, json.dumps({"UserData": wrapped}))
    c.planted[(path, i)] = Planted("ec2-user-data", 1, s)


def kubernetes(c, d):
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: w\n"
    c.put("kubernetes", f"{d}/quoted.yaml", head + 'data:\n  "access-key": "<i0>"\n  "secret-key": "<s0>"\n', encode=b64)
    c.put("kubernetes", f"{d}/newline.yaml", head + "data:\n  AWS_ACCESS_KEY_ID: <i0>\n  AWS_SECRET_ACCESS_KEY: <s0>\n",
          encode=lambda s: b64(s + "\n"))
    i, s = c.key()
    path = f"{d}/dump.json"
    c.write(path, json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "uid": "1f2e3d4c-5b6a-7980-1234-56789abcdef0"},
         "data": {"s3.key": b64(i), "s3.secret": b64(s)}}]}, indent=4))
    c.planted[(path, i)] = Planted("kubernetes", None, s)
    i, s = c.key()
    path = f"{d}/last-applied.yaml"
    applied = json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"annotations": {}, "name": "x"},
                          "stringData": {"AWS_ACCESS_KEY_ID": i, "AWS_SECRET_ACCESS_KEY": s}})
    c.write(path, "apiVersion: v1\nkind: Secret\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      "
            + applied + "\n  name: x\n")
    c.planted[(path, i)] = Planted("kubernetes", 6, s)
    i, s = c.key()
    path = f"{d}/folded.yaml"
    env = f"AWS_ACCESS_KEY_ID={i}\nAWS_SECRET_ACCESS_KEY={s}\nREGION=eu-west-1\nBUCKET=one\nOTHER=two\n"
    lines = b64(env)
    folded = "\n".join("    " + lines[n:n + 64] for n in range(0, len(lines), 64))
    c.write(path, head + "data:\n  .env: >-\n" + folded + "\n")
    c.planted[(path, i)] = Planted("kubernetes", None, s)
    c.put("kubernetes", f"{d}/configmap.yaml", """apiVersion: v1
kind: ConfigMap
metadata: {name: w}
data:
  application.yml: |
    cloud:
      aws:
        credentials:
          access-key: <i0>
          secret-key: <s0>
  flat.properties: "aws.accessKeyId=<i1>\\naws.secretKey=<s1>\\n"
""", keys=2)
    c.put("kubernetes", f"{d}/cronjob.yaml", """apiVersion: batch/v1
kind: CronJob
metadata: {name: w}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: x
            args: ["--aws-access-key=<i0>", "--aws-secret-key=<s0>"]
            command:
            - /bin/x
            - --access-key-id
            - <i1>
            - --secret-access-key
            - <s1>
""", keys=2)
    c.put("helm-values", f"{d}/values-prod.yaml", """thanos:
  objstoreConfig: |-
    type: s3
    config:
      bucket: b
      access_key: "<i0>"
      secret_key: "<s0>"
extraEnv:
  - {name: AWS_ACCESS_KEY_ID, value: "<i1>"}
  - {name: AWS_SECRET_ACCESS_KEY, value: "<s1>"}
""", keys=2)
    c.put(None, f"{d}/kustomize/.env.secret", "AWS_ACCESS_KEY_ID=<i0>\r\nAWS_SECRET_ACCESS_KEY=<s0>\r\n")
    c.put(None, f"{d}/externaldns.sh", "kubectl create secret generic aws --from-literal=access-key='<i0>' --from-literal=secret-key='<s0>'\n"
          "helm upgrade x ./x --set aws.accessKey=<i1>,aws.secretKey=<s1>\n", keys=2)


def docker(c, d):
    c.put("docker-compose", f"{d}/compose.yaml", """x-env: &env
  AWS_ACCESS_KEY_ID: "<i0>"
  AWS_SECRET_ACCESS_KEY: "<s0>"
services:
  app:
    image: w
    environment: {<<: *env, MODE: x}
  old:
    build: .
    environment: ["AWS_ACCESS_KEY_ID=<i1>", "AWS_SECRET_ACCESS_KEY=<s1>"]
  logs:
    image: w
    command: --awslogs-key '<i2>' --awslogs-secret '<s2>'
""", keys=3)
    c.put("dockerfile", f"{d}/app.Dockerfile", """FROM alpine AS build
ARG aws_access_key_id=<i0>
ARG aws_secret_access_key="<s0>"
RUN aws configure set aws_access_key_id <i1> && \\
    aws configure set aws_secret_access_key <s1>
""", keys=2)
    c.put(None, f"{d}/build.sh", "docker build --build-arg AWS_ACCESS_KEY_ID=<i0> \\\n  --build-arg AWS_SECRET_ACCESS_KEY=<s0> -t x .\n"
          "docker run -e AWS_ACCESS_KEY_ID=<i1> -e AWS_SECRET_ACCESS_KEY=<s1> --rm x\n", keys=2)
    c.put(None, f"{d}/inspect.json", """[{"Id":"sha256:<hex64>","Config":{"Env":["PATH=/bin","AWS_ACCESS_KEY_ID=<i0>","AWS_SECRET_ACCESS_KEY=<s0>"]},
"ContainerConfig":{"Cmd":["/bin/sh","-c","#(nop) ","ENV AWS_ACCESS_KEY_ID=<i1> AWS_SECRET_ACCESS_KEY=<s1>"]}}]
""", keys=2)
    c.put(None, f"{d}/history.txt", "<hex64>   3 weeks ago   /bin/sh -c #(nop)  ENV AWS_ACCESS_KEY_ID=<i0> AWS_SECRET_ACCESS_KEY=<s0>   0B\n")


def hosts(c, d):
    c.put("systemd", f"{d}/etc/systemd/system/w.service.d/10-aws.conf", """[Service]
Environment="AWS_ACCESS_KEY_ID=<i0>" "AWS_SECRET_ACCESS_KEY=<s0>"
""")
    c.put("systemd", f"{d}/etc/systemd/system/v.service", """[Service]
Environment=AWS_ACCESS_KEY_ID=<i0> \\
            AWS_SECRET_ACCESS_KEY=<s0>
ExecStart=/bin/sh -c 'AWS_ACCESS_KEY_ID=<i1> AWS_SECRET_ACCESS_KEY=<s1> exec worker'
""", keys=2)
    c.put(None, f"{d}/etc/default/worker", "# EnvironmentFile\nAWS_ACCESS_KEY_ID='<i0>'\nAWS_SECRET_ACCESS_KEY='<s0>'\n")
    c.put("aws-profile", f"{d}/home/.aws/credentials", """ [ default ]
   aws_access_key_id=   <i0>
\taws_secret_access_key   =<s0>
[work]\r
AWS_ACCESS_KEY_ID = <i1>\r
AWS_SECRET_ACCESS_KEY = <s1>\r
# [old]
;aws_access_key_id = <i2>
;aws_secret_access_key = <s2>
""", keys=3)
    c.put("aws-profile", f"{d}/home/.aws/config", """[profile x]
region = eu-west-1
aws_access_key_id = <i0>
aws_secret_access_key = <s0>
aws_session_token = IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ
""")
    c.put(None, f"{d}/home/.bash_history", "cd /srv\nexport AWS_ACCESS_KEY_ID=<i0>; export AWS_SECRET_ACCESS_KEY=<s0>\n"
          "AWS_ACCESS_KEY_ID=<i1> AWS_SECRET_ACCESS_KEY=<s1> aws sts get-caller-identity\n#1700000000\n"
          "aws configure set aws_access_key_id <i2>\naws configure set aws_secret_access_key <s2>\n", keys=3)
    c.put(None, f"{d}/home/.zsh_history", ": 1700000000:0;export AWS_ACCESS_KEY_ID=<i0>\n: 1700000003:0;export AWS_SECRET_ACCESS_KEY=<s0>\n")
    c.put(None, f"{d}/home/.config/fish/config.fish", "set -gx AWS_ACCESS_KEY_ID <i0>\nset -gx AWS_SECRET_ACCESS_KEY <s0>\n")
    c.put(None, f"{d}/win/setup.ps1", "$env:AWS_ACCESS_KEY_ID = '<i0>'\r\n$env:AWS_SECRET_ACCESS_KEY = '<s0>'\r\n"
          "Set-AWSCredential -AccessKey <i1> -SecretKey <s1> -StoreAs x\r\n", keys=2)
    c.put(None, f"{d}/win/setup.cmd", "@echo off\r\nset AWS_ACCESS_KEY_ID=<i0>\r\nset AWS_SECRET_ACCESS_KEY=<s0>\r\nsetx AWS_ACCESS_KEY_ID \"<i1>\"\r\nsetx AWS_SECRET_ACCESS_KEY \"<s1>\"\r\n", keys=2)
    for name, codec in (("utf16le", "utf-16"), ("utf16be", "utf-16-be")):
        i, s = c.key()
        text = f"[default]\r\naws_access_key_id = {i}\r\naws_secret_access_key = {s}\r\n"
        data = text.encode(codec) if codec == "utf-16" else b"\xfe\xff" + text.encode(codec)
        c.write(f"{d}/win/{name}.ini", data, binary=True)
        c.planted[(f"{d}/win/{name}.ini", i)] = Planted(None, None, s)
    c.put("on-prem", f"{d}/cron/rclone.conf", "[remote]\ntype = s3\nprovider = AWS\nenv_auth = false\naccess_key_id = <i0>\nsecret_access_key = <s0>\n")
    c.put("on-prem", f"{d}/cron/.s3cfg", "[default]\naccess_key = <i0>\nbucket_location = EU\nsecret_key = <s0>\n")
    c.put("on-prem", f"{d}/cron/.passwd-s3fs", "<i0>:<s0>\nbucket-two:<i1>:<s1>\n", keys=2)
    c.put("on-prem", f"{d}/etc/cron.d/backup", "15 2 * * * root AWS_ACCESS_KEY_ID=<i0> AWS_SECRET_ACCESS_KEY=<s0> /usr/bin/restic backup /srv\n")
    c.put(None, f"{d}/etc/fstab.s3", "s3fs#b /mnt fuse _netdev,accessKeyId=<i0>,secretAccessKey=<s0> 0 0\n")


def applications(c, d):
    c.put(None, f"{d}/app.env", """# staging
  export   AWS_ACCESS_KEY_ID = "<i0>"   # id
export AWS_SECRET_ACCESS_KEY="<s0>"
""")
    c.put(None, f"{d}/app.properties", """cloud.aws.credentials.accessKey : <i0>
cloud.aws.credentials.secretKey : \\
    <s0>
other.accessKey=<i1>
other.secretKey=<s1>
""", keys=2)
    c.put(None, f"{d}/appsettings.Production.json", """{
  "AWS": { "Profile": null, "Region": "eu-west-1" },
  "Storage": { "S3": { "AccessKey": "<i0>", "SecretKey": "<s0>", "Bucket": "b" } },
  "ConnectionStrings": { "Queue": "AccessKeyId=<i1>;SecretAccessKey=<s1>;Region=eu-west-1" }
}
""", keys=2)
    c.put(None, f"{d}/web.config", """<configuration><appSettings>
  <add key="AWSAccessKey" value="<i0>"/>
  <add key="AWSSecretKey" value="<s0>"/>
</appSettings></configuration>
""")
    c.put(None, f"{d}/beans.xml", """<bean class="com.amazonaws.auth.BasicAWSCredentials">
  <constructor-arg value="<i0>"/>
  <constructor-arg value="<s0>"/>
</bean>
""")
    c.put(None, f"{d}/Info.plist", """<plist><dict>
<key>AWSAccessKeyID</key>
<string><i0></string>
<key>AWSSecretKey</key>
<string><s0></string>
</dict></plist>
""")
    c.put("source-code", f"{d}/client.py", """import boto3
s3 = boto3.client('s3', aws_access_key_id='<i0>',
                  aws_secret_access_key='<s0>')
SESSION = boto3.Session("<i1>", "<s1>")
CREDENTIALS = dict(key="<i2>", secret="<s2>")
""", keys=3)
    c.put("source-code", f"{d}/Client.java", """class C {
    static final String ID = "<i0>";
    static final String SECRET = "<s0>";
    AWSCredentials c = new BasicAWSCredentials("<i1>", "<s1>");
}
""", keys=2)
    c.put("source-code", f"{d}/client.go", """package x
var c = credentials.NewStaticCredentials("<i0>", "<s0>", "")
var d = aws.Credentials{
\tAccessKeyID:     `<i1>`,
\tSecretAccessKey: `<s1>`,
}
""", keys=2)
    c.put("source-code", f"{d}/client.js", """const a = new S3({ credentials: { accessKeyId: "<i0>", secretAccessKey: "<s0>" } });
AWS.config.update({accessKeyId:'<i1>',secretAccessKey:'<s1>'});
process.env['AWS_ACCESS_KEY_ID'] = `<i2>`
process.env['AWS_SECRET_ACCESS_KEY'] = `<s2>`
""", keys=3)
    c.put("source-code", f"{d}/client.rb", """Aws.config.update(credentials: Aws::Credentials.new('<i0>', '<s0>'))
CarrierWave.configure { |c| c.aws_credentials = { access_key_id: '<i1>', secret_access_key: '<s1>' } }
FOG = { :aws_access_key_id => "<i2>", :aws_secret_access_key => "<s2>" }
""", keys=3)
    c.put("source-code", f"{d}/client.php", """<?php
define('S3_KEY', '<i0>');
define('S3_SECRET', '<s0>');
return ['key' => '<i1>', 'secret' => '<s1>'];
""", keys=2)
    c.put("source-code", f"{d}/Client.cs", """var c = new AmazonS3Client("<i0>", "<s0>", RegionEndpoint.EUWest1);
var b = new BasicAWSCredentials(
    accessKey: "<i1>",
    secretKey: "<s1>");
""", keys=2)
    c.put("source-code", f"{d}/client.rs", """let c = Credentials::new("<i0>", "<s0>", None, None, "static");
std::env::set_var("AWS_ACCESS_KEY_ID", "<i1>"); std::env::set_var("AWS_SECRET_ACCESS_KEY", "<s1>");
""", keys=2)
    c.put(None, f"{d}/spark-defaults.conf", "spark.hadoop.fs.s3a.access.key   <i0>\nspark.hadoop.fs.s3a.secret.key   <s0>\n")
    c.put(None, f"{d}/core-site.xml", """<configuration>
<property><name>fs.s3a.access.key</name><value><i0></value></property>
<property><name>fs.s3a.secret.key</name><value><s0></value></property>
</configuration>
""")
    c.put(None, f"{d}/logstash.conf", """input { s3 { bucket => "b" access_key_id => "<i0>" secret_access_key => "<s0>" } }
""")
    c.put(None, f"{d}/fluent.conf", """<match **>
  @type s3
  aws_key_id <i0>
  aws_sec_key <s0>
</match>
""")
    c.put(None, f"{d}/config.toml", """[storage.s3]
access-key-id = "<i0>"
secret-access-key = '''<s0>'''
[[targets]]
credentials = { access_key = "<i1>", secret_key = "<s1>" }
""", keys=2)
    c.put(None, f"{d}/escaped.json", json.dumps({"body": json.dumps({"env": json.dumps({"AWS_ACCESS_KEY_ID": "<i0>", "AWS_SECRET_ACCESS_KEY": "<s0>"})})}))
    c.put(None, f"{d}/escaped-slash.json", '{"accessKey":"<i0>","secretKey":"<s0>"}', encode=lambda s: s.replace("/", "\\/"))
    c.put(None, f"{d}/url.txt", "https://x.example/cb?AWSAccessKeyId=<i0>&SecretKey=<s0>&x=1\n", encode=lambda s: urllib.parse.quote(s, safe=""))
    i, s = c.key()
    cell = {"cells": [{"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": [{"output_type": "stream", "text": ["ok\n"]}],
                       "source": ["import os\n", f"os.environ['AWS_ACCESS_KEY_ID'] = '{i}'\n", f"os.environ[\"AWS_SECRET_ACCESS_KEY\"] = \"{s}\"\n"]}],
            "nbformat": 4, "nbformat_minor": 5}
    path = f"{d}/analysis.ipynb"
    c.write(path, json.dumps(cell, indent=1))
    c.planted[(path, i)] = Planted("source-code", None, s)
    i, s = c.key()
    path = f"{d}/magic.ipynb"
    cell["cells"][0]["source"] = f"%env AWS_ACCESS_KEY_ID={i}\n%env AWS_SECRET_ACCESS_KEY={s}\n"
    c.write(path, json.dumps(cell))
    c.planted[(path, i)] = Planted("source-code", None, s)
    c.put(None, f"{d}/block.yaml", """credentials:
  id: >-
    <i0>
  secret: |
    <s0>
list:
  - <i1>
  - <s1>
""", keys=2)
    c.put(None, f"{d}/new_user_credentials.csv", "User name,Password,Access key ID,Secret access key,Console login link\r\nsvc,,<i0>,<s0>,https://123456789012.signin.aws.amazon.com/console\r\n")
    c.put(None, f"{d}/rootkey.csv", "AWSAccessKeyId=<i0>\r\nAWSSecretKey=<s0>\r\n")
    c.put(None, f"{d}/create-access-key.out", """{
    "AccessKey": {
        "UserName": "svc",
        "AccessKeyId": "<i0>",
        "Status": "Active",
        "SecretAccessKey": "<s0>",
        "CreateDate": "2024-01-02T03:04:05+00:00"
    }
}
""")
    c.put(None, f"{d}/chat-export.txt", "alice: the key is <i0>\nbob: and the secret?\nalice: <s0>\n")
    c.put(None, f"{d}/dump.sql", "INSERT INTO `cfg` VALUES (1,'aws_key','<i0>'),(2,'aws_secret','<s0>');\n")
    c.put(None, f"{d}/collection.postman.json", """{"auth":{"type":"awsv4","awsv4":[{"key":"secretKey","value":"<s0>","type":"string"},{"key":"accessKey","value":"<i0>","type":"string"}]}}""")


def management(c, d):
    c.put("config-management", f"{d}/group_vars/all.yml", """aws_access_key: !unsafe '<i0>'
aws_secret_key: !unsafe '<s0>'
users:
  - name: x
    aws: {access_key: "<i1>", secret_key: "<s1>"}
""", keys=2)
    c.put("config-management", f"{d}/play.yml", """- hosts: all
  tasks:
  - amazon.aws.s3_object: bucket=b object=o mode=get aws_access_key=<i0> aws_secret_key=<s0>
  - amazon.aws.ec2_instance:
      access_key: "<i1>"
      secret_key: "<s1>"
""", keys=2)
    c.put("config-management", f"{d}/site.pp", """class { 's3': access_key => '<i0>', secret_key => '<s0>' }
""")
    c.put("config-management", f"{d}/cookbooks/x/attributes/default.rb", """default['x']['aws_access_key_id'] = '<i0>'
default['x']['aws_secret_access_key'] = '<s0>'
""")
    c.put("config-management", f"{d}/data_bags/aws/main.json", """{"id":"main","aws_access_key_id":"<i0>","aws_secret_access_key":"<s0>"}""")
    c.put("config-management", f"{d}/pillar/aws.sls", "aws:\n  keyid: <i0>\n  key: <s0>\n")
    c.put("config-management", f"{d}/inventory-ansible.ini", "[all:vars]\naws_access_key_id=<i0>\naws_secret_access_key=<s0>\n")
    c.put("saas", f"{d}/snowflake/stage.sql", "CREATE STAGE s URL='s3://b/' CREDENTIALS=(AWS_KEY_ID='<i0>' AWS_SECRET_KEY='<s0>');\n"
          "COPY INTO t FROM s3://b/ CREDENTIALS=(AWS_KEY_ID='<i1>'\n  AWS_SECRET_KEY='<s1>');\n", keys=2)
    c.put(None, f"{d}/redshift.sql", "copy t from 's3://b/x' credentials 'aws_access_key_id=<i0>;aws_secret_access_key=<s0>' gzip;\n"
          "unload ('select 1') to 's3://b/' access_key_id '<i1>' secret_access_key '<s1>';\n", keys=2)
    c.put(None, f"{d}/clickhouse.sql", "SELECT * FROM s3('https://b.s3.amazonaws.com/x.csv', '<i0>', '<s0>', 'CSV');\n")
    c.put("saas", f"{d}/airbyte/source.json", """{"sourceDefinitionId":"1f2e3d4c-5b6a-7980-1234-56789abcdef0","connectionConfiguration":{"provider":{"bucket":"b","aws_access_key_id":"<i0>","aws_secret_access_key":"<s0>"}}}""")


def packed(c, d):
    def tar(name, text, mode):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as t:
            info = tarfile.TarInfo(name)
            info.size = len(text)
            t.addfile(info, io.BytesIO(text.encode()))
        return out.getvalue()

    def made(path, where, template, pack):
        i, s = c.key()
        c.write(f"{d}/{path}", pack(template.replace("<i0>", i).replace("<s0>", s)), binary=True)
        c.planted[(f"{d}/{path}{where}", i)] = Planted(None, None, s)

    env = "AWS_ACCESS_KEY_ID=<i0>\nAWS_SECRET_ACCESS_KEY=<s0>\n"
    made("a.tar.xz", "!opt/.env", env, lambda t: tar("opt/.env", t, "w:xz"))
    made("b.tar.bz2", "!opt/.env", env, lambda t: tar("opt/.env", t, "w:bz2"))
    made("c.tgz", "!opt/.env", env, lambda t: tar("opt/.env", t, "w:gz"))
    made("d.log.xz", "", env, lambda t: lzma.compress(t.encode()))
    made("e.log.bz2", "", env, lambda t: bz2.compress(t.encode()))

    def nested(t):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("WEB-INF/classes/aws.properties", t)
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_STORED) as z:
            z.writestr("app.war", inner.getvalue())
        return outer.getvalue()

    made("f.ear", "!app.war!WEB-INF/classes/aws.properties", "accessKey=<i0>\nsecretKey=<s0>\n", nested)
    # In the history of a repository only: a packed archive that was deleted, and a file on a branch.
    repo = c.root / d / "repo"
    repo.mkdir(parents=True)

    def git(*words):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main", *words], cwd=repo, check=True, capture_output=True)

    git("init")
    i, s = c.key()
    (repo / "backup.tar.gz").write_bytes(tar("conf/s3.ini", f"[s3]\naccess_key={i}\nsecret_key={s}\n", "w:gz"))
    j, t = c.key()
    (repo / "old.env").write_text(f"export AWS_ACCESS_KEY_ID={j}\nexport AWS_SECRET_ACCESS_KEY={t}\n")
    (repo / "README").write_text("hello\n")
    git("add", "-A")
    git("commit", "-m", "one")
    git("rm", "backup.tar.gz", "old.env")
    git("commit", "-m", "two")
    git("gc", "--aggressive", "--prune=now")
    c.history = getattr(c, "history", []) + [(i, s), (j, t)]


def others(c, d):
    """What programs write rather than people."""
    def add(name, make, pair=True, inner=""):
        i, s = c.key()
        data = make(i, s)
        c.write(f"{d}/{name}", data, binary=isinstance(data, bytes))
        c.planted[(f"{d}/{name}{inner}", i)] = Planted(None, None, s if pair else None)

    def office(member, text):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr(member, text)
        return out.getvalue()

    def database(i, s):
        db = sqlite3.connect(":memory:")
        db.execute("create table settings (name, value)")
        db.execute("insert into settings values ('aws_access_key_id', ?)", (i,))
        db.execute("insert into settings values ('aws_secret_access_key', ?)", (s,))
        db.commit()
        return db.serialize()

    env = lambda i, s: f"AWS_ACCESS_KEY_ID={i}\nAWS_SECRET_ACCESS_KEY={s}\n"
    add("mail.eml", lambda i, s: "Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(("The keys you asked for:\n" * 5 + env(i, s)).encode()).decode().replace("\n", "\r\n"))
    add("url.txt", lambda i, s: "token=" + base64.b64encode(("x" + env(i, s)).encode()).decode().rstrip("=") + "\n")
    add("unpadded.yaml", lambda i, s: "apiVersion: v1\nkind: Secret\nmetadata: {}\ndata:\n  id: " + b64(i).rstrip("=") + "\n  secret: " + b64(s).rstrip("=") + "\n")
    add("twice.yaml", lambda i, s: "apiVersion: v1\nkind: Secret\nmetadata: {}\ndata:\n  id: " + b64(b64(i)) + "\n  secret: " + b64(b64(s)) + "\n", pair=False)
    add("entities.xml", lambda i, s: f'<v name="accessKey">{i}</v><v name="secretKey">' + s.replace("/", "&#x2F;").replace("+", "&#x2B;") + "</v>")
    add("unicode.properties", lambda i, s: f"accessKey={i}\nsecretKey=" + s.replace("/", "\\u002F").replace("+", "\\u002b") + "\n")
    add("utf16-no-mark.txt", lambda i, s: env(i, s).encode("utf-16-le"))
    add("utf16-be-no-mark.txt", lambda i, s: env(i, s).encode("utf-16-be"))
    add("utf32.txt", lambda i, s: env(i, s).encode("utf-32"))
    add("utf32-be-no-mark.txt", lambda i, s: env(i, s).strip().encode("utf-32-be"))
    add("dump.hex", lambda i, s: env(i, s).encode().hex() + "\n")
    add("upper.hex", lambda i, s: "0x" + ("#" * 33 + "\n" + env(i, s)).encode().hex().upper() + "\n")
    add("wrapped.hex", lambda i, s: "\n".join(textwrap.wrap(("some more " * 5 + env(i, s)).encode().hex(), 60)) + "\n")
    add("spaced.txt", lambda i, s: env(i, s).encode().hex(" ") + "\n")
    add("colons.txt", lambda i, s: f"blob: {env(i, s).encode().hex(':')}\n")
    add("bytes.c", lambda i, s: "char k[] = {" + ", ".join(f"0x{b:02x}" for b in env(i, s).encode()) + "};\n")
    add("escaped.py", lambda i, s: "KEYS = '" + "".join(f"\\x{b:02x}" for b in env(i, s).encode()) + "'\n")
    add("percent.url", lambda i, s: "https://x.example/?q=" + "".join(f"%{b:02X}" for b in env(i, s).encode()) + "&r=1\n")
    add("escaped.json", lambda i, s: '{"blob": "' + "".join(f"\\u{b:04x}" for b in env(i, s).encode()) + '"}\n')
    add("escaped-twice.json", lambda i, s: json.dumps({"blob": json.dumps("X")[:-1].replace("X", "".join(f"\\u{b:04X}" for b in env(i, s).encode()))}))
    add("value.json", lambda i, s: '{"accessKey": "' + "".join(f"\\u{b:04x}" for b in i.encode()) + f'", "secretKey": "{s}"}}\n')
    add("note.docx", lambda i, s: office("word/document.xml", f"<w:p><w:t>Access key: {i}</w:t></w:p><w:p><w:t>Secret: {s}</w:t></w:p>"), inner="!word/document.xml")
    add("table.xlsx", lambda i, s: office("xl/sharedStrings.xml", f"<sst><si><t>Access key ID</t></si><si><t>Secret access key</t></si><si><t>{i}</t></si><si><t>{s}</t></si></sst>"), inner="!xl/sharedStrings.xml")
    add("settings.sqlite", database, pair=False)
    add("settings.plist", lambda i, s: plistlib.dumps({"AWSAccessKeyID": i, "AWSSecretKey": s}, fmt=plistlib.FMT_BINARY))
    add("settings.reg", lambda i, s: b"\xff\xfe" + (f'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Environment]\r\n"AWS_ACCESS_KEY_ID"="{i}"\r\n"AWS_SECRET_ACCESS_KEY"="{s}"\r\n').encode("utf-16-le"))
    add("joined.py", lambda i, s: f"ID = '{i}'\nSECRET = ('{s[:20]}'\n          '{s[20:]}')\n", pair=False)
    add("table.md", lambda i, s: f"| id | secret |\n|---|---|\n| `{i}` | `{s}` |\n")
    add("athena.txt", lambda i, s: f"jdbc:awsathena://AwsRegion=eu-west-1;UID={i};PWD={s};S3OutputLocation=s3://b/\n")
    add("duplicity.sh", lambda i, s: f"duplicity / s3://{i}:" + urllib.parse.quote(s, safe="") + "@bucket/path\n")
    add("Setter.java", lambda i, s: f'cfg.setAccessKey("{i}");\ncfg.setBucket("b");\ncfg.setSecretKey("{s}");\n')
    for n, indent in enumerate((None, 2)):
        add(f"parameters{n}.json", lambda i, s: json.dumps([{"Name": "/prod/aws/access_key_id", "Type": "SecureString", "Value": i}, {"Name": "/prod/aws/secret_access_key", "Type": "SecureString", "Value": s}], indent=indent))
    add("get-parameters.json", lambda i, s: json.dumps({"Parameters": [{"Name": f"/prod/{name}", "Type": "SecureString", "Value": value, "Version": 1, "LastModifiedDate": 1700000000.1,
        "ARN": f"arn:aws:ssm:eu-west-1:123456789012:parameter/prod/{name}", "DataType": "text"} for name, value in (("access_key_id", i), ("secret_access_key", s))]}, indent=4))
    add("secret-value.json", lambda i, s: json.dumps({"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf", "Name": "x", "SecretString": json.dumps({"id": i, "secret": s})}))
    add("consul.json", lambda i, s: json.dumps([{"LockIndex": 0, "Key": "aws/key", "Value": b64(i)}, {"LockIndex": 0, "Key": "aws/secret", "Value": b64(s)}]))
    add("debug.log", lambda i, s: f"2024-01-01T00:00:00Z DEBUG env={{'PATH': '/bin', 'AWS_ACCESS_KEY_ID': '{i}', 'AWS_SECRET_ACCESS_KEY': '{s}'}}\n")
    add("environ", lambda i, s: f"PATH=/bin\0AWS_ACCESS_KEY_ID={i}\0AWS_SECRET_ACCESS_KEY={s}\0HOME=/\0".encode())
    add("init.lua", lambda i, s: f"local cfg = {{ access_key = [[{i}]], secret_key = [[{s}]] }}\n")
    add("config.exs", lambda i, s: f'config :ex_aws, access_key_id: ["{i}", :instance_role],\n  secret_access_key: ["{s}", :instance_role]\n')
    add("deps.edn", lambda i, s: f'{{:access-key "{i}" :secret-key "{s}"}}\n')
    add("host.nix", lambda i, s: f'{{ environment.variables = {{ AWS_ACCESS_KEY_ID = "{i}"; AWS_SECRET_ACCESS_KEY = "{s}"; }}; }}\n')
    add("deploy.jsonnet", lambda i, s: f"{{ env+: [{{ name: 'AWS_ACCESS_KEY_ID', value: '{i}' }}, {{ name: 'AWS_SECRET_ACCESS_KEY', value: '{s}' }}] }}\n")


def decoys(c, d):
    r = c.random
    id_like = lambda n: c.chars(scan_corpus.ID_CHARS, n)
    any40 = lambda: c.chars(scan_corpus.SECRET_CHARS, 40)
    c.write(f"{d}/docs.rst", "Example::\n\n    [default]\n    aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n    aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\n"
            "or AKIAI44QH8DHBEXAMPLE / je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY, ASIAIOSFODNN7EXAMPLE, ASIAJEXAMPLEXEG2JICEA.\n")
    c.write(f"{d}/.env.example", "AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\nAWS_ACCESS_KEY_ID=your-access-key-id\nAWS_SECRET_ACCESS_KEY=your-secret-access-key-goes-here-40-characters\n"
            "AWS_ACCESS_KEY_ID=AKIAXXXXXXXXXXXXXXXX\nAWS_SECRET_ACCESS_KEY=XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\nSECRET=<your-secret>\nSECRET_KEY=changeme\n")
    c.write(f"{d}/go.sum", "\n".join(f"github.com/x/y{n} v1.{n}.0 h1:{base64.b64encode(r.randbytes(32)).decode()}" for n in range(60)))
    c.write(f"{d}/pnpm-lock.yaml", "\n".join(f"  /x{n}@1.0.0:\n    resolution: {{integrity: sha512-{base64.b64encode(r.randbytes(64)).decode()}}}" for n in range(40)))
    c.write(f"{d}/Cargo.lock", "\n".join(f'[[package]]\nname = "x{n}"\nchecksum = "{c.hex(64)}"' for n in range(40)))
    c.write(f"{d}/index.html", "\n".join(f'<script src="x.js" integrity="sha384-{base64.b64encode(r.randbytes(48)).decode()}" crossorigin></script>' for _ in range(20)))
    c.write(f"{d}/iam.json", json.dumps({"Users": [{"UserId": "AIDA" + id_like(17), "Arn": f"arn:aws:iam::123456789012:user/u{n}"} for n in range(20)],
                                         "Roles": [{"RoleId": "AROA" + id_like(17)} for _ in range(20)], "Groups": [{"GroupId": "AGPA" + id_like(17)} for _ in range(5)],
                                         "InstanceProfiles": [{"InstanceProfileId": "AIPA" + id_like(17)} for _ in range(5)],
                                         "ServerCertificates": [{"ServerCertificateId": "ASCA" + id_like(17)} for _ in range(5)]}, indent=2))
    c.write(f"{d}/s3-log.txt", "\n".join(f"{c.hex(64)} bucket [06/Feb/2024:00:00:38 +0000] 192.0.2.3 {c.hex(64)} {id_like(16)} REST.GET.OBJECT x "
                                         f"\"GET /x HTTP/1.1\" 200 - 1 1 7 - \"-\" \"S3Console/0.4\" - {base64.b64encode(r.randbytes(56)).decode()} SigV4" for _ in range(40)))
    c.write(f"{d}/response.json", json.dumps({"x-amz-id-2": base64.b64encode(r.randbytes(57)).decode(), "x-amz-request-id": id_like(16), "ETag": c.hex(32),
                                              "VersionId": c.chars(scan_corpus.SECRET_CHARS, 32), "NextToken": any40(), "ContinuationToken": any40()}))
    c.write(f"{d}/ssh/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.encodebytes(r.randbytes(1800)).decode() + "-----END OPENSSH PRIVATE KEY-----\n")
    c.write(f"{d}/authorized_keys", "ssh-ed25519 " + base64.b64encode(r.randbytes(51)).decode() + " a@b\nssh-rsa " + base64.b64encode(r.randbytes(279)).decode() + " c@d\n")
    c.write(f"{d}/style.css", "@font-face{src:url(data:font/woff2;base64," + base64.b64encode(r.randbytes(30000)).decode() + ")}\n")
    c.write(f"{d}/bundle.min.js.map", json.dumps({"version": 3, "mappings": ";".join("".join(r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") for _ in range(r.randrange(4, 90))) for _ in range(400))}))
    c.write(f"{d}/deploy.yml", "steps:\n  - uses: actions/checkout@" + c.hex(40) + "\n    with:\n      token: ${{ secrets.GITHUB_TOKEN }}\n      key: " + c.hex(40) + "\n")
    c.write(f"{d}/laravel.env", "APP_KEY=base64:" + base64.b64encode(r.randbytes(32)).decode() + "\nDB_PASSWORD=" + c.chars(scan_corpus.SECRET_CHARS, 24) + "\nJWT_SECRET=" + c.chars(scan_corpus.SECRET_CHARS, 64) + "\n")
    c.write(f"{d}/git.txt", "\n".join(f"commit {c.hex(40)}\nAuthor: x\n    fix secret access key handling" for _ in range(20)))
    c.write(f"{d}/trail.json", json.dumps({"eventID": "1f2e3d4c-5b6a-7980-1234-56789abcdef0", "userIdentity": {"principalId": "AROA" + id_like(17) + ":x",
            "sessionContext": {"sessionIssuer": {"principalId": "AROA" + id_like(17)}}}, "requestID": id_like(16), "x-amz-id-2": base64.b64encode(r.randbytes(56)).decode()}))
    c.write(f"{d}/Words.java", "class AKIAbstractKeyIdentifierAccessSecretManagerFactoryBeanImpl { String s = \"secretAccessKeyMustNotBeEmptyOrNull12345\"; String accessKeyPattern = \"AKIA[0-9A-Z]{16}\"; }\n")
    c.write(f"{d}/rules.toml", "regex = '''\\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\\b'''\nkeywords = [\"akia\", \"asia\", \"abia\", \"acca\"]\n")
    c.write(f"{d}/cloudfront.json", json.dumps({"KeyPairId": "APKA" + id_like(16), "PublicKeyId": "K" + id_like(13), "Signature": base64.b64encode(r.randbytes(256)).decode()}))
    c.write(f"{d}/gcp.json", json.dumps({"type": "service_account", "private_key_id": c.hex(40), "private_key": "-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(r.randbytes(600)).decode() + "\n-----END PRIVATE KEY-----\n"}))
    c.write(f"{d}/ids-in-uuid.txt", "\n".join("X" + "AKIA" + id_like(16) for _ in range(10)) + "\n" + "\n".join("AKIA" + id_like(16) + "Q" for _ in range(10)) + "\n")
    c.write(f"{d}/references.tf", 'provider "aws" {\n  access_key = var.access_key\n  secret_key = var.secret_key\n}\ndata "vault_generic_secret" "x" { path = "aws/creds/deploy" }\n')
    c.write(f"{d}/model.bin", r.randbytes(300000), binary=True)


WRITERS = [ci, terraform, cloud, kubernetes, docker, hosts, applications, management, others, packed, decoys]


def plant(root, seed, rounds=1):
    c = scan_corpus.Corpus(root, seed)
    c.history = []
    for n in range(rounds):
        for writer in WRITERS:
            writer(c, f"{writer.__name__}-{n}-{c.hex(4)}")
    return c


def judge(c, found):
    """score(), with what stands in history only counted by its id."""
    files = {"findings": [f for f in found["findings"] if f["source"] != "history"], "references": found["references"]}
    result = score(c, files)
    old = {f.get("keyId"): f for f in found["findings"] if f["source"] == "history"}
    lost = [k for k, s in c.history if k not in old or old[k].get("secret", {}).get("last4") != s[-4:]]
    result["missed"] += [("history", k) for k in lost]
    result["wrong"] += [("history", k) for k in old if k not in dict(c.history)]
    total = len(c.planted) + len(c.history)
    result["recall"] = 1 - len(result["missed"]) / total
    result["planted"] = total
    return result


def main():
    for seed in sys.argv[2:] or ["1"]:
        with tempfile.TemporaryDirectory() as root:
            c = plant(root, int(seed))
            result = judge(c, scan(sys.argv[1], root)[1])
            for name, value in result.items():
                print(f"{name}: {value if not isinstance(value, list) else len(value)}")
                for row in (value if isinstance(value, list) else [])[:40]:
                    print("   ", row)


if __name__ == "__main__":
    main()
