//! Records in a shape that this version does not know: each is a problem, and all others are
//! posted.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};

use crate::common::{assert_right, inject, last_run, lift, story, work};

const DAY: i64 = 86_400;

/// Stripe's list as the app reads it, from the record after `cursor` on.
async fn listed(tenant: &Tenant<'_>, cursor: Option<&str>) -> Value {
    let expand = "expand[]=data.source&expand[]=data.source.customer&expand[]=data.source.charge&expand[]=data.source.charge.customer";
    let after = cursor.map(|id| format!("&starting_after={id}")).unwrap_or_default();
    let path = format!("/v1/balance_transactions?limit=100&{expand}{after}");
    serde_json::from_slice(&tenant.world.stripe(&tenant.account.secret_key, &path).await).unwrap()
}

/// Gives a record of a page an unknown shape. Returns its id.
fn distort(page: &mut Value, at: usize) -> String {
    page["data"][at]["amount"] = json!({"value": "12.34"});
    page["data"][at]["id"].as_str().unwrap().to_owned()
}

/// Lets Stripe answer with a page. Returns the fault's id.
fn answer_with(tenant: &Tenant<'_>, page: &Value, times: u64) -> u64 {
    inject(
        tenant,
        json!({"surface": "stripe", "route": "/v1/balance_transactions", "status": 200,
            "body": page, "times": times}),
    )
}

/// One record is a problem, and all others are in the ledger.
async fn assert_only_missing(tenant: &Tenant<'_>, id: &str) {
    let run = last_run(tenant);
    assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
    assert_eq!(tenant.problems(), [("record_unreadable".to_owned(), format!("{id}:record"))]);
    let wrong = tenant.snapshot().await.differences;
    // The mirror's sum differs too.
    let (entries, sums): (Vec<_>, Vec<_>) =
        wrong.iter().partition(|wrong| wrong.starts_with("stripe:"));
    assert!(
        entries.iter().all(|entry| entry.contains(id) && entry.ends_with("is missing")),
        "all others are in the ledger: {wrong:?}"
    );
    assert_eq!((entries.is_empty(), sums.len()), (false, 1), "{wrong:?}");
}

/// Stripe lists a record in an unknown shape. All others are posted, and the record is a problem,
/// also after a retry that comes too early. Once the app can read it, a retry posts it.
#[test]
fn a_record_in_an_unknown_shape_is_a_problem_and_others_are_posted() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_100, 0).await;
        let created = time::now().div_euclid(1000) - 30 * DAY;
        for at in 0..3 {
            tenant
                .add(json!({"type": "charge", "amount": 500 + at, "customer": "cus_Unread1",
                    "created": created + at}))
                .await;
        }
        let mut page = listed(&tenant, None).await;
        let id = distort(&mut page, 1);
        let fault = answer_with(&tenant, &page, 0);
        work(&tenant).await;
        assert_only_missing(&tenant, &id).await;
        tenant.retry(&format!("{id}:record")).await;
        work(&tenant).await;
        assert_only_missing(&tenant, &id).await;
        lift(&tenant, fault);
        time::jump(Duration::from_secs(3600));
        tenant.retry(&format!("{id}:record")).await;
        work(&tenant).await;
        assert_right(&tenant, "once it can be read").await;
    });
}

/// The walk continues after the last record of a page even when that record cannot be read, and
/// counts it once.
#[test]
fn a_page_that_ends_with_an_unreadable_record_is_followed_by_the_next() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_101, 150).await;
        let mut first = listed(&tenant, None).await;
        let before = first["data"][98]["id"].as_str().unwrap().to_owned();
        let id = distort(&mut first, 99);
        let mut second = listed(&tenant, Some(&before)).await;
        assert_eq!(distort(&mut second, 0), id);
        answer_with(&tenant, &first, 1);
        answer_with(&tenant, &second, 1);
        work(&tenant).await;
        assert_only_missing(&tenant, &id).await;
        let counters = &last_run(&tenant)["progress"]["counters"];
        assert_eq!(
            (&counters["problems"], &counters["records"]),
            (&json!(1), &json!(149)),
            "{counters}"
        );
        tenant.retry(&format!("{id}:record")).await;
        work(&tenant).await;
        assert_right(&tenant, "once it can be read").await;
    });
}
