"""Checks of template.yaml, samconfig.toml and events/ that no linter makes: what each role may do, what is kept, what is logged.

Run by `make test`; alone: `.local/venv/bin/python tests/template/run.py`. The last line counts: `counted: N passed, N failed`.
"""

import json
import re
import sys
import tomllib
import unittest
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra" / "local"))
FOLDERS = {
    "Callback": "callback",
    "PortalGenerator": "portal-generator",
    "PortalApi": "portal-api",
    "StripeWebhook": "stripe-webhook",
    "SyncWorker": "sync-worker",
    "DlqConsumer": "sync-worker",
}
CONTEXT = "kms:EncryptionContext:purpose"
# Blnk Cloud gives up on a callback and on a launch after this long.
PLATFORM_DEADLINE_SECONDS = 10
# What AWS gives a new account; what it is usually raised to.
NEW_ACCOUNT_CONCURRENCY = 10
RAISED_CONCURRENCY = 1000
# Lambda takes so many requests a second for each concurrent execution of the account, or of a function's reservation.
REQUESTS_A_SECOND_PER_CONCURRENCY = 10
# The share of them that is left to the queues, whose calls are few.
REQUESTS_LEFT_TO_QUEUES_PERCENT = 10
# The longest that a caller without a key, a session or a signature holds a warm function: a wrong key or bearer costs 2 ms, an event for a made-up
# install one read of the table.
REFUSAL_MILLISECONDS = {"Callback": 5, "PortalGenerator": 5, "PortalApi": 5, "StripeWebhook": 25}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` becomes {"Ref": "X"}, `!GetAtt A.B` {"Fn::GetAtt": "A.B"}."""


def _short_form(loader: Loader, suffix: str, node: yaml.Node) -> dict:
    value: object
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _short_form)

TEXT = (ROOT / "template.yaml").read_text()
TEMPLATE = yaml.load(TEXT, Loader)  # noqa: S506 (a SafeLoader)
RESOURCES = TEMPLATE["Resources"]
PARAMETERS = TEMPLATE["Parameters"]


def of_type(kind: str) -> dict[str, dict]:
    return {name: resource for name, resource in RESOURCES.items() if resource["Type"] == kind}


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


def when(value: Any, **conditions: bool) -> Any:
    """The value with `!If` on the given conditions decided; a branch of AWS::NoValue becomes None."""
    if isinstance(value, dict) and "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        return when(yes if conditions[name] else no, **conditions)
    return None if value == {"Ref": "AWS::NoValue"} else value


def defaults() -> dict[str, str]:
    """The parameters as they are when nothing is said."""
    return {name: str(parameter.get("Default", "")) for name, parameter in PARAMETERS.items()}


def queued(values: dict[str, str]) -> int:
    """How many functions at most work through the queues at once."""
    events = [event for function in ("SyncWorker", "DlqConsumer") for event in RESOURCES[function]["Properties"]["Events"].values()]
    most = [event["Properties"]["ScalingConfig"]["MaximumConcurrency"] for event in events]
    return sum(int(values[one["Ref"]]) if isinstance(one, dict) else one for one in most)


def watched(alarm: dict) -> list[tuple[str, str, list]]:
    """The metrics that an alarm looks at, one or several of them: namespace, name, dimensions."""
    properties = alarm["Properties"]
    metrics = (
        [query["MetricStat"]["Metric"] for query in properties["Metrics"] if "MetricStat" in query]
        if "Metrics" in properties
        else [properties]
    )
    return [(metric["Namespace"], metric["MetricName"], metric["Dimensions"]) for metric in metrics]


def statements(function: str) -> list[dict]:
    return [s for policy in RESOURCES[f"{function}Role"]["Properties"]["Policies"] for s in policy["PolicyDocument"]["Statement"]]


def actions(function: str, service: str, resource: str | None = None) -> set[str]:
    """What a function may do in a service, of one resource when it is named."""
    found = set()
    for statement in statements(function):
        targets = [json.dumps(target) for target in listed(statement["Resource"])]
        if resource is None or any(f'"{resource}.' in target for target in targets):
            found |= {action.split(":")[1] for action in listed(statement["Action"]) if action.startswith(f"{service}:")}
    return found


def purposes(function: str, action: str) -> set[str]:
    """The encryption-context purposes for which a function may use a KMS action, with the condition in force."""
    found = set()
    for statement in statements(function):
        if action in listed(statement["Action"]):
            condition = when(statement["Condition"], EnforcesContext=True)
            found |= set(listed(condition["StringEquals"][CONTEXT]))
    return found


class Roles(unittest.TestCase):
    """Each function may do what it does and nothing else."""

    def test_no_role_has_a_wildcard(self):
        for function in FOLDERS:
            for statement in statements(function):
                self.assertEqual(statement["Effect"], "Allow")
                for action in listed(statement["Action"]):
                    self.assertNotIn("*", action, f"{function}: {action}")
                for resource in listed(statement["Resource"]):
                    if all(action.startswith("scheduler:") for action in listed(statement["Action"])):
                        continue  # schedules are made while the app runs: see test_schedules
                    self.assertNotIn("*", json.dumps(resource), f"{function}: {resource}")
            self.assertNotIn("ManagedPolicyArns", RESOURCES[f"{function}Role"]["Properties"])

    def test_only_lambda_may_take_a_role(self):
        for function in FOLDERS:
            (statement,) = RESOURCES[f"{function}Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(statement["Principal"], {"Service": "lambda.amazonaws.com"})

    def test_table(self):
        self.assertEqual(actions("Callback", "dynamodb"), {"UpdateItem"})
        self.assertEqual(actions("PortalGenerator", "dynamodb"), {"PutItem", "ConditionCheckItem"})
        self.assertEqual(actions("StripeWebhook", "dynamodb"), {"BatchGetItem", "PutItem", "ConditionCheckItem"})
        works = {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"}
        self.assertEqual(actions("SyncWorker", "dynamodb"), works)
        self.assertEqual(actions("DlqConsumer", "dynamodb"), works)
        for function in FOLDERS:
            self.assertNotIn("Scan", actions(function, "dynamodb"))

    def test_no_right_on_the_table_is_given_that_no_code_uses(self):
        written = "\n".join(path.read_text() for folder in ("shared", "functions") for path in (ROOT / folder).rglob("src/**/*.rs"))
        # A call of its own, or a part of a transaction.
        uses = {
            "GetItem": [".get_item("],
            "BatchGetItem": [".batch_get_item("],
            "Query": [".query("],
            "PutItem": [".put_item(", "Put::builder("],
            "UpdateItem": [".update_item(", "Update::builder("],
            "DeleteItem": [".delete_item(", "Delete::builder("],
            "ConditionCheckItem": ["ConditionCheck::builder("],
        }
        for function in FOLDERS:
            for action in actions(function, "dynamodb"):
                self.assertTrue(any(use in written for use in uses.get(action, [])), f"{function}: nothing uses {action}")

    def test_keys(self):
        self.assertEqual(actions("Callback", "kms"), {"GenerateDataKey"})
        self.assertEqual(actions("PortalGenerator", "kms"), set())
        self.assertEqual(actions("PortalApi", "kms"), {"GenerateDataKey", "Decrypt"})
        self.assertEqual(actions("StripeWebhook", "kms"), {"Decrypt"})
        self.assertEqual(actions("SyncWorker", "kms"), {"Decrypt"})
        self.assertEqual(actions("DlqConsumer", "kms"), set())

    def test_key_purposes(self):
        both = {"blnk-api-key", "stripe-api-key"}
        self.assertEqual(purposes("Callback", "kms:GenerateDataKey"), {"blnk-api-key"})
        self.assertEqual(purposes("PortalApi", "kms:GenerateDataKey"), {"stripe-api-key", "stripe-webhook-secret"})
        self.assertEqual(purposes("StripeWebhook", "kms:Decrypt"), {"stripe-webhook-secret"})
        self.assertEqual(purposes("PortalApi", "kms:Decrypt"), both)
        self.assertEqual(purposes("SyncWorker", "kms:Decrypt"), both)
        self.assertEqual(PARAMETERS["EnforceEncryptionContext"]["Default"], "true")

    def test_secrets(self):
        reads = {"GetSecretValue"}
        expected = {
            "Callback": (set(), reads),
            "PortalGenerator": (reads, reads),
            "PortalApi": (reads, set()),
            "StripeWebhook": (set(), set()),
            "SyncWorker": (set(), set()),
            "DlqConsumer": (set(), set()),
        }
        for function, (session, registration) in expected.items():
            self.assertEqual(actions(function, "secretsmanager", "SessionSecret"), session, function)
            self.assertEqual(actions(function, "secretsmanager", "RegistrationSecret"), registration, function)

    def test_queues(self):
        takes = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}
        expected = {
            "Callback": ({"SendMessage"}, set()),
            "PortalGenerator": (set(), set()),
            "PortalApi": ({"SendMessage"}, set()),
            "StripeWebhook": ({"SendMessage"}, set()),
            "SyncWorker": ({"SendMessage"} | takes, set()),
            "DlqConsumer": ({"SendMessage"}, takes),
        }
        for function, (queue, dead_letters) in expected.items():
            self.assertEqual(actions(function, "sqs", "Queue"), queue, function)
            self.assertEqual(actions(function, "sqs", "DeadLetters"), dead_letters, function)
            # Only the worker lets something wait, and only it passes on what has waited.
            self.assertEqual(actions(function, "sqs", "DelayQueue"), queue if function == "SyncWorker" else set(), function)
            self.assertEqual(actions(function, "sqs", "Undelivered"), set(), function)

    def test_schedules(self):
        all_of_it = {"GetSchedule", "CreateSchedule", "UpdateSchedule", "DeleteSchedule"}
        expected = {"PortalApi": all_of_it, "SyncWorker": all_of_it, "DlqConsumer": {"DeleteSchedule"}}
        for function in FOLDERS:
            self.assertEqual(actions(function, "scheduler"), expected.get(function, set()), function)
            for statement in statements(function):
                if "scheduler:DeleteSchedule" not in listed(statement["Action"]):
                    continue
                pattern, names = statement["Resource"]["Fn::Sub"]
                # The installs' schedules of this deployment; never the sweep's, whose name the template makes.
                self.assertTrue(pattern.endswith(":schedule/${Group}/sync-*"), pattern)
                self.assertEqual(when(names["Group"], PinsApiId=False), {"Ref": "ScheduleGroup"})
            passes = [s for s in statements(function) if "iam:PassRole" in listed(s["Action"])]
            self.assertEqual(len(passes), "CreateSchedule" in expected.get(function, set()), function)
            for statement in passes:
                self.assertEqual(statement["Resource"], {"Fn::GetAtt": "ScheduleRole.Arn"})
                self.assertEqual(statement["Condition"], {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}})

    def test_the_scheduler_may_send_and_nothing_else(self):
        role = RESOURCES["ScheduleRole"]["Properties"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        self.assertEqual(trust["Principal"], {"Service": "scheduler.amazonaws.com"})
        self.assertEqual(trust["Condition"]["ArnEquals"], {"aws:SourceArn": {"Fn::GetAtt": "ScheduleGroup.Arn"}})
        (statement,) = statements("Schedule")
        self.assertEqual(statement["Action"], "sqs:SendMessage")
        self.assertEqual(statement["Resource"], [{"Fn::GetAtt": "Queue.Arn"}, {"Fn::GetAtt": "Undelivered.Arn"}])

    def test_the_sweep_is_a_message_of_its_own_group_and_no_body_repeats(self):
        (sweep,) = of_type("AWS::Scheduler::Schedule").values()
        target = sweep["Properties"]["Target"]
        self.assertEqual(target["Arn"], {"Fn::GetAtt": "Queue.Arn"})
        self.assertEqual(target["SqsParameters"], {"MessageGroupId": "sweep"})
        self.assertEqual(json.loads(target["Input"]), {"sweep": "<aws.scheduler.scheduled-time>"})
        self.assertTrue(RESOURCES["Queue"]["Properties"]["ContentBasedDeduplication"])
        # EventBridge Scheduler refuses a FIFO queue for what it could not deliver.
        undelivered = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"].removesuffix(".Arn")
        self.assertNotIn("FifoQueue", RESOURCES[undelivered]["Properties"])
        for minutes in PARAMETERS["MinimumScheduleMinutes"]["AllowedValues"]:
            self.assertEqual(60 % minutes, 0)
        self.assertGreater(PARAMETERS["SweepMinutes"]["MinValue"], 1)  # `rate(1 minutes)` is no expression


class Functions(unittest.TestCase):
    """What is deployed is what the code is written for."""

    def variables(self, function: str) -> set[str]:
        own = RESOURCES[function]["Properties"]["Environment"]["Variables"]
        return set(own) | set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])

    def test_every_variable_that_the_code_reads_is_set(self):
        reading = re.compile(r'\benv\.(required|optional|parsed|base_url|public_origin)(?:::<\w+>)?\(\s*"([A-Z_]+)"')
        for function, folder in FOLDERS.items():
            sources = "\n".join(path.read_text() for path in (ROOT / "functions" / folder / "src").rglob("*.rs"))
            for how, variable in reading.findall(sources):
                if how in ("required", "base_url", "public_origin"):
                    self.assertIn(variable, self.variables(function), f"{function} reads {variable}")
            # All of them are read, and what is missing said, before anything is asked of a network.
            main = (ROOT / "functions" / folder / "src" / "main.rs").read_text()
            self.assertGreater(len(reading.findall(sources)), 1, folder)
            self.assertEqual(len(reading.findall(sources)), len(reading.findall(main.split("env.check()?;")[0])), folder)
            self.assertNotIn(".versions()", main.split("env.check()?;")[0], folder)

    def test_no_variable_is_set_that_nobody_reads(self):
        shared = "\n".join(path.read_text() for path in (ROOT / "shared" / "src").rglob("*.rs"))
        for function, folder in FOLDERS.items():
            sources = shared + "\n".join(path.read_text() for path in (ROOT / "functions" / folder / "src").rglob("*.rs"))
            own = set(RESOURCES[function]["Properties"]["Environment"]["Variables"])
            for variable in own:
                self.assertTrue(f'"{variable}"' in sources, f"{function} is given {variable}, which its code never reads")

    def test_each_function_is_the_package_of_its_folder(self):
        self.assertEqual(set(of_type("AWS::Serverless::Function")), set(FOLDERS))
        for function, folder in FOLDERS.items():
            self.assertEqual(RESOURCES[function]["Properties"]["CodeUri"], f"functions/{folder}")
            self.assertEqual(RESOURCES[function]["Metadata"], {"BuildMethod": "rust-cargolambda"})
            self.assertIn(f'name = "{folder}"', (ROOT / "functions" / folder / "Cargo.toml").read_text())

    def test_http_functions_answer_inside_the_platforms_deadline(self):
        timeout = TEMPLATE["Globals"]["Function"]["Timeout"]
        for function in ("Callback", "PortalGenerator", "PortalApi", "StripeWebhook"):
            self.assertNotIn("Timeout", RESOURCES[function]["Properties"])
        for name, integration in of_type("AWS::ApiGatewayV2::Integration").items():
            milliseconds = integration["Properties"]["TimeoutInMillis"]
            self.assertLess(timeout * 1000, milliseconds, name)
            self.assertLess(milliseconds, PLATFORM_DEADLINE_SECONDS * 1000, name)

    def test_worker_timings_stand_in_order(self):
        def timings(given: dict[str, str]) -> list[int]:
            names = ("WorkerStopSeconds", "WorkerTimeoutSeconds", "QueueVisibilitySeconds")
            return [int(given.get(name, PARAMETERS[name]["Default"])) for name in names]

        for environment, given in {"template.yaml": {}, **overrides()}.items():
            stop, timeout, visibility = timings(given)
            self.assertLess(stop + 5, timeout, environment)
            self.assertLess(timeout, visibility, environment)

    def test_the_consumer_of_dead_letters_stops_inside_its_own_time_out(self):
        properties = RESOURCES["DlqConsumer"]["Properties"]
        stop = properties["Environment"]["Variables"]["WORKER_STOP_SECONDS"]
        # Behind its stop comes the page that is under way, then its continuation.
        self.assertLessEqual(int(stop) + 5, properties["Timeout"])

    def test_memory_of_each_function_is_a_parameter(self):
        self.assertNotIn("MemorySize", TEMPLATE["Globals"]["Function"])
        for function in FOLDERS:
            self.assertEqual(RESOURCES[function]["Properties"]["MemorySize"], {"Ref": f"{function}Memory"})
            # Cold starts and first installs were measured with so much.
            self.assertEqual(PARAMETERS[f"{function}Memory"]["Default"], 512)

    def test_lambda_says_when_a_call_ran_out_of_time(self):
        # `platform.report` is at INFO: cold starts, memory, and `status: timeout`.
        self.assertEqual(TEMPLATE["Globals"]["Function"]["LoggingConfig"]["SystemLogLevel"], "INFO")

    def test_a_long_chain_of_continuations_is_not_cut(self):
        # Lambda ends a chain of function and queue after 16 links unless it is told not to.
        for function in ("SyncWorker", "DlqConsumer"):
            self.assertEqual(RESOURCES[function]["Properties"]["RecursiveLoop"], "Allow")

    def test_worker_is_capped_and_reports_its_failures_one_by_one(self):
        for function, event in (("SyncWorker", "WakeUps"), ("DlqConsumer", "DeadLetters")):
            properties = RESOURCES[function]["Properties"]["Events"][event]["Properties"]
            self.assertEqual(properties["BatchSize"], 1)
            self.assertEqual(properties["FunctionResponseTypes"], ["ReportBatchItemFailures"])
            self.assertIn("MaximumConcurrency", properties["ScalingConfig"])
        self.assertEqual(
            RESOURCES["Queue"]["Properties"]["RedrivePolicy"],
            {"deadLetterTargetArn": {"Fn::GetAtt": "DeadLetters.Arn"}, "maxReceiveCount": 20},
        )

    def test_what_is_to_come_later_holds_no_worker(self):
        # A FIFO queue has no delay a message: a standard one feeds it, by an event source of its own beside the workers'.
        queue = RESOURCES["DelayQueue"]["Properties"]
        self.assertNotIn("FifoQueue", queue)
        self.assertNotIn("DelaySeconds", queue)  # each message says its own
        dead = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"].removesuffix(".Arn")
        self.assertNotIn("FifoQueue", RESOURCES[dead]["Properties"])  # AWS takes only the same kind
        # While the work queue does not take messages, a delayed one stays for longer than an hour; then the sweep finds its run.
        self.assertGreater(queue["RedrivePolicy"]["maxReceiveCount"] * PARAMETERS["QueueVisibilitySeconds"]["Default"], 3600)
        self.assertEqual(queue["VisibilityTimeout"], {"Ref": "QueueVisibilitySeconds"})
        source = RESOURCES["SyncWorker"]["Properties"]["Events"]["Delayed"]["Properties"]
        self.assertEqual(source["Queue"], {"Fn::GetAtt": "DelayQueue.Arn"})
        self.assertEqual(source["FunctionResponseTypes"], ["ReportBatchItemFailures"])
        self.assertEqual(source["ScalingConfig"]["MaximumConcurrency"], 2)  # the fewest that AWS takes
        own = RESOURCES["SyncWorker"]["Properties"]["Environment"]["Variables"]
        self.assertEqual(own["DELAY_QUEUE_URL"], {"Ref": "DelayQueue"})


class Data(unittest.TestCase):
    """What must not get lost, and what must not get out."""

    def test_table_key_and_secrets_stay_when_the_stack_goes(self):
        kept = {**of_type("AWS::DynamoDB::Table"), **of_type("AWS::KMS::Key"), **of_type("AWS::SecretsManager::Secret")}
        self.assertEqual(len(kept), 4)
        for name, resource in kept.items():
            for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                self.assertIn(policy, resource, name)
            self.assertEqual(resource["DeletionPolicy"], {"Ref": "DataDeletionPolicy"}, name)
            # A replaced one has no other kinds than these two.
            self.assertEqual(resource["UpdateReplacePolicy"], {"Fn::If": ["DeletesData", "Delete", "Retain"]}, name)
        self.assertEqual(TEMPLATE["Conditions"]["DeletesData"], {"Fn::Equals": [{"Ref": "DataDeletionPolicy"}, "Delete"]})
        # A first deployment that fails leaves nothing behind that the next one would stumble over.
        self.assertEqual(PARAMETERS["DataDeletionPolicy"]["Default"], "RetainExceptOnCreate")
        for environment in ("staging", "prod", "prod-x86_64"):
            self.assertNotIn("DataDeletionPolicy", overrides()[environment])

    def test_a_key_can_have_replicas_unless_its_stack_is_older(self):
        self.assertEqual(RESOURCES["Key"]["Properties"]["MultiRegion"], {"Ref": "MultiRegionKey"})
        self.assertEqual(PARAMETERS["MultiRegionKey"]["Default"], "true")
        self.assertIn("MultiRegionKey=false", (ROOT / "infra" / "RUNBOOK.md").read_text())

    def test_table_expires_recovers_and_is_encrypted(self):
        table = RESOURCES["Table"]["Properties"]
        self.assertEqual(table["TimeToLiveSpecification"], {"AttributeName": "ttl", "Enabled": True})
        self.assertTrue(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"])
        self.assertTrue(table["SSESpecification"]["SSEEnabled"])
        self.assertTrue(RESOURCES["Key"]["Properties"]["EnableKeyRotation"])

    def test_index_copies_no_secret(self):
        (index,) = RESOURCES["Table"]["Properties"]["GlobalSecondaryIndexes"]
        for attribute in index["Projection"]["NonKeyAttributes"]:
            self.assertNotRegex(attribute, "key|sealed|fingerprint")

    def test_secrets_can_stand_in_a_url(self):
        for name, secret in of_type("AWS::SecretsManager::Secret").items():
            rules = secret["Properties"]["GenerateSecretString"]
            possible = {chr(code) for code in range(32, 127)} - set(rules["ExcludeCharacters"])
            self.assertEqual({c for c in possible if not c.isalnum()}, set(), name)
            self.assertGreaterEqual(rules["PasswordLength"], 43, name)

    def test_queues_are_encrypted(self):
        for name, queue in of_type("AWS::SQS::Queue").items():
            self.assertTrue(queue["Properties"]["SqsManagedSseEnabled"], name)

    def test_no_log_is_kept_for_ever(self):
        groups = of_type("AWS::Logs::LogGroup")
        self.assertEqual(len(groups), len(FOLDERS) + 1)
        for name, group in groups.items():
            self.assertEqual(group["Properties"]["RetentionInDays"], {"Ref": "LogRetentionDays"}, name)

    def test_access_log_names_the_route_and_never_the_path(self):
        form = RESOURCES["Stage"]["Properties"]["AccessLogSettings"]["Format"]["Fn::Sub"]
        fields = set(re.findall(r"\$context\.([\w.]+)", form))
        self.assertIn("routeKey", fields)
        self.assertFalse(fields & {"path", "http.path", "customDomain.basePathMatched"}, fields)
        json.loads(form)

    def test_no_level_makes_the_functions_log_whole_events(self):
        # At TRACE the Lambda runtime writes each event as it came: the registration key in its path, API keys in its body.
        self.assertNotIn("TRACE", PARAMETERS["LogLevel"]["AllowedValues"])
        self.assertEqual(PARAMETERS["LogLevel"]["Default"], "INFO")
        for folder in set(FOLDERS.values()):
            main = (ROOT / "functions" / folder / "src" / "main.rs").read_text()
            self.assertIn("telemetry::init(module_path!());", main, folder)
            self.assertNotIn("init_default_subscriber", main, folder)

    def test_no_output_is_a_secret(self):
        for name, output in TEMPLATE["Outputs"].items():
            self.assertNotIn("resolve:", json.dumps(output["Value"]), name)


class Api(unittest.TestCase):
    """The routes, each behind its function."""

    EXPECTED = {
        "POST /api/callback/{key}": "Callback",
        "GET /api/callback/{key}": "Callback",
        "HEAD /api/callback/{key}": "Callback",
        "POST /api/portal/{key}": "PortalGenerator",
        "GET /api/portal/{key}": "PortalGenerator",
        "HEAD /api/portal/{key}": "PortalGenerator",
        "POST /api/stripe/{install}": "StripeWebhook",
        "GET /portal": "PortalApi",
        "GET /portal/assets/{file}": "PortalApi",
        "ANY /portal/api/{proxy+}": "PortalApi",
    }

    def test_routes(self):
        found = {}
        for route in of_type("AWS::ApiGatewayV2::Route").values():
            integration = route["Properties"]["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")
            function = RESOURCES[integration]["Properties"]["IntegrationUri"]["Fn::GetAtt"].removesuffix(".Arn")
            found[route["Properties"]["RouteKey"]] = function
        self.assertEqual(found, self.EXPECTED)

    def test_api_may_call_each_function_and_no_other(self):
        permitted = {p["Properties"]["FunctionName"]["Ref"] for p in of_type("AWS::Lambda::Permission").values()}
        self.assertEqual(permitted, set(self.EXPECTED.values()))

    def test_what_is_registered_follows_the_public_base_url(self):
        for name in ("CallbackUrlPattern", "PortalGeneratorUrlPattern", "StripeWebhookUrlPattern"):
            separator, (base, path) = TEMPLATE["Outputs"][name]["Value"]["Fn::Join"]
            self.assertEqual(separator, "")
            self.assertEqual(when(base, HasPublicBaseUrl=True), {"Ref": "PublicBaseUrl"}, name)
            self.assertEqual(when(base, HasPublicBaseUrl=False), {"Fn::GetAtt": "Api.ApiEndpoint"}, name)
            self.assertIn(path, [route.split(" ")[1] for route in self.EXPECTED], name)

    def test_the_manifest_asks_for_what_the_app_uses(self):
        from manifest import FORM

        rights = (ROOT / "shared" / "src" / "model" / "install" / "permission.rs").read_text()
        for right in re.findall(r'"((?:data|alerts):\w+)"', rights):
            self.assertRegex(FORM, rf"(?m)^ *(?:Permissions +)?{right} ", right)
        self.assertNotIn("leave them out", FORM)

    def limits(self, values: dict[str, str]) -> dict[str, tuple[int, int]]:
        """Requests a second, and burst, of each route under these values of the parameters."""
        stage = RESOURCES["Stage"]["Properties"]
        settings = {route: stage["RouteSettings"].get(route, stage["DefaultRouteSettings"]) for route in self.EXPECTED}
        given = {route: (limit["ThrottlingRateLimit"], limit["ThrottlingBurstLimit"]) for route, limit in settings.items()}

        def number(part: object) -> int:
            return int(values[part["Ref"]] if isinstance(part, dict) else str(part))

        return {route: (number(rate), number(burst)) for route, (rate, burst) in given.items()}

    def overrun(self, values: dict[str, str], concurrency: int) -> list[str]:
        """What a flood without any key would exhaust in an account that runs so many functions at once."""
        reserved = int(values["CallbackReservedConcurrency"])
        workers = int(values["WorkerMaximumConcurrency"])
        limits, found = self.limits(values), []
        # On all routes for ever: beside everything that works through the queues.
        requests = sum(rate for rate, _ in limits.values())
        if requests > (concurrency - reserved) * REQUESTS_A_SECOND_PER_CONCURRENCY * (100 - REQUESTS_LEFT_TO_QUEUES_PERCENT) // 100:
            found.append(f"{requests} requests a second")
        held = sum(rate * REFUSAL_MILLISECONDS[self.EXPECTED[route]] for route, (rate, _) in limits.items())
        if held > (concurrency - reserved - queued(values)) * 1000:
            found.append(f"{held} ms a second")
        for route, (rate, burst) in limits.items():
            # All at once on one of them: beside the workers, each request in an execution of its own.
            own = reserved if reserved and self.EXPECTED[route] == "Callback" else concurrency - reserved - workers
            if burst > own:
                found.append(f"{route}: a burst of {burst}")
            if own == reserved and rate > reserved * REQUESTS_A_SECOND_PER_CONCURRENCY:
                found.append(f"{route}: {rate} a second of what is reserved")
        return found

    def test_an_anonymous_flood_never_takes_all_that_the_account_runs(self):
        # Everybody shares a route's limit, and all functions share the account's concurrency: a limit above it lets a flood on one
        # route turn installs away, on any route.
        for environment, given in {"template.yaml": {}, **overrides()}.items():
            self.assertEqual(self.overrun(defaults() | given, NEW_ACCOUNT_CONCURRENCY), [], environment)
        raised = re.search(r"(?m)^# When the quota is raised to ([\d,]+), add:\n((?:#   .*\n)+)", (ROOT / "samconfig.toml").read_text())
        assert raised, "samconfig.toml lists what to add when the quota is raised"
        self.assertEqual(int(raised[1].replace(",", "")), RAISED_CONCURRENCY)
        values = defaults() | dict(re.findall(r'"(\w+)=(\w+)"', raised[2]))
        self.assertEqual(self.overrun(values, RAISED_CONCURRENCY), [])
        for name in ("Route", "Webhook", "Portal"):
            for limit in (f"{name}RateLimit", f"{name}BurstLimit"):
                self.assertGreater(int(values[limit]), PARAMETERS[limit]["Default"], limit)
        # The sum sees each kind of excess.
        for name, value in (
            ("RouteRateLimit", 100),
            ("WebhookRateLimit", 100),
            ("PortalRateLimit", 50),
            ("RouteBurstLimit", 10),
            ("PortalBurstLimit", 20),
        ):
            self.assertTrue(self.overrun(defaults() | {name: str(value)}, NEW_ACCOUNT_CONCURRENCY), name)

    def test_the_portal_in_normal_use_is_never_turned_away(self):
        # Opening it takes its page, its script and its style sheet, then five calls, one after another for the most part; a run that is
        # watched takes one every 1.5 s.
        calls_to_open, watched_runs = 5, 5
        rate, burst = self.limits(defaults())["ANY /portal/api/{proxy+}"]
        self.assertGreaterEqual(burst, calls_to_open)
        self.assertGreaterEqual(rate, calls_to_open + watched_runs / 1.5)
        for limit in ("PortalRateLimit", "PortalBurstLimit"):
            self.assertGreaterEqual(PARAMETERS[limit]["MinValue"], calls_to_open, limit)

    def test_routes_with_a_limit_exist(self):
        for route in RESOURCES["Stage"]["Properties"]["RouteSettings"]:
            self.assertIn(route, self.EXPECTED)

    def test_public_base_url_is_an_origin_or_nothing(self):
        pattern = re.compile(PARAMETERS["PublicBaseUrl"]["AllowedPattern"])
        for good in (
            "",
            "https://sync.example.com",
            "https://Sync.Example.com",
            "https://sync.example.com:443",
            "http://localhost:4000",
            "https://a-b.example",
        ):
            self.assertTrue(pattern.fullmatch(good), good)
        for bad in (
            "https://apps.example.com/stripe-sync",
            "https://sync.example.com/",
            "https://sync.example.com?a",
            "https://sync.example.com#a",
            "https://user@sync.example.com",
            "sync.example.com",
            "https://",
            "https://-a.example",
            "https://a..example",
            "https://sync.example.com:",
        ):
            self.assertFalse(pattern.fullmatch(bad), bad)

    def test_dashboard_origins_cannot_break_out_of_the_policy_header(self):
        pattern = re.compile(PARAMETERS["DashboardOrigins"]["AllowedPattern"])
        self.assertTrue(pattern.fullmatch(PARAMETERS["DashboardOrigins"]["Default"]))
        self.assertTrue(pattern.fullmatch("http://localhost:4000"))
        for bad in (
            "*",
            "https://a.example; script-src *",
            "https://a.example,https://b.example",
            "https://a.example/path",
            "https://a.example  https://b.example",
        ):
            self.assertFalse(pattern.fullmatch(bad), bad)


class Alarms(unittest.TestCase):
    """Somebody is told."""

    def test_what_is_watched(self):
        found = {
            (name, json.dumps(dimensions)) for alarm in of_type("AWS::CloudWatch::Alarm").values() for _, name, dimensions in watched(alarm)
        }

        def has(metric: str, dimension: str) -> bool:
            return any(metric == name and dimension in dimensions for name, dimensions in found)

        self.assertTrue(has("ApproximateNumberOfMessagesVisible", "DeadLetters"))
        self.assertTrue(has("ApproximateAgeOfOldestMessage", "Queue"))
        self.assertTrue(has("Errors", "SyncWorker"))
        for route in ("/api/callback/{key}", "/api/portal/{key}"):
            self.assertTrue(has("5xx", route))
            self.assertTrue(has("Latency", route))
        self.assertTrue(has("5xx", "/api/stripe/{install}"))
        self.assertTrue(has("Duration", "PortalApi"))
        self.assertTrue(has("StaleInstalls", "Stack"))
        self.assertTrue(has("UnreadableInstalls", "Stack"))
        self.assertTrue(has("UnfinishedCleanUps", "Stack"))
        self.assertTrue(has("StuckRuns", "Stack"))
        self.assertTrue(has("NumberOfMessagesSent", "Undelivered"))
        # A sweep that does not run says nothing: its silence is the alarm.
        self.assertEqual(RESOURCES["SweepAlarm"]["Properties"]["TreatMissingData"], "breaching")

    def test_a_delayed_message_that_fails_again_and_again_is_seen(self):
        # Between two attempts it is hidden, not visible: a watch on either count alone falls to zero time and again.
        alarm = RESOURCES["DelayedMessagesAlarm"]["Properties"]
        queue = [{"Name": "QueueName", "Value": {"Fn::GetAtt": "DelayQueue.QueueName"}}]
        counts = {query["Id"]: query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query}
        self.assertEqual(
            {stat["Metric"]["MetricName"] for stat in counts.values()},
            {"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"},
        )
        (due,) = [query for query in alarm["Metrics"] if "MetricStat" not in query]
        self.assertEqual(set(due["Expression"].split(" + ")), set(counts))
        # SQS counts once a minute: over a longer period both may have been zero once, never together.
        self.assertEqual(
            {(json.dumps(stat["Metric"]["Dimensions"]), stat["Period"]) for stat in counts.values()}, {(json.dumps(queue), 60)}
        )
        self.assertEqual((alarm["EvaluationPeriods"], alarm["Threshold"], alarm["ComparisonOperator"]), (15, 0, "GreaterThanThreshold"))

    def test_only_the_local_aws_goes_without_alarms_over_several_metrics(self):
        for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
            self.assertEqual(alarm.get("Condition"), "KnowsMetricMath" if "Metrics" in alarm["Properties"] else None, name)
        self.assertTrue(decided(TEMPLATE["Conditions"]["KnowsMetricMath"], defaults()))
        for environment, given in overrides().items():
            self.assertNotIn("LocalApiId", given, environment)

    def test_the_metrics_are_those_that_the_worker_writes(self):
        written = (ROOT / "shared" / "src" / "platform" / "metrics.rs").read_text()
        for alarm in of_type("AWS::CloudWatch::Alarm").values():
            for namespace, metric, dimensions in watched(alarm):
                if namespace == "StripeSync" and metric != "TurnedAway":
                    self.assertIn(f'"{metric}"', written)
                    self.assertEqual(dimensions, [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}], metric)
        self.assertIn('"StripeSync"', written)

    def test_each_alarm_goes_to_the_topic_when_there_is_one(self):
        for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
            for way in ("AlarmActions", "OKActions"):
                for given, told in ((True, [{"Ref": "AlarmTopicArn"}]), (False, [])):
                    for email, also in ((True, [{"Ref": "AlarmTopic"}]), (False, [])):
                        actions = [when(action, HasAlarmTopic=given, HasAlarmEmail=email) for action in alarm["Properties"][way]]
                        self.assertEqual([action for action in actions if action], told + also, f"{name}: {way}")
        topic = RESOURCES["AlarmTopic"]
        self.assertEqual(topic["Condition"], "HasAlarmEmail")
        self.assertEqual(topic["Properties"]["Subscription"], [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}])

    def test_prod_is_refused_when_nobody_is_told(self):
        (rule,) = TEMPLATE["Rules"].values()
        (assertion,) = rule["Assertions"]
        for environment in PARAMETERS["Environment"]["AllowedValues"]:
            for told in ({}, {"AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms"}, {"AlarmEmail": "ops@example.com"}):
                values = defaults() | told | {"Environment": environment}
                refused = decided(rule["RuleCondition"], values) and not decided(assertion["Assert"], values)
                self.assertEqual(refused, environment == "prod" and not told, f"{environment} {told}")
        for name, given in overrides().items():
            self.assertEqual(given["Environment"], {"default": "dev", "x86_64": "dev", "staging": "staging"}.get(name, "prod"), name)

    def test_who_is_turned_away_is_counted_by_route(self):
        (counter,) = of_type("AWS::Logs::MetricFilter").values()
        properties = counter["Properties"]
        self.assertEqual((properties["LogGroupName"], properties["FilterPattern"]), ({"Ref": "AccessLogs"}, '{ $.status = "429" }'))
        (metric,) = properties["MetricTransformations"]
        self.assertEqual(metric["Dimensions"], [{"Key": "Stack", "Value": "$.stack"}, {"Key": "Route", "Value": "$.route"}])
        form = json.loads(RESOURCES["Stage"]["Properties"]["AccessLogSettings"]["Format"]["Fn::Sub"])
        self.assertEqual((form["stack"], form["route"], form["status"]), ("${AWS::StackName}", "$context.routeKey", "$context.status"))
        seen = set()
        for alarm in of_type("AWS::CloudWatch::Alarm").values():
            for namespace, name, dimensions in watched(alarm):
                if name == metric["MetricName"]:
                    self.assertEqual(namespace, metric["MetricNamespace"])
                    stack, route = dimensions
                    self.assertEqual((stack, route["Name"]), ({"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}, "Route"))
                    seen.add(route["Value"])
        self.assertEqual(seen, set(RESOURCES["Stage"]["Properties"]["RouteSettings"]))


def decided(condition: object, values: dict[str, str]) -> object:
    """What a condition or a rule comes to, for these values of the parameters."""
    if isinstance(condition, dict):
        ((function, given),) = condition.items()
        if function == "Ref":
            return values[given]
        parts = [decided(part, values) for part in given]
        return {
            "Fn::Equals": lambda: parts[0] == parts[1],
            "Fn::Not": lambda: not parts[0],
            "Fn::And": lambda: all(parts),
            "Fn::Or": lambda: any(parts),
        }[function]()
    return condition


def environments() -> dict[str, dict]:
    """The environments of samconfig.toml."""
    return {name: part for name, part in tomllib.loads((ROOT / "samconfig.toml").read_text()).items() if isinstance(part, dict)}


def overrides() -> dict[str, dict[str, str]]:
    """The parameters that each environment of samconfig.toml sets: for build and deployment alike."""
    return {
        name: dict(pair.split("=", 1) for pair in part["global"]["parameters"]["parameter_overrides"])
        for name, part in environments().items()
    }


class Files(unittest.TestCase):
    """What stands beside the template."""

    def test_environments_set_only_parameters_that_exist(self):
        self.assertEqual(set(overrides()), {"default", "x86_64", "staging", "prod", "prod-x86_64"})
        for environment, given in overrides().items():
            for name, value in given.items():
                self.assertIn(name, PARAMETERS, environment)
                allowed = PARAMETERS[name].get("AllowedValues")
                self.assertTrue(allowed is None or value in map(str, allowed), f"{environment}: {name}={value}")

    def test_each_parameter_says_what_it_is_for_and_what_it_takes(self):
        # Both are shown where somebody fills in a stack, and make infra/CONFIGURATION.md.
        for name, parameter in PARAMETERS.items():
            self.assertRegex(parameter.get("Description", ""), r"^[A-Z].*\.$", name)
            takes = {"AllowedValues", "MinValue"} & set(parameter)
            self.assertTrue(takes or "AllowedPattern" in parameter, name)
            self.assertEqual(
                "AllowedPattern" in parameter, "ConstraintDescription" in parameter, f"{name}: a pattern alone tells nobody what is wrong"
            )

    def test_what_the_runbook_searches_for_is_logged_and_at_which_level(self):
        runbook = (ROOT / "infra" / "RUNBOOK.md").read_text()
        code = "\n".join(path.read_text() for folder in ("shared", "functions") for path in sorted((ROOT / folder).rglob("src/**/*.rs")))
        lines = re.findall(r"(?s)tracing::(info|warn|error)!\((.*?\")\)", code)
        said = re.search(r"finds nothing:\n(.+)\. (`request failed`.+\n.+)", runbook)
        assert said, "the runbook says what is logged at which level"
        dropped, kept = said.groups()
        errors, warnings = kept.split("at ERROR;")
        listed = {
            word: level
            for level, part in (("INFO", dropped), ("ERROR", errors), ("WARN", warnings))
            for word in re.findall(r"`([^`]+)`", part)
        }
        for word, level in listed.items():
            # It is a message, or a field that one line alone has.
            found = {said.upper() for said, text in lines if f'"{word}"' in text or f" {word} = " in text}
            self.assertEqual(found, {level}, word)
        # Every line that an alarm's row, or a search, goes by is among them.
        rows = re.findall(r"logs of (?:the function|`[\w-]+`) for ((?:`[^`]+`(?:, )?)+)", runbook)
        searched = re.findall(r"`([^`]+)`", " ".join(rows))
        searched += re.findall(r"--filter-pattern '\"([^\"]+)\"'", runbook) + re.findall(r"\$\.fields\.message = \"([^\"]+)\"", runbook)
        self.assertGreater(len(searched), 8)
        for word in searched:
            self.assertTrue([known for known in listed if word in known], word)

    def test_no_build_is_cached(self):
        # SAM compares the folder of a function alone: after a change in shared/ or Cargo.lock it would deploy the old program.
        def settings(part: dict) -> list[str]:
            return [name for name, value in part.items() for name in ([name] if not isinstance(value, dict) else settings(value))]

        for environment, part in environments().items():
            self.assertFalse([name for name in settings(part) if "cache" in name], environment)

    def test_build_and_deployment_are_given_the_same_parameters(self):
        for environment, part in environments().items():
            for command, given in part.items():
                if command != "global":
                    self.assertNotIn("parameter_overrides", given["parameters"], f"{environment}.{command}")

    def test_the_other_processor_changes_nothing_else(self):
        for name, like in (("x86_64", "default"), ("prod-x86_64", "prod")):
            self.assertEqual(overrides()[name], {**overrides()[like], "Architecture": "x86_64"})
            others = {environment: {**part, "global": {"parameters": {}}} for environment, part in environments().items()}
            self.assertEqual(others[name], others[like])
            stacks = [environments()[environment]["global"]["parameters"]["stack_name"] for environment in (name, like)]
            self.assertEqual(*stacks)

    def test_every_environment_deploys_in_a_new_account(self):
        # It runs 10 functions at once, and Lambda refuses every reservation there.
        self.assertEqual(
            TEMPLATE["Conditions"]["ReservesCallback"], {"Fn::Not": [{"Fn::Equals": [{"Ref": "CallbackReservedConcurrency"}, 0]}]}
        )
        for environment, given in {"template.yaml": {}, **overrides()}.items():
            values = defaults() | given
            reserved = 0
            for function in of_type("AWS::Serverless::Function").values():
                wanted = when(
                    function["Properties"].get("ReservedConcurrentExecutions", 0),
                    ReservesCallback=values["CallbackReservedConcurrency"] != "0",
                )
                reserved += int(values[wanted["Ref"]]) if isinstance(wanted, dict) else wanted or 0
            self.assertEqual(reserved, 0, environment)
            # What works through the queues leaves some for installs, launches and the portal.
            self.assertLess(queued(values), NEW_ACCOUNT_CONCURRENCY - 2, environment)

    def test_a_sum_that_does_not_fit_fails_in_what_is_deployed_too(self):
        cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())
        self.assertTrue(cargo["profile"]["release"]["overflow-checks"])

    def test_template_fits_into_its_bucket(self):
        # `sam deploy` puts the template into a bucket (resolve_s3); CloudFormation takes 1 MB from there.
        for part in environments().values():
            self.assertTrue(part["deploy"]["parameters"]["resolve_s3"])
        self.assertLess(len(TEXT.encode()), 250_000)

    def test_every_event_is_of_a_function_and_of_a_route(self):
        files = sorted((ROOT / "events").glob("*.json"))
        for folder in set(FOLDERS.values()):
            self.assertTrue([f for f in files if f.name.startswith(f"{folder}-")], folder)
        for file in files:
            event = json.loads(file.read_text())
            folder = next(folder for folder in FOLDERS.values() if file.name.startswith(f"{folder}-"))
            if "Records" in event:
                self.assertEqual(folder, "sync-worker", file.name)
                self.assertEqual(len(event["Records"]), 1, file.name)
                continue
            self.assertEqual(FOLDERS[Api.EXPECTED[event["routeKey"]]], folder, file.name)
            method, pattern = event["routeKey"].split(" ")
            self.assertIn(method, ("ANY", event["requestContext"]["http"]["method"]), file.name)
            shape = re.sub(r"\\\{\w+\\\+\\\}", ".+", re.escape(pattern))
            self.assertRegex(event["rawPath"], "^" + re.sub(r"\\\{\w+\\\}", "[^/]+", shape) + "$", file.name)

    def test_events_hold_no_real_key(self):
        for file in (ROOT / "events").glob("*.json"):
            self.assertNotRegex(file.read_text(), r"(?:sk|rk)_live_|blnk_live_", file.name)


