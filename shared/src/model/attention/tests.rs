use std::collections::BTreeMap;

use serde_json::{Value, json};
use ulid::Ulid;

use super::*;

use crate::model::connection::tests::connection;
use crate::model::connection::{Connection, Pause};
use crate::model::freshness::Freshness;
use crate::model::install::Meta;
use crate::model::money::Sum;
use crate::model::problem::tally::{OpenAmount, OpenKind};
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::model::tracked_object::ObjectItem;

const NOW: i64 = 1_760_000_000;

fn meta() -> Meta {
    serde_json::from_value(json!({"status": "active", "app_id": "app_1", "instance_id": "inst_1",
        "generation": "01GEN", "key_installed_at": 1}))
    .unwrap()
}

fn object(id: &str, kind: &str, status: &str, more: &Value) -> ObjectItem {
    let mut item = json!({"id": id, "kind": kind, "status": status, "amount": "50000",
        "currency": "USD", "created": NOW - 3600, "settled": false, "first_seen": 0,
        "checked_at": 0, "next_check": 0});
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(item).unwrap()
}

/// What needs attention of a connection, as changed.
fn of(change: impl FnOnce(&mut Connection, &mut Summary, &mut Vec<ObjectItem>)) -> Attention {
    let mut connection = connection();
    let (mut summary, mut objects) = (Summary::new(connection.connection), Vec::new());
    change(&mut connection, &mut summary, &mut objects);
    Attention::of(&Facts {
        connection: &connection,
        meta: &meta(),
        summary: Some(&summary),
        freshness: None,
        objects: &objects,
        more: false,
        now: Millis::from_seconds(NOW),
    })
}

fn only(attention: &Attention) -> &AttentionItem {
    assert_eq!(attention.items.len(), 1, "{:?}", attention.items);
    &attention.items[0]
}

fn kind(code: &str, count: u64, amounts: &[(&str, u64, i128)]) -> OpenKind {
    let amounts: BTreeMap<String, OpenAmount> = amounts
        .iter()
        .map(|(currency, count, sum)| {
            ((*currency).to_owned(), OpenAmount { count: *count, sum: Sum(*sum) })
        })
        .collect();
    OpenKind { code: code.to_owned().into(), count, since: Millis(7), amounts }
}

#[test]
fn nothing_needs_attention_where_all_is_well() {
    let quiet = of(|_, _, objects| {
        objects.push(object("po_1", "payout", "paid", &json!({"arrival": NOW})));
        objects.push(object("po_2", "payout", "in_transit", &json!({"arrival": NOW + 86_400})));
        objects.push(object("du_1", "dispute", "won", &json!({"settled": true})));
    });
    assert_eq!(quiet, Attention::default());
}

#[test]
fn each_pause_names_who_can_end_it() {
    use AttentionAction::{Approve, OpenRun, ReconnectStripe, Reinstall};
    let run = Ulid::from_parts(1, 1);
    let id = Some(run.to_string());
    for (code, kind, severity, action, target) in [
        ("stripe_key_refused", AttentionKind::Paused, Severity::Critical, ReconnectStripe, None),
        ("stripe_right_missing", AttentionKind::Paused, Severity::Critical, ReconnectStripe, None),
        ("blnk_key_refused", AttentionKind::Paused, Severity::Critical, Reinstall, None),
        ("blnk_permission_missing", AttentionKind::Paused, Severity::Critical, Reinstall, None),
        ("key_unreadable", AttentionKind::Paused, Severity::Critical, Reinstall, None),
        ("ledger_owned_by_other", AttentionKind::Paused, Severity::Critical, OpenRun, id.clone()),
        ("fuse_size", AttentionKind::Approval, Severity::Warning, Approve, id.clone()),
        ("fuse_currency", AttentionKind::Approval, Severity::Warning, Approve, id.clone()),
    ] {
        let attention = of(|connection, _, _| {
            connection.current_run = Some(run);
            connection.paused = Some(Pause::new(code, "Because.", Millis(1)));
        });
        let item = only(&attention);
        assert_eq!((item.kind, item.severity, item.action), (kind, severity, action), "{code}");
        assert_eq!((&item.target, item.subject.as_deref()), (&target, Some(code)), "{code}");
    }
    let over = of(|connection, _, _| {
        connection.paused = Some(Pause::new("blnk_key_refused", "Because.", Millis(0)));
    });
    assert!(over.items.is_empty(), "another key has come since");
}

