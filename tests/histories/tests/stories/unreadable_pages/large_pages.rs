//! Pages that are too large for Stripe: they are read in parts.

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::run::request::Scope;

use super::{LIST, inject_stripe, listed, with_payments};
use crate::common::{
    LIMIT, assert_right, last_run, lift, set_unrenderable, story, work, work_with,
};

/// Stripe fails at a page with limit 100: reading it in parts costs a few calls, and no record is
/// lost.
#[test]
fn a_page_that_is_too_large_is_read_in_parts() {
    story(|| async {
        let world = World::start().await;
        let tenant = with_payments(&world, 8_800, 250).await;
        let after = listed(&tenant, 99).await;
        let fault = inject_stripe(
            &tenant,
            json!({"route": LIST, "status": 500, "times": 0,
                "when": {"limit_gt": 10, "starting_after": after}}),
        );
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "{} ms", time::now() - began);
        assert_right(&tenant, "in parts").await;
        assert!(lift(&tenant, fault) <= 7, "the smaller limit is remembered");
        work(&tenant).await;
        assert_right(&tenant, "the next run").await;
    });
}

/// The reads before and after the comparison cover the newest page, which may be too large. So does
/// a preview.
#[test]
fn a_newest_page_that_is_too_large_is_read_in_parts_by_syncs_and_previews() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 8_813, 0).await;
        tenant
            .add(json!({"type": "charge", "amount": 500, "customer": "cus_Large5", "count": 40}))
            .await;
        let fault = inject_stripe(
            &tenant,
            json!({"route": LIST, "status": 500, "times": 0,
                "when": {"limit_gt": 10, "starting_after": false}}),
        );
        work_with(&tenant, LIMIT, Scope::Preview).await;
        let preview = &last_run(&tenant)["progress"];
        assert_eq!(
            (&preview["counters"]["records"], &preview["preview"]["unreadable"]),
            (&json!(40), &json!(0)),
            "{preview}"
        );
        work(&tenant).await;
        assert_right(&tenant, "from a large page").await;
        lift(&tenant, fault);
        let id = listed(&tenant, 4).await;
        set_unrenderable(&tenant, json!({&id: "expanded"})).await;
        work_with(&tenant, LIMIT, Scope::Preview).await;
        let preview = &last_run(&tenant)["progress"];
        assert_eq!(
            (&preview["counters"]["records"], &preview["preview"]["unreadable"]),
            (&json!(40), &json!(1)),
            "{preview}"
        );
        work(&tenant).await;
        assert_right(&tenant, "with a record that was posted before").await;
    });
}

/// Every call for the list fails: no page is at fault. The run waits, and ends in a match.
#[test]
fn a_list_that_always_fails_makes_the_run_wait() {
    story(|| async {
        let world = World::start().await;
        for (nth, fault) in
            [json!({"status": 500}), json!({"status": 503}), json!({"drop": "before"})]
                .into_iter()
                .enumerate()
        {
            let tenant = with_payments(&world, 8_807 + nth as u64, 120).await;
            let mut fault = fault;
            fault["route"] = json!("/");
            fault["skip"] = json!(1);
            fault["times"] = json!(40);
            let fault = inject_stripe(&tenant, fault);
            work(&tenant).await;
            assert_right(&tenant, "after the outage").await;
            assert_eq!(lift(&tenant, fault), 40);
            assert!(tenant.certificates().iter().all(|proof| proof.verdict == Verdict::Match));
        }
    });
}
