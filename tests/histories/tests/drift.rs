//! What is wrong in the ledger is told, however much there is of it, however slow the ledger is, and whether or not money rests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{assert_right, run, work, work_with};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::asked::Scope;
use stripe_sync::model::certificate::{CauseKind, Certificate, Verdict};

const HOUR: i64 = 3_600;
const DAY: u64 = 86_400;

/// Somebody posts to the mirror by hand.
async fn by_hand(tenant: &Tenant<'_>, reference: &str, amount: i64, at: Option<i64>) {
    let mut entry = json!({"reference": reference, "precise_amount": amount, "precision": 100, "currency": "USD", "source": "@stripe_test",
        "destination": "@elsewhere", "description": "by hand", "allow_overdraft": true, "skip_queue": true});
    if let Some(at) = at {
        entry["effective_date"] = json!(jiff::Timestamp::from_second(at).unwrap().to_string());
    }
    assert!(tenant.by_hand(entry).await);
}

fn last(tenant: &Tenant<'_>) -> Certificate {
    tenant.certificates().pop().unwrap()
}

fn foreign(certificate: &Certificate) -> Vec<&str> {
    certificate.causes.iter().filter(|cause| cause.kind == CauseKind::Foreign).map(|cause| cause.reference.as_str()).collect()
}

fn reads(tenant: &Tenant<'_>) -> u64 {
    tenant.runs().pop().unwrap().1["progress"]["counters"]["stripe_calls"].as_u64().unwrap()
}

fn state(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1["state"].clone()
}

/// Payments come in all the time, so that no look at Stripe's list equals the one before. What somebody posted by hand is named all the
/// same, as soon as it stands from one certificate to the next; what comes in is no difference, and a rest is a match again.
#[test]
fn an_account_that_never_rests_is_told_of_what_is_wrong_in_its_ledger() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_000, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": 5})).await;
        work(&tenant).await;
        assert_right(&tenant, "at rest").await;
        let busily = async || {
            let pays = async {
                loop {
                    tenant.add(json!({"type": "charge", "amount": 700})).await;
                    tokio::time::sleep(Duration::from_millis(15)).await;
                }
            };
            tokio::select! { () = work(&tenant) => {}, () = pays => {} }
        };
        for _ in 0..2 {
            busily().await;
            let certificate = last(&tenant);
            assert_eq!((certificate.verdict, certificate.causes.len()), (Verdict::Inconclusive, 0), "nothing is wrong: {certificate:?}");
        }
        by_hand(&tenant, "by-hand", 900, None).await;
        busily().await;
        assert_eq!((last(&tenant).verdict, tenant.problems()), (Verdict::Inconclusive, vec![]), "it may be on its way");
        busily().await;
        let certificate = last(&tenant);
        assert_eq!((certificate.verdict, foreign(&certificate)), (Verdict::Mismatch, vec!["by-hand"]), "{certificate:?}");
        assert_eq!(state(&tenant), json!("completed_with_problems"));
        assert!(tenant.problems().iter().any(|(code, _)| code == "foreign_entry"), "{:?}", tenant.problems());
    });
}

/// Twenty hours differ, and each answer takes its time. The worker's budget does not hold them all: the certificate says so, names what was
/// found until then, and the run ends as any other.
#[test]
fn a_large_drift_is_certified_in_bounded_time() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_001, 0).await;
        let now = time::now().div_euclid(1000);
        for hour in 1..=20 {
            tenant.add(json!({"type": "charge", "amount": 500, "count": 3, "created": now - hour * HOUR})).await;
        }
        work(&tenant).await;
        assert_right(&tenant, "before").await;
        for hour in 1..=20 {
            by_hand(&tenant, &format!("by-hand-{hour}"), 900 + hour, Some(now - hour * HOUR)).await;
        }
        world.knobs(&tenant.instance, json!({"ledger_latency_ms": 1_400})).await;
        work_with(&tenant, Duration::from_secs(10), Scope::New).await;
        let certificate = last(&tenant);
        assert_eq!((certificate.verdict, certificate.more_causes), (Verdict::Mismatch, true), "{certificate:?}");
        assert!(!foreign(&certificate).is_empty(), "{certificate:?}");
        assert_eq!(state(&tenant), json!("completed_with_problems"));
    });
}

