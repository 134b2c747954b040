"""`make invoke EVENT=events/…json`: a sample event with its placeholders filled in from the running
stack, given to the function it is for.

By default to the stack's own function; with WATCH=PORT to `cargo lambda watch` on that port, by
`cargo lambda invoke`.
"""

import json
import os
import secrets
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import settings
from processes import StackError, tool

EVENTS = settings.ROOT / "events"
# What the samples contain where a deployment has its own value.
KEY, TOKEN, BEARER = "REGISTRATION_KEY_HERE", "LAUNCH_TOKEN_HERE", "BEARER_HERE"
ORIGIN = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
STRIPE_KEY = "rk_test_51ExampleExampleExampleExample"
# The data of the samples' install. The simulated Blnk Cloud learns of its key by an
# install beside it.
INSTANCE = {
    "instance_id": "inst_01K2V7Q8ZJ4M9T3R6W5X0Y1BBB",
    "organization_id": "org_01K2V7Q8ZJ4M9T3R6W5X0Y1CCC",
}
BLNK_KEY = "blnk_test_0123456789abcdef0123456789abcdef"
BESIDE = "instapp_01K2V7Q8ZJ4M9T3R6W5X0Y1KEY"
# The one that is of the dead-letter queue's consumer, whose program is the worker's.
DEAD_LETTER = "sync-worker-dead-letter.json"
INVOKE_SECONDS = 90

Json = dict[str, Any]


def function_of(file: Path) -> str:
    """The folder of a sample's function, or `dlq-consumer`: the sample's name begins with it."""
    if file.name == DEAD_LETTER:
        return "dlq-consumer"
    found = [name for name in settings.FUNCTIONS if file.name.startswith(f"{name}-")]
    if not found:
        raise StackError(
            f"{file.name} begins with the name of no function ({', '.join(settings.FUNCTIONS)})."
        )
    return found[0]


