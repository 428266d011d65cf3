"""The crash suite: `make crash`. Its seed is printed; CRASH_SEED repeats a run's choices."""
import harness
import pytest


def pytest_report_header():
    return f"CRASH_SEED={harness.SEED}"


@pytest.fixture
def say(capfd):
    """Prints past the capture: what was measured is worth a line."""
    def out(text):
        with capfd.disabled():
            print(f"\n    {text}", flush=True)
    return out


@pytest.fixture(autouse=True)
def none_left():
    yield
    for server in list(harness.Server.running):
        server.kill()
