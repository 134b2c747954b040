"""`make configuration`: infra/CONFIGURATION.md, written from the parameters of template.yaml. Their
descriptions are kept there alone.
"""

from pathlib import Path
from typing import Any

import yaml

import settings
from processes import StackError

TEMPLATE = settings.ROOT / "template.yaml"
DOCUMENT = settings.ROOT / "infra" / "CONFIGURATION.md"
INTRODUCTION = """\
# Configuration

Written by `make configuration` from `template.yaml`; a test fails when the two differ. Change the
template, not this file.

Every setting is a parameter of the stack; nothing is ever taken from a request. Set parameters in
[samconfig.toml](../samconfig.toml), in the list of an environment, then build and deploy. An empty
default is shown as “empty”.
The [runbook](RUNBOOK.md#capacity-and-floods) says which limits belong together.
"""


class _Loader(yaml.SafeLoader):
    """YAML that passes over CloudFormation's short forms (`!Ref`): parameters have none."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def document(template: Path = TEMPLATE) -> str:
    """The whole document."""
    read: Any = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (a SafeLoader)
    parameters: dict[str, dict[str, Any]] = read["Parameters"]
    groups = read["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    if sorted(grouped) != sorted(parameters):
        odd = sorted(set(grouped) ^ set(parameters)) or sorted(
            {name for name in grouped if grouped.count(name) > 1}
        )
        raise StackError(
            f"template.yaml: each parameter belongs to exactly one group: {', '.join(odd)}"
        )
    parts = [INTRODUCTION]
    for group in groups:
        rows = "".join(_row(name, parameters[name]) for name in group["Parameters"])
        parts.append(
            f"## {group['Label']['default']}\n\n| parameter | default | allowed | meaning "
            f"|\n|---|---|---|---|\n{rows}"
        )
    return "\n".join(parts)


def _row(name: str, parameter: dict[str, Any]) -> str:
    default = str(parameter.get("Default", ""))
    cells = [
        f"`{name}`",
        f"`{default}`" if default else "empty",
        _allowed(parameter),
        parameter["Description"],
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _allowed(parameter: dict[str, Any]) -> str:
    """What the template accepts, in words: a list, a range, or what the constraint says."""
    if "AllowedValues" in parameter:
        return ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    least, most = parameter.get("MinValue"), parameter.get("MaxValue")
    if least is not None:
        return f"{least} or more" if most is None else f"{least} to {most}"
    constraint: str = parameter.get("ConstraintDescription", "")
    return constraint


def write() -> None:
    """Writes the document."""
    DOCUMENT.write_text(document(), encoding="utf-8")