class Samples:
    """The sample events, on one running stack."""

    def __init__(self, variables: dict[str, str], watch: str | None = None):
        self._variables = variables
        self._watch = watch

    def invoke(self, file: Path) -> Json:
        """Fills a sample in and invokes its function; the answer."""
        return self._call(function_of(file), self.filled(file))

    def filled(self, file: Path) -> Json:
        """A sample as this stack would be sent it. A sample that needs a launch, a session or a
        Stripe account is given a fresh one."""
        text = file.read_text()
        values = {
            KEY: self._variables["REGISTRATION_KEY"],
            ORIGIN: self._variables["PORTAL_ORIGIN"],
        }
        if TOKEN in text:
            values[TOKEN] = self._token()
        if BEARER in text:
            values[BEARER] = self._bearer()
        if STRIPE_KEY in text:
            values[STRIPE_KEY] = self._stripe_key()
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        event: Json = json.loads(text)
        if "content-length" in event.get("headers", {}) and not event.get("isBase64Encoded"):
            event["headers"]["content-length"] = str(len(event.get("body", "").encode()))
        return event

    def _token(self) -> str:
        """The token of a launch of the samples' install, which is installed for it. One that was
        uninstalled comes back with another key: the platform's event for a key that is known
        already is a repetition."""
        for key in (BLNK_KEY, f"blnk_test_{secrets.token_hex(16)}"):
            self._control(
                "/cloud/install",
                {
                    "api_key": key,
                    **INSTANCE,
                    **({"installed_app_id": BESIDE} if key == BLNK_KEY else {}),
                },
            )
            install = self.filled(EVENTS / "callback-install-newest.json")
            install["body"] = install["body"].replace(BLNK_KEY, key)
            answers = [
                self._call("callback", install),
                self.invoke(EVENTS / "portal-generator-launch-newest.json"),
            ]
            if [answer.get("statusCode") for answer in answers] == [200, 200]:
                url = json.loads(answers[1]["body"])["portal_url"]
                return str(urllib.parse.parse_qs(urllib.parse.urlparse(url).query)["token"][0])
        raise StackError(f"the samples' install cannot be launched: {answers}")

    def _bearer(self) -> str:
        answer = self.invoke(EVENTS / "portal-api-session.json")
        if answer.get("statusCode") != 200:
            raise StackError(
                f"no session could be opened: {answer.get('statusCode')} {answer.get('body')}"
            )
        return str(json.loads(answer["body"])["bearer"])

    def _stripe_key(self) -> str:
        """A key of the samples' account at the simulated Stripe: always the same one, since the
        ledger is its mirror."""
        account = self._control(
            "/stripe/accounts",
            {"id": "acct_1ExampleExample", "seed": 1, "movements": 3, "mode": "test"},
        )
        return str(account["restricted_key"])

    def _control(self, path: str, body: Json) -> Json:
        """A call of the simulators' control."""
        url = f"{self._variables['SANDBOX_CONTROL_URL']}{path}"
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=INVOKE_SECONDS) as answer:
                made: Json = json.load(answer)
                return made
        except OSError as error:
            raise StackError(f"{url}: {error}") from None

    def _call(self, function: str, event: Json) -> Json:
        if self._watch:
            return self._watched(function, event)
        from deploy import client

        name = self._variables[f"{function.upper().replace('-', '_')}_FUNCTION"]
        answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        text = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise StackError(f"{function} failed: {text}")
        result: Json = json.loads(text)
        return result

    def _watched(self, function: str, event: Json) -> Json:
        program = "sync-worker" if function == "dlq-consumer" else function
        file = settings.STACK_DIR / "event.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(event))
        argv = [
            str(tool("cargo-lambda")),
            "lambda",
            "invoke",
            program,
            "-A",
            "127.0.0.1",
            "-P",
            str(self._watch),
            "--data-file",
            str(file),
        ]
        try:
            done = subprocess.run(
                argv,
                cwd=settings.ROOT,
                capture_output=True,
                text=True,
                timeout=INVOKE_SECONDS,
                check=False,
            )
        finally:
            file.unlink(missing_ok=True)
        if done.returncode != 0:
            raise StackError(
                f"`cargo lambda invoke {program}` failed: "
                f"{done.stderr.strip() or done.stdout.strip()}"
            )
        result: Json = json.loads(done.stdout)
        return result


def show(variables: dict[str, str], event: str | None) -> int:
    """Invokes one sample and prints the answer. The exit code: 1 when the function could not deal
    with it (5xx)."""
    file = settings.ROOT / (event or "")
    if not event or not file.is_file():
        raise StackError(
            f"make invoke EVENT=events/callback-install-newest.json (there is no file {event!r})."
        )
    answer = Samples(variables, os.environ.get("WATCH") or None).invoke(file)
    print(json.dumps(answer, indent=2))
    return int(answer.get("statusCode", 200) >= 500 or bool(answer.get("batchItemFailures")))


def write_environments(functions: dict[str, str], aws: dict[str, str]) -> None:
    """The deployed functions' own environments, for those who run a function outside of the stack:
    functions.env for `cargo lambda watch --env-file`, functions.json for `sam local --env-vars`.
    `functions`: logical id → name."""
    from deploy import client

    read = client("lambda").get_function_configuration
    each = {
        logical: {**read(FunctionName=name)["Environment"]["Variables"], **aws}
        for logical, name in functions.items()
    }
    # MODE makes the worker's program read the dead-letter queue: in the one file for all of
    # them it is the worker.
    together = {
        name: value
        for logical, own in each.items()
        if logical != "DlqConsumer"
        for name, value in own.items()
        if value
    }
    for file, text in (
        (
            settings.FUNCTIONS_ENV,
            "".join(f"{name}='{value}'\n" for name, value in sorted(together.items())),
        ),
        (settings.FUNCTIONS_JSON, json.dumps(each, indent=2, sort_keys=True) + "\n"),
    ):
        file.touch(mode=0o600)
        file.write_text(text)
