"""Each function may do what it does and nothing else."""

import json

from tests.template.cloudformation import (
    FOLDERS,
    PARAMETERS,
    RESOURCES,
    ROOT,
    Resource,
    listed,
    of_type,
    when,
)

CONTEXT = "kms:EncryptionContext:purpose"


def statements(function: str) -> list[Resource]:
    found = [
        s
        for policy in RESOURCES[f"{function}Role"]["Properties"]["Policies"]
        for s in policy["PolicyDocument"]["Statement"]
    ]
    return [when(statement, SendsNotices=True) for statement in found]


def actions(function: str, service: str, resource: str | None = None) -> set[str]:
    """What a function may do in a service, or with one resource of it."""
    found = set()
    for statement in statements(function):
        targets = [json.dumps(target) for target in listed(statement["Resource"])]
        if resource is None or any(f'"{resource}.' in target for target in targets):
            found |= {
                action.split(":")[1]
                for action in listed(statement["Action"])
                if action.startswith(f"{service}:")
            }
    return found


def purposes(function: str, action: str) -> set[str]:
    """The purposes in the encryption context for which a function may use a KMS action."""
    found = set()
    for statement in statements(function):
        if action in listed(statement["Action"]):
            condition = when(statement["Condition"], EnforcesContext=True)
            found |= set(listed(condition["StringEquals"][CONTEXT]))
    return found


def test_no_role_has_a_wildcard() -> None:
    for function in FOLDERS:
        for statement in statements(function):
            assert statement["Effect"] == "Allow"
            for action in listed(statement["Action"]):
                assert "*" not in action, f"{function}: {action}"
            for resource in listed(statement["Resource"]):
                if all(action.startswith("scheduler:") for action in listed(statement["Action"])):
                    continue  # the app creates schedules while it runs: see test_schedules
                assert "*" not in json.dumps(resource), f"{function}: {resource}"
        assert "ManagedPolicyArns" not in RESOURCES[f"{function}Role"]["Properties"]


def test_only_lambda_may_assume_a_role() -> None:
    for function in FOLDERS:
        (statement,) = RESOURCES[f"{function}Role"]["Properties"]["AssumeRolePolicyDocument"][
            "Statement"
        ]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_table() -> None:
    assert actions("Callback", "dynamodb") == {"UpdateItem"}
    assert actions("PortalGenerator", "dynamodb") == {"PutItem", "ConditionCheckItem"}
    assert actions("StripeWebhook", "dynamodb") == {"BatchGetItem", "PutItem", "ConditionCheckItem"}
    works = {
        "GetItem",
        "BatchGetItem",
        "Query",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "ConditionCheckItem",
    }
    assert actions("SyncWorker", "dynamodb") == works
    assert actions("DlqConsumer", "dynamodb") == works
    for function in FOLDERS:
        assert "Scan" not in actions(function, "dynamodb")


def test_each_permission_on_the_table_is_used_by_code() -> None:
    written = "\n".join(
        path.read_text()
        for folder in ("shared", "functions")
        for path in (ROOT / folder).rglob("src/**/*.rs")
    )
    # A single call, or a part of a transaction.
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
            assert any(use in written for use in uses.get(action, [])), (
                f"{function}: nothing uses {action}"
            )


def test_keys() -> None:
    assert actions("Callback", "kms") == {"GenerateDataKey"}
    assert actions("PortalGenerator", "kms") == set()
    assert actions("PortalApi", "kms") == {"GenerateDataKey", "Decrypt"}
    assert actions("StripeWebhook", "kms") == {"Decrypt"}
    assert actions("SyncWorker", "kms") == {"Decrypt"}
    assert actions("DlqConsumer", "kms") == set()


def test_key_purposes() -> None:
    both = {"blnk-api-key", "stripe-api-key"}
    assert purposes("Callback", "kms:GenerateDataKey") == {"blnk-api-key"}
    assert purposes("PortalApi", "kms:GenerateDataKey") == {
        "stripe-api-key",
        "stripe-webhook-secret",
        "notice-secret",
    }
    assert purposes("StripeWebhook", "kms:Decrypt") == {"stripe-webhook-secret"}
    assert purposes("PortalApi", "kms:Decrypt") == both | {"notice-secret"}
    assert purposes("SyncWorker", "kms:Decrypt") == both | {"notice-secret"}
    assert PARAMETERS["EnforceEncryptionContext"]["Default"] == "true"


