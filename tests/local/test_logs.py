"""The search through the logs after the tests: it finds secrets, and lines that Lambda's filter
drops.
"""

from logs import leaks, malformed


def test_secrets_are_found_and_prefixes_are_not() -> None:
    secrets = [
        'key="blnk_test_0123456789abcdef"',
        "rk_live_51AbCdEfGh",
        "GET /portal?token=l1.aW5zdGFwcF90MXwwMU04.3vTJ5r_HJ9KGSFqJi9gv5sj",
        "authorization: Bearer 0123456789abcdef0123",
        "POST /api/callback/registration-key",
        "whsec_0123456789abcdef",
    ]
    assert len(
        {line.split(", line ")[1][0] for line in leaks({"log": secrets}, "registration-key")}
    ) == len(secrets)
    harmless = [
        '"key":"blnk_tes"',
        '"prefix":"rk_test_"',
        '"route":"/api/callback/{key}"',
        "REPORT RequestId: 8ae85de6-7730-4de1-b7bb-a974acc55532",
    ]
    assert leaks({"log": harmless}, "registration-key") == []
    assert "0123456789abcdef" not in "".join(leaks({"log": secrets}, "registration-key"))


def test_a_line_has_a_time_a_level_and_each_name_once() -> None:
    assert (
        malformed(
            '{"timestamp":"2026-11-29T16:09:51.106762Z","level":"ERROR","fields":{"message":"m","id":"1"}}'
        )
        is None
    )
    assert (
        malformed("START RequestId: c86f45c3-5c2f-4850-b846-0cf0e69794cb Version: $LATEST") is None
    )
    for line in (
        '{"level":"ERROR"}',
        '{"timestamp":"2026-11-29T16:09:51Z"}',
        '{"timestamp":"t","level":"INFO","fields":{"message":"a","message":"b"}}',
        '{"cut',
    ):
        assert malformed(line) is not None, line