/// A difference that stays as it is costs an idle run no more than none: three reads of Stripe. The entry stays named, also when two
/// thousand newer ones have come after it, and once a person's own entry has made it good and both are there, both are.
#[test]
fn a_difference_that_stands_stays_named_and_costs_nothing() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_002, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": 5})).await;
        work(&tenant).await;
        by_hand(&tenant, "by-hand", 900, None).await;
        work(&tenant).await;
        assert_eq!(foreign(&last(&tenant)), ["by-hand"]);
        for _ in 0..2 {
            time::jump(Duration::from_secs(600));
            work(&tenant).await;
            assert_eq!((foreign(&last(&tenant)), last(&tenant).more_causes), (vec!["by-hand"], false));
            assert!(reads(&tenant) <= 3, "{} reads of Stripe although nothing happened", reads(&tenant));
        }
        tenant.add(json!({"type": "charge", "amount": 100, "count": 2_100})).await;
        for _ in 0..2 {
            time::jump(Duration::from_secs(2 * DAY));
            work(&tenant).await;
            assert_eq!((foreign(&last(&tenant)), last(&tenant).more_causes), (vec!["by-hand"], false), "{:?}", last(&tenant));
        }
    });
}

/// Two entries of long ago are wrong by the same amount: no sum shows it. A check of everything reads every hour back, also when a slow
/// ledger lets no worker come to the end of a page of days.
#[test]
fn a_check_of_everything_takes_nothing_on_trust_however_many_workers_it_takes() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_003, 0).await;
        let now = time::now().div_euclid(1000);
        // More entries than every run reads again.
        for day in 1..=40_i64 {
            tenant.add(json!({"type": "charge", "amount": 500, "count": 300, "created": now - day * 24 * HOUR})).await;
        }
        work(&tenant).await;
        assert_right(&tenant, "before").await;
        // The newest are read last.
        let newest = tenant.records().await.into_iter().max_by_key(|record| record.created).unwrap();
        let reference = format!("{}:{}:amount", tenant.owner(), newest.id);
        let shifted = json!({"kind": "shifted", "indicator": "@stripe_test", "currency": "USD", "reference": reference});
        let (status, answer) = world.drift(&tenant.instance, shifted).await;
        assert_eq!(status, 200, "{answer}");
        world.knobs(&tenant.instance, json!({"ledger_latency_ms": 700})).await;
        let messages = work_with(&tenant, Duration::from_secs(14), Scope::Everything).await;
        assert!(messages > 2, "one worker read it all: {messages}");
        let certificate = last(&tenant);
        assert_eq!(certificate.verdict, Verdict::Mismatch, "{certificate:?}");
        assert_eq!(certificate.causes.iter().map(|cause| cause.kind).collect::<Vec<_>>(), [CauseKind::Different; 2]);
    });
}

/// An entry of long ago is gone. It stands as a problem; once a person asks for another try, its record is read again, what is missing is
/// posted, and both sides agree.
#[test]
fn an_entry_that_is_gone_is_posted_again_when_a_person_asks_for_it() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_004, 0).await;
        let now = time::now().div_euclid(1000);
        tenant.add(json!({"type": "charge", "amount": 500, "count": 5, "created": now - 40 * 24 * HOUR})).await;
        work(&tenant).await;
        assert_right(&tenant, "before").await;
        let (status, answer) =
            world.drift(&tenant.instance, json!({"kind": "missing", "indicator": "@stripe_test", "currency": "USD"})).await;
        assert_eq!(status, 200, "{answer}");
        for _ in 0..2 {
            work(&tenant).await;
            assert_eq!(last(&tenant).causes.iter().map(|cause| cause.kind).collect::<Vec<_>>(), [CauseKind::Missing]);
        }
        let problems = tenant.problems();
        let [(code, id)] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!(code, "entry_missing");
        tenant.retry(id).await;
        work(&tenant).await;
        assert_right(&tenant, "after").await;
    });
}
