"""What `make test` makes of its runners: a failure that is not counted would be a green run."""

import sys
from pathlib import Path

import pytest

import settings
from report import Report, Suite


def counts(*lines: str) -> dict[str, int]:
    suite = Suite("runner")
    for line in lines:
        suite.read(line + "\n")
    return suite.counts


def test_pytest_is_understood() -> None:
    assert counts(
        "============================== 57 passed in 1.25s =============================="
    ) == counted(passed=57)
    closing = (
        "====== 1 failed, 11 passed, 2 skipped, 1 error, 40 subtests passed in 61.20s (0:01:01) "
        "======"
    )
    assert counts("=========== FAILURES ===========", "E   assert 3 failed", closing) == counted(
        passed=11, failed=2, skipped=2
    )
    assert counts("============ 3 errors in 0.12s ============") == counted(failed=3)


def test_nextest_is_understood() -> None:
    quiet = "     Summary [  93.291s] 155 tests run: 155 passed (2 slow), 1 skipped"
    assert counts("        PASS [   3.205s] histories::stories 1 failed", quiet) == counted(
        passed=155, skipped=1
    )
    loud = (
        "     Summary [ 363.310s] 60/67 tests run: 54 passed, 3 failed, 1 exec failed, "
        "2 timed out, 0 skipped"
    )
    # What a failed test wrote stands in the output too, indented.
    assert counts("    test result: FAILED. 0 passed; 1 failed; 0 ignored", loud) == counted(
        passed=54, failed=6
    )


def test_each_other_runner_is_understood() -> None:
    cargo = counts(
        "running 3 tests",
        "test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out; finished "
        "in 0.01s",
    )
    assert cargo == counted(passed=2, failed=1, skipped=4)
    assert (
        counts(
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished "
            "in 0.00s"
        )
        == counted()
    )
    playwright = counts(
        "  1 failed",
        "    [stack] › journeys.spec.ts:3:1 › a journey ───",
        "  2 did not run",
        "  3 skipped",
        "  12 passed (1.4m)",
    )
    assert playwright == counted(passed=12, failed=3, skipped=3)
    assert counts("  1 flaky", "  7 passed (840ms)")["passed"] == 7
    vitest = counts(
        " Test Files  1 failed | 2 passed (3)",
        "\x1b[2m      Tests \x1b[22m \x1b[31m1 failed\x1b[39m | \x1b[32m41 passed\x1b[39m (42)",
    )
    assert vitest == counted(passed=41, failed=1)
    assert counts("# pass 5", "# fail 2") == counted(passed=5, failed=2)
    assert counts("counted: 31 passed, 2 failed") == counted(passed=31, failed=2)


def counted(passed: int = 0, failed: int = 0, skipped: int = 0) -> dict[str, int]:
    return {"passed": passed, "failed": failed, "skipped": skipped}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('== 2 passed in 0.1s ==')", counted(passed=2)),
        ("raise SystemExit(3)", counted(failed=1)),
        ("print('nothing to see')", counted(failed=1)),
    ],
    ids=["tests that pass", "a runner that dies", "a runner that ran no test"],
)
def test_a_step_counts_what_its_runner_did(
    code: str,
    expected: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(settings, "SHARED_DIR", tmp_path)
    report = Report()
    good = report.step("runner", [sys.executable, "-c", code])
    assert report.suites[0].counts == expected
    assert good == (expected["failed"] == 0)
    assert report.close("test") == int(not good)
    assert (
        capfd.readouterr().out.splitlines()[-1]
        == f"{expected['passed']} passed, {expected['failed']} failed"
    )