class Counting(unittest.TestCase):
    """`make test` adds up what the runners say; a closing line that it does not understand would hide a failure."""

    def counts(self, *lines: str) -> dict[str, int]:
        from report import Suite

        suite = Suite("runner")
        for line in lines:
            suite.read(line + "\n")
        return suite.counts

    def test_each_runner_is_understood(self):
        cargo = self.counts(
            "running 3 tests", "test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out; finished in 0.01s"
        )
        self.assertEqual(cargo, {"passed": 2, "failed": 1, "skipped": 4})
        self.assertEqual(
            self.counts("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s")["failed"], 0
        )
        playwright = self.counts(
            "  1 failed", "    [stack] › journeys.spec.ts:3:1 › a journey ───", "  2 did not run", "  3 skipped", "  12 passed (1.4m)"
        )
        self.assertEqual(playwright, {"passed": 12, "failed": 3, "skipped": 3})
        self.assertEqual(self.counts("  1 flaky", "  7 passed (840ms)")["passed"], 7)
        vitest = self.counts(
            " Test Files  1 failed | 2 passed (3)", "\x1b[2m      Tests \x1b[22m \x1b[31m1 failed\x1b[39m | \x1b[32m41 passed\x1b[39m (42)"
        )
        self.assertEqual(vitest, {"passed": 41, "failed": 1, "skipped": 0})
        self.assertEqual(self.counts("# pass 5", "# fail 2"), {"passed": 5, "failed": 2, "skipped": 0})
        self.assertEqual(self.counts("counted: 31 passed, 2 failed"), {"passed": 31, "failed": 2, "skipped": 0})


