//! Defects of the platform's sample app, and the tests that show that this app does not have them.
//!
//! | the sample | this app |
//! |---|---|
//! | B1: treats the queue's answer as a posted entry, and posts without an overdraft | [`a_synced_ledger_has_none_of_the_samples_defects`] |
//! | B2: a rejected entry uses up its reference | the same: no entry goes through the queue; `worker::refused_entries` posts a refused leg later under its own reference |
//! | B3: an answer does not distinguish posted, doubled and lost | the same; `worker::faults` and the histories lose answers before and after the commit |
//! | B4: one precision for all currencies | the same |
//! | B5: a statement with more columns than values | not possible: items are written from types, and `a_run_survives_the_table` reads one back |
//! | B6: reads one page of a hundred | the same: more than two pages |
//! | B7: one failure ends the run without a trace | `worker::refused_entries`: the other legs are posted, the run ends with problems; `lifecycle::interrupted_runs`: every run ends |
//! | B8: guests and expanded customers share accounts named after `null` and `[object Object]` | the same |
//! | B9: an internal balance for each customer, no identities, no fees, refunds, payouts | the same |
//! | B10: one Stripe key for all installs | `worker::shared_ledger` and `security::keys`: each install has its own sealed key |
//! | B11: unknown events hang, duplicates race | `callback::install`: malformed events are refused, concurrent deliveries make one installation |
//! | B12: a portal without sessions | `portal::session`, `portal::page` |
//! | B13: the time and amount of the payment intent, not of the movement | the same: effective when Stripe posted it, and the books agree to the minor unit |
//! | B14: an import in the middle of a file | not possible: it would not compile |

use std::collections::{BTreeMap, BTreeSet};

use it::tenant::text;
use it::{Step, Tenant};
use serde_json::{Value, json};

const PAGE: usize = 100;

/// All rows of one of Core's lists.
async fn rows(tenant: &Tenant, list: &str) -> Step<Vec<Value>> {
    let mut all = Vec::new();
    for offset in (0..).step_by(PAGE) {
        let body = json!({"filters": [{"field": "created_at", "operator": "gt",
            "value": "2000-01-01T00:00:00Z"}], "limit": PAGE, "offset": offset});
        let page = tenant
            .sandbox
            .core(&tenant.install.instance_id, "POST", &format!("/{list}/filter"), Some(body))
            .await?;
        let page = page.get("data").cloned().unwrap_or(page);
        let page = page.as_array().cloned().unwrap_or_default();
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            break;
        }
    }
    Ok(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synced_ledger_has_none_of_the_samples_defects() -> Step {
    let tenant = Tenant::connected(8_201, 260).await?;
    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    let entries = rows(&tenant, "transactions").await?;
    let (references, balances) = (
        entries.iter().map(|entry| text(entry, "reference")).collect::<BTreeSet<_>>(),
        rows(&tenant, "balances").await?,
    );
    // B1, B2, B3: every entry is applied, none comes from the queue, and each reference is one
    // entry.
    assert!(
        entries.iter().all(|entry| text(entry, "status") == "APPLIED"),
        "an entry that is not applied"
    );
    assert!(
        references
            .iter()
            .all(|reference| reference.starts_with("stripe:") && !reference.ends_with("_q")),
        "{references:?}"
    );
    assert_eq!(references.len(), entries.len());
    // B4: minor units per unit, as Stripe defines them.
    let precisions: BTreeMap<String, BTreeSet<u64>> =
        entries.iter().fold(BTreeMap::new(), |mut known, entry| {
            known
                .entry(text(entry, "currency"))
                .or_default()
                .extend(entry.get("precision").and_then(Value::as_u64));
            known
        });
    for (currency, precision) in [("USD", 100), ("JPY", 1), ("KWD", 1000)] {
        assert_eq!(precisions.get(currency), Some(&BTreeSet::from([precision])), "{precisions:?}");
    }
    // B6: more than the newest hundred.
    assert!(books.records.len() > 2 * PAGE, "{} records", books.records.len());
    // B8, B9: customers have identities and balances without a name; there are fees, payouts,
    // refunds.
    let names: BTreeSet<String> = balances
        .iter()
        .map(|balance| text(balance, "indicator"))
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.iter().all(|name| name.starts_with("@stripe_test")), "{names:?}");
    for account in ["fees", "payouts", "guests", "disputes"] {
        assert!(names.contains(&format!("@stripe_test_{account}")), "{account}: {names:?}");
    }
    let of_customers = balances.iter().filter(|balance| !text(balance, "identity_id").is_empty());
    assert!(
        of_customers.clone().count() > 0
            && of_customers.clone().all(|balance| text(balance, "indicator").is_empty())
    );
    // B13: an entry takes effect when Stripe posted its record.
    let created: BTreeMap<&str, i64> =
        books.records.iter().map(|record| (record.id.as_str(), record.created)).collect();
    for entry in &entries {
        let reference = text(entry, "reference");
        let record = reference.split(':').nth(3).and_then(|id| created.get(id)).copied();
        let effective = text(entry, "effective_date").parse::<jiff::Timestamp>()?.as_second();
        assert_eq!(Some(effective), record, "{reference}");
    }
    Ok(())
}
