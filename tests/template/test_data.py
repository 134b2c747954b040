"""Data is kept and encrypted, and no secret leaks."""

import json
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


def test_table_key_and_secrets_stay_when_the_stack_is_deleted() -> None:
    kept = {
        **of_type("AWS::DynamoDB::Table"),
        **of_type("AWS::KMS::Key"),
        **of_type("AWS::SecretsManager::Secret"),
    }
    assert len(kept) == 4
    for name, resource in kept.items():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            assert policy in resource, name
        assert resource["DeletionPolicy"] == {"Ref": "DataDeletionPolicy"}, name
        # For a replacement CloudFormation allows only these two.
        assert resource["UpdateReplacePolicy"] == {"Fn::If": ["DeletesData", "Delete", "Retain"]}, (
            name
        )
    assert TEMPLATE["Conditions"]["DeletesData"] == {
        "Fn::Equals": [{"Ref": "DataDeletionPolicy"}, "Delete"]
    }
    # A first deployment that fails leaves nothing behind that makes the next one fail.
    assert PARAMETERS["DataDeletionPolicy"]["Default"] == "RetainExceptOnCreate"
    for environment in ("staging", "prod", "prod-x86_64"):
        assert "DataDeletionPolicy" not in overrides()[environment]


def test_a_key_can_have_replicas_unless_its_stack_is_older() -> None:
    assert RESOURCES["Key"]["Properties"]["MultiRegion"] == {"Ref": "MultiRegionKey"}
    assert PARAMETERS["MultiRegionKey"]["Default"] == "true"
    assert "MultiRegionKey=false" in (ROOT / "infra" / "RUNBOOK.md").read_text()


def test_the_table_expires_items_can_be_restored_and_is_encrypted() -> None:
    table = RESOURCES["Table"]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert table["SSESpecification"]["SSEEnabled"]
    assert RESOURCES["Key"]["Properties"]["EnableKeyRotation"]


def test_the_index_copies_no_secret() -> None:
    (index,) = RESOURCES["Table"]["Properties"]["GlobalSecondaryIndexes"]
    for attribute in index["Projection"]["NonKeyAttributes"]:
        assert not re.search("key|sealed|fingerprint", attribute)


def test_secrets_are_safe_in_a_url() -> None:
    for name, secret in of_type("AWS::SecretsManager::Secret").items():
        rules = secret["Properties"]["GenerateSecretString"]
        possible = {chr(code) for code in range(32, 127)} - set(rules["ExcludeCharacters"])
        assert {c for c in possible if not c.isalnum()} == set(), name
        assert rules["PasswordLength"] >= 43, name


def test_queues_are_encrypted() -> None:
    for name, queue in of_type("AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"], name


def test_every_log_expires() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    assert len(groups) == len(FOLDERS) + 1
    for name, group in groups.items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_the_access_log_names_the_route_and_never_the_path() -> None:
    form = RESOURCES["Stage"]["Properties"]["AccessLogSettings"]["Format"]["Fn::Sub"]
    fields = set(re.findall(r"\$context\.([\w.]+)", form))
    assert "routeKey" in fields
    assert not fields & {"path", "http.path", "customDomain.basePathMatched"}, fields
    json.loads(form)


def test_no_level_makes_the_functions_log_whole_events() -> None:
    # At TRACE the Lambda runtime logs each whole event: the registration key in its path, API keys
    # in its body.
    assert "TRACE" not in PARAMETERS["LogLevel"]["AllowedValues"]
    assert PARAMETERS["LogLevel"]["Default"] == "INFO"
    for folder in set(FOLDERS.values()):
        main = (ROOT / "functions" / folder / "src" / "main.rs").read_text()
        assert "telemetry::init(module_path!());" in main, folder
        assert "init_default_subscriber" not in main, folder


def test_no_output_is_a_secret() -> None:
    for name, output in TEMPLATE["Outputs"].items():
        assert "resolve:" not in json.dumps(output["Value"]), name
