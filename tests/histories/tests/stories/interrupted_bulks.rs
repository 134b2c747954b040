//! Bulk posts that are interrupted everywhere: before, between and after their entries, by the
//! ledger's death, by lost connections on both sides of Blnk Cloud, by killed workers. No entry is
//! lost or posted twice.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;
use stripe_sync::engine::worker;
use stripe_sync::model::run::request::Scope;

use crate::common::{LIMIT, assert_right, counter, hits, inject, story, work};

/// An account with payments and their fees in one currency only: the entries of a page are one
/// bulk.
async fn tenant(world: &World, seed: u64, payments: u32) -> Tenant<'_> {
    let tenant = Tenant::connect(world, seed, 0).await;
    let now = time::now().div_euclid(1000);
    let spec = json!({"type": "charge", "amount": 2_000, "currency": "usd", "created": now - 7200,
        "fee_details": [{"type": "stripe_fee", "amount": 88}, {"type": "tax", "amount": 7}],
        "fee": 95});
    let of_customer = |count: u32| {
        let mut spec = spec.clone();
        (spec["count"], spec["customer"]) = (count.into(), "cus_Cuts1".into());
        spec
    };
    tenant.add(of_customer(payments / 3)).await;
    let mut guests = spec;
    guests["count"] = (payments - payments / 3).into();
    tenant.add(guests).await;
    tenant
}

fn entries_posted(tenant: &Tenant<'_>) -> u64 {
    counter(tenant, "entries_posted")
}

/// The ledger's process dies after the k-th entry, for every k, and restarts with what it had
/// written.
#[test]
fn a_ledger_that_dies_within_a_bulk_holds_each_entry_once() {
    const PAYMENTS: u32 = 9;
    story(|| async {
        let world = World::start().await;
        let legs = PAYMENTS * 3;
        for dies_after in 1..=legs {
            let tenant = tenant(&world, 1_000 + u64::from(dies_after), PAYMENTS).await;
            if dies_after.is_multiple_of(3) {
                world.knobs(&tenant.instance, json!({"core_version": "0.14"})).await;
            }
            world.knobs(&tenant.instance, json!({"die_after": dies_after})).await;
            let revived = async {
                let ledger = world.sandbox.world.core.by_instance(&tenant.instance).unwrap();
                while !ledger.knobs().dead {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                assert_eq!(
                    ledger.counts().transactions,
                    dies_after as usize,
                    "it died where it should"
                );
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                world.restart_ledger(&tenant.instance).await;
            };
            tokio::join!(work(&tenant), revived);
            assert_right(&tenant, &format!("died after entry {dies_after}")).await;
            assert_eq!(
                entries_posted(&tenant),
                u64::from(legs),
                "applied entries count as posted, even without an answer"
            );
        }
    });
}

/// The connection is lost before, during and after the bulk, between the app and Blnk Cloud and
/// between Blnk Cloud and the ledger.
#[test]
fn a_bulk_with_a_lost_connection_is_posted_once() {
    story(|| async {
        let world = World::start().await;
        let mut seed = 2_000;
        for surface in ["cloud", "core"] {
            let route =
                if surface == "cloud" { "/proxy/transactions/bulk" } else { "/transactions/bulk" };
            for failure in [
                json!({"drop": "before"}),
                json!({"drop": "after"}),
                json!({"status": 504, "commit": true}),
                json!({"status": 500, "commit": true}),
                json!({"delay_ms": 50_000, "drop": "after"}),
                json!({"delay_ms": 50_000}),
            ] {
                seed += 1;
                let tenant = tenant(&world, seed, 30).await;
                let mut fault = json!({"surface": surface, "route": route});
                for (name, value) in failure.as_object().unwrap() {
                    fault[name] = value.clone();
                }
                let fault = inject(&tenant, fault);
                work(&tenant).await;
                assert_eq!(hits(&tenant, fault), 1);
                assert_right(&tenant, &format!("{surface} {failure}")).await;
            }
        }
    });
}

/// A worker is killed at any moment of a run. Two others receive its message at the same time.
#[test]
fn a_run_whose_worker_is_killed_at_any_moment_posts_each_entry_once() {
    story(|| async {
        let world = World::start().await;
        for life in (4..=140).step_by(8) {
            let tenant = tenant(&world, 3_000 + life, 120).await;
            let wake_up = tenant.request(Scope::New).await.unwrap();
            let worker = tenant.worker(LIMIT);
            let killed = tokio::time::timeout(
                Duration::from_millis(life),
                worker::handle(&worker, &wake_up, "m"),
            )
            .await;
            assert!(killed.is_err(), "it was killed before it was done");
            let (second, third) = (tenant.worker(LIMIT), tenant.worker(LIMIT));
            let (second, third) = tokio::join!(
                worker::handle(&second, &wake_up, "m"),
                worker::handle(&third, &wake_up, "m")
            );
            assert!(second.is_ok() && third.is_ok());
            work(&tenant).await;
            assert_right(&tenant, &format!("killed after {life} ms")).await;
        }
    });
}

/// The whole list is read three times more.
#[test]
fn a_page_that_is_read_again_posts_nothing() {
    story(|| async {
        let world = World::start().await;
        let tenant = tenant(&world, 4_000, 230).await;
        work(&tenant).await;
        assert_right(&tenant, "the first time").await;
        assert_eq!(entries_posted(&tenant), 690);
        for _ in 0..3 {
            let wake_up = tenant.request(Scope::Everything).await.unwrap();
            worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
            assert_right(&tenant, "again").await;
            assert_eq!(entries_posted(&tenant), 0);
        }
    });
}
