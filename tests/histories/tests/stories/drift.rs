//! Differences in the ledger are named: many of them, in a slow ledger, and while payments keep
//! arriving.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::certificate::{CauseKind, Certificate, Verdict};
use stripe_sync::model::run::request::Scope;

use crate::common::{
    assert_right, counter, last_certificate, last_run, manual_entry, story, work, work_with,
};

const HOUR: i64 = 3_600;
const DAY: u64 = 86_400;

/// Someone posts to the mirror by hand.
async fn post_by_hand(tenant: &Tenant<'_>, reference: &str, amount: i64, at: Option<i64>) {
    let mut entry = manual_entry(reference, amount, "@stripe_test", "@elsewhere");
    if let Some(at) = at {
        entry["effective_date"] = json!(jiff::Timestamp::from_second(at).unwrap().to_string());
    }
    assert!(tenant.post_by_hand(entry).await);
}

fn foreign(certificate: &Certificate) -> Vec<&str> {
    certificate
        .causes
        .iter()
        .filter(|cause| cause.kind == CauseKind::Foreign)
        .map(|cause| cause.reference.as_str())
        .collect()
}

fn reads(tenant: &Tenant<'_>) -> u64 {
    counter(tenant, "stripe_calls")
}

fn state(tenant: &Tenant<'_>) -> Value {
    last_run(tenant)["state"].clone()
}

/// Payments arrive all the time, so no two reads of Stripe's list are equal. A foreign entry is
/// still named, once two certificates in a row see it. The payments themselves are no difference.
#[test]
fn a_foreign_entry_on_a_busy_account_is_named_by_the_second_certificate() {
    story(|| async {
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
            let certificate = last_certificate(&tenant);
            assert_eq!(
                (certificate.verdict, certificate.causes.len()),
                (Verdict::Inconclusive, 0),
                "no difference yet: {certificate:?}"
            );
        }
        post_by_hand(&tenant, "by-hand", 900, None).await;
        busily().await;
        assert_eq!(
            (last_certificate(&tenant).verdict, tenant.problems()),
            (Verdict::Inconclusive, vec![]),
            "it may be a payment on its way"
        );
        busily().await;
        let certificate = last_certificate(&tenant);
        assert_eq!(
            (certificate.verdict, foreign(&certificate)),
            (Verdict::Mismatch, vec!["by-hand"]),
            "{certificate:?}"
        );
        assert_eq!(state(&tenant), json!("completed_with_problems"));
        assert!(
            tenant.problems().iter().any(|(code, _)| code == "foreign_entry"),
            "{:?}",
            tenant.problems()
        );
    });
}

/// Twenty hours differ, and the ledger answers slowly. One worker has no time for all of them: the
/// certificate says so, names what it found, and the run ends normally.
#[test]
fn a_large_drift_in_a_slow_ledger_is_certified_in_bounded_time() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_001, 0).await;
        let now = time::now().div_euclid(1000);
        for hour in 1..=20 {
            tenant
                .add(json!({"type": "charge", "amount": 500, "count": 3,
                    "created": now - hour * HOUR}))
                .await;
        }
        work(&tenant).await;
        assert_right(&tenant, "before").await;
        for hour in 1..=20 {
            post_by_hand(&tenant, &format!("by-hand-{hour}"), 900 + hour, Some(now - hour * HOUR))
                .await;
        }
        world.knobs(&tenant.instance, json!({"ledger_latency_ms": 1_400})).await;
        work_with(&tenant, Duration::from_secs(10), Scope::New).await;
        let certificate = last_certificate(&tenant);
        assert_eq!(
            (certificate.verdict, certificate.more_causes),
            (Verdict::Mismatch, true),
            "{certificate:?}"
        );
        assert!(!foreign(&certificate).is_empty(), "{certificate:?}");
        assert_eq!(state(&tenant), json!("completed_with_problems"));
    });
}

