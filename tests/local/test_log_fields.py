"""A line of the log names each field once. Its text is the field `message`: a field that the code
gives this name stands twice.
"""

import re

import settings

MACRO = re.compile(r"\b(?:trace|debug|info|warn|error)!\((.*?)\);", re.DOTALL)
FIELD = re.compile(r"(?:^|[(,])\s*[%?]?message\s*(?:=[^=]|,)")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def named_twice(code: str) -> list[str]:
    """The log calls that give a field the name of the text."""
    calls = (STRING.sub('""', call) for call in MACRO.findall(code))
    return [call.strip() for call in calls if FIELD.search(call)]


def test_no_field_of_a_log_line_has_the_name_of_its_text() -> None:
    files = [
        file
        for folder in ("shared/src", "functions")
        for file in (settings.ROOT / folder).rglob("*.rs")
    ]
    assert len(files) > 300, files
    assert {str(file): found for file in files if (found := named_twice(file.read_text()))} == {}


def test_the_search_finds_such_a_field() -> None:
    assert named_twice('tracing::info!(install = %id, message = %message.id, "sent");')
    assert named_twice('tracing::warn!(\n    %message,\n    "sent"\n);')
    assert not named_twice(
        'tracing::info!(message_id = %message.id, "a message = one, message, sent");'
    )
