//! The run after a failed one continues it: it reads what is newer and what was left, and nothing
//! in between.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::run::request::Scope;

use crate::common::{LIMIT, assert_right, counter, inject, last_run, lift, story, work, work_with};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const LIST: &str = "/v1/balance_transactions";

/// Lets a run fail after this many pages. Returns it.
async fn fail_after(tenant: &Tenant<'_>, route: &str, pages: u64, scope: Scope) -> Value {
    let fault = inject(
        tenant,
        json!({"surface": "stripe", "route": route, "skip": pages, "times": 0, "status": 400}),
    );
    work_with(tenant, LIMIT, scope).await;
    lift(tenant, fault);
    let failed = last_run(tenant);
    assert_eq!(failed["state"], json!("failed"), "{failed}");
    failed
}

/// How many records a run must read that continues another: those of the two ranges.
async fn records_to_read(tenant: &Tenant<'_>, resume: &Value, start: i64) -> u64 {
    let newer_from = (resume["began_at"].as_i64().unwrap() / 1000 - HOUR).div_euclid(HOUR) * HOUR;
    let end_of = |at: i64| {
        if at < start { (at.div_euclid(DAY) + 1) * DAY } else { (at.div_euclid(HOUR) + 1) * HOUR }
    };
    let below = resume["stopped_at"].as_i64().map_or(i64::MIN, end_of);
    tenant
        .records()
        .await
        .iter()
        .filter(|record| record.created >= newer_from || record.created < below)
        .count() as u64
}

/// Both sides agree. A generated history contains movements of unknown types, which are problems.
async fn assert_agrees(tenant: &Tenant<'_>, when: &str) {
    let snapshot = tenant.snapshot().await;
    assert!(snapshot.agrees(), "{when}: {:?} {:?}", snapshot.differences, snapshot.stripe_offsets);
    let run = last_run(tenant);
    assert_eq!(
        (&run["state"], &run["verdict"]),
        (&json!("completed_with_problems"), &json!("match")),
        "{when}: {run}"
    );
    assert!(
        tenant.problems().iter().all(|(code, _)| code == "unknown_type"),
        "{when}: {:?}",
        tenant.problems()
    );
}

/// The last run continued a failed one, and read no more than it had to.
async fn assert_continued(tenant: &Tenant<'_>, first: &Value, start: i64) {
    let run = last_run(tenant);
    let resume = &run["progress"]["resume"];
    let (records, pages) = (
        &run["progress"]["counters"]["records"],
        run["progress"]["counters"]["pages"].as_u64().unwrap(),
    );
    let expected = records_to_read(tenant, resume, start).await;
    assert_eq!(records, &json!(expected), "{run}");
    assert!(
        pages <= expected.div_ceil(100) + 1,
        "{pages} pages for {expected} records in two ranges"
    );
    // Everything between the two ranges was read when the first run started.
    let stored = tenant.connection();
    assert_eq!(stored["watermark"], first["progress"]["read_began_at"], "{stored}");
    assert!(stored.get("resume").is_none() && stored.get("reread_from").is_none(), "{stored}");
}

/// The first sync of a long history fails, and so does the second. The third completes it: each
/// record is posted once, both sides agree, and no approval is needed although the rest is far more
/// than usual.
#[test]
fn a_first_sync_that_fails_twice_is_completed_by_the_third_run() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_600, 1_500).await;
        let first = fail_after(&tenant, LIST, 2, Scope::New).await;
        assert_eq!(first["progress"]["counters"]["pages"], json!(2));
        time::jump(Duration::from_secs(5 * 3_600));
        for amount in [700, 800] {
            tenant
                .add(json!({"type": "charge", "amount": amount, "customer": "cus_Meanwhile"}))
                .await;
        }
        // One page of what is newer, one of what was left.
        let second = fail_after(&tenant, LIST, 2, Scope::New).await;
        let resume = &second["progress"]["resume"];
        assert_eq!(
            (&resume["below"], resume["runs"].as_array().unwrap().len()),
            (&json!(true), 1),
            "{second}"
        );
        time::jump(Duration::from_secs(3_600));
        work(&tenant).await;
        assert_agrees(&tenant, "the third one").await;
        assert_continued(&tenant, &first, 0).await;
        assert_eq!(last_run(&tenant)["depth"], json!("everything"));
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_agrees(&tenant, "all of it again").await;
        assert_eq!(counter(&tenant, "entries_posted"), 0);
    });
}

