"""What `make demo` prints where there is no terminal."""

import io

from demo import one_a_phase, pieces


def test_progress_is_one_line_a_phase_and_every_other_line_stays() -> None:
    # The demo writes its line of progress over at every look, each time behind a carriage return.
    written = (
        "Connected        acct_1\n"
        "\rSyncing          reading · 0 movements   \rSyncing          reading · 100 movements   "
        "\rSyncing          proving · 200 movements   \rSyncing          done · 200 movements   \n"
        "Run              run_1 · done\n"
        "\n"
        "Proof            match\n"
    )
    assert list(one_a_phase(pieces(io.BytesIO(written.encode())))) == [
        "Connected        acct_1",
        "Syncing          reading · 0 movements",
        "Syncing          proving · 200 movements",
        "Syncing          done · 200 movements",
        "Run              run_1 · done",
        "",
        "Proof            match",
    ]


def test_a_phase_that_lasts_to_the_end_is_not_said_again_and_the_next_progress_is() -> None:
    written = "\rSyncing  reading · 1   \rSyncing  reading · 2   \nplain · line\n\rSyncing  reading · 3   \n"
    assert list(one_a_phase(pieces(io.BytesIO(written.encode())))) == ["Syncing  reading · 1", "plain · line", "Syncing  reading · 3"]
