//! Previews: the sync posts exactly what the preview showed. A ledger that keeps a currency in
//! another unit is refused before the first write.

use std::collections::BTreeMap;

use it::records::charge;
use it::tenant::{number, text};
use it::{ManualEntry, Step, Tenant, aws};
use serde_json::{Value, json};

fn rows(run: &Value, name: &str) -> Vec<Value> {
    run.pointer(&format!("/preview/{name}")).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn figure(run: &Value, path: &str) -> u64 {
    run.pointer(&format!("/preview/{path}")).and_then(Value::as_u64).unwrap_or_default()
}

fn minor(row: &Value, name: &str) -> i64 {
    text(row, name).parse().unwrap_or_default()
}

/// Calls through the proxy, which are all writes.
async fn written(tenant: &Tenant) -> Step<u64> {
    Ok(tenant
        .cloud_calls()
        .await?
        .iter()
        .filter(|(call, _)| call.contains("/proxy/"))
        .map(|(_, count)| count)
        .sum())
}

/// Reads for older payouts in a first run.
const OLDER_PAYOUTS: u64 = 10;

/// A preview leaves no figures, no customers, no proof, and the next run is still the first.
async fn assert_only_the_preview_is_stored(tenant: &Tenant, shown: &Value) -> Step {
    let items = tenant.aws.partition(tenant.id()).await?;
    let left: Vec<&str> = items
        .iter()
        .map(|item| aws::text(item, "sk"))
        .filter(|sk| ["DAY#", "CUST", "PROO", "PROB"].contains(&&sk[..sk.len().min(4)]))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let connection = tenant.aws.item(tenant.id(), "STRIPE").await?.ok_or("no connection")?;
    assert!(
        !connection.contains_key("watermark") && !connection.contains_key("reread_from"),
        "the next run is still the first"
    );
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(
        (&overview["last_preview"], &overview["last_run"], &overview["last_proof"]),
        (&shown["id"], &Value::Null, &Value::Null)
    );
    Ok(())
}

/// Debits and credits of each account in a preview, by name and currency.
fn accounts(shown: &Value) -> BTreeMap<(String, String), (i64, i64)> {
    rows(shown, "accounts")
        .iter()
        .map(|row| {
            (
                (text(row, "account"), text(row, "currency")),
                (minor(row, "debits"), minor(row, "credits")),
            )
        })
        .collect()
}

/// A preview reads the whole history and writes nothing but its own run. Then the sync posts
/// exactly what it showed.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_posts_nothing_and_the_sync_posts_exactly_what_it_showed() -> Step {
    let tenant = Tenant::connected(11_001, 900).await?;
    tenant.add(charge(4_200).fee(150).currency("kwd").customer("cus_last").count(3)).await?;
    for amount in [500, -20] {
        tenant
            .add(json!({"type": "sorcery", "reporting_category": "sorcery", "amount": amount,
                "currency": "usd"}))
            .await?;
    }
    let shown = tenant.preview().await?;
    assert_eq!(
        (text(&shown, "state").as_str(), text(&shown, "scope").as_str(), number(&shown, "records")),
        ("completed", "preview", 905),
        "{shown}"
    );
    assert_eq!(
        (written(&tenant).await?, tenant.sandbox.entries(&tenant.install.instance_id).await?),
        (0, 0),
        "a preview writes nothing"
    );
    assert_only_the_preview_is_stored(&tenant, &shown).await?;

    let unknown = rows(&shown, "unknown");
    let known = unknown
        .iter()
        .find(|kind| text(kind, "kind").starts_with("sorcery"))
        .ok_or("the unknown kind is not shown")?;
    assert_eq!(
        (&known["records"], &known["amounts"][0]["amount"]),
        (&json!(2), &json!("480")),
        "{unknown:?}"
    );

    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    assert_eq!(
        (figure(&shown, "entries"), number(&shown, "records")),
        (books.legs() as u64, number(&run, "records"))
    );
    assert_eq!(
        (figure(&shown, "customers/count"), figure(&shown, "customer_balances/count")),
        books.customer_counts()
    );
    assert_eq!(accounts(&shown), books.accounts(), "every account, to the minor unit");
    let created = books.records.iter().map(|record| record.created);
    let shown_at = |name: &str| {
        shown
            .pointer(&format!("/preview/{name}"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    assert!(shown_at("first") < shown_at("last") && created.clone().min() < created.max());
    let calls = figure(&shown, "stripe_calls");
    // A worker that runs out of time reads its last page again, and leaves older payouts to a later
    // run.
    let made = number(&run, "stripe_calls");
    assert!(
        calls <= made + 3 + OLDER_PAYOUTS && made <= calls + 6,
        "{calls} calls in the preview, {made} in the sync"
    );

    let again = tenant.preview().await?;
    assert_eq!(
        (figure(&again, "entries_there"), figure(&again, "customers/count")),
        (figure(&again, "entries"), 0),
        "{again}"
    );
    assert_eq!(figure(&again, "customer_balances/count"), 0, "all balances exist");
    let idle = tenant.sync("new").await?;
    tenant.assert_match(&idle).await?;
    Ok(())
}

/// Calls fail during a preview, so that several workers make it: nothing is counted twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_by_several_workers_counts_everything_once() -> Step {
    let tenant = Tenant::connected(11_002, 700).await?;
    for (skip, times) in [(1, 1), (3, 2), (7, 1)] {
        tenant
            .fault(json!({"surface": "stripe", "route": "/v1/balance_transactions", "skip": skip,
                "times": times, "status": 500}))
            .await?;
    }
    tenant
        .fault(json!({"surface": "cloud", "route": "/transactions/filter", "skip": 1, "times": 2,
            "drop": "before"}))
        .await?;
    let shown = tenant.preview().await?;
    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    assert_eq!(
        (figure(&shown, "entries"), number(&shown, "records")),
        (books.legs() as u64, 700),
        "{shown}"
    );
    Ok(())
}

/// Someone keeps yen in hundredths. The preview shows the conflict, and a sync fails before its
/// first write.
#[tokio::test(flavor = "multi_thread")]
async fn a_currency_in_another_unit_fails_the_sync_before_its_first_write() -> Step {
    let tenant = Tenant::connected(11_003, 0).await?;
    tenant.add(charge(4_200).fee(150).customer("cus_one").count(2)).await?;
    tenant.add(charge(900).fee(30).currency("jpy").customer("cus_one").count(2)).await?;
    tenant.post_by_hand(ManualEntry::new("order-1", "@world", "@shop")).await?;
    let theirs =
        tenant.post_by_hand(ManualEntry::new("order-2", "@world", "@shop").currency("JPY")).await?;
    let shown = tenant.preview().await?;
    let conflicts = rows(&shown, "conflicts");
    assert_eq!((conflicts.len(), text(&shown, "state").as_str()), (1, "completed"), "{shown}");
    let conflict = conflicts.first().cloned().unwrap_or_default();
    assert_eq!(conflict["currency"], "JPY");
    assert_eq!(
        (&conflict["ours"], &conflict["theirs"], &conflict["transaction_id"]),
        (&json!(1), &json!(100), &json!(theirs))
    );
    let run = tenant.sync("new").await?;
    assert_eq!(
        (text(&run, "state").as_str(), &run["error"]["code"]),
        ("failed", &json!("precision_mismatch")),
        "{run}"
    );
    let error = run["error"]["text"].as_str().unwrap_or_default();
    assert!(["JPY", "100", &theirs].iter().all(|named| error.contains(named)), "{error}");
    assert_eq!(
        tenant.sandbox.entries_of(&tenant.install.instance_id, "stripe:").await?,
        0,
        "nothing was posted"
    );
    Ok(())
}