/// A run fails after everything was read and posted, in the comparison: the next one reads only
/// what is newer.
#[test]
fn a_run_that_failed_after_its_walk_is_continued_without_reading_again() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_601, 450).await;
        let first = fail_after(&tenant, "/v1/balance", 0, Scope::New).await;
        assert_eq!(first["progress"]["counters"]["records"], json!(450));
        time::jump(Duration::from_secs(5 * 3_600));
        work(&tenant).await;
        assert_agrees(&tenant, "the next one").await;
        assert_continued(&tenant, &first, 0).await;
    });
}

/// Before the start, whole days are compared: a day in which a run stopped is read again as a
/// whole.
#[test]
fn a_run_that_failed_before_the_start_is_continued_at_the_end_of_the_day() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_602, 0).await;
        let now = time::now().div_euclid(1000);
        let midnight = (now / DAY - 10) * DAY;
        for hour in 0..80 {
            tenant
                .add(json!({"type": "charge", "amount": 500 + hour, "count": 3,
                    "created": midnight + DAY - hour * 3 * HOUR}))
                .await;
        }
        tenant.set_start(Some(midnight)).await;
        work(&tenant).await;
        assert_right(&tenant, "with a start").await;
        let first = fail_after(&tenant, LIST, 1, Scope::Everything).await;
        let stopped = first["progress"]["walk"]["last_created"].as_i64().unwrap();
        assert!(
            stopped < midnight && stopped % DAY > 0,
            "it stopped within a day before the start"
        );
        time::jump(Duration::from_secs(600));
        work(&tenant).await;
        assert_right(&tenant, "continued").await;
        assert_continued(&tenant, &first, midnight).await;
    });
}

/// A check of everything reads everything, whatever was read before.
#[test]
fn a_check_of_everything_after_a_failed_run_reads_everything() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_603, 350).await;
        fail_after(&tenant, LIST, 2, Scope::New).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_agrees(&tenant, "everything").await;
        let run = last_run(&tenant);
        assert_eq!(
            (&run["progress"]["resume"], &run["progress"]["counters"]["records"]),
            (&Value::Null, &json!(350))
        );
    });
}

/// A record before the start cannot be read: the opening is not posted without it, but once it can
/// be read.
#[test]
fn an_opening_waits_for_an_unreadable_record_before_the_start() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_604, 0).await;
        let now = time::now().div_euclid(1000);
        let midnight = |days: i64| (now / DAY - days) * DAY;
        for days in [20, 15, 10, 5] {
            tenant
                .add(json!({"type": "charge", "amount": 500 + days,
                    "created": midnight(days) + DAY / 2}))
                .await;
        }
        tenant.set_start(Some(midnight(8))).await;
        let expand = "expand[]=data.source&expand[]=data.source.customer&expand[]=data.source.charge&expand[]=data.source.charge.customer";
        let path = format!("{LIST}?limit=100&{expand}");
        let mut page: Value =
            serde_json::from_slice(&world.stripe(&tenant.account.secret_key, &path).await).unwrap();
        page["data"][2]["amount"] = json!({"value": "5.15"});
        let fault = inject(
            &tenant,
            json!({"surface": "stripe", "route": LIST, "status": 200, "body": page, "times": 0}),
        );
        for _ in 0..2 {
            work(&tenant).await;
            let run = last_run(&tenant);
            assert!(
                run["state"] == json!("completed_with_problems")
                    && run["verdict"] != json!("match"),
                "{run}"
            );
            assert_eq!(run["progress"]["opened"], json!(true));
            let entries = world.ledger(&tenant.instance).await;
            let entries = String::from_utf8(entries).unwrap();
            assert!(
                !entries.contains(":opening\"") && entries.contains(":amount\""),
                "what follows the start is posted, and no opening"
            );
            time::jump(Duration::from_secs(600));
        }
        lift(&tenant, fault);
        work(&tenant).await;
        assert_right(&tenant, "once it can be read").await;
    });
}
