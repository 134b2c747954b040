//! The search on the deployed stack: one payment, found by everything that names it on either side,
//! with its payout, within three calls to Stripe and three to the ledger.

use it::tenant::text;
use it::{Step, Tenant};
use serde_json::{Value, json};

/// Calls to Stripe, and calls to the ledger, of one search.
const MAX_CALLS: u64 = 3;

async fn search(tenant: &Tenant, body: Value) -> Step<(Value, (u64, u64))> {
    tenant.counted(tenant.portal.ok("POST", "/search", Some(body))).await
}

/// A payment with a customer and a refund, and the payout that settled it.
struct Settled {
    payout: String,
    movement: Value,
}

/// A payment of the newest finished payout whose customer has an e-mail address.
async fn settled(tenant: &Tenant) -> Step<Settled> {
    let listed = tenant.at_stripe("/v1/payouts?limit=100").await?;
    let payouts = listed["data"].as_array().cloned().unwrap_or_default();
    let done = payouts.iter().filter(|payout| {
        payout["reconciliation_status"] == "completed" && payout["status"] == "paid"
    });
    for payout in done {
        let id = text(payout, "id");
        let path = format!(
            "/v1/balance_transactions?payout={id}&type=charge&limit=100&expand[]=data.source"
        );
        let members = tenant.at_stripe(&path).await?;
        let members = members["data"].as_array().cloned().unwrap_or_default();
        let fits = |one: &&Value| {
            one["source"]["customer"].is_string() && one["source"]["disputed"] == false
        };
        if let Some(movement) = members.iter().find(fits) {
            return Ok(Settled { payout: id, movement: movement.clone() });
        }
    }
    Err("no payment of a customer in a finished payout".into())
}

/// The movement in an answer, and that the answer kept within its calls.
#[track_caller]
fn found<'a>(answer: &'a Value, calls: (u64, u64), id: &str, of: &str) -> Option<&'a Value> {
    assert!(calls.0 <= MAX_CALLS && calls.1 <= MAX_CALLS, "{of}: {calls:?}");
    answer["movements"].as_array()?.iter().find(|movement| movement["id"] == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_found_from_both_sides_with_the_payout_that_settled_it() -> Step {
    let tenant = Tenant::connected(12_110, 600).await?;
    let Settled { payout, movement } = settled(&tenant).await?;
    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    let id = text(&movement, "id");
    let source = &movement["source"];
    let customer = text(source, "customer");
    let email = text(&tenant.at_stripe(&format!("/v1/customers/{customer}")).await?, "email");

    let (answer, calls) = search(&tenant, json!({"query": id})).await?;
    let shown = found(&answer, calls, &id, "its own id").ok_or("not found")?;
    assert_eq!(calls, (2, 2), "the movement and its payout; its entries and their accounts");
    assert_eq!((&shown["payout"], &shown["payout_state"]), (&json!(payout), &json!("settled")));
    assert_eq!(shown["state"], "posted", "{answer}");
    let entry = &shown["entries"][0];
    let created = jiff::Timestamp::from_second(movement["created"].as_i64().unwrap_or_default())?;
    let day = created.to_string().chars().take(10).collect::<String>();
    let amount = json!({"amount": movement["amount"].to_string(), "from": day, "to": day,
        "currency": text(&movement, "currency")});

    for (of, body, expected) in [
        ("its charge", json!({"query": source["id"]}), (3, 2)),
        ("its payment intent", json!({"query": source["payment_intent"]}), (2, 2)),
        ("its reference", json!({"query": entry["reference"]}), (2, 2)),
        ("its ledger entry", json!({"query": entry["transaction_id"]}), (2, 3)),
        ("its amount", json!({"amount": amount}), (2, 3)),
    ] {
        if body["query"].is_null() && body["amount"].is_null() {
            continue;
        }
        let (answer, calls) = search(&tenant, body).await?;
        let shown = found(&answer, calls, &id, of).ok_or(format!("{of}: {answer}"))?;
        assert_eq!(shown["payout"], json!(payout), "{of}: {answer}");
        assert_eq!(calls, expected, "{of}");
    }
    // A customer may have more payments than one search asks the payouts of.
    for (of, query) in [("its customer", &customer), ("its e-mail", &email)] {
        let (answer, calls) = search(&tenant, json!({"query": query})).await?;
        let shown = found(&answer, calls, &id, of);
        assert!(shown.is_some() || answer["outcome"] == "too_many", "{of}: {answer}");
        let named = answer["movements"].as_array().into_iter().flatten();
        let states: Vec<&str> =
            named.filter_map(|movement| movement["payout_state"].as_str()).collect();
        assert!(states.contains(&"settled"), "{of}: {answer}");
    }
    let (answer, calls) = search(&tenant, json!({"query": payout})).await?;
    let own = answer["movements"].as_array().and_then(|all| all.first()).ok_or("no movement")?;
    assert_eq!((&own["payout"], &own["payout_state"]), (&json!(payout), &json!("own")));
    assert_eq!(calls, (1, 2), "the payout's own movement says what it is");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_found_with_its_payout_or_says_that_none_has_settled_it() -> Step {
    let tenant = Tenant::connected(12_111, 600).await?;
    tenant.sync("new").await?;
    let path = "/v1/balance_transactions?type=refund&limit=100";
    let refunds = tenant.at_stripe(path).await?;
    let refunds = refunds["data"].as_array().cloned().unwrap_or_default();
    let mut settled = 0;
    for refund in refunds.iter().take(12) {
        let (answer, calls) = search(&tenant, json!({"query": refund["source"]})).await?;
        let shown = found(&answer, calls, &text(refund, "id"), "a refund").ok_or("not found")?;
        let Some(payout) = shown["payout"].as_str() else {
            assert_ne!(shown["payout_state"], "settled");
            continue;
        };
        let members = format!(
            "/v1/balance_transactions?payout={payout}&source={}&limit=1",
            text(refund, "source")
        );
        let confirmed = tenant.at_stripe(&members).await?["data"].as_array().map_or(0, Vec::len);
        assert_eq!(confirmed, 1, "Stripe says the same of {refund}");
        settled += 1;
    }
    assert!(settled > 0, "none of {} refunds is settled", refunds.len());
    Ok(())
}
