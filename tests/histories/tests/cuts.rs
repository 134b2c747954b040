//! A bulk that is cut at every place where it can be: before, between and after its entries, with the ledger's own death, with lost
//! connections on both sides of Blnk Cloud, and with workers killed at any moment. Nothing is lost and nothing is doubled.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{LIMIT, assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;

/// Nothing but payments with fees, in one currency: the entries of a page are one bulk.
async fn tenant(world: &World, seed: u64, payments: u32) -> Tenant<'_> {
    let tenant = Tenant::connect(world, seed, 0).await;
    let now = time::now().div_euclid(1000);
    let spec = json!({"type": "charge", "amount": 2_000, "currency": "usd", "created": now - 7200,
        "fee_details": [{"type": "stripe_fee", "amount": 88}, {"type": "tax", "amount": 7}], "fee": 95});
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

fn entries_posted(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1["progress"]["counters"]["entries_posted"].clone()
}

/// The ledger's process dies behind the k-th entry, for every k, and begins anew with what it had written.
#[test]
fn a_ledger_that_dies_behind_any_entry_of_a_bulk_holds_each_of_them_once() {
    const PAYMENTS: u32 = 9;
    run(|| async {
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
                assert_eq!(ledger.counts().transactions, dies_after as usize, "it died where it should");
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                world.restart_ledger(&tenant.instance).await;
            };
            tokio::join!(work(&tenant), revived);
            assert_right(&tenant, &format!("died behind entry {dies_after}")).await;
            assert_eq!(entries_posted(&tenant), legs, "what was applied counts as posted, whoever heard of it");
        }
    });
}

/// The connection is lost before, during and after the bulk, between the app and Blnk Cloud and between Blnk Cloud and the ledger.
#[test]
fn a_connection_lost_around_a_bulk_loses_and_doubles_nothing() {
    run(|| async {
        let world = World::start().await;
        let mut seed = 2_000;
        for surface in ["cloud", "core"] {
            let route = if surface == "cloud" { "/proxy/transactions/bulk" } else { "/transactions/bulk" };
            for ending in [
                json!({"drop": "before"}),
                json!({"drop": "after"}),
                json!({"status": 504, "commit": true}),
                json!({"status": 500, "commit": true}),
                json!({"delay_ms": 50_000, "drop": "after"}),
                json!({"delay_ms": 50_000}),
            ] {
                seed += 1;
                let tenant = tenant(&world, seed, 30).await;
                let mut fault = json!({"surface": surface, "route": route, "scope": tenant.instance});
                for (name, value) in ending.as_object().unwrap() {
                    fault[name] = value.clone();
                }
                let id = world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap());
                work(&tenant).await;
                let hits = world.sandbox.world.faults.list().iter().find(|fault| fault.id == id).map(|fault| fault.hits);
                assert_eq!(hits, Some(1));
                assert_right(&tenant, &format!("{surface} {ending}")).await;
            }
        }
    });
}

/// A worker is killed after any number of milliseconds of a run, and another one goes on; and one goes on beside it that was never told.
#[test]
fn a_worker_killed_at_any_moment_leaves_nothing_undone_and_nothing_twice() {
    run(|| async {
        let world = World::start().await;
        for life in (4..=140).step_by(8) {
            let tenant = tenant(&world, 3_000 + life, 120).await;
            let wake_up = tenant.request(Scope::New).await.unwrap();
            let worker = tenant.worker(LIMIT);
            let killed = tokio::time::timeout(Duration::from_millis(life), worker::handle(&worker, &wake_up, "m")).await;
            assert!(killed.is_err(), "it was killed before it was done");
            let (second, third) = (tenant.worker(LIMIT), tenant.worker(LIMIT));
            let (second, third) = tokio::join!(worker::handle(&second, &wake_up, "m"), worker::handle(&third, &wake_up, "m"));
            assert!(second.is_ok() && third.is_ok());
            work(&tenant).await;
            assert_right(&tenant, &format!("killed after {life} ms")).await;
        }
    });
}

/// The whole list is delivered again and again.
#[test]
fn a_page_of_stripes_that_comes_again_posts_nothing() {
    run(|| async {
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
