//! Gaps: Stripe fails at a record in every list, so that not even its id is known.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::run::request::Scope;

use super::{DAY, HOUR, assert_not_judged, listed, with_payments};
use crate::common::{
    LIMIT, assert_right, last_certificate, last_run, manual_entry, problem_codes, set_unrenderable,
    story, work, work_with,
};

/// Stripe fails at every list with one record: all others are posted, and the certificate is
/// inconclusive until the gap closes.
#[test]
fn a_gap_makes_the_certificate_inconclusive_until_it_closes() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_804, 150).await;
        let id = listed(&tenant, 120).await;
        set_unrenderable(&tenant, json!({&id: "always"})).await;
        for round in 0..3 {
            work(&tenant).await;
            assert_eq!(
                last_run(&tenant)["state"],
                json!("completed_with_problems"),
                "{round}: {}",
                last_run(&tenant)
            );
            assert_not_judged(&tenant, &format!("round {round}"));
            let differences = tenant.snapshot().await.differences;
            let others = differences
                .iter()
                .filter(|line| line.starts_with("stripe:") && !line.contains(&id));
            assert_eq!(others.count(), 0, "all others are in the ledger: {differences:?}");
            time::jump(Duration::from_secs(2 * HOUR));
        }
        set_unrenderable(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "closed").await;
    });
}

/// An install without write permission reads a gap again, although it lies far behind what its runs
/// read.
#[test]
fn a_gap_in_read_only_mode_closes() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_820, 30).await;
        tenant.alter("META", "granted_permissions", json!({"L": [{"S": "data:read"}]}));
        let id = listed(&tenant, 15).await;
        set_unrenderable(&tenant, json!({&id: "always"})).await;
        for round in 0..2 {
            work(&tenant).await;
            assert_eq!(problem_codes(&tenant), ["page_unreadable"], "{round}");
            assert!(
                last_certificate(&tenant).lines.iter().any(|line| line.incomplete),
                "{round}: {:?}",
                last_certificate(&tenant)
            );
            time::jump(Duration::from_secs(2 * HOUR));
        }
        set_unrenderable(&tenant, json!({})).await;
        work(&tenant).await;
        let proof = last_certificate(&tenant);
        assert_eq!(
            (tenant.problems(), last_run(&tenant)["state"].clone()),
            (vec![], json!("completed")),
            "{proof:?}"
        );
        assert!(proof.read_only && proof.lines.iter().all(|line| !line.incomplete), "{proof:?}");
    });
}

/// A gap over records that are already posted is no difference either.
#[test]
fn a_gap_over_posted_records_names_nothing() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_805, 0).await;
        tenant
            .add(json!({"type": "charge", "amount": 500, "customer": "cus_Large3", "count": 8}))
            .await;
        work(&tenant).await;
        assert_right(&tenant, "at first").await;
        let id = listed(&tenant, 3).await;
        set_unrenderable(&tenant, json!({&id: "always"})).await;
        work(&tenant).await;
        assert_not_judged(&tenant, "over what is posted");
        // By now a difference within Stripe's own figures would be lasting.
        for _ in 0..3 {
            time::jump(Duration::from_secs(HOUR));
            work(&tenant).await;
            assert_not_judged(&tenant, "still");
        }
        set_unrenderable(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "closed").await;
    });
}

/// A difference in another hour is named in spite of a gap.
#[test]
fn a_difference_in_another_hour_is_named_in_spite_of_a_gap() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_806, 0).await;
        let now = time::now().div_euclid(1000);
        for days in [1, 3, 5, 7] {
            tenant
                .add(json!({"type": "charge", "amount": 500, "customer": "cus_Large4",
                    "created": now - days * DAY}))
                .await;
        }
        let (gone, odd) = (listed(&tenant, 1).await, listed(&tenant, 3).await);
        work(&tenant).await;
        set_unrenderable(&tenant, json!({&gone: "always", &odd: "expanded"})).await;
        let effective = jiff::Timestamp::from_second(now - 7 * DAY).unwrap().to_string();
        let mut foreign = manual_entry("by-hand", 70, "@stripe_test", "@elsewhere");
        foreign["effective_date"] = json!(effective);
        assert!(tenant.post_by_hand(foreign).await);
        time::jump(Duration::from_secs(8 * 24 * HOUR));
        work(&tenant).await;
        let proof = last_certificate(&tenant);
        assert_eq!(proof.verdict, Verdict::Mismatch, "{:?}", proof.lines);
        assert_eq!(
            proof.causes.iter().map(|cause| cause.reference.as_str()).collect::<Vec<_>>(),
            ["by-hand"],
            "{:?}",
            proof.causes
        );
    });
}

/// No opening is summed up over a gap. An opening that exists is not compared with days that have
/// one.
#[test]
fn an_opening_waits_until_a_gap_before_the_start_closes() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_814, 0).await;
        let midnight = |days: i64| (time::now().div_euclid(1000) / DAY - days) * DAY;
        for days in [1, 9, 10, 11] {
            tenant
                .add(json!({"type": "charge", "amount": 500 + days,
                    "created": midnight(days) + DAY / 2}))
                .await;
        }
        let id = listed(&tenant, 2).await;
        tenant.set_start(Some(midnight(8))).await;
        set_unrenderable(&tenant, json!({&id: "always"})).await;
        work(&tenant).await;
        assert_not_judged(&tenant, "with a gap before the start");
        let ledger: Value =
            serde_json::from_slice(&tenant.world.ledger(&tenant.instance).await).unwrap();
        let openings = ledger["transactions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["reference"].as_str().unwrap().contains("opening"));
        assert_eq!(openings.count(), 0);
        set_unrenderable(&tenant, json!({})).await;
        work(&tenant).await;
        assert_right(&tenant, "summed up").await;
        set_unrenderable(&tenant, json!({&id: "always"})).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_not_judged(&tenant, "with a gap in what was summed up");
        set_unrenderable(&tenant, json!({&id: "expanded"})).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_right(&tenant, "a sum needs no customer").await;
    });
}
