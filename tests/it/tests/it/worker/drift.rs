//! Each kind of drift in the ledger is found and named, and nothing is named without one.

use it::tenant::text;
use it::{Step, Tenant};
use serde_json::{Value, json};

/// Makes a drift in the customer's ledger. Returns the references concerned.
async fn drift(tenant: &Tenant, kind: &str) -> Step<Vec<String>> {
    let mut spec =
        json!({"kind": kind, "indicator": "@stripe_test", "currency": "USD", "amount": 7});
    if kind == "missing" {
        // An old one: a run would post an entry of the last hour again.
        let books = tenant.books().await?;
        let paid =
            books.records.iter().filter(|record| record.currency == "usd" && record.amount > 0);
        let oldest = paid.min_by_key(|record| record.created).ok_or("no payment")?;
        spec["reference"] =
            json!(format!("stripe:{}:test:{}:amount", tenant.account.account, oldest.id));
    }
    let made = tenant
        .sandbox
        .call("POST", &format!("/core/instances/{}/drift", tenant.install.instance_id), Some(spec))
        .await?;
    let references = made.get("references").and_then(Value::as_array).into_iter().flatten();
    Ok(references.filter_map(|reference| reference.as_str().map(str::to_owned)).collect())
}

fn causes(run: &Value) -> Vec<(String, String)> {
    let causes = run.pointer("/proof/causes").and_then(Value::as_array).into_iter().flatten();
    let mut causes: Vec<_> =
        causes.map(|cause| (text(cause, "reference"), text(cause, "kind"))).collect();
    causes.sort_unstable();
    causes
}

fn named(references: &[String], kind: &str) -> Vec<(String, String)> {
    let mut named: Vec<_> =
        references.iter().map(|reference| (reference.clone(), kind.to_owned())).collect();
    named.sort_unstable();
    named
}

/// Someone changes a ledger that agreed: every kind of change is a mismatch at the next sync, even
/// when it leaves all balances or all totals as they were. The certificate names exactly the
/// entries at fault.
#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_drift_is_a_mismatch_that_names_the_entries() -> Step {
    for (seed, kind, cause, nets_agree) in [
        (8_101, "missing", "missing", false),
        (8_102, "shifted", "different", true),
        (8_103, "in", "foreign", false),
        (8_104, "out", "foreign", false),
        (8_105, "in_and_out", "foreign", true),
        (8_106, "doubled", "foreign", false),
    ] {
        let tenant = Tenant::connected(seed, 120).await?;
        let first = tenant.sync("new").await?;
        tenant.assert_match(&first).await?;
        assert!(causes(&first).is_empty(), "{kind}: {first}");
        let again = tenant.sync("new").await?;
        assert_eq!(text(&again, "verdict"), "match", "no drift yet: {again}");
        let references = drift(&tenant, kind).await?;
        let run = tenant.sync("new").await?;
        assert_eq!(
            (text(&run, "verdict").as_str(), text(&run, "state").as_str()),
            ("mismatch", "completed_with_problems"),
            "{kind}: {run}"
        );
        assert_eq!(causes(&run), named(&references, cause), "{kind}: {run}");
        let usd =
            |line: &&Value| text(line, "currency") == "USD" && text(line, "balance") == "payments";
        let lines =
            run.pointer("/proof/lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let line = lines.iter().find(usd).cloned().unwrap_or_default();
        assert_eq!(text(&line, "ledger_difference") == "0", nets_agree, "{kind}: {line}");
        let others = lines.iter().filter(|line| {
            text(line, "mirror") != "@stripe_test" || text(line, "currency") != "USD"
        });
        assert!(
            others.clone().all(|line| text(line, "verdict") != "mismatch"),
            "{kind}: only one balance is at fault: {run}"
        );
    }
    Ok(())
}
