"""The workloads of the story of a move: each reads its credentials where such a program does, from a file of
its own kind, and does its work with whatever stands there. Nothing but a patch changes a file."""
import re
import subprocess

from conftest import allow, document
from moving import Actor

AGENTS = ["Boto3/1.28.1 md/Botocore#1.31 Python/3.11", "aws-sdk-go/1.44.0 (go1.20; linux; amd64)",
          "aws-sdk-java/2.20.1 Linux/5.15", "APN/1.0 HashiCorp/1.0 Terraform/1.5.0"]
DOES = ["GetUser", "ListGroupsForUser", "ListUserPolicies", "ListAccessKeys"]

# Where a key stands: the path in its repository, and the text around it.
PLACES = {
    "app-config": ("apps/{user}/.env", "PORT=80\nAWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\nAWS_REGION=us-east-1\n"),
    "github-actions": (".github/workflows/{user}.yml", """on: push
jobs:
  work:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: {id}
          aws-secret-access-key: {secret}
          aws-region: us-east-1
      - run: ./work
"""),
    "gitlab-ci": ("ci/{user}/.gitlab-ci.yml", """work:
  image: alpine
  variables:
    AWS_ACCESS_KEY_ID: {id}
    AWS_SECRET_ACCESS_KEY: {secret}
  script:
    - ./work
"""),
    "docker-compose": ("stacks/{user}/docker-compose.yml", """services:
  work:
    image: work
    environment:
      AWS_ACCESS_KEY_ID: {id}
      AWS_SECRET_ACCESS_KEY: {secret}
      PORT: "80"
"""),
    "systemd": ("units/{user}.service", """[Service]
Environment=AWS_ACCESS_KEY_ID={id}
Environment=AWS_SECRET_ACCESS_KEY={secret}
ExecStart=/usr/bin/work
"""),
    "aws-profile": ("homes/{user}/.aws/credentials", "[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
    "terraform": ("tf/{user}/main.tf", """provider "aws" {{
  region     = "us-east-1"
  access_key = "{id}"
  secret_key = "{secret}"
}}
"""),
    "kubernetes": ("k8s/{user}.yaml", """apiVersion: apps/v1
kind: Deployment
metadata:
  name: work
spec:
  template:
    spec:
      containers:
        - name: work
          image: work
          env:
            - name: AWS_ACCESS_KEY_ID
              value: {id}
            - name: AWS_SECRET_ACCESS_KEY
              value: {secret}
"""),
    "source-code": ("src/{user}/work.py", """import boto3

client = boto3.client(
    "iam",
    aws_access_key_id="{id}",
    aws_secret_access_key="{secret}",
    region_name="us-east-1",
)
"""),
    "lambda": ("functions/{user}/function.json", """{{
  "FunctionName": "work",
  "Environment": {{"Variables": {{"AWS_ACCESS_KEY_ID": "{id}", "AWS_SECRET_ACCESS_KEY": "{secret}", "STAGE": "prod"}}}}
}}
"""),
}


def git(repository, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words], cwd=repository, check=True,
                   capture_output=True)


class Workload:
    """A job of a user of its own. `repository`: whose patch it takes."""

    def __init__(self, world, number, repository):
        self.world, self.number, self.repository = world, number, repository
        self.user = f"svc-{number:02}"
        self.actions = DOES[:1 + number % len(DOES)]
        world.account.iam.create_user(UserName=self.user)
        world.account.iam.put_user_policy(UserName=self.user, PolicyName="work", PolicyDocument=document(
            allow([f"iam:{a}" for a in DOES], world.account.arn("user/target"))))
        made = world.account.key_of(self.user)
        self.key, self.agent = made.key, AGENTS[number % len(AGENTS)]
        self.with_key = Actor(world.server, made.key, made.secret)
        self.place = list(PLACES)[number % len(PLACES)]
        path, text = PLACES[self.place]
        self.file = repository / path.format(user=self.user)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text.format(user=self.user, id=made.key, secret=made.secret))

    def host_role(self):
        """The role its machine, pod or pipeline was given, where the file names none; by what the scan said."""
        return self.world.host_roles[self.file.relative_to(self.world.sources).as_posix()]

    def credentials(self):
        text = self.file.read_text()
        key = re.search(r"A(?:KI|SI)A[A-Z2-7]{16}", text)
        if key:  # it wins, as in every SDK
            secret = re.search(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])", text)
            return Actor(self.world.server, key[0], secret[0])
        named = re.search(r"arn:aws:iam::\d{12}:role/[\w+=,.@-]+", text)
        return self.world.host.assume(named[0] if named else self.host_role(), agent=self.agent)

    def run(self):
        """Statuses of its calls; each failure is written down with its time."""
        actor = self.credentials()
        statuses = [actor.call(action, agent=self.agent, UserName="target").status for action in self.actions]
        if set(statuses) != {200}:
            self.world.failures.append((self.key, self.world.clock.now(), statuses))
        return statuses
