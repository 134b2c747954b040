"""What is deployed is what the code is written for."""

import re

from tests.template.cloudformation import (
    FOLDERS,
    PARAMETERS,
    RESOURCES,
    ROOT,
    TEMPLATE,
    of_type,
    overrides,
)

# Blnk Cloud gives up on a callback and on a launch after this long.
PLATFORM_DEADLINE_SECONDS = 10


def variables(function: str) -> set[str]:
    own = RESOURCES[function]["Properties"]["Environment"]["Variables"]
    return set(own) | set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])


def test_every_variable_that_the_code_reads_is_set() -> None:
    reading = re.compile(
        r'\benv\.(required|optional|parsed|base_url|public_origin)(?:::<\w+>)?\(\s*"([A-Z_]+)"'
    )
    for function, folder in FOLDERS.items():
        sources = "\n".join(
            path.read_text() for path in (ROOT / "functions" / folder / "src").rglob("*.rs")
        )
        for how, variable in reading.findall(sources):
            if how in ("required", "base_url", "public_origin"):
                assert variable in variables(function), f"{function} reads {variable}"
        # All of them are read, and missing ones reported, before the first call to the network.
        main = (ROOT / "functions" / folder / "src" / "main.rs").read_text()
        assert len(reading.findall(sources)) > 1, folder
        assert len(reading.findall(sources)) == len(
            reading.findall(main.split("env.check()?;")[0])
        ), folder
        assert ".versions()" not in main.split("env.check()?;")[0], folder


def test_every_variable_that_is_set_is_read() -> None:
    shared = "\n".join(path.read_text() for path in (ROOT / "shared" / "src").rglob("*.rs"))
    for function, folder in FOLDERS.items():
        sources = shared + "\n".join(
            path.read_text() for path in (ROOT / "functions" / folder / "src").rglob("*.rs")
        )
        own = set(RESOURCES[function]["Properties"]["Environment"]["Variables"])
        for variable in own:
            assert f'"{variable}"' in sources, (
                f"{function} is given {variable}, which its code never reads"
            )


def test_each_function_is_the_package_of_its_folder() -> None:
    assert set(of_type("AWS::Serverless::Function")) == set(FOLDERS)
    for function, folder in FOLDERS.items():
        assert RESOURCES[function]["Properties"]["CodeUri"] == f"functions/{folder}"
        assert RESOURCES[function]["Metadata"] == {"BuildMethod": "rust-cargolambda"}
        assert f'name = "{folder}"' in (ROOT / "functions" / folder / "Cargo.toml").read_text()


def test_http_functions_answer_within_the_platforms_deadline() -> None:
    timeout = TEMPLATE["Globals"]["Function"]["Timeout"]
    for function in ("Callback", "PortalGenerator", "PortalApi", "StripeWebhook"):
        assert "Timeout" not in RESOURCES[function]["Properties"]
    for name, integration in of_type("AWS::ApiGatewayV2::Integration").items():
        milliseconds = integration["Properties"]["TimeoutInMillis"]
        assert timeout * 1000 < milliseconds, name
        assert milliseconds < PLATFORM_DEADLINE_SECONDS * 1000, name


def test_worker_timings_are_in_order() -> None:
    def timings(given: dict[str, str]) -> list[int]:
        names = ("WorkerStopSeconds", "WorkerTimeoutSeconds", "QueueVisibilitySeconds")
        return [int(given.get(name, PARAMETERS[name]["Default"])) for name in names]

    for environment, given in {"template.yaml": {}, **overrides()}.items():
        stop, timeout, visibility = timings(given)
        assert stop + 5 < timeout, environment
        assert timeout < visibility, environment


def test_the_dead_letter_consumer_stops_within_its_timeout() -> None:
    properties = RESOURCES["DlqConsumer"]["Properties"]
    stop = properties["Environment"]["Variables"]["WORKER_STOP_SECONDS"]
    # After its stop come the page in progress and its continuation.
    assert int(stop) + 5 <= properties["Timeout"]


def test_the_memory_of_each_function_is_a_parameter() -> None:
    assert "MemorySize" not in TEMPLATE["Globals"]["Function"]
    for function in FOLDERS:
        assert RESOURCES[function]["Properties"]["MemorySize"] == {"Ref": f"{function}Memory"}
        # Cold starts and first installs were measured with this much.
        assert PARAMETERS[f"{function}Memory"]["Default"] == 512


def test_lambda_logs_when_a_call_timed_out() -> None:
    # `platform.report` is at INFO: cold starts, memory, and `status: timeout`.
    assert TEMPLATE["Globals"]["Function"]["LoggingConfig"]["SystemLogLevel"] == "INFO"


def test_a_long_chain_of_continuations_is_allowed() -> None:
    # By default Lambda ends a chain of function and queue after 16 links.
    for function in ("SyncWorker", "DlqConsumer"):
        assert RESOURCES[function]["Properties"]["RecursiveLoop"] == "Allow"


def test_worker_is_capped_and_reports_its_failures_one_by_one() -> None:
    for function, event in (("SyncWorker", "WakeUps"), ("DlqConsumer", "DeadLetters")):
        properties = RESOURCES[function]["Properties"]["Events"][event]["Properties"]
        assert properties["BatchSize"] == 1
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert "MaximumConcurrency" in properties["ScalingConfig"]
    assert RESOURCES["Queue"]["Properties"]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": "DeadLetters.Arn"},
        "maxReceiveCount": 20,
    }


def test_delayed_messages_occupy_no_worker() -> None:
    # A FIFO queue has no delay per message: a standard queue feeds it, with an event source of its
    # own.
    queue = RESOURCES["DelayQueue"]["Properties"]
    assert "FifoQueue" not in queue
    assert "DelaySeconds" not in queue  # each message sets its own
    dead = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"].removesuffix(".Arn")
    assert "FifoQueue" not in RESOURCES[dead]["Properties"]  # AWS accepts only the same kind
    # While the work queue takes no messages, a delayed one stays for more than an hour; then the
    # sweep finds its run.
    assert (
        queue["RedrivePolicy"]["maxReceiveCount"] * PARAMETERS["QueueVisibilitySeconds"]["Default"]
        > 3600
    )
    assert queue["VisibilityTimeout"] == {"Ref": "QueueVisibilitySeconds"}
    source = RESOURCES["SyncWorker"]["Properties"]["Events"]["Delayed"]["Properties"]
    assert source["Queue"] == {"Fn::GetAtt": "DelayQueue.Arn"}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] == 2  # the lowest that AWS accepts
    own = RESOURCES["SyncWorker"]["Properties"]["Environment"]["Variables"]
    assert own["DELAY_QUEUE_URL"] == {"Ref": "DelayQueue"}
