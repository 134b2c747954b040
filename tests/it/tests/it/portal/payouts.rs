//! A payout of 300 members: what it settled, and how few calls the answers take.

use it::records::charge;
use it::tenant::text;
use it::{Step, Tenant};
use serde_json::{Value, json};

const MEMBERS: usize = 300;
/// Members in a page, here and at Stripe.
const PAGE: u64 = 100;

/// An automatic payout of the history, filled up to so many members.
async fn large_payout(tenant: &Tenant) -> Step<String> {
    let listed = tenant.at_stripe("/v1/payouts?limit=100").await?;
    let payouts = listed.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    let fits = |payout: &&Value| {
        payout["reconciliation_status"] == "completed"
            && payout["status"] == "paid"
            && payout["currency"] == "usd"
    };
    let payout = payouts.iter().find(fits).ok_or("no finished payout")?;
    let id = text(payout, "id");
    let created = payout["created"].as_i64().ok_or("a payout without a time")?;
    let path = format!("/v1/balance_transactions?payout={id}&limit=100");
    let settled = tenant.at_stripe(&path).await?["data"].as_array().map_or(0, Vec::len);
    let more = MEMBERS.checked_sub(settled).ok_or("too many members")?;
    let mut member: Value =
        charge(1_000).fee(59).created(created - 3_600).count(more as u64).into();
    member["payout"] = json!(id);
    tenant.add(member).await?;
    Ok(id)
}

/// Its members, page by page.
async fn members(tenant: &Tenant, id: &str) -> Step<Vec<Value>> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = tenant.portal.ok("GET", &format!("/payouts/{id}/members{cursor}"), None).await?;
        all.extend(page["members"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => cursor = format!("?cursor={next}"),
            None => return Ok(all),
        }
    }
}

/// One call to Stripe for the payout, one for each 100 members, one look-up in the ledger a page. A
/// payout that a sync has read costs no call for itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_of_300_members_takes_a_call_for_itself_and_two_a_page() -> Step {
    let tenant = Tenant::connected(12_100, 400).await?;
    let id = large_payout(&tenant).await?;
    let pages = (MEMBERS as u64).div_ceil(PAGE);
    let read = async || -> Step<Vec<Value>> {
        tenant.portal.ok("GET", &format!("/payouts/{id}"), None).await?;
        members(&tenant, &id).await
    };
    let (before, calls) = tenant.counted(read()).await?;
    assert_eq!((before.len(), calls), (MEMBERS, (1 + pages, pages)), "before the first sync");
    assert!(before.iter().all(|member| member["entry"]["state"] == "missing"));

    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    let (after, calls) = tenant.counted(read()).await?;
    assert_eq!((after.len(), calls), (MEMBERS, (pages, pages)), "the sync has read the payout");
    assert!(after.iter().all(|member| member["entry"]["state"] == "posted"));

    let path = format!("/payouts/{id}/members.csv");
    let (file, calls) = tenant.counted(tenant.portal.ok("GET", &path, None)).await?;
    let rows = file.as_str().unwrap_or_default().matches("\r\n").count();
    assert_eq!((rows, calls), (MEMBERS + 1, (pages, pages)), "a file, with its columns");
    Ok(())
}