class Leaks(unittest.TestCase):
    """The search through the logs after the tests finds what it is meant to find."""

    def test_secrets_are_found_and_prefixes_are_not(self):
        from logs import leaks

        secrets = [
            'key="blnk_test_0123456789abcdef"',
            "rk_live_51AbCdEfGh",
            "GET /portal?token=l1.aW5zdGFwcF90MXwwMU04.3vTJ5r_HJ9KGSFqJi9gv5sj",
            "authorization: Bearer 0123456789abcdef0123",
            "POST /api/callback/registration-key",
            "whsec_0123456789abcdef",
        ]
        self.assertEqual(len({line.split(", line ")[1][0] for line in leaks({"log": secrets}, "registration-key")}), len(secrets))
        harmless = [
            '"key":"blnk_tes"',
            '"prefix":"rk_test_"',
            '"route":"/api/callback/{key}"',
            "REPORT RequestId: 8ae85de6-7730-4de1-b7bb-a974acc55532",
        ]
        self.assertEqual(leaks({"log": harmless}, "registration-key"), [])
        self.assertNotIn("0123456789abcdef", "".join(leaks({"log": secrets}, "registration-key")))


class Lines(unittest.TestCase):
    """The look at the logs after the tests sees a line that Lambda's filter would drop."""

    def test_a_line_has_a_time_a_level_and_each_name_once(self):
        from logs import malformed

        self.assertIsNone(malformed('{"timestamp":"2026-11-29T16:09:51.106762Z","level":"ERROR","fields":{"message":"m","id":"1"}}'))
        self.assertIsNone(malformed("START RequestId: c86f45c3-5c2f-4850-b846-0cf0e69794cb Version: $LATEST"))
        for line in (
            '{"level":"ERROR"}',
            '{"timestamp":"2026-11-29T16:09:51Z"}',
            '{"timestamp":"t","level":"INFO","fields":{"message":"a","message":"b"}}',
            '{"cut',
        ):
            self.assertIsNotNone(malformed(line), line)


if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    )
    failed = len(result.failures) + len(result.errors)
    print(f"counted: {result.testsRun - failed} passed, {failed} failed")
    sys.exit(0 if result.wasSuccessful() else 1)
