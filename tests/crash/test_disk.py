"""Each write, sync, truncation and renaming of a file in the data directory fails in turn, in each way
it can: an error, a full disk, half of it written and then the error, a part written. A change that was
answered with an error has not happened, one that was acknowledged stays, reads go on, and when the
fault is over changes work again."""
import shutil
import subprocess
import time

import pytest

from harness import EIO, ENOSPC, HALF, SHORT, SEED, Lost, Server
from siege import Siege
from test_memory import check_started, start_with

WAYS = {"EIO": EIO, "ENOSPC": ENOSPC, "half, then ENOSPC": HALF, "short": SHORT}


def settled_health(siege, seconds=20):
    """What /health says once changes work again, and the trail has caught up by itself."""
    end = time.monotonic() + seconds
    while True:
        _, said = siege.server.health()
        if said["status"] == "ok":
            return said
        assert time.monotonic() < end, said
        time.sleep(0.02)


def step_under_fault(siege, worker, client):
    """One operation, of which the answer may be a clean refusal to store: then the model expects
    that nothing happened (checked by the reads that follow)."""
    operation = worker.next_operation()
    worker.number += 1
    agent = f"w{worker.index}-{worker.number}"
    worker.doubt = operation, agent
    try:
        answer = client.call(operation.action, agent=agent, **operation.parameters)
    except Lost:
        return "lost"
    if answer.status < 500:
        worker.settle(answer)
        return answer.status
    assert answer.code in ("ServiceFailure", "ServiceUnavailable"), answer
    assert answer.request_id
    worker.acknowledged[agent] = 0
    worker.doubt = None
    return answer.status


@pytest.mark.parametrize("way", WAYS)
def test_each_write_fails(tmp_path, say, way):
    siege = Siege(tmp_path, SEED, workers=1, preload=True)
    worker, server = siege.workers[0], siege.server
    client = siege.client()
    for _ in range(60):
        worker.step(client)
    struck = refused = 0
    for nth in list(range(1, 25)) * 6:
        server.arm(write_how=WAYS[way], write_struck=0, write_in=nth)
        end = time.monotonic() + 5
        while server.control.write_struck == 0 and time.monotonic() < end:
            refused += step_under_fault(siege, worker, client) in (500, 503)
            assert server.alive(), server.tail()
        struck += server.control.write_struck > 0
        server.disarm()
        assert settled_health(siege)["trail"] == "ok"
        worker.step(client)
        if nth == 24:
            server.kill()
            siege.examine_files()
            server.start()
            siege.verify()
            client = siege.client()
    say(f"{way}: {struck} faults struck, {refused} changes refused")
    assert struck > 100
    server.kill()


def test_each_write_of_the_first_start_fails(tmp_path, say):
    """It says why and ends; the next start has an account that its credentials open."""
    refused = 0
    for way in (EIO, ENOSPC, HALF):
        later = range(36 + SEED % 9, 1000, 9)
        for nth in (*range(1, 36), *later) if way == EIO else range(1 + SEED % 7, 1000, 23):
            server = Server(tmp_path / f"{way}-{nth}", preload=False)
            server.directory.mkdir()
            server.data.mkdir()
            server = Server(server.directory, preload=True)
            started, struck = start_with(server, write_how=way, write_in=nth)
            refused += not started
            if started:
                server.kill()
            server.start()
            check_started(server)
            shutil.rmtree(server.directory)
            if not struck:
                break
    say(f"{refused} first starts refused")
    assert refused > 20


def test_full_disk(tmp_path):
    """No file may grow: changes are refused with an answer, reads go on, /health says so; with room
    again changes work again, and nothing is missing."""
    siege = Siege(tmp_path, SEED, workers=2, preload=True)
    siege.load(0.3)
    server = siege.server
    for turn in range(5):
        server.arm(full=1)
        client = siege.client()
        refused = 0
        for number in range(400):
            refused += step_under_fault(siege, siege.workers[0], client) == 503
            if refused > 20:
                break
        # Later the log has been longer before: a while is spent in the room it has.
        assert refused > 20 or turn > 0
        if refused > 20:
            assert server.health()[1]["store"] == "refuses changes"
        reader = siege.client()
        for worker in siege.workers:
            worker.settle_doubt(worker.read(reader))
        server.disarm()
        assert settled_health(siege)["status"] == "ok"
        siege.load(0.2)
        siege.verify()
    server.kill()
    siege.examine_files()
    server.start()
    siege.verify()
    assert server.stop() == 0


def test_full_disk_for_real(tmp_path):
    """The same on a file system of 24 MiB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)],
                             capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no permission to mount here: " + mounted.stderr.decode().strip())
    try:
        siege = Siege(disk, SEED, workers=2)
        siege.load(0.2)
        client, refused = siege.client(), 0
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        for _ in range(2000):
            refused += step_under_fault(siege, siege.workers[0], client) == 503
            if refused > 20:
                break
        assert refused > 20
        assert siege.server.health()[1]["status"] == "degraded"
        reader = siege.client()
        for worker in siege.workers:
            worker.settle_doubt(worker.read(reader))
        filler.unlink()
        assert settled_health(siege)["status"] == "ok"
        for _ in range(20):
            siege.workers[0].step(client)
        siege.verify()
        siege.server.kill()
        siege.server.start()
        siege.verify()
        assert siege.server.stop() == 0
    finally:
        for server in list(Server.running):
            server.kill()
        subprocess.run(["umount", str(disk)], check=True)
