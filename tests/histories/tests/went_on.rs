//! A failed run is gone on from: the next one reads what is newer and what was left, and nothing in between.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{LIMIT, assert_right, run, work, work_with};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::asked::Scope;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const LIST: &str = "/v1/balance_transactions";

fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

/// Stripe refuses a route after so many calls.
fn refuse(tenant: &Tenant<'_>, route: &str, skip: u64) -> u64 {
    let fault = json!({"surface": "stripe", "route": route, "scope": tenant.account.account, "skip": skip, "times": 0, "status": 400});
    tenant.world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap())
}

/// A run that fails after so many pages. Answers it.
async fn fails_after(tenant: &Tenant<'_>, route: &str, pages: u64, scope: Scope) -> Value {
    let fault = refuse(tenant, route, pages);
    work_with(tenant, LIMIT, scope).await;
    tenant.world.sandbox.world.faults.remove(Some(fault));
    let failed = last_run(tenant);
    assert_eq!(failed["state"], json!("failed"), "{failed}");
    failed
}

/// How many records a run must read that goes on from another: those of the two ranges.
async fn left(tenant: &Tenant<'_>, resume: &Value, start: i64) -> u64 {
    let newer_from = (resume["began_at"].as_i64().unwrap() / 1000 - HOUR).div_euclid(HOUR) * HOUR;
    let end_of = |at: i64| if at < start { (at.div_euclid(DAY) + 1) * DAY } else { (at.div_euclid(HOUR) + 1) * HOUR };
    let below = resume["stopped_at"].as_i64().map_or(i64::MIN, end_of);
    tenant.records().await.iter().filter(|record| record.created >= newer_from || record.created < below).count() as u64
}

/// Both sides agree. A made history holds movements that no rule knows, which are problems.
async fn assert_agrees(tenant: &Tenant<'_>, how: &str) {
    let look = tenant.look().await;
    assert!(look.agrees(), "{how}: {:?} {:?}", look.wrong, look.off);
    let run = last_run(tenant);
    assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("match")), "{how}: {run}");
    assert!(tenant.problems().iter().all(|(code, _)| code == "unknown_type"), "{how}: {:?}", tenant.problems());
}

/// The last run went on from a failed one, and read what it had to.
async fn assert_went_on(tenant: &Tenant<'_>, first: &Value, start: i64) {
    let run = last_run(tenant);
    let resume = &run["progress"]["resume"];
    let (records, pages) = (&run["progress"]["counters"]["records"], run["progress"]["counters"]["pages"].as_u64().unwrap());
    let wanted = left(tenant, resume, start).await;
    assert_eq!(records, &json!(wanted), "{run}");
    assert!(pages <= wanted.div_ceil(100) + 1, "{pages} pages for {wanted} records in two ranges");
    // What was read between the two was read when the first of them began.
    let stored = tenant.connection();
    assert_eq!(stored["watermark"], first["progress"]["read_began_at"], "{stored}");
    assert!(stored.get("resume").is_none() && stored.get("reread_from").is_none(), "{stored}");
}

/// A first sync of a long history fails, and so does the one after it. The third one ends it: each record is there once, both sides agree
/// hour by hour, and nothing was asked of a person although the rest is far more than usual.
#[test]
fn a_first_sync_that_fails_twice_is_ended_by_the_third_one() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_600, 1_500).await;
        let first = fails_after(&tenant, LIST, 2, Scope::New).await;
        assert_eq!(first["progress"]["counters"]["pages"], json!(2));
        time::jump(Duration::from_secs(5 * 3_600));
        for amount in [700, 800] {
            tenant.add(json!({"type": "charge", "amount": amount, "customer": "cus_Meanwhile"})).await;
        }
        // One page of what is newer, one of what was left.
        let second = fails_after(&tenant, LIST, 2, Scope::New).await;
        let resume = &second["progress"]["resume"];
        assert_eq!((&resume["below"], resume["runs"].as_array().unwrap().len()), (&json!(true), 1), "{second}");
        time::jump(Duration::from_secs(3_600));
        work(&tenant).await;
        assert_agrees(&tenant, "the third one").await;
        assert_went_on(&tenant, &first, 0).await;
        assert_eq!(last_run(&tenant)["depth"], json!("everything"));
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_agrees(&tenant, "all of it again").await;
        assert_eq!(last_run(&tenant)["progress"]["counters"]["entries_posted"], json!(0));
    });
}

