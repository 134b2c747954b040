//! What the sweep does about an install: when it is stale, stuck or to be cleaned up.

use crate::engine::sweep::*;
use crate::model::connection::Pause;
use crate::model::connection::tests::connection;
use crate::model::install::CleanupState;
use crate::model::run::request::{Scope, Trigger};
use crate::platform::store::runs::{Request, new_run};

const NOW: Millis = Millis(1_760_000_000_000);

const STUCK: i64 = 270;

fn meta() -> Meta {
    let stored = serde_json::json!({"status": "active", "app_id": "a", "instance_id": "i",
        "generation": "01GEN", "key_installed_at": 0});
    serde_json::from_value(stored).unwrap()
}

fn asked(meta: &Meta, connection: &Connection, proof: Option<i64>, run: Option<&Run>) -> Needs {
    let settings = Settings { generation: "01GEN".into(), ..Settings::default() };
    let newest_proof = proof.map(|ago| NOW.plus_seconds(-ago));
    needs(
        &InstallView { meta, connection: Some(connection), settings: &settings, newest_proof, run },
        60,
        STUCK,
        NOW,
    )
}

#[test]
fn an_install_is_stale_after_twice_its_interval_unless_a_run_is_active_or_a_person_must_act() {
    let (meta, mut connection) = (meta(), connection());
    let never = asked(&meta, &connection, None, None);
    assert!(
        never.age_seconds.is_none() && !never.stale,
        "a connection whose first sync nobody asked for is not late: {never:?}"
    );
    assert_eq!(
        never.schedule,
        Some(("01GEN".to_owned(), Interval::Hourly)),
        "its schedule is still there"
    );

    connection.watermark = Some(NOW.plus_seconds(-9_000));
    assert!(!asked(&meta, &connection, Some(7_200), None).stale);
    let late = asked(&meta, &connection, Some(7_201), None);
    assert!(late.stale && late.age_seconds == Some(7_201));
    let none = asked(&meta, &connection, None, None);
    assert_eq!(
        (none.stale, none.age_seconds),
        (true, Some(9_000)),
        "without a proof the last completed run counts"
    );

    let request = Request {
        id: ulid::Ulid::from_parts(1, 1),
        trigger: Trigger::Manual,
        scope: Scope::New,
        now: NOW,
        launch: None,
        retention_seconds: 0,
    };
    let mut run = new_run(&connection, &request);
    run.touched_at = Some(NOW.plus_seconds(-STUCK));
    let busy = asked(&meta, &connection, Some(9_000), Some(&run));
    assert!(!busy.stale && !busy.stuck, "a run in progress makes the proof: {busy:?}");
    run.touched_at = Some(NOW.plus_seconds(-STUCK - 1));
    let stuck = asked(&meta, &connection, Some(9_000), Some(&run));
    assert!(stuck.stale && stuck.stuck);
    (run.touched_at, run.requested_at) = (None, NOW.plus_seconds(-STUCK - 1));
    assert!(asked(&meta, &connection, Some(10), Some(&run)).stuck, "no worker ever took it");

    connection.paused = Some(Pause::new("stripe_key_refused", "…", Millis(0)));
    let paused = asked(&meta, &connection, Some(90_000), Some(&run));
    assert!(
        paused.paused
            && !paused.stale
            && !paused.stuck
            && paused.age_seconds.is_none()
            && paused.schedule.is_some()
    );

    // It is paused for the install's key until another one arrives. Then no person needs to act,
    // and the run is woken at once.
    run.touched_at = Some(NOW);
    let mut meta = meta;
    for code in
        ["blnk_key_refused", "blnk_permission_missing", "key_unreadable", "stripe_key_refused"]
    {
        connection.paused = Some(Pause::new(code, "…", meta.key_installed_at));
        let paused = asked(&meta, &connection, Some(90_000), Some(&run));
        assert!(paused.paused && !paused.stuck, "{code}: the key is the one that was refused");
        meta.key_installed_at = Millis(meta.key_installed_at.0 + 1);
        let replaced = asked(&meta, &connection, Some(90_000), Some(&run));
        let goes_on = code != "stripe_key_refused";
        assert_eq!((replaced.paused, replaced.stuck), (!goes_on, goes_on), "{code}");
    }
}

#[test]
fn a_clean_up_is_sent_again_until_it_is_done_whatever_stands_beside_it() {
    let mut meta = meta();
    meta.cleanup_generation = Some("01OLD".into());
    meta.cleanup_state = Some(CleanupState::Pending);
    let mut connection = connection();
    connection.watermark = Some(NOW);
    let reinstalled = asked(&meta, &connection, Some(10), None);
    assert_eq!(reinstalled.clean_up.as_deref(), Some("01OLD"));
    let settings = Settings::default();
    let alone = needs(
        &InstallView {
            meta: &meta,
            connection: None,
            settings: &settings,
            newest_proof: None,
            run: None,
        },
        60,
        STUCK,
        NOW,
    );
    assert_eq!(alone, Needs { clean_up: Some("01OLD".into()), ..Needs::default() });
    meta.cleanup_state = Some(CleanupState::Done);
    assert_eq!(asked(&meta, &connection, Some(10), None).clean_up, None);
}

/// A waiting run is not stuck before its next attempt is overdue. Its install is still late: it is
/// reported, not woken.
#[test]
fn a_run_that_waits_is_late_and_not_stuck() {
    let (meta, mut connection) = (meta(), connection());
    connection.watermark = Some(NOW.plus_seconds(-9_000));
    let request = Request {
        id: ulid::Ulid::from_parts(1, 1),
        trigger: Trigger::Manual,
        scope: Scope::New,
        now: NOW,
        launch: None,
        retention_seconds: 0,
    };
    let mut run = new_run(&connection, &request);
    run.touched_at = Some(NOW.plus_seconds(-8_000));
    let waiting = |next_attempt: Millis| {
        let stored = serde_json::json!({"party": "blnk", "answer": "…", "since": NOW.0 - 8_000_000,
            "next_attempt": next_attempt, "attempts": 9});
        Some(serde_json::from_value(stored).unwrap())
    };
    for (ahead, stuck) in [(600, false), (-STUCK, false), (-STUCK - 1, true)] {
        run.waiting = waiting(NOW.plus_seconds(ahead));
        let needs = asked(&meta, &connection, Some(9_000), Some(&run));
        assert_eq!(
            (needs.stuck, needs.waits, needs.stale),
            (stuck, !stuck, true),
            "{ahead}: {needs:?}"
        );
        assert!(
            !asked(&meta, &connection, Some(10), Some(&run)).stale,
            "with a young proof nobody is late"
        );
    }
}
