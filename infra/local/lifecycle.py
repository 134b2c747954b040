"""The life of a stack: it is started, deployed and stopped here. Other programs reach it by the
variables that are written here."""

import json
import os
import shutil
import signal
import threading
import time

import build
import settings
from processes import Process, StackError, require_free_ports, tool, wait_until_ready

AWS, SANDBOX = Process("aws"), Process("sandbox")
EMULATOR_SECONDS, SANDBOX_SECONDS = 30, 30
FUNCTIONS = (
    "Callback",
    "PortalGenerator",
    "PortalApi",
    "StripeWebhook",
    "SyncWorker",
    "DlqConsumer",
)


def _say(text: str) -> None:
    print(text, flush=True)


def _emulator_environment() -> dict[str, str]:
    """Short on purpose: the emulator hands its own environment on to the functions, which AWS does
    not do."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ
    }
    temporary = settings.STACK_DIR / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        "TMPDIR": str(temporary),
        "AWS_ENDPOINT_URL": settings.AWS_URL,
        "AWS_DEFAULT_REGION": settings.REGION,
        # AWS sets these two from the template's LoggingConfig; the emulator does not.
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
        "GATEWAY_PORT": str(settings.PORTS["AWS_PORT"]),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_PORT": str(settings.IOT_PORT),
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "LOG_LEVEL": "WARNING",
    }


def _start_aws() -> None:
    AWS.start([str(tool("ministack"))], _emulator_environment())
    wait_until_ready(AWS, f"{settings.AWS_URL}/_ministack/health", EMULATOR_SECONDS)


def _start_sandbox(key: str) -> None:
    ports = {
        "dashboard": "DASHBOARD_PORT",
        "cloud": "CLOUD_PORT",
        "stripe": "STRIPE_PORT",
        "control": "CONTROL_PORT",
        "core": "CORE_PORT",
    }
    argv = [str(build.binary("sandbox"))]
    for flag, variable in ports.items():
        argv += [f"--{flag}-port", str(settings.PORTS[variable])]
    argv += [
        "--callback-url",
        f"{settings.API_URL}/api/callback/{key}",
        "--portal-url",
        f"{settings.API_URL}/api/portal/{key}",
    ]
    argv += [
        "--seed",
        settings.SEED,
        "--movements",
        settings.MOVEMENTS,
        "--app-name",
        "Stripe Sync",
    ]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("CORE_URL", "CORE_KEY")
    }
    if settings.REAL_CORE_URL:
        # By the environment: anybody on the machine can read a command line.
        environment |= {
            "SANDBOX_CORE_URL": settings.REAL_CORE_URL,
            "SANDBOX_CORE_KEY": settings.REAL_CORE_KEY,
        }
    SANDBOX.start(argv, environment)
    wait_until_ready(
        SANDBOX, f"http://127.0.0.1:{settings.PORTS['CONTROL_PORT']}/health", SANDBOX_SECONDS
    )


def _ledger() -> dict[str, str]:
    """The ledger: a real Core, or the simulated default instance."""
    real = (settings.REAL_CORE_URL, settings.REAL_CORE_KEY)
    url, key = (
        real
        if settings.REAL_CORE_URL
        else (settings.SIMULATED_CORE_URL, settings.SIMULATED_CORE_KEY)
    )
    return {"LEDGER_CORE_URL": url, "LEDGER_CORE_KEY": key}


def _ledger_in_use() -> dict[str, str]:
    """The ledger of the running stack, which need not be given again; another one is refused."""
    running = (
        {name: value for name, value in environment().items() if name in _ledger()}
        if settings.ENV_FILE.exists()
        else _ledger()
    )
    if settings.REAL_CORE_URL and running != _ledger():
        raise StackError(
            f"this stack runs on another ledger ({running['LEDGER_CORE_URL']}): `make down` first, "
            f"or set STACK_DIR=… for a second one."
        )
    return running


def _aws_variables() -> dict[str, str]:
    """How a program reaches the local AWS."""
    return {
        "AWS_ENDPOINT_URL": settings.AWS_URL,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": settings.REGION,
    }


def _variables(outputs: dict[str, str], key: str, ledger: dict[str, str]) -> dict[str, str]:
    local = "http://127.0.0.1"
    named = {
        "DASHBOARD_URL": settings.DASHBOARD_URL,
        "API_URL": settings.API_URL,
        "PORTAL_ORIGIN": settings.PORTAL_ORIGIN,
        "CALLBACK_URL": f"{settings.API_URL}/api/callback/{key}",
        "PORTAL_GENERATOR_URL": f"{settings.API_URL}/api/portal/{key}",
        **_aws_variables(),
        "AWS_DEFAULT_REGION": settings.REGION,
        "STACK_NAME": settings.STACK_NAME,
        "TABLE_NAME": outputs["TableName"],
        "QUEUE_URL": outputs["QueueUrl"],
        "DELAY_QUEUE_URL": outputs["DelayQueueUrl"],
        "DEAD_LETTER_QUEUE_URL": outputs["DeadLetterQueueUrl"],
        "SCHEDULE_GROUP": outputs["ScheduleGroupName"],
        "SWEEP_NAME": outputs["SweepName"],
        "KMS_KEY_ARN": outputs["KmsKeyArn"],
        "SESSION_SECRET_ARN": outputs["SessionSecretArn"],
        "REGISTRATION_SECRET_ARN": outputs["RegistrationSecretArn"],
        "REGISTRATION_KEY": key,
        "BLNK_API_URL": f"{local}:{settings.PORTS['CLOUD_PORT']}",
        "STRIPE_API_URL": f"{local}:{settings.PORTS['STRIPE_PORT']}",
        "SANDBOX_CONTROL_URL": f"{local}:{settings.PORTS['CONTROL_PORT']}",
        "CORE_API_URL": settings.SIMULATED_CORE_URL,
        **ledger,
        "AWS_PID": str(AWS.pid),
        "SANDBOX_PID": str(SANDBOX.pid),
        "AWS_LOG": str(AWS.log),
        "SANDBOX_LOG": str(SANDBOX.log),
    }
    for name in FUNCTIONS:
        upper = "".join(f"_{c}" if c.isupper() else c for c in name).lstrip("_").upper()
        named[f"{upper}_FUNCTION"] = outputs[f"{name}FunctionName"]
        named[f"{upper}_ROLE_ARN"] = outputs[f"{name}RoleArn"]
    return named


def up() -> None:
    """Builds, starts what does not run yet, deploys, writes stack.env. Returns when it is ready."""
    if settings.REAL_CORE_URL and not settings.REAL_CORE_KEY:
        raise StackError("CORE_URL needs CORE_KEY: the secret key of that Core.")
    began = time.monotonic()
    build.everything()
    built = time.monotonic()
    if AWS.pid is not None:
        _bring_up()
    else:
        SANDBOX.stop()
        try:
            require_free_ports()
            settings.PORTS_FILE.write_text(json.dumps(settings.PORTS))
            _say("Starting the local AWS …")
            _start_aws()
            _bring_up()
        except BaseException:
            _stop()  # nothing is left half started
            raise
    _say(
        f"Ready in {time.monotonic() - began:.1f} s ({built - began:.1f} s of it to build). "
        f"Variables: {settings.shown(settings.ENV_FILE)}"
    )


def _bring_up() -> None:
    from deploy import (
        deploy,
        registration_key,
    )  # here: importing the AWS client takes a moment that `down` need not wait for
    from invoke import write_environments

    if settings.SAVED_PORTS and settings.SAVED_PORTS != settings.PORTS:
        raise StackError(
            f"this stack runs on other ports ({settings.SAVED_PORTS}): `make down` first, or set "
            f"STACK_DIR=… for a second one."
        )
    _say("Deploying template.yaml …")
    outputs = deploy()
    key = registration_key(outputs)
    ledger = _ledger() if SANDBOX.pid is None else _ledger_in_use()
    if SANDBOX.pid is None:
        on = f", on the Core at {settings.REAL_CORE_URL}" if settings.REAL_CORE_URL else ""
        _say(f"Starting the simulated Blnk Cloud and Stripe{on} …")
        _start_sandbox(key)
    lines = [f"{name}='{value}'\n" for name, value in _variables(outputs, key, ledger).items()]
    settings.ENV_FILE.touch(mode=0o600)
    settings.ENV_FILE.write_text("".join(lines))
    write_environments(
        {name: outputs[f"{name}FunctionName"] for name in FUNCTIONS}, _aws_variables()
    )


def _stop() -> list[str]:
    stopped = [process.name for process in (SANDBOX, AWS) if process.stop()]
    for file in (
        settings.ENV_FILE,
        settings.PORTS_FILE,
        settings.FUNCTIONS_ENV,
        settings.FUNCTIONS_JSON,
    ):
        file.unlink(missing_ok=True)
    shutil.rmtree(settings.STACK_DIR / "tmp", ignore_errors=True)
    return stopped


def down() -> None:
    """Stops what this stack started."""
    stopped = _stop()
    _say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def dev() -> None:
    """In the foreground, until Ctrl-C."""
    if AWS.pid is not None:
        raise StackError(
            "a stack already runs in the background: use it, or stop it with `make down`."
        )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        up()
        _say(
            f"\n  Dashboard   {settings.DASHBOARD_URL}\n\n"
            "  Open it in a browser: install Stripe Sync with all permissions, launch it, connect "
            "Stripe with the\n"
            "  restricted key shown there, press “Sync now”, and look at the ledger.\n"
            f"  Logs: {settings.shown(settings.LOG_DIR)}/, functions: make logs\n\n"
            "  Ctrl-C stops everything.\n"
        )
        while not stop.wait(1):
            for process in (AWS, SANDBOX):
                if process.pid is None:
                    raise StackError(f"{process.name} ended by itself:\n{process.tail()}")
    except KeyboardInterrupt:
        _say("")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        down()


def environment() -> dict[str, str]:
    """stack.env, on top of this process's own variables."""
    if AWS.pid is None or not settings.ENV_FILE.exists():
        raise StackError("no stack is running: start one with `make up`.")
    pairs = (line.split("=", 1) for line in settings.ENV_FILE.read_text().splitlines())
    return {**os.environ, **{name: value.strip("'") for name, value in pairs}}