/// It fails although everything was read and posted, in the comparison: the next run reads what is newer.
#[test]
fn what_was_read_to_its_end_is_not_read_again() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_601, 450).await;
        let first = fails_after(&tenant, "/v1/balance", 0, Scope::New).await;
        assert_eq!(first["progress"]["counters"]["records"], json!(450));
        time::jump(Duration::from_secs(5 * 3_600));
        work(&tenant).await;
        assert_agrees(&tenant, "the next one").await;
        assert_went_on(&tenant, &first, 0).await;
    });
}

/// Below a start days are compared with what they were: a day in which a run stopped is read whole.
#[test]
fn below_the_start_it_goes_on_at_the_end_of_the_day() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_602, 0).await;
        let now = time::now().div_euclid(1000);
        let midnight = (now / DAY - 10) * DAY;
        for hour in 0..80 {
            tenant.add(json!({"type": "charge", "amount": 500 + hour, "count": 3, "created": midnight + DAY - hour * 3 * HOUR})).await;
        }
        tenant.choose_start(Some(midnight)).await;
        work(&tenant).await;
        assert_right(&tenant, "with a start").await;
        let first = fails_after(&tenant, LIST, 1, Scope::Everything).await;
        let stopped = first["progress"]["walk"]["last_created"].as_i64().unwrap();
        assert!(stopped < midnight && stopped % DAY > 0, "it stopped within a day before the start");
        time::jump(Duration::from_secs(600));
        work(&tenant).await;
        assert_right(&tenant, "gone on from").await;
        assert_went_on(&tenant, &first, midnight).await;
    });
}

/// Who asks for everything gets it, whatever was read before.
#[test]
fn a_run_that_asks_for_everything_goes_on_from_nothing() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_603, 350).await;
        fails_after(&tenant, LIST, 2, Scope::New).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_agrees(&tenant, "everything").await;
        let run = last_run(&tenant);
        assert_eq!((&run["progress"]["resume"], &run["progress"]["counters"]["records"]), (&Value::Null, &json!(350)));
    });
}

/// A record before the start cannot be read: what is before the start is not summed without it. Once it can be, it is.
#[test]
fn no_opening_is_summed_over_a_record_that_cannot_be_read() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_604, 0).await;
        let now = time::now().div_euclid(1000);
        let midnight = |days: i64| (now / DAY - days) * DAY;
        for days in [20, 15, 10, 5] {
            tenant.add(json!({"type": "charge", "amount": 500 + days, "created": midnight(days) + DAY / 2})).await;
        }
        tenant.choose_start(Some(midnight(8))).await;
        let expand = "expand[]=data.source&expand[]=data.source.customer&expand[]=data.source.charge&expand[]=data.source.charge.customer";
        let path = format!("{LIST}?limit=100&{expand}");
        let mut page: Value = serde_json::from_slice(&world.stripe(&tenant.account.secret_key, &path).await).unwrap();
        page["data"][2]["amount"] = json!({"value": "5.15"});
        let fault = json!({"surface": "stripe", "route": LIST, "scope": tenant.account.account, "status": 200, "body": page, "times": 0});
        let fault = world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap());
        for _ in 0..2 {
            work(&tenant).await;
            let run = last_run(&tenant);
            assert!(run["state"] == json!("completed_with_problems") && run["verdict"] != json!("match"), "{run}");
            assert_eq!(run["progress"]["opened"], json!(true));
            let entries = world.ledger(&tenant.instance).await;
            let entries = String::from_utf8(entries).unwrap();
            assert!(!entries.contains(":opening\"") && entries.contains(":amount\""), "what is after the start is there, and nothing else");
            time::jump(Duration::from_secs(600));
        }
        world.sandbox.world.faults.remove(Some(fault));
        work(&tenant).await;
        assert_right(&tenant, "once it can be read").await;
    });
}
