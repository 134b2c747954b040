//! The start of a mirror is fixed once; only an earlier one that a person chose moves it.

use crate::engine::stages::openings::start::*;
use crate::model::connection::tests::connection;
use crate::model::time::Millis;

/// 2026-01-02, midnight in UTC.
const START: i64 = 1_767_312_000;

fn started(at: i64, chosen: Option<&str>) -> Connection {
    Connection {
        start: Some(Start { at, chosen: chosen.map(str::to_owned), opened: true, later: None }),
        ..connection()
    }
}

#[test]
fn a_start_is_decided_once_and_moves_only_when_a_person_chose_an_earlier_one() {
    let fresh = connection();
    assert_eq!(decide(&fresh, None), Decision::First(WHOLE_HISTORY));
    assert_eq!(decide(&fresh, Some("2026-01-02")), Decision::First(START));
    let posted = Connection { watermark: Some(Millis(1)), ..connection() };
    assert_eq!(decide(&posted, Some("2026-01-02")), Decision::Keep, "the whole history is there");
    let read_only = Connection { has_unposted_history: true, ..posted };
    assert_eq!(
        decide(&read_only, Some("2026-01-02")),
        Decision::First(START),
        "nothing was posted yet"
    );
    let chosen = started(START, Some("2026-01-02"));
    for (now, decision) in [
        (Some("2026-01-02"), Decision::Keep),
        (Some("2026-01-03"), Decision::Keep),
        (Some("2026-01-01"), Decision::Earlier(START - 86_400)),
        (None, Decision::Earlier(WHOLE_HISTORY)),
    ] {
        assert_eq!(decide(&chosen, now), decision, "{now:?}");
    }
    // A reinstall found a start while the settings requested an earlier one. The request is not
    // recorded as met, so the next run handles it.
    assert_eq!(
        decide(&started(START, None), Some("2026-01-01")),
        Decision::Earlier(START - 86_400)
    );
    let adopted = started(START, None);
    assert_eq!(
        decide(&adopted, None),
        Decision::Keep,
        "a reinstall keeps what it found, although nobody chose it"
    );
    assert_eq!(decide(&adopted, Some("2025-12-31")), Decision::Earlier(START - 2 * 86_400));
}