#[test]
fn a_dispute_presses_by_the_days_that_are_left() {
    use AttentionAction::{AnswerDisputeAtStripe as Answer, OpenDisputeAtStripe as Open};
    const DAY: i64 = 86_400;
    for (status, due, severity, days, action) in [
        ("needs_response", Some(DAY * 9 + 1), Severity::Warning, Some(9), Answer),
        ("needs_response", Some(DAY * 4), Severity::Warning, Some(4), Answer),
        ("needs_response", Some(DAY * 4 - 1), Severity::Critical, Some(3), Answer),
        ("warning_needs_response", Some(5), Severity::Critical, Some(0), Answer),
        ("needs_response", Some(0), Severity::Notice, None, Open),
        ("needs_response", None, Severity::Warning, None, Answer),
        ("under_review", Some(DAY), Severity::Notice, None, Open),
    ] {
        let due_by = due.map(|due| NOW + due);
        let attention = of(|_, _, objects| {
            objects.push(object("du_1", "dispute", status, &json!({"due_by": due_by})));
        });
        let item = only(&attention);
        let context = format!("{status} {due:?}: {}", item.text);
        assert_eq!(
            (item.severity, item.days_left, item.action),
            (severity, days, action),
            "{context}"
        );
        assert_eq!(item.due_at.is_some(), days.is_some(), "{context}");
        assert_eq!(item.target.as_deref(), Some("du_1"));
        assert!(item.text.contains("500.00 USD"), "{context}");
    }
}

#[test]
fn a_failed_payout_is_critical_while_it_is_news() {
    let failed = |arrival: i64| {
        of(|_, _, objects| {
            let more = json!({"arrival": arrival, "settled": true, "reason": "account_closed"});
            objects.push(object("po_1", "payout", "failed", &more));
        })
    };
    let attention = failed(NOW - 86_400);
    let item = only(&attention);
    assert_eq!((item.kind, item.severity), (AttentionKind::FailedPayout, Severity::Critical));
    assert_eq!(item.text, "A payout of 500.00 USD failed (account_closed).");
    assert_eq!(item.since, Some(Millis::from_seconds(NOW - 86_400)));
    assert!(failed(NOW - 30 * 86_400).items.is_empty());
}

#[test]
fn money_in_suspense_is_listed_by_currency_and_other_problems_by_kind() {
    let attention = of(|_, summary, _| {
        summary.open_problems = 9;
        summary.open_kinds = vec![
            kind("unknown_type", 4, &[("JPY", 1, 500), ("USD", 2, -167)]),
            kind("entry_missing", 3, &[("USD", 3, 900)]),
            kind("validation", 2, &[("USD", 1, 5), ("EUR", 1, 5)]),
        ];
    });
    let items: Vec<_> = attention
        .items
        .iter()
        .map(|item| {
            let amount = item.amount.map(|amount| amount.0);
            (item.severity, item.count, amount, item.currency.as_deref(), item.text.as_str())
        })
        .collect();
    assert_eq!(
        items,
        [
            (
                Severity::Critical,
                3,
                Some(900),
                Some("USD"),
                "Entries missing in the ledger (3 problems)."
            ),
            (
                Severity::Warning,
                1,
                Some(500),
                Some("JPY"),
                "500 JPY held in suspense: 1 unrecognised movement."
            ),
            (
                Severity::Warning,
                2,
                Some(-167),
                Some("USD"),
                "-1.67 USD held in suspense: 2 unrecognised movements."
            ),
            (Severity::Warning, 1, None, None, "Held in suspense: 1 unrecognised movement."),
            (Severity::Warning, 2, None, None, "Movements that could not be posted (2 problems)."),
        ]
    );
    assert_eq!(attention.counts, AttentionCounts { critical: 1, warning: 4, notice: 0 });
    assert_eq!(attention.items.iter().map(|item| item.count).sum::<u64>(), 9);
    let older = of(|_, summary, _| summary.open_problems = 1);
    assert_eq!(only(&older).text, "1 problem is open.");
}

