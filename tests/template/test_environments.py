"""The environments of samconfig.toml, and the parameters that they set."""

import re
import tomllib

from tests.template.cloudformation import (
    NEW_ACCOUNT_CONCURRENCY,
    PARAMETERS,
    ROOT,
    TEMPLATE,
    TEXT,
    Resource,
    defaults,
    environments,
    of_type,
    overrides,
    queued,
    when,
)


def test_environments_set_only_parameters_that_exist() -> None:
    assert set(overrides()) == {"default", "x86_64", "staging", "prod", "prod-x86_64"}
    for environment, given in overrides().items():
        for name, value in given.items():
            assert name in PARAMETERS, environment
            allowed = PARAMETERS[name].get("AllowedValues")
            assert allowed is None or value in map(str, allowed), f"{environment}: {name}={value}"


def test_each_parameter_has_a_description_and_a_constraint() -> None:
    # CloudFormation shows both in its form, and infra/CONFIGURATION.md is made from them.
    for name, parameter in PARAMETERS.items():
        assert re.search(r"^[A-Z].*\.$", parameter.get("Description", "")), name
        takes = {"AllowedValues", "MinValue"} & set(parameter)
        assert takes or "AllowedPattern" in parameter, name
        assert ("AllowedPattern" in parameter) == ("ConstraintDescription" in parameter), (
            f"{name}: a pattern alone does not explain what is wrong"
        )


def test_no_build_is_cached() -> None:
    # SAM compares only a function's own folder: after a change in shared/ or Cargo.lock it would
    # deploy the old program.
    def settings(part: Resource) -> list[str]:
        return [
            name
            for name, value in part.items()
            for name in ([name] if not isinstance(value, dict) else settings(value))
        ]

    for environment, part in environments().items():
        assert not [name for name in settings(part) if "cache" in name], environment


def test_build_and_deployment_use_the_same_parameters() -> None:
    for environment, part in environments().items():
        for command, given in part.items():
            if command != "global":
                assert "parameter_overrides" not in given["parameters"], f"{environment}.{command}"


def test_the_x86_64_environments_change_only_the_architecture() -> None:
    for name, like in (("x86_64", "default"), ("prod-x86_64", "prod")):
        assert overrides()[name] == {**overrides()[like], "Architecture": "x86_64"}
        others = {
            environment: {**part, "global": {"parameters": {}}}
            for environment, part in environments().items()
        }
        assert others[name] == others[like]
        stacks = [
            environments()[environment]["global"]["parameters"]["stack_name"]
            for environment in (name, like)
        ]
        assert stacks[0] == stacks[1]


def test_every_environment_deploys_in_a_new_account() -> None:
    # A new account runs 10 functions at once, and Lambda refuses every reservation there.
    assert TEMPLATE["Conditions"]["ReservesCallback"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "CallbackReservedConcurrency"}, 0]}]
    }
    for environment, given in {"template.yaml": {}, **overrides()}.items():
        values = defaults() | given
        reserved = 0
        for function in of_type("AWS::Serverless::Function").values():
            wanted = when(
                function["Properties"].get("ReservedConcurrentExecutions", 0),
                ReservesCallback=values["CallbackReservedConcurrency"] != "0",
            )
            reserved += int(values[wanted["Ref"]]) if isinstance(wanted, dict) else wanted or 0
        assert reserved == 0, environment
        # The queues leave some for installs, launches and the portal.
        assert queued(values) < NEW_ACCOUNT_CONCURRENCY - 2, environment


def test_the_release_build_checks_for_overflow() -> None:
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert cargo["profile"]["release"]["overflow-checks"]


def test_the_template_is_small_enough_for_cloudformation() -> None:
    # `sam deploy` puts the template into a bucket (resolve_s3); CloudFormation takes 1 MB from
    # there.
    for part in environments().values():
        assert part["deploy"]["parameters"]["resolve_s3"]
    assert len(TEXT.encode()) < 250000
