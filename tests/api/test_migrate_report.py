"""mantle migrate report: the page of a move, its facts, and that nothing a stranger wrote is more than text."""
import base64
import datetime
import gzip
import hashlib
import html.parser
import json
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, allow, document
from moving import Actor, Move, start

ACCOUNT = "111122223333"
EVIL_USER = "<script>alert(1)</script>"
EVIL_AGENT = "\"><img src=x onerror=alert(1)>/1.0"
EVIL_FILE = "<svg onload=alert(1)>.env"
OLD, YOUNG, OFF = "AKIAAAAAAAAAAAAAAAA1", "AKIAAAAAAAAAAAAAAAA2", "AKIAAAAAAAAAAAAAAAA3"
SECRET = "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"
STEPS = ["inventory", "classify", "roles", "scan", "plan", "apply"]
CHROMIUM = shutil.which("chromium")


def ago(days):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Estate:
    """Three keys of two users; the first is called like a script."""
    def __init__(self, directory):
        self.directory, self.folder = directory, directory / "estate"
        self.folder.mkdir()
        users = [self.user(0, EVIL_USER, {"Effect": "Allow", "Action": ["s3:*", "ec2:*"], "Resource": "*"}),
                 self.user(1, "plain", {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"})]
        self.write("account-authorization-details.json",
                   {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
        self.write("access-keys.json", [{"UserName": name, "AccessKeyMetadata": [
            {"UserName": name, "AccessKeyId": key, "Status": status, "CreateDate": ago(days)}
            for key, status, days in keys]} for name, keys in [
                (EVIL_USER, [(OLD, "Active", 1000)]), ("plain", [(YOUNG, "Active", 100), (OFF, "Inactive", 20)])]])

    def user(self, number, name, *statements):
        return {"Path": "/", "UserName": name, "UserId": f"AIDA{number:016}", "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
                "CreateDate": ago(1000), "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
                "UserPolicyList": [{"PolicyName": "<b>own</b>", "PolicyDocument": {
                    "Version": "2012-10-17", "Statement": list(statements)}}]}

    def write(self, name, value):
        (self.folder / name).write_text(json.dumps(value))

    def trail(self):
        trail = self.directory / "AWSLogs"
        trail.mkdir()
        events = [{
            "eventVersion": "1.11", "eventType": "AwsApiCall", "eventCategory": "Management",
            "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{EVIL_USER}", "accountId": ACCOUNT,
                             "userName": EVIL_USER, "principalId": f"AIDA{0:016}", "accessKeyId": OLD},
            "eventTime": ago(40 - n), "eventSource": "s3.amazonaws.com", "eventName": "GetBucketPolicy",
            "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.1", "userAgent": EVIL_AGENT,
            "requestParameters": {"bucketName": "orders-main"}, "responseElements": None,
            "eventID": f"{n:08}-0000-4000-8000-000000000000", "recipientAccountId": ACCOUNT} for n in range(30)]
        (trail / "0.json.gz").write_bytes(gzip.compress(json.dumps({"Records": events}).encode()))
        return trail

    def run(self, *words, status=0):
        done = subprocess.run([BUILD / "mantle", "migrate", *map(str, words)], capture_output=True, text=True,
                              timeout=120, check=False, cwd=self.directory)
        if status is not None:
            assert done.returncode == status, (words, done.stdout, done.stderr)
        return done

    def all_steps(self):
        trail = self.trail()
        self.run("inventory", self.folder, "--trail", trail, status=None)
        self.run("classify", self.folder)
        # Folders of roles cannot be called like that user; the documents come from a name that can be one.
        self.run("roles", self.folder, "--out", self.folder / "roles", "--trail", trail, "--all-users", status=None)
        source = self.directory / "src"
        source.mkdir()
        (source / EVIL_FILE).write_text(f"AWS_ACCESS_KEY_ID={OLD}\nAWS_SECRET_ACCESS_KEY={SECRET}\n")
        self.run("scan", source, "--estate", self.folder, status=1)
        self.write("owners.json", {"plain": "<i>team</i>"})
        self.run("plan", self.folder, "--roles", self.folder / "roles", "--out", self.folder / "plan.json", "--trail", trail)

    def page(self, status=0):
        file = self.directory / "report.html"
        self.run("report", self.folder, "--html", file, status=status)
        return Page(file)

    def json(self, status=0):
        return json.loads(self.run("report", self.folder, "--json", status=status).stdout)


class Page(html.parser.HTMLParser):
    """Tags with their attributes; text; tables by caption: rows of texts; sections by id."""
    def __init__(self, file):
        super().__init__()
        self.file, self.source = file, file.read_text(encoding="utf-8")
        self.tags, self.stack, self.tables, self.sections = [], [], {}, {}
        self.cell = self.caption = None
        self.feed(self.source)
        self.close()
        assert self.stack == [], self.stack  # every element is closed, in order

    VOID = {"meta", "br", "rect"}

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append((tag, dict(attrs)))
        if tag == "caption":
            self.caption = ""
        elif tag == "tr":
            self.row = []
        elif tag in ("th", "td"):
            self.cell = ""

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1][0] == tag, (tag, self.stack)
        self.stack.pop()
        if tag == "caption":
            self.rows = self.tables.setdefault(self.caption, [])
            self.caption = None
        elif tag == "tr":
            self.rows.append(self.row)
        elif tag in ("th", "td"):
            self.row.append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.caption is not None:
            self.caption += data
        if self.cell is not None:
            self.cell += data
        for tag, attrs in self.stack:
            if tag == "section":
                self.sections[attrs["id"]] = self.sections.get(attrs["id"], "") + data

    def body(self, caption):
        return self.tables[caption][1:]


@pytest.fixture
def estate(tmp_path):
    return Estate(tmp_path)


def assert_inert(page):
    """No markup but our own, nothing from elsewhere, nothing that runs."""
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "p", "nav", "a", "dl", "div", "dt",
        "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "code", "bdi", "section", "ul", "li", "figure",
        "figcaption", "svg", "text", "rect", "details", "summary", "strong", "footer", "br"}
    for tag, attrs in page.tags:
        assert not any(name.startswith("on") or name in ("style", "src", "srcset", "xlink:href") for name in attrs), (tag, attrs)
        assert attrs.get("href", "#").startswith("#"), attrs
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page.source, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style and "@import" not in style


def test_steps_that_were_not_done_are_named(estate):
    page, text, facts = estate.page(), estate.run("report", estate.folder).stdout, estate.json()
    for step, row, fact in zip(STEPS, page.body("The steps of the move"), facts["steps"], strict=True):
        said = f"not done yet: mantle migrate {step}"
        assert row[1] == said and said in text
        assert fact == {"command": f"mantle migrate {step}", "done": False, "what": said}
    assert "Consumers of each key" not in page.tables and "not seen:" not in text
    assert "consumers" not in facts["sum"] and all("consumers" not in key for key in facts["keys"])
    assert "None is known" not in page.sections["blind"]  # nobody looked
    assert_inert(page)


def test_ages_and_states_of_keys(estate):
    page, facts = estate.page(), estate.json()
    rows = {row[0]: row for row in page.body("All keys; a dash: not known, or never")}
    assert rows[OLD][1:4] == [EVIL_USER, "active", "1000"]
    assert rows[YOUNG][1:4] == ["plain", "active", "100"]
    assert rows[OFF][1:4] == ["plain", "inactive", "20"]
    assert facts["sum"]["ages"] == {"under 90 days": 1, "90 to 180 days": 1, "180 days to a year": 0,
                                    "1 to 2 years": 0, "2 to 3 years": 1, "3 years and more": 0}
    assert (facts["sum"]["active"], facts["sum"]["active_180_days"], facts["sum"]["oldest_active_days"]) == (2, 1, 1000)
    assert "0 of 3 keys are gone; 2 are active, the oldest for 1000 days." in page.source
    chart = next(a["aria-label"] for t, a in page.tags if t == "svg" and a["aria-label"].startswith("Keys by age"))
    assert "2 to 3 years: 1" in chart and "1 to 2 years: 0" in chart


def test_what_strangers_wrote_is_text(estate):
    estate.all_steps()
    page = estate.page()
    assert_inert(page)
    consumers = page.body("Consumers of each key")
    assert [(row[1], row[2], row[3]) for row in consumers] == [(OLD, EVIL_USER, "30")]
    places = page.body("Where keys were found; no secret is shown")
    assert any(EVIL_FILE in row[0] for row in places)
    found = dict(page.body("The steps of the move"))["Where keys are written down"]
    assert len(places) == 1 and found == "1 finding; files looked at: 1; files to change: 1, 1 by a patch"
    assert SECRET not in page.source and SECRET[-4:] not in page.source
    owners = {row[0]: row[-1] for row in page.body("All keys; a dash: not known, or never")}
    assert owners == {OLD: "–", YOUNG: "<i>team</i>", OFF: "<i>team</i>"}


def role(estate, folder, **more):
    """As mantle migrate roles leaves one, for a user whose name is no folder's."""
    folder = estate.folder / "roles" / folder
    folder.mkdir(parents=True)
    grant = {"action": "s3:GetObject", "resource": "arn:aws:s3:::orders-main/<u>*", "calls": 30, "days": 12, "last": ago(3),
             "confidence": "high", "why": "seen", "notes": ["<b>note</b>"]}
    (folder / "evidence.json").write_text(json.dumps({
        "format": "mantle-role-evidence/1", "principal": f"arn:aws:iam::{ACCOUNT}:user/{EVIL_USER}", "calls": 30,
        "grants": [grant], "left_out": [], "blind_spots": ["<h1>dark</h1>"], **more}))
    proof = {"claim": "c", "verdict": "PROVED"}
    (folder / "proofs.json").write_text(json.dumps({
        "new_in_old": proof, "observed_in_new": {"claim": "<em>all of it</em>", "verdict": "COUNTEREXAMPLE"}}))


def test_what_changes_and_its_evidence(estate):
    role(estate, "evil")
    page, facts = estate.page(), estate.json()
    assert_inert(page)
    assert page.body("Today's permissions, and what is left of each") == [
        ["s3:* on *", "inline:<b>own</b>", "s3:GetObject on arn:aws:s3:::orders-main/<u>*"],
        ["ec2:* on *", "inline:<b>own</b>", "gone: no need of it was seen"]]
    (row,) = page.body("What the role may do, and from what it follows")
    assert row[:4] == ["s3:GetObject", "arn:aws:s3:::orders-main/<u>*", "30", "12"]
    assert row[5:] == ["high", "seen; <b>note</b>"]
    assert "Not proved for the role of evil: <em>all of it</em>" in page.sections["attention"]
    assert "1 role: <h1>dark</h1>" in page.sections["blind"]
    assert facts["roles"] == [{"name": "evil", "grants": 1, "nothing_beyond_today": True, "all_observed": False}]


def test_what_cannot_be_read_is_said_and_not_believed(estate):
    (estate.folder / "classify.json").write_text('{"format": "mantle-classify/1", "users": [')
    (estate.folder / "scan.json").write_text('{"format": "something else"}')
    estate.run("plan", estate.folder, "--out", estate.folder / "plan.json")
    bent = (estate.folder / "plan.json").read_text().replace('"at_once":10', '"at_once":11')
    (estate.folder / "plan.json").write_text(bent)
    page = estate.page(status=1)
    stands = {row[0]: row[1] for row in page.body("The steps of the move")}
    assert stands["People or programs"] == "cannot be read; do it again: mantle migrate classify"
    assert stands["Where keys are written down"] == "cannot be read; do it again: mantle migrate scan"
    assert stands["The plan"] == "cannot be read; do it again: mantle migrate plan"
    for file in ("classify.json", "scan.json", "plan.json"):
        assert file in page.sections["blind"]
    assert len(estate.json(status=1)["troubles"]) == 3


def test_no_estate_no_page(estate):
    done = estate.run("report", estate.directory / "nowhere", "--html", estate.directory / "r.html", status=2)
    assert "no estate that can be used" in done.stderr and not (estate.directory / "r.html").exists()
    done = estate.run("report", estate.folder, "--html", estate.directory / "none" / "r.html", status=2)
    assert "cannot be written" in done.stderr


def test_the_estate_of_the_folder_one_is_in(estate):
    role(estate, "evil")
    (estate.folder / "roles").rename(estate.directory / "roles")  # where mantle migrate roles is often told to write
    estate.run("report", "--html", "r.html")
    assert Page(estate.directory / "r.html").body("What the role may do, and from what it follows")
    facts = json.loads(estate.run("report", "--estate", "estate", "--json").stdout)
    assert [r["name"] for r in facts["roles"]] == ["evil"]
    estate.run("report", "estate", "another", status=2)


def test_roles_of_another_account_are_left_out(estate):
    role(estate, "evil", principal="arn:aws:iam::999999999999:user/plain")
    facts = estate.json(status=1)
    assert facts["roles"] == [] and "another account" in facts["troubles"][0]


def test_the_page_is_for_its_owner(estate):
    assert estate.page().file.stat().st_mode & 0o777 == 0o600


def test_the_board_follows_the_journal(tmp_path):
    server, account = start(tmp_path)
    try:
        user = account.user("job", allow("iam:GetUser", account.arn("user/job")))
        Actor(server, user.key, user.secret).good("GetUser", UserName="job")
        move = Move(tmp_path, server, account)
        move.collect()
        move.write_role("job", document(allow("iam:GetUser", account.arn("user/job"))), json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"AWS": account.arn("user/job")}}]}))
        move.owners({"job": "team@example.com"})
        move.plan()
        move.apply("role", status=None)
        stage = move.stage(user.key)
        assert stage in ("S2", "S3")
        move.run("report", move.estate, "--html", tmp_path / "r.html")
        page = Page(tmp_path / "r.html")
        rows = {row[0]: row for row in page.body("Keys that have moved, or are held")}
        assert rows[user.key][1] == "job" and rows[user.key][2].startswith(stage) and rows[user.key][4] == "team@example.com"
        assert "1 key on its way" in dict(row[:2] for row in page.body("The steps of the move"))["The move itself"]
        facts = json.loads(move.run("report", move.estate, "--json").stdout)
        assert facts["sum"]["stages"][stage] == 1 and user.secret not in page.source
    finally:
        server.stop()


def browse(file, *options):
    return subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                           f"--user-data-dir={file.parent / 'chromium'}", *options, file.as_uri()],
                          capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here (apt-get install chromium)")
def test_in_a_browser(estate):
    estate.all_steps()
    role(estate, "evil")
    page = estate.page()
    seen = browse(page.file, "--dump-dom", f"--screenshot={estate.directory / 'page.png'}")
    assert "Refused" not in seen.stderr and "violates" not in seen.stderr, seen.stderr
    assert "<title>From keys to roles</title>" in seen.stdout
    assert "<script" not in seen.stdout and "<img" not in seen.stdout
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen.stdout
    # The policy is in force: another style, a script, a picture are refused, and the browser says so.
    bent = estate.directory / "bent.html"
    bent.write_text(page.source.replace("<main>", "<style>p{color:red}</style><script>document.title='run'</script><main>"))
    seen = browse(bent, "--dump-dom")
    assert seen.stderr.count("Content Security Policy") >= 2, seen.stderr
    assert "<title>run</title>" not in seen.stdout
