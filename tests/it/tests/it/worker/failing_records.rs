//! Records and customers whose calls always fail: each is a problem, everything else is posted, and
//! all are completed after the faults.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use it::records::charge;
use it::tenant::text;
use it::{Step, Tenant};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3600;
/// The longest time for a run that meets all of them.
const TWO_MINUTES: Duration = Duration::from_secs(120);
/// Movements in each of ten parts.
const PART: u64 = 100;

async fn open_problems(tenant: &Tenant) -> Step<BTreeSet<(String, String)>> {
    let all = tenant.portal.ok("GET", "/problems?state=open&limit=50", None).await?;
    let rows = all.get("problems").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(rows.iter().map(|problem| (text(problem, "code"), text(problem, "stripe_id"))).collect())
}

async fn at_stripe(tenant: &Tenant, path: &str, body: Value) -> Step<Value> {
    tenant
        .sandbox
        .call("POST", &format!("/stripe/accounts/{}/{path}", tenant.account.account), Some(body))
        .await
}

fn of_customer(customer: &str) -> Value {
    json!({"body": {"meta_data": {"stripe_customer_id": customer}}})
}

/// A customer whose identity always fails, one whose update always fails, an entry that always
/// fails, a page that needs limit 10, and a record that Stripe never renders: the run ends in time,
/// and the certificate names exactly what is missing. The next run after the faults resolves
/// everything.
#[tokio::test(flavor = "multi_thread")]
async fn five_permanent_faults_in_a_thousand_movements_are_named_and_everything_else_is_posted()
-> Step {
    let tenant = Tenant::connected(7_950, 0).await?;
    let old = tenant.now()? - 40 * DAY;
    tenant.add(charge(900).customer("cus_Behind").customer_name("Ada King").created(old)).await?;
    tenant.assert_match(&tenant.sync("new").await?).await?;

    at_stripe(&tenant, "customers/cus_Behind", json!({"name": "Ada Changed", "silent": true}))
        .await?;
    for part in 0..10 {
        let created = old + DAY * (1 + part);
        tenant.add(charge(700).fee(31).created(created).count(PART - 4)).await?;
        for customer in ["cus_Behind", "cus_Unmade", "cus_Other", "cus_Another"] {
            tenant.add(charge(1_900).fee(85).customer(customer).created(created + 60)).await?;
        }
    }
    let records = tenant.books().await?.records;
    // From the newest down: the record of the entry on the first page, the large page after it, and
    // the record that never renders.
    let entry = records.first().ok_or("no record")?.id.clone();
    let large = records.get(299).ok_or("no page")?.id.clone();
    let unrendered = records.get(650).ok_or("no record")?.clone();
    let cloud = |method: &str, route: &str, when: Value| {
        json!({"surface": "cloud", "method": method, "route": route, "status": 500,
            "times": 0, "when": when})
    };
    let faults = [
        cloud("POST", "/proxy/identities", of_customer("cus_Unmade")),
        cloud("PUT", "/proxy/identities/*", json!({"body": "Changed"})),
        cloud("POST", "/proxy/transactions/bulk", json!({"body": format!("{entry}:amount")})),
        json!({"surface": "stripe", "route": "/v1/balance_transactions", "status": 500, "times": 0,
            "when": {"limit_gt": 10, "starting_after": large}}),
    ];
    let mut injected = Vec::new();
    for fault in faults {
        injected.push(tenant.fault(fault).await?);
    }
    at_stripe(&tenant, "settings", json!({"unrenderable": {&unrendered.id: "expanded"}})).await?;

    let began = Instant::now();
    let run = tenant.sync("everything").await?;
    let took = began.elapsed();
    println!("five permanent faults in 1,000 movements: {took:?}");
    assert!(took < TWO_MINUTES, "{took:?}: {run}");
    assert_eq!(
        (text(&run, "state").as_str(), text(&run, "verdict").as_str()),
        ("completed_with_problems", "mismatch"),
        "{run}"
    );
    for fault in &injected {
        assert!(tenant.hits(*fault).await? > 0, "a fault met no call: {run}");
    }
    let expected = [
        ("identity_set_aside", "cus_Unmade"),
        ("identity_set_aside", "cus_Behind"),
        ("set_aside", entry.as_str()),
        ("record_unrendered", unrendered.id.as_str()),
    ];
    let expected: BTreeSet<(String, String)> =
        expected.into_iter().map(|(code, id)| (code.to_owned(), id.to_owned())).collect();
    assert_eq!(open_problems(&tenant).await?, expected, "{run}");
    let causes =
        run.pointer("/proof/causes").and_then(Value::as_array).cloned().unwrap_or_default();
    let named: BTreeSet<String> = causes.iter().map(|cause| text(cause, "stripe_id")).collect();
    assert_eq!(named, [entry.clone(), unrendered.id.clone()].into(), "{run}");
    let books = tenant.books().await?;
    // The one entry, and all legs of the record that is not rendered.
    let missing = 1 + unrendered.legs().len();
    assert_eq!(books.entries.len() + missing, books.legs(), "everything else is posted");

    for fault in injected {
        tenant.lift(fault).await?;
    }
    at_stripe(&tenant, "settings", json!({"unrenderable": {}})).await?;
    for code in ["identity_set_aside", "set_aside"] {
        tenant.portal.ok("POST", "/problems/retry", Some(json!({"code": code}))).await?;
    }
    let after = tenant.sync("new").await?;
    tenant.assert_match(&after).await?;
    assert_eq!(open_problems(&tenant).await?, BTreeSet::new(), "{after}");
    Ok(())
}
