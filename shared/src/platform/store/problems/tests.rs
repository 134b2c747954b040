//! The lifecycle of a problem, with an in-memory table.

mod world;

use serde_json::json;
use ulid::Ulid;

use crate::model::certificate::Line;
use crate::model::connection::Connection;
use crate::model::money::Sum;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::explained::ExplainedAll;
use crate::model::problem::item::{MissingEntries, ProblemState};
use crate::model::time::Millis;
use crate::platform::store::problems::actions::{Audit, ProblemAction};
use crate::platform::store::problems::reads::ProblemFilter;
use crate::platform::store::problems::tests::world::{NOW, refused, world};

#[tokio::test]
async fn a_problem_is_counted_once_a_run_and_is_gone_when_a_run_finds_it_gone() {
    let world = world().await;
    let report = refused("txn_1", "amount", "validation", "in position 3", 500, 0);
    assert_eq!(world.meet(1, &report, 0, true).await, ProblemState::Open);
    assert_eq!(
        world.meet(1, &report, 1, false).await,
        ProblemState::Open,
        "the same run looks again"
    );
    assert_eq!(world.meet(2, &report, 2, true).await, ProblemState::Open);
    let stored = world.stored("txn_1:amount");
    assert_eq!(
        (&stored["attempts"], &stored["first_seen"], &stored["last_seen"]),
        (&json!(2), &json!(NOW.0), &json!(NOW.0 + 120_000))
    );
    world.resolve("txn_1:amount").await;
    let stored = world.stored("txn_1:amount");
    assert_eq!(
        (&stored["state"], &stored["resolved_by"]),
        (&json!("resolved"), &json!(Ulid::from_parts(1, 9).to_string()))
    );
    assert!(stored["ttl"].is_i64(), "what is over has an end");
    assert_eq!(world.open().await, 0);
    assert_eq!(
        world
            .store
            .problems()
            .explained(&world.install, world.connection.connection)
            .await
            .unwrap(),
        ExplainedAll::default()
    );
    // The entry was there and is missing again: it is the same problem.
    assert_eq!(world.meet(3, &report, 20, true).await, ProblemState::Open);
    let stored = world.stored("txn_1:amount");
    assert!(
        stored.get("ttl").is_none()
            && stored.get("resolved_at").is_none()
            && stored["attempts"] == json!(3),
        "{stored}"
    );
}

#[tokio::test]
async fn a_dismissed_problem_stays_dismissed_while_its_cause_is_the_same() {
    let world = world().await;
    let id = "txn_1:amount";
    world
        .meet(1, &refused("txn_1", "amount", "validation", "in position 3", 500, 0), 0, true)
        .await;
    let done = world
        .act(
            &[id, "txn_9:amount"],
            &ProblemAction::Dismiss("Known, and agreed with finance".to_owned()),
        )
        .await;
    assert_eq!(
        (done.changed.as_slice(), done.refused.as_slice()),
        ([id.to_owned()].as_slice(), ["txn_9:amount".to_owned()].as_slice())
    );
    let stored = world.stored(id);
    assert_eq!(
        (&stored["state"], &stored["reason"]),
        (&json!("dismissed"), &json!("Known, and agreed with finance"))
    );
    assert_eq!(world.open().await, 0);
    let elsewhere = refused("txn_1", "amount", "validation", "in position 44", 500, 0);
    assert_eq!(
        world.meet(2, &elsewhere, 5, true).await,
        ProblemState::Dismissed,
        "the ledger's words may differ"
    );
    assert_eq!(
        (&world.stored(id)["attempts"], &world.stored(id)["last_seen"]),
        (&json!(2), &json!(NOW.0 + 300_000))
    );
    let explained = world
        .store
        .problems()
        .explained(&world.install, world.connection.connection)
        .await
        .unwrap()
        .of("payments", "USD");
    assert_eq!(
        (explained.dismissed_debit, explained.open_debit, explained.all().0),
        (Sum(500), Sum(0), Sum(500)),
        "the difference is real"
    );
    let other = refused("txn_1", "amount", "insufficient_funds", "no funds", 500, 0);
    assert_eq!(world.meet(3, &other, 9, true).await, ProblemState::Open, "another cause is news");
    let stored = world.stored(id);
    assert!(stored.get("reason").is_none() && stored.get("dismissed_at").is_none(), "{stored}");
    assert_eq!(world.trail().len(), 1, "one change, one entry");
}

#[tokio::test]
async fn nothing_is_changed_after_an_uninstall_or_under_another_connection() {
    let world = world().await;
    world.meet(1, &refused("txn_1", "amount", "validation", "no", 5, 0), 0, true).await;
    let before = world.aws.dump();
    let gone = Connection { connection: Ulid::from_parts(7, 7), ..world.connection.clone() };
    for connection in
        [&Connection { generation: "01OTHER".to_owned(), ..world.connection.clone() }, &gone]
    {
        let subject = "txn_1".to_owned();
        let audit =
            Audit { now: NOW, launch: Ulid::from_parts(2, 2), subject, retention_seconds: 60 };
        let ids = ["txn_1:amount".to_owned()];
        let done = world
            .store
            .problems()
            .act(&world.install, connection, &ids, &ProblemAction::Retry, &audit)
            .await
            .unwrap();
        assert!(done.over && done.changed.is_empty());
    }
    assert_eq!(world.aws.dump(), before);
}