#[test]
fn each_side_of_a_line_that_differs_is_a_matter_of_its_own() {
    let line = |verdict: &str, of_stripe: &str, of_ledger: &str, differing: u64| {
        json!({"balance": "payments", "mirror": "@stripe_test", "currency": "USD", "exponent": 2,
            "ledger": "0", "expected": "0", "d1": of_stripe, "d2": of_ledger, "debits": ["1", "1"],
            "credits": ["1", "1"], "records": 1, "verdict": verdict,
            "hours": {"agreed": 0, "differing": differing}})
    };
    let id = Ulid::from_parts(2, 2);
    let proof = json!({"version": 2, "id": id, "run": Ulid::nil(), "owner": "acct_1:test",
        "instance": "inst_1", "at": 5, "verdict": "mismatch", "open_problems": 0,
        "lines": [line("match", "0", "0", 0), line("mismatch", "7", "100", 2),
            line("mismatch", "0", "0", 1), line("inconclusive", "7", "7", 0)]});
    let attention = of(|_, summary, _| {
        summary.last_proof = Some(serde_json::from_value(proof).unwrap());
    });
    let items: Vec<_> =
        attention.items.iter().map(|item| (item.kind, item.count, item.amount)).collect();
    assert_eq!(
        items,
        [
            (AttentionKind::LedgerDifference, 2, Some(Sum(100))),
            (AttentionKind::LedgerDifference, 1, Some(Sum(0))),
            (AttentionKind::StripeDifference, 1, Some(Sum(7))),
        ]
    );
    assert!(attention.items.iter().all(|item| item.target == Some(id.to_string())));
}

#[test]
fn a_proof_that_is_out_of_date_asks_for_a_sync_unless_one_is_open_or_paused() {
    let stale = |run: Option<Ulid>, paused: bool| {
        let mut connection = connection();
        connection.current_run = run;
        connection.paused = paused.then(|| Pause::new("stripe_key_refused", "", Millis(1)));
        Attention::of(&Facts {
            connection: &connection,
            meta: &meta(),
            summary: None,
            freshness: Some(Freshness { age_seconds: 90, fresh: false }),
            objects: &[],
            more: false,
            now: Millis::from_seconds(NOW),
        })
    };
    let run = Ulid::from_parts(1, 1);
    let attention = stale(None, false);
    let item = only(&attention);
    assert_eq!((item.kind, item.action), (AttentionKind::StaleProof, AttentionAction::SyncNow));
    assert_eq!(item.since, Some(Millis::from_seconds(NOW - 90)));
    assert_eq!(only(&stale(Some(run), false)).action, AttentionAction::OpenRun);
    assert_eq!(only(&stale(Some(run), true)).kind, AttentionKind::Paused);
}

#[test]
fn an_endpoint_that_stripe_has_switched_off_leads_to_setting_real_time_up_again() {
    use crate::model::webhook::{EndpointSeen, EndpointStanding};
    for (standing, off) in [
        (EndpointStanding::Enabled, false),
        (EndpointStanding::Unknown, false),
        (EndpointStanding::Disabled, true),
        (EndpointStanding::Gone, true),
        (EndpointStanding::Elsewhere, true),
    ] {
        let attention = of(|connection, _, _| {
            connection.endpoint_seen = Some(EndpointSeen { standing, at: Millis(1) });
        });
        let kinds: Vec<AttentionKind> = attention.items.iter().map(|item| item.kind).collect();
        let expected = if off { vec![AttentionKind::RealtimeOff] } else { Vec::new() };
        assert_eq!(kinds, expected, "{standing:?}");
        assert!(attention.items.iter().all(|it| it.action == AttentionAction::SetUpRealtime));
    }
}

#[test]
fn a_dispute_and_a_failed_payout_say_why_in_stripes_word() {
    let attention = of(|_, _, objects| {
        let why = json!({"reason": "product_not_received", "due_by": NOW + 900_000});
        objects.push(object("du_1", "dispute", "needs_response", &why));
        let failed = json!({"reason": "account_closed", "arrival": NOW - 60});
        objects.push(object("po_1", "payout", "failed", &failed));
    });
    let mut reasons: Vec<Option<&str>> =
        attention.items.iter().map(|item| item.reason.as_deref()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, [Some("account_closed"), Some("product_not_received")]);
}
