//! Records that surface long after they were made, and lists that come in odd pieces.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

async fn entries(tenant: &Tenant<'_>) -> u64 {
    let run = tenant.runs().pop().unwrap().1;
    run["progress"]["counters"]["entries_posted"].as_u64().unwrap()
}

/// A record is listed twenty hours after it was made. The usual overlap does not reach it any more; the day's does.
#[test]
fn a_record_that_surfaces_within_two_days_is_found_by_the_daily_run() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_000, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500})).await;
        work(&tenant).await;
        time::jump(Duration::from_secs(HOUR));
        tenant.add(json!({"type": "charge", "amount": 700, "visible_after_ms": 20 * HOUR * 1000})).await;
        let mut posted = Vec::new();
        for hours in [1, 9, 12, 3] {
            time::jump(Duration::from_secs(hours * HOUR));
            work(&tenant).await;
            posted.push(entries(&tenant).await);
        }
        assert_eq!(posted, [0, 0, 0, 1], "after 2, 11, 23 and 26 hours");
        assert_right(&tenant, "found").await;
    });
}

/// A record is listed five days after it was made: the week's run reads a fortnight back.
#[test]
fn a_record_that_surfaces_within_a_fortnight_is_found_by_the_weekly_run() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_001, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500})).await;
        work(&tenant).await;
        tenant
            .add(json!({"type": "charge", "amount": 700, "created": time::now().div_euclid(1000) + 1, "visible_after_ms": 5 * DAY * 1000}))
            .await;
        let mut posted = Vec::new();
        for _ in 0..7 {
            time::jump(Duration::from_secs(DAY + 60));
            work(&tenant).await;
            posted.push(entries(&tenant).await);
        }
        assert_eq!(posted, [0, 0, 0, 0, 0, 0, 1]);
        assert_right(&tenant, "found").await;
    });
}

/// Stripe may answer an empty page and say that more follows: only `has_more` ends a list.
#[test]
fn an_empty_page_ends_no_list() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_002, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": 250})).await;
        let page = json!({"object": "list", "data": [], "has_more": true, "url": "/v1/balance_transactions"});
        let fault = json!({"surface": "stripe", "route": "/v1/balance_transactions", "scope": tenant.account.account, "skip": 1,
            "times": 2, "status": 200, "body": page});
        let id = world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap());
        work(&tenant).await;
        assert!(world.sandbox.world.faults.list().iter().any(|fault| fault.id == id && fault.hits == 2));
        assert_eq!(entries(&tenant).await, 250);
        assert_right(&tenant, "with two empty pages").await;
    });
}
