"""template.yaml and samconfig.toml, and what the tests beside this file look up in them."""

import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "Callback": "callback",
    "PortalGenerator": "portal-generator",
    "PortalApi": "portal-api",
    "StripeWebhook": "stripe-webhook",
    "SyncWorker": "sync-worker",
    "DlqConsumer": "sync-worker",
}
# What AWS gives a new account.
NEW_ACCOUNT_CONCURRENCY = 10
ROUTES = {
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

Resource = dict[str, Any]


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` becomes {"Ref": "X"}, `!GetAtt A.B`
    {"Fn::GetAtt": "A.B"}."""


def _short_form(loader: Loader, suffix: str, node: yaml.Node) -> Resource:
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


def of_type(kind: str) -> dict[str, Resource]:
    return {name: resource for name, resource in RESOURCES.items() if resource["Type"] == kind}


def listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def when(value: Any, **conditions: bool) -> Any:
    """The value with `!If` resolved for the given conditions; AWS::NoValue becomes None."""
    if isinstance(value, dict) and "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        return when(yes if conditions[name] else no, **conditions)
    return None if value == {"Ref": "AWS::NoValue"} else value


def decided(condition: object, values: dict[str, str]) -> object:
    """The value of a condition or a rule for these parameters."""
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


def defaults() -> dict[str, str]:
    """The parameters with their default values."""
    return {name: str(parameter.get("Default", "")) for name, parameter in PARAMETERS.items()}


def queued(values: dict[str, str]) -> int:
    """How many executions the queues run at once, at most."""
    events = [
        event
        for function in ("SyncWorker", "DlqConsumer")
        for event in RESOURCES[function]["Properties"]["Events"].values()
    ]
    most = [event["Properties"]["ScalingConfig"]["MaximumConcurrency"] for event in events]
    return sum(int(values[one["Ref"]]) if isinstance(one, dict) else one for one in most)


def environments() -> dict[str, Resource]:
    """The environments of samconfig.toml."""
    return {
        name: part
        for name, part in tomllib.loads((ROOT / "samconfig.toml").read_text()).items()
        if isinstance(part, dict)
    }


def overrides() -> dict[str, dict[str, str]]:
    """The parameters that each environment of samconfig.toml sets, for build and deployment."""
    return {
        name: dict(
            pair.split("=", 1) for pair in part["global"]["parameters"]["parameter_overrides"]
        )
        for name, part in environments().items()
    }
