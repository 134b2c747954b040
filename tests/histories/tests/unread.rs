//! Records that this version cannot read: named, and in nobody's way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// Stripe's list as the app asks for it, from the record after `cursor` on.
async fn listed(tenant: &Tenant<'_>, cursor: Option<&str>) -> Value {
    let expand = "expand[]=data.source&expand[]=data.source.customer&expand[]=data.source.charge&expand[]=data.source.charge.customer";
    let after = cursor.map(|id| format!("&starting_after={id}")).unwrap_or_default();
    let path = format!("/v1/balance_transactions?limit=100&{expand}{after}");
    serde_json::from_slice(&tenant.world.stripe(&tenant.account.secret_key, &path).await).unwrap()
}

/// A record of a shape that nobody has seen before. Answers its id.
fn distort(page: &mut Value, at: usize) -> String {
    page["data"][at]["amount"] = json!({"value": "12.34"});
    page["data"][at]["id"].as_str().unwrap().to_owned()
}

fn answer(tenant: &Tenant<'_>, page: &Value, times: u64) -> u64 {
    let fault = json!({"surface": "stripe", "route": "/v1/balance_transactions", "scope": tenant.account.account, "status": 200,
        "body": page, "times": times});
    tenant.world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap())
}

async fn missing_alone(tenant: &Tenant<'_>, id: &str) {
    let (_, run) = tenant.runs().pop().unwrap();
    assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
    assert_eq!(tenant.problems(), [("record_unreadable".to_owned(), format!("{id}:record"))]);
    let wrong = tenant.look().await.wrong;
    // The mirror's sum says so too.
    let (entries, sums): (Vec<_>, Vec<_>) = wrong.iter().partition(|wrong| wrong.starts_with("stripe:"));
    assert!(entries.iter().all(|entry| entry.contains(id) && entry.ends_with("is missing")), "all others are in the ledger: {wrong:?}");
    assert_eq!((entries.is_empty(), sums.len()), (false, 1), "{wrong:?}");
}

/// Stripe lists a record in a shape that this version does not know. All others are posted; it is a problem that says so, also when
/// somebody asks for another try too early. After an update the next try brings it in, and the day it belongs to.
#[test]
fn a_record_that_cannot_be_read_stops_no_other() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_100, 0).await;
        let created = time::now().div_euclid(1000) - 30 * DAY;
        for at in 0..3 {
            tenant.add(json!({"type": "charge", "amount": 500 + at, "customer": "cus_Unread1", "created": created + at})).await;
        }
        let mut page = listed(&tenant, None).await;
        let id = distort(&mut page, 1);
        let fault = answer(&tenant, &page, 0);
        work(&tenant).await;
        missing_alone(&tenant, &id).await;
        tenant.retry(&format!("{id}:record")).await;
        work(&tenant).await;
        missing_alone(&tenant, &id).await;
        world.sandbox.world.faults.remove(Some(fault));
        time::jump(Duration::from_secs(3600));
        tenant.retry(&format!("{id}:record")).await;
        work(&tenant).await;
        assert_right(&tenant, "once it can be read").await;
    });
}

/// The walk goes on after the last record of a page also when that one cannot be read, and meets it once.
#[test]
fn a_page_may_end_and_begin_with_a_record_that_cannot_be_read() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_101, 150).await;
        let mut first = listed(&tenant, None).await;
        let before = first["data"][98]["id"].as_str().unwrap().to_owned();
        let id = distort(&mut first, 99);
        let mut second = listed(&tenant, Some(&before)).await;
        assert_eq!(distort(&mut second, 0), id);
        answer(&tenant, &first, 1);
        answer(&tenant, &second, 1);
        work(&tenant).await;
        missing_alone(&tenant, &id).await;
        let counters = &tenant.runs().pop().unwrap().1["progress"]["counters"];
        assert_eq!((&counters["problems"], &counters["records"]), (&json!(1), &json!(149)), "{counters}");
        tenant.retry(&format!("{id}:record")).await;
        work(&tenant).await;
        assert_right(&tenant, "once it can be read").await;
    });
}
