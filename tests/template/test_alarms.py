"""Each alarm watches what it should and reaches someone."""

import json
from typing import Any

from tests.template.cloudformation import (
    PARAMETERS,
    RESOURCES,
    ROOT,
    TEMPLATE,
    Resource,
    decided,
    defaults,
    of_type,
    overrides,
    when,
)


def watched(alarm: Resource) -> list[tuple[str, str, list[Any]]]:
    """The metrics that an alarm watches: namespace, name, dimensions."""
    properties = alarm["Properties"]
    metrics = (
        [query["MetricStat"]["Metric"] for query in properties["Metrics"] if "MetricStat" in query]
        if "Metrics" in properties
        else [properties]
    )
    return [(metric["Namespace"], metric["MetricName"], metric["Dimensions"]) for metric in metrics]


def test_what_the_alarms_watch() -> None:
    found = {
        (name, json.dumps(dimensions))
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        for _, name, dimensions in watched(alarm)
    }

    def has(metric: str, dimension: str) -> bool:
        return any(metric == name and dimension in dimensions for name, dimensions in found)

    assert has("ApproximateNumberOfMessagesVisible", "DeadLetters")
    assert has("ApproximateAgeOfOldestMessage", "Queue")
    assert has("Errors", "SyncWorker")
    for route in ("/api/callback/{key}", "/api/portal/{key}"):
        assert has("5xx", route)
        assert has("Latency", route)
    assert has("5xx", "/api/stripe/{install}")
    assert has("Duration", "PortalApi")
    assert has("StaleInstalls", "Stack")
    assert has("UnreadableInstalls", "Stack")
    assert has("UnfinishedCleanUps", "Stack")
    assert has("StuckRuns", "Stack")
    assert has("NumberOfMessagesSent", "Undelivered")
    # A sweep that does not run writes no metric: missing data is the alarm.
    assert RESOURCES["SweepAlarm"]["Properties"]["TreatMissingData"] == "breaching"


def test_a_delayed_message_that_keeps_failing_raises_an_alarm() -> None:
    # Between two attempts the message is hidden: an alarm on one of the counts alone would keep
    # falling to zero.
    alarm = RESOURCES["DelayedMessagesAlarm"]["Properties"]
    queue = [{"Name": "QueueName", "Value": {"Fn::GetAtt": "DelayQueue.QueueName"}}]
    counts = {
        query["Id"]: query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query
    }
    assert {stat["Metric"]["MetricName"] for stat in counts.values()} == {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
    }
    (due,) = [query for query in alarm["Metrics"] if "MetricStat" not in query]
    assert set(due["Expression"].split(" + ")) == set(counts)
    # SQS counts once a minute: over a longer period each count may be zero at some time, though
    # never both at once.
    assert {
        (json.dumps(stat["Metric"]["Dimensions"]), stat["Period"]) for stat in counts.values()
    } == {(json.dumps(queue), 60)}
    assert (alarm["EvaluationPeriods"], alarm["Threshold"], alarm["ComparisonOperator"]) == (
        15,
        0,
        "GreaterThanThreshold",
    )


def test_only_the_local_aws_has_no_alarms_over_several_metrics() -> None:
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        assert alarm.get("Condition") == (
            "KnowsMetricMath" if "Metrics" in alarm["Properties"] else None
        ), name
    assert decided(TEMPLATE["Conditions"]["KnowsMetricMath"], defaults())
    for environment, given in overrides().items():
        assert "LocalApiId" not in given, environment


def test_the_metrics_are_those_that_the_worker_writes() -> None:
    written = (ROOT / "shared" / "src" / "platform" / "metrics.rs").read_text()
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        for namespace, metric, dimensions in watched(alarm):
            if namespace == "StripeSync" and metric != "TurnedAway":
                assert f'"{metric}"' in written
                assert dimensions == [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}], metric
    assert '"StripeSync"' in written


def test_each_alarm_goes_to_the_topics_that_exist() -> None:
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        for way in ("AlarmActions", "OKActions"):
            for given, topic in ((True, [{"Ref": "AlarmTopicArn"}]), (False, [])):
                for email, email_topic in ((True, [{"Ref": "AlarmTopic"}]), (False, [])):
                    actions = [
                        when(action, HasAlarmTopic=given, HasAlarmEmail=email)
                        for action in alarm["Properties"][way]
                    ]
                    assert [action for action in actions if action] == topic + email_topic, (
                        f"{name}: {way}"
                    )
    topic = RESOURCES["AlarmTopic"]
    assert topic["Condition"] == "HasAlarmEmail"
    assert topic["Properties"]["Subscription"] == [
        {"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    ]


def test_prod_without_an_alarm_recipient_is_refused() -> None:
    (rule,) = TEMPLATE["Rules"].values()
    (assertion,) = rule["Assertions"]
    for environment in PARAMETERS["Environment"]["AllowedValues"]:
        for recipient in (
            {},
            {"AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms"},
            {"AlarmEmail": "ops@example.com"},
        ):
            values = defaults() | recipient | {"Environment": environment}
            refused = decided(rule["RuleCondition"], values) and not decided(
                assertion["Assert"], values
            )
            assert refused == (environment == "prod" and not recipient), (
                f"{environment} {recipient}"
            )
    for name, given in overrides().items():
        assert given["Environment"] == {
            "default": "dev",
            "x86_64": "dev",
            "staging": "staging",
        }.get(name, "prod"), name


def test_throttled_requests_are_counted_by_route() -> None:
    (counter,) = of_type("AWS::Logs::MetricFilter").values()
    properties = counter["Properties"]
    assert (properties["LogGroupName"], properties["FilterPattern"]) == (
        {"Ref": "AccessLogs"},
        '{ $.status = "429" }',
    )
    (metric,) = properties["MetricTransformations"]
    assert metric["Dimensions"] == [
        {"Key": "Stack", "Value": "$.stack"},
        {"Key": "Route", "Value": "$.route"},
    ]
    form = json.loads(RESOURCES["Stage"]["Properties"]["AccessLogSettings"]["Format"]["Fn::Sub"])
    assert (form["stack"], form["route"], form["status"]) == (
        "${AWS::StackName}",
        "$context.routeKey",
        "$context.status",
    )
    seen = set()
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        for namespace, name, dimensions in watched(alarm):
            if name == metric["MetricName"]:
                assert namespace == metric["MetricNamespace"]
                stack, route = dimensions
                assert (stack, route["Name"]) == (
                    {"Name": "Stack", "Value": {"Ref": "AWS::StackName"}},
                    "Route",
                )
                seen.add(route["Value"])
    assert seen == set(RESOURCES["Stage"]["Properties"]["RouteSettings"])