#[tokio::test]
async fn a_whole_kind_is_marked_in_transactions_that_each_hold_what_they_can() {
    let world = world().await;
    for record in 0..130 {
        let code = if record % 2 == 0 { "validation" } else { "unknown_type" };
        world
            .meet(1, &refused(&format!("txn_{record}"), "amount", code, "no", 1, 0), 0, true)
            .await;
    }
    world.act(&["txn_0:amount"], &ProblemAction::Dismiss("known".to_owned())).await;
    let connection = world.connection.connection;
    let (ids, more) = world
        .store
        .problems()
        .to_retry(&world.install, connection, &ProblemCode::Validation)
        .await
        .unwrap();
    assert_eq!((ids.len(), more), (64, false));
    let all: Vec<String> = (0..130).map(|record| format!("txn_{record}:amount")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let done = world.act(&all, &ProblemAction::Retry).await;
    assert_eq!(
        (done.changed.len(), done.refused),
        (129, vec!["txn_0:amount".to_owned()]),
        "only what is open is tried again"
    );
    let (ids, _) = world
        .store
        .problems()
        .to_retry(&world.install, connection, &ProblemCode::Validation)
        .await
        .unwrap();
    assert!(ids.is_empty(), "asked for once, it need not be asked for again");
    let kinds = world.store.problems().kinds(&world.install, connection).await.unwrap();
    let count =
        |code: ProblemCode, state| kinds.counts.get(&(code, state)).copied().unwrap_or_default();
    assert_eq!(
        (
            count(ProblemCode::Validation, ProblemState::Open),
            count(ProblemCode::Validation, ProblemState::Dismissed),
            count(ProblemCode::UnknownType, ProblemState::Open)
        ),
        (64, 1, 65)
    );
    // Finishing an older retry does not remove a newer request.
    let mark = Millis(NOW.0 + 1000);
    world
        .store
        .problems()
        .unmark(&world.install, connection, "txn_2:amount", Millis(mark.0 - 1))
        .await
        .unwrap();
    assert_eq!(world.stored("txn_2:amount")["retry_requested"], json!(mark.0));
    world.store.problems().unmark(&world.install, connection, "txn_2:amount", mark).await.unwrap();
    assert!(world.stored("txn_2:amount").get("retry_requested").is_none());
}

#[tokio::test]
async fn pages_under_a_filter_show_every_problem_once() {
    let world = world().await;
    for record in 0..25 {
        world
            .meet(
                1,
                &refused(
                    &format!("txn_{record}"),
                    "amount",
                    if record % 5 == 0 { "a" } else { "b" },
                    "no",
                    1,
                    0,
                ),
                0,
                true,
            )
            .await;
    }
    world.resolve("txn_5:amount").await;
    for (filter, expected) in [
        (ProblemFilter::default(), 25),
        (ProblemFilter { state: Some(ProblemState::Open), ..ProblemFilter::default() }, 24),
        (
            ProblemFilter {
                state: Some(ProblemState::Open),
                code: Some("a".to_owned().into()),
                ..ProblemFilter::default()
            },
            4,
        ),
        (ProblemFilter { code: Some("none".to_owned().into()), ..ProblemFilter::default() }, 0),
    ] {
        for limit in [1, 3, 50] {
            let (mut seen, mut before) = (std::collections::BTreeSet::new(), None);
            loop {
                let page = world
                    .store
                    .problems()
                    .page(
                        &world.install,
                        world.connection.connection,
                        &filter,
                        before.as_deref(),
                        limit,
                    )
                    .await
                    .unwrap();
                assert!(
                    page.problems.iter().all(|problem| seen.insert(problem.id.clone())),
                    "{filter:?}"
                );
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), expected, "{filter:?}, {limit} a page");
        }
    }
}

#[test]
fn only_a_difference_that_is_dismissed_to_the_minor_unit_is_no_news() {
    let mut explained = ExplainedAll::default();
    let missing = |debit, credit| MissingEntries {
        balance: "payments".into(),
        currency: "USD".into(),
        debit: Sum(debit),
        credit: Sum(credit),
    };
    explained
        .by_line
        .entry(("payments".into(), "USD".into()))
        .or_default()
        .add(ProblemState::Dismissed, &missing(500, 0));
    explained
        .by_line
        .entry(("payments".into(), "USD".into()))
        .or_default()
        .add(ProblemState::Dismissed, &missing(0, -3));
    let like: Line = serde_json::from_value(json!({"balance": "", "mirror": "@stripe_test",
        "currency": "", "exponent": 2, "ledger": "0",
        "expected": "0", "d2": "0", "debits": ["0", "0"], "credits": ["0", "0"], "records": 1,
        "verdict": "mismatch"}))
    .unwrap();
    let line = |debit: i128, credit: i128| Line {
        balance: "payments".into(),
        currency: "USD".into(),
        debits: (Sum(1_000), Sum(1_000 - debit)).into(),
        credits: (Sum(70), Sum(70 - credit)).into(),
        ..like.clone()
    };
    assert!(explained.dismissed(&line(500, -3)));
    for (debit, credit) in [(0, 0), (500, 0), (497, 0), (500, -4), (503, -3)] {
        assert!(!explained.dismissed(&line(debit, credit)), "{debit} {credit}");
    }
    assert!(!explained.dismissed(&Line { currency: "JPY".into(), ..line(500, -3) }));
}
