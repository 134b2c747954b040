//! Records that appear in the list long after they were created, and empty pages.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;

use crate::common::{assert_right, counter, hits, inject, story, work};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// A record is listed twenty hours after its creation: too late for the usual overlap, but not for
/// the daily run's.
#[test]
fn a_record_listed_within_two_days_is_posted_by_the_daily_run() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_000, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500})).await;
        work(&tenant).await;
        time::jump(Duration::from_secs(HOUR));
        tenant
            .add(json!({"type": "charge", "amount": 700, "visible_after_ms": 20 * HOUR * 1000}))
            .await;
        let mut posted = Vec::new();
        for hours in [1, 9, 12, 3] {
            time::jump(Duration::from_secs(hours * HOUR));
            work(&tenant).await;
            posted.push(counter(&tenant, "entries_posted"));
        }
        assert_eq!(posted, [0, 0, 0, 1], "after 2, 11, 23 and 26 hours");
        assert_right(&tenant, "found").await;
    });
}

/// A record is listed five days after its creation: the weekly run reads two weeks back.
#[test]
fn a_record_listed_within_two_weeks_is_posted_by_the_weekly_run() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_001, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500})).await;
        work(&tenant).await;
        tenant
            .add(json!({"type": "charge", "amount": 700,
                "created": time::now().div_euclid(1000) + 1, "visible_after_ms": 5 * DAY * 1000}))
            .await;
        let mut posted = Vec::new();
        for _ in 0..7 {
            time::jump(Duration::from_secs(DAY + 60));
            work(&tenant).await;
            posted.push(counter(&tenant, "entries_posted"));
        }
        assert_eq!(posted, [0, 0, 0, 0, 0, 0, 1]);
        assert_right(&tenant, "found").await;
    });
}

/// Stripe may answer an empty page with `has_more`: only `has_more: false` ends a list.
#[test]
fn an_empty_page_with_more_behind_it_does_not_end_the_walk() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_002, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": 250})).await;
        let page = json!({"object": "list", "data": [], "has_more": true,
            "url": "/v1/balance_transactions"});
        let fault = json!({"surface": "stripe", "route": "/v1/balance_transactions", "skip": 1,
            "times": 2, "status": 200, "body": page});
        let empty = inject(&tenant, fault);
        work(&tenant).await;
        assert_eq!(hits(&tenant, empty), 2);
        assert_eq!(counter(&tenant, "entries_posted"), 250);
        assert_right(&tenant, "with two empty pages").await;
    });
}
