"""Invokes every sample event of events/ on a running stack, as `make invoke` does, and judges the answers.

Run by `make test`; alone, on a running stack: `infra/local/run exec .local/venv/bin/python tests/events/run.py`.
The last line counts: `counted: N passed, N failed`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra" / "local"))

import settings  # noqa: E402
from invoke import EVENTS, Samples, function_of  # noqa: E402
from processes import StackError, tool  # noqa: E402

# `cargo lambda watch` listens within this long.
WATCH_SECONDS = 20

# What a sample is answered with when it is not 200: its run, its file, its signature and its secret are made up.
STATUS = {
    "portal-api-asset.json": {404},
    "portal-api-run.json": {404},
    "portal-api-run-stop.json": {404},
    "portal-api-run-start.json": {202},
    "portal-api-disconnect.json": {204},
    # The account's restricted key makes no endpoint; Stripe signed the samples with a secret that this stack does not know.
    "portal-api-webhook-roll.json": {422},
    "stripe-webhook-event.json": {400},
    "stripe-webhook-event-base64.json": {400},
    "stripe-webhook-thin.json": {400},
}
# In this order: what needs a connected account comes behind its connection and before its end.
FIRST = ["callback-install-newest.json", "portal-api-connect.json"]
LAST = ["portal-api-disconnect.json", "callback-uninstall-newest.json"]


def in_order() -> list[Path]:
    names = sorted(file.name for file in EVENTS.glob("*.json"))
    uninstalls = [name for name in names if "uninstall" in name and name not in LAST]
    middle = [name for name in names if name not in (*FIRST, *LAST, *uninstalls)]
    return [EVENTS / name for name in (*FIRST, *middle, *LAST, *uninstalls)]


class Events(unittest.TestCase):
    def test_every_sample_is_answered_as_it_should_be(self):
        self.judge(Samples(dict(os.environ)))

    def test_so_it_is_by_cargo_lambda(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        argv = [str(tool("cargo-lambda")), "lambda", "watch", "--env-file", str(settings.FUNCTIONS_ENV), "--ignore-changes", "-A", "127.0.0.1", "-P", str(port)]
        log = settings.LOG_DIR / "watch.log"
        with log.open("wb") as output:
            watch = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        try:
            end = time.monotonic() + WATCH_SECONDS
            while time.monotonic() < end and socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                time.sleep(0.1)
            self.judge(Samples(dict(os.environ), str(port)))
        except StackError as error:
            self.fail(f"{error}\n{log.read_text(errors='replace')[-4000:]}")
        finally:
            os.killpg(watch.pid, signal.SIGTERM)
            watch.wait()

    def judge(self, samples: Samples):
        for file in in_order():
            with self.subTest(file.name):
                answer = samples.invoke(file)
                if function_of(file) in ("sync-worker", "dlq-consumer"):
                    self.assertEqual(answer, {"batchItemFailures": []})
                    continue
                self.assertIn(answer["statusCode"], STATUS.get(file.name, {200}), answer.get("body"))
                if file.name.startswith("portal-generator-launch"):
                    self.assertTrue(json.loads(answer["body"])["portal_url"].startswith(os.environ["PORTAL_ORIGIN"]))

    def test_no_sample_is_left_out(self):
        self.assertEqual(len(in_order()), len(list(EVENTS.glob("*.json"))))
        self.assertGreater(len(in_order()), 30)

    def test_the_files_for_other_programs_hold_every_functions_variables(self):
        each = json.loads(settings.FUNCTIONS_JSON.read_text())
        self.assertEqual(set(each), {"Callback", "PortalGenerator", "PortalApi", "StripeWebhook", "SyncWorker", "DlqConsumer"})
        lines = settings.FUNCTIONS_ENV.read_text().splitlines()
        together = dict(line.split("=", 1) for line in lines)
        self.assertTrue(all(value.startswith("'") and value.endswith("'") for value in together.values()))
        for name, own in each.items():
            if name != "DlqConsumer":
                self.assertLessEqual({variable for variable, value in own.items() if value}, set(together), name)
        self.assertNotIn("MODE", together)
        for text in (settings.FUNCTIONS_JSON.read_text(), settings.FUNCTIONS_ENV.read_text()):
            self.assertNotIn(os.environ["REGISTRATION_KEY"], text)


class Bare(unittest.TestCase):
    """A function that is started without its environment."""

    def test_it_says_every_missing_variable_in_one_line_before_it_asks_anybody(self):
        each = json.loads(settings.FUNCTIONS_JSON.read_text())
        optional = {"ALLOWED_CALLER_CIDRS", "DASHBOARD_URL", "MODE", "RETENTION_DAYS", "MINIMUM_SCHEDULE_MINUTES", "QUEUE_VISIBILITY_SECONDS"}
        optional |= {"WORKER_STOP_SECONDS", "SESSION_MINUTES", "LAUNCH_REDEMPTIONS", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
        logical = {"callback": "Callback", "portal-generator": "PortalGenerator", "portal-api": "PortalApi", "stripe-webhook": "StripeWebhook", "sync-worker": "SyncWorker"}
        for function, name in logical.items():
            with self.subTest(function):
                # A metadata service that nobody answers for would hold it up for seconds.
                done = subprocess.run([settings.TARGET_DIR / "debug" / function], env={}, capture_output=True, text=True, timeout=5, check=False)
                self.assertNotEqual(done.returncode, 0)
                said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
                self.assertEqual(len(said), 1, said)
                for variable in set(each[name]) - optional:
                    self.assertIn(variable, said[0])


if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    failed = len(result.failures) + len(result.errors)
    print(f"counted: {result.testsRun - min(failed, result.testsRun)} passed, {failed} failed")
    sys.exit(0 if result.wasSuccessful() else 1)
