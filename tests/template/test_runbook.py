"""What the runbook searches the logs for is logged, at the level that it names."""

import re

from tests.template.cloudformation import ROOT


def test_what_the_runbook_searches_for_is_logged_at_the_level_it_names() -> None:
    runbook = (ROOT / "infra" / "RUNBOOK.md").read_text()
    code = "\n".join(
        path.read_text()
        for folder in ("shared", "functions")
        for path in sorted((ROOT / folder).rglob("src/**/*.rs"))
    )
    lines = re.findall(r"(?s)tracing::(info|warn|error)!\((.*?\")\)", code)
    listing = re.search(r"finds nothing:\n(.+)\. (`request failed`.+\n.+)", runbook)
    assert listing, "the runbook lists what is logged at which level"
    dropped, kept = listing.groups()
    errors, warnings = kept.split("at ERROR;")
    listed = {
        word: level
        for level, part in (("INFO", dropped), ("ERROR", errors), ("WARN", warnings))
        for word in re.findall(r"`([^`]+)`", part)
    }
    for word, level in listed.items():
        # It is a message, or a field that only one message has.
        found = {
            used.upper() for used, text in lines if f'"{word}"' in text or f" {word} = " in text
        }
        assert found == {level}, word
    # Every message that an alarm's row or a search uses is among them.
    rows = re.findall(r"logs of (?:the function|`[\w-]+`) for ((?:`[^`]+`(?:, )?)+)", runbook)
    searched = re.findall(r"`([^`]+)`", " ".join(rows))
    searched += re.findall(r"--filter-pattern '\"([^\"]+)\"'", runbook) + re.findall(
        r"\$\.fields\.message = \"([^\"]+)\"", runbook
    )
    assert len(searched) > 8
    for word in searched:
        assert [known for known in listed if word in known], word