/// A lasting difference costs an idle run no extra reads. The entry stays named, even after two
/// thousand newer ones.
#[test]
fn a_lasting_difference_stays_named_and_costs_no_extra_reads() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_002, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": 5})).await;
        work(&tenant).await;
        post_by_hand(&tenant, "by-hand", 900, None).await;
        work(&tenant).await;
        assert_eq!(foreign(&last_certificate(&tenant)), ["by-hand"]);
        for _ in 0..2 {
            time::jump(Duration::from_secs(600));
            work(&tenant).await;
            assert_eq!(
                (foreign(&last_certificate(&tenant)), last_certificate(&tenant).more_causes),
                (vec!["by-hand"], false)
            );
            assert!(
                reads(&tenant) <= 3,
                "{} reads of Stripe although nothing happened",
                reads(&tenant)
            );
        }
        tenant.add(json!({"type": "charge", "amount": 100, "count": 2_100})).await;
        for _ in 0..2 {
            time::jump(Duration::from_secs(2 * DAY));
            work(&tenant).await;
            assert_eq!(
                (foreign(&last_certificate(&tenant)), last_certificate(&tenant).more_causes),
                (vec!["by-hand"], false),
                "{:?}",
                last_certificate(&tenant)
            );
        }
    });
}

/// Two old entries differ by the same amount, so no sum shows it. A check of everything reads every
/// hour, even when the ledger is so slow that it takes several workers.
#[test]
fn a_check_of_everything_reads_every_hour_with_as_many_workers_as_it_takes() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_003, 0).await;
        let now = time::now().div_euclid(1000);
        // More entries than a usual run reads again.
        for day in 1..=40_i64 {
            tenant
                .add(json!({"type": "charge", "amount": 500, "count": 300,
                    "created": now - day * 24 * HOUR}))
                .await;
        }
        work(&tenant).await;
        assert_right(&tenant, "before").await;
        let newest =
            tenant.records().await.into_iter().max_by_key(|record| record.created).unwrap();
        let reference = format!("{}:{}:amount", tenant.owner(), newest.id);
        let shifted = json!({"kind": "shifted", "indicator": "@stripe_test", "currency": "USD",
            "reference": reference});
        let (status, answer) = world.drift(&tenant.instance, shifted).await;
        assert_eq!(status, 200, "{answer}");
        world.knobs(&tenant.instance, json!({"ledger_latency_ms": 700})).await;
        let messages = work_with(&tenant, Duration::from_secs(14), Scope::Everything).await;
        assert!(messages > 2, "one worker read it all: {messages}");
        let certificate = last_certificate(&tenant);
        assert_eq!(certificate.verdict, Verdict::Mismatch, "{certificate:?}");
        assert_eq!(
            certificate.causes.iter().map(|cause| cause.kind).collect::<Vec<_>>(),
            [CauseKind::Different; 2]
        );
    });
}

/// An old entry is gone from the ledger. It is a problem until a person retries it: then the record
/// is read again, the entry is posted, and both sides agree.
#[test]
fn a_missing_old_entry_is_posted_by_a_retry() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_004, 0).await;
        let now = time::now().div_euclid(1000);
        tenant
            .add(json!({"type": "charge", "amount": 500, "count": 5,
                "created": now - 40 * 24 * HOUR}))
            .await;
        work(&tenant).await;
        assert_right(&tenant, "before").await;
        let (status, answer) = world
            .drift(
                &tenant.instance,
                json!({"kind": "missing", "indicator": "@stripe_test", "currency": "USD"}),
            )
            .await;
        assert_eq!(status, 200, "{answer}");
        for _ in 0..2 {
            work(&tenant).await;
            assert_eq!(
                last_certificate(&tenant).causes.iter().map(|cause| cause.kind).collect::<Vec<_>>(),
                [CauseKind::Missing]
            );
        }
        let problems = tenant.problems();
        let [(code, id)] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!(code, "entry_missing");
        tenant.retry(id).await;
        work(&tenant).await;
        assert_right(&tenant, "after").await;
    });
}