def test_notices_go_to_their_own_topic_and_only_where_there_is_one() -> None:
    topic = RESOURCES["NoticesTopic"]
    assert topic["Condition"] == "SendsNotices"
    assert PARAMETERS["NoticesEmail"]["Default"] == ""
    assert topic["Properties"]["KmsMasterKeyId"] == "alias/aws/sns"
    assert topic["Properties"]["Subscription"] == [
        {"Protocol": "email", "Endpoint": {"Ref": "NoticesEmail"}}
    ]
    for function in FOLDERS:
        publishes = [s for s in statements(function) if "sns:Publish" in listed(s["Action"])]
        assert actions(function, "sns") == (
            {"Publish"} if function in ("PortalApi", "SyncWorker") else set()
        ), function
        assert all(s["Resource"] == {"Ref": "NoticesTopic"} for s in publishes), function
        raw = [
            s
            for policy in RESOURCES[f"{function}Role"]["Properties"]["Policies"]
            for s in policy["PolicyDocument"]["Statement"]
        ]
        assert all("sns:" not in json.dumps(when(s, SendsNotices=False)) for s in raw), function
        variables = RESOURCES[function]["Properties"].get("Environment", {}).get("Variables", {})
        if publishes:
            assert when(variables["NOTICES_TOPIC_ARN"], SendsNotices=True) == {
                "Ref": "NoticesTopic"
            }
            assert when(variables["NOTICES_TOPIC_ARN"], SendsNotices=False) == ""


def test_secrets() -> None:
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
        assert actions(function, "secretsmanager", "SessionSecret") == session, function
        assert actions(function, "secretsmanager", "RegistrationSecret") == registration, function


def test_queues() -> None:
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
        assert actions(function, "sqs", "Queue") == queue, function
        assert actions(function, "sqs", "DeadLetters") == dead_letters, function
        # Only the worker delays messages and passes them on.
        assert actions(function, "sqs", "DelayQueue") == (
            queue if function == "SyncWorker" else set()
        ), function
        assert actions(function, "sqs", "Undelivered") == set(), function


def test_schedules() -> None:
    all_of_it = {"GetSchedule", "CreateSchedule", "UpdateSchedule", "DeleteSchedule"}
    expected = {"PortalApi": all_of_it, "SyncWorker": all_of_it, "DlqConsumer": {"DeleteSchedule"}}
    for function in FOLDERS:
        assert actions(function, "scheduler") == expected.get(function, set()), function
        for statement in statements(function):
            if "scheduler:DeleteSchedule" not in listed(statement["Action"]):
                continue
            pattern, names = statement["Resource"]["Fn::Sub"]
            # The installs' schedules of this deployment, never the sweep's.
            assert pattern.endswith(":schedule/${Group}/sync-*"), pattern
            assert when(names["Group"], PinsApiId=False) == {"Ref": "ScheduleGroup"}
        passes = [s for s in statements(function) if "iam:PassRole" in listed(s["Action"])]
        assert len(passes) == ("CreateSchedule" in expected.get(function, set())), function
        for statement in passes:
            assert statement["Resource"] == {"Fn::GetAtt": "ScheduleRole.Arn"}
            assert statement["Condition"] == {
                "StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}
            }


def test_the_scheduler_may_send_and_nothing_else() -> None:
    role = RESOURCES["ScheduleRole"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["ArnEquals"] == {"aws:SourceArn": {"Fn::GetAtt": "ScheduleGroup.Arn"}}
    (statement,) = statements("Schedule")
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Resource"] == [{"Fn::GetAtt": "Queue.Arn"}, {"Fn::GetAtt": "Undelivered.Arn"}]


def test_the_sweep_has_its_own_message_group_and_no_body_repeats() -> None:
    (sweep,) = of_type("AWS::Scheduler::Schedule").values()
    target = sweep["Properties"]["Target"]
    assert target["Arn"] == {"Fn::GetAtt": "Queue.Arn"}
    assert target["SqsParameters"] == {"MessageGroupId": "sweep"}
    assert json.loads(target["Input"]) == {"sweep": "<aws.scheduler.scheduled-time>"}
    assert RESOURCES["Queue"]["Properties"]["ContentBasedDeduplication"]
    # EventBridge Scheduler refuses a FIFO queue as its dead-letter queue.
    undelivered = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"].removesuffix(".Arn")
    assert "FifoQueue" not in RESOURCES[undelivered]["Properties"]
    for minutes in PARAMETERS["MinimumScheduleMinutes"]["AllowedValues"]:
        assert 60 % minutes == 0
    assert PARAMETERS["SweepMinutes"]["MinValue"] > 1  # `rate(1 minutes)` is invalid
