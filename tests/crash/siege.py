"""Workers that change things while the server is killed under them, and the reckoning after."""
import random
import threading
import time

import harness
from harness import Client, Lost, Server, Trail
from world import Worker


class Siege:
    def __init__(self, directory, seed, workers=4, **how):
        self.dice = random.Random(seed)
        self.server = Server(directory, **how)
        self.trail = Trail(self.server.data)
        self.server.start()
        self.key, self.secret = self.server.credentials()
        me = self.client().get("GetCallerIdentity", "sts")
        self.account = me.text("Account")
        self.workers = [Worker(i, self.account, random.Random(self.dice.random()))
                        for i in range(workers)]
        self.kills = self.changes = self.doubts = 0
        self.clients, self.threads, self.failures = [], [], []
        self.over = threading.Event()
        self.settled = {}  # agent -> records, of those no longer in doubt

    def client(self, agent="crash-reader"):
        return Client(self.server.port, self.key, self.secret, agent=agent)

    # --- load ---

    def work(self, worker):
        client = self.client()
        try:
            while not self.over.is_set():
                worker.step(client)
        except Lost:
            pass
        except BaseException as failure:  # told by the main thread
            self.failures.append(failure)
        finally:
            client.close()

    def attack(self):
        self.over.clear()
        self.threads = [threading.Thread(target=self.work, args=(worker,)) for worker in self.workers]
        for thread in self.threads:
            thread.start()

    def gather(self):
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "an answer neither came nor was refused"
        self.threads = []
        if self.failures:
            raise self.failures[0]

    def load(self, seconds):
        """Load that ends by itself: nothing is in doubt then."""
        self.attack()
        time.sleep(seconds)
        self.over.set()
        self.gather()

    def kill(self):
        self.server.kill()
        self.kills += 1
        self.gather()

    def cut_power(self):
        """After a kill; how many writes were lost. All records are read again later: those settled
        before must still be there."""
        self.trail.forget()
        return harness.power_cut(self.server, self.dice)

    # --- the reckoning ---

    def examine_files(self):
        harness.examine_database(self.server.data, self.server.directory / "examined")

    def verify(self):
        """All a running server tells, against the model; then the trail."""
        client = self.client()
        totals = {"Users": 1, "Groups": 0, "Roles": 0, "Policies": 0, "InstanceProfiles": 0}
        for worker in self.workers:
            self.doubts += worker.doubt is not None
            seen = worker.read(client)
            worker.settle_doubt(seen)
            for noun, kind in (("Users", "user"), ("Groups", "group"), ("Roles", "role"),
                               ("Policies", "policy"), ("InstanceProfiles", "profile")):
                totals[noun] += sum(k == kind for k, _ in worker.state)
        summary = client.get("GetAccountSummary").root.find(".//SummaryMap")
        counted = {e.findtext("key"): int(e.findtext("value")) for e in summary.findall("entry")}
        assert {noun: counted[noun] for noun in totals} == totals
        client.close()
        self.verify_trail()

    def verify_trail(self, seconds=30):
        """Each acknowledged change has one record, and nothing else has one."""
        end = time.monotonic() + seconds
        while True:
            self.trail.read()
            wrong = [f"{agent}: {self.trail.changes[agent]} records, {want} wanted"
                     for worker in self.workers for agent, want in worker.acknowledged.items()
                     if self.trail.changes[agent] > 1 or
                     (want is not None and self.trail.changes[agent] != want)]
            if not wrong or time.monotonic() > end:
                break
            time.sleep(0.02)
        assert not wrong, wrong
        gone = [agent for agent, count in self.settled.items() if self.trail.changes[agent] != count]
        assert not gone, f"records of earlier changes are no longer there: {gone}"
        known = {agent for worker in self.workers for agent in worker.acknowledged}
        strange = [agent for agent, count in self.trail.changes.items() if agent not in known and
                   agent != "setup" and count != self.settled.get(agent)]
        assert not strange, f"records of changes nobody asked for: {strange}"
        for worker in self.workers:  # settled for good
            self.changes += sum(bool(want) for want in worker.acknowledged.values())
            for agent in worker.acknowledged:
                self.settled[agent] = self.trail.changes[agent]
            worker.acknowledged.clear()

    def report(self):
        return (f"seed {harness.SEED}: {self.kills} kills, {self.changes} changes acknowledged, "
                f"{self.doubts} in doubt, {len(self.trail.event_ids)} records")
