"""infra/CONFIGURATION.md, which is made from the template."""

from pathlib import Path

import pytest

import configuration
from processes import StackError


def test_the_committed_document_is_what_the_template_says() -> None:
    assert configuration.DOCUMENT.read_text(encoding="utf-8") == configuration.document(), (
        "run `make configuration`"
    )


def test_a_parameter_outside_all_groups_is_refused_by_name(tmp_path: Path) -> None:
    text = configuration.TEMPLATE.read_text(encoding="utf-8")
    ungrouped = tmp_path / "template.yaml"
    ungrouped.write_text(
        text.replace("Parameters: [SessionMinutes, ", "Parameters: ["), encoding="utf-8"
    )
    with pytest.raises(StackError, match=r"exactly one group: SessionMinutes$"):
        configuration.document(ungrouped)
