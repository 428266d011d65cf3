"""The states of reports, by a clock the test sets: whole, expired, at work, standing still."""
import sqlite3
import time

import pytest
import raw
from conftest import Account, trust
from replay import Replay

FOUR_HOURS, DAY = 4 * 3600, 24 * 3600


class Clocked:
    """An account in a server whose clock the test sets; what was begun can be made to stand still."""

    def __init__(self, replay):
        self.replay, self.now = replay, int(time.time())
        replay.server.stop()
        replay.server.arguments += ["--clock-tolerance", str(100 * DAY)]
        replay.at(self.now)
        replay.start()
        self.account = Account(replay.server)

    def later(self, seconds):
        self.now += seconds
        self.replay.at(self.now)

    def call(self, action, caller=None, **parameters):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.now))
        return raw.call(caller or self.account, action, version=raw.IAM, parameters=parameters, when=stamp)

    def until(self, action, name, wanted, **parameters):
        for _ in range(1000):
            answer = self.call(action, **parameters)
            if answer.tag(name) == wanted:
                return answer
            time.sleep(0.02)
        raise AssertionError(answer.body)

    def store(self, statement):
        """As if whoever made the reports had died on the way."""
        self.replay.server.stop()
        with sqlite3.connect(self.replay.server.data / "mantle.db") as database:
            assert database.execute(statement).rowcount > 0
        database.close()
        self.replay.start()


@pytest.fixture
def clocked(tmp_path):
    with Replay(tmp_path) as replay:
        yield Clocked(replay)


def said(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer.body


def test_a_credential_report_expires(clocked):
    said(clocked.call("GetCredentialReport"), 410, "ReportNotPresent")
    assert clocked.call("GenerateCredentialReport").tag("State") == "STARTED"
    clocked.until("GenerateCredentialReport", "State", "COMPLETE")
    first = clocked.call("GetCredentialReport")
    assert first.status == 200
    clocked.later(FOUR_HOURS - 1)
    assert clocked.call("GenerateCredentialReport").tag("State") == "COMPLETE"
    assert clocked.call("GetCredentialReport").tag("Content") == first.tag("Content")
    clocked.later(1)
    said(clocked.call("GetCredentialReport"), 410, "ReportExpired")
    assert clocked.call("GenerateCredentialReport").tag("State") == "STARTED"
    clocked.until("GenerateCredentialReport", "State", "COMPLETE")
    again = clocked.call("GetCredentialReport")
    assert again.status == 200 and again.tag("GeneratedTime") != first.tag("GeneratedTime")


def test_a_credential_report_at_work_and_one_that_stands_still(clocked):
    clocked.call("GenerateCredentialReport")
    clocked.until("GenerateCredentialReport", "State", "COMPLETE")
    clocked.store("UPDATE credential_report SET generated_s = 0")
    said(clocked.call("GetCredentialReport"), 404, "ReportInProgress")
    assert clocked.call("GenerateCredentialReport").tag("State") == "INPROGRESS"
    clocked.later(59)
    assert clocked.call("GenerateCredentialReport").tag("State") == "INPROGRESS"
    clocked.later(1)  # a minute without a new part: it is begun anew
    assert clocked.call("GenerateCredentialReport").tag("State") == "STARTED"
    clocked.until("GenerateCredentialReport", "State", "COMPLETE")
    assert clocked.call("GetCredentialReport").status == 200


def last_accessed(clocked):
    arn = clocked.account.arn("user/admin")
    return clocked.call("GenerateServiceLastAccessedDetails", Arn=arn).tag("JobId")


def test_a_report_of_last_access_is_kept_for_a_day(clocked):
    job = last_accessed(clocked)
    clocked.until("GetServiceLastAccessedDetails", "JobStatus", "COMPLETED", JobId=job)
    clocked.later(DAY)
    assert clocked.call("GetServiceLastAccessedDetails", JobId=job).tag("JobStatus") == "COMPLETED"
    clocked.later(1)
    said(clocked.call("GetServiceLastAccessedDetails", JobId=job), 404, "NoSuchEntity")
    said(clocked.call("GetServiceLastAccessedDetailsWithEntities", JobId=job, ServiceNamespace="iam"), 404,
         "NoSuchEntity")


def test_a_report_of_last_access_at_work_and_one_that_stands_still(clocked):
    job = last_accessed(clocked)
    clocked.until("GetServiceLastAccessedDetails", "JobStatus", "COMPLETED", JobId=job)
    clocked.store("UPDATE access_report SET completed_s = 0")
    answer = clocked.call("GetServiceLastAccessedDetails", JobId=job)
    assert answer.tag("JobStatus") == "IN_PROGRESS"
    clocked.later(600)
    assert clocked.call("GetServiceLastAccessedDetails", JobId=job).tag("JobStatus") == "IN_PROGRESS"
    clocked.later(1)
    failed = clocked.call("GetServiceLastAccessedDetails", JobId=job)
    assert failed.tag("JobStatus") == "FAILED" and failed.tag("Error"), failed.body


def test_when_a_session_ends_by_the_servers_clock(clocked):
    account = clocked.account
    answer = clocked.call("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account.number}))
    assert answer.status == 200, answer.body
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(clocked.now))
    made = raw.call(account, "AssumeRole", parameters={"RoleArn": account.arn("role/r"), "RoleSessionName": "job"},
                    when=stamp)
    session = account.server.caller(*(made.tag(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))
    clocked.later(3599)
    assert clocked.call("ListUsers", session).code == "AccessDenied"
    clocked.later(1)
    said(clocked.call("ListUsers", session), 403, "ExpiredToken")
