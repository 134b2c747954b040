//! Checks the precision with which the ledger already keeps a currency. Balances are plain sums of
//! minor units and the ledger does not check their unit. An entry in another precision would make
//! every later sum of that currency wrong, without an error. So before the first write in a
//! currency, the ledger is searched for entries that disagree with Stripe's minor unit, and for
//! entries on a mirror that are not ours.

use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::model::approval::Conflict;
use crate::model::ledger::{Chart, REFERENCE_PREFIX};
use crate::model::money::Currency;
use crate::platform::blnk::{BlnkClient, BlnkError, Filter, LedgerTransaction, Operator};
use crate::platform::http::Deadline;

/// Newest entries that each query examines.
pub(crate) const LOOKED_AT: usize = 100;

/// Currencies checked concurrently.
pub(crate) const CURRENCIES_AT_ONCE: usize = 6;

/// Entries in these states moved nothing.
pub(crate) const MOVED_NOTHING: [&str; 2] = ["REJECTED", "VOID"];

/// The conflicts that forbid writing these currencies, searched for concurrently. Reads only.
///
/// # Errors
/// Any [`BlnkError`] of a read.
pub(crate) async fn conflicts(
    blnk: &BlnkClient,
    chart: &Chart,
    currencies: Vec<Currency>,
    deadline: Deadline,
) -> Result<Vec<Conflict>, BlnkError> {
    let looks = stream::iter(currencies)
        .map(|currency| conflict(blnk, chart, currency, deadline))
        .buffered(CURRENCIES_AT_ONCE);
    looks.try_filter_map(|found| async move { Ok(found) }).try_collect().await
}

/// The conflict that forbids writing this currency, if there is one. Reads only: one list, and one
/// for each mirror that exists in the currency.
///
/// # Errors
/// Any [`BlnkError`] of a read.
pub(crate) async fn conflict(
    blnk: &BlnkClient,
    chart: &Chart,
    currency: Currency,
    deadline: Deadline,
) -> Result<Option<Conflict>, BlnkError> {
    let ours = currency.precision();
    let unlike = [
        Filter::eq("currency", currency.as_str()),
        Filter::compare("precision", Operator::Ne, ours.to_string()),
    ];
    let rows = blnk.transactions(&unlike, LOOKED_AT, deadline).await?;
    if let Some(found) = rows.iter().find_map(|row| other_precision(row, currency)) {
        return Ok(Some(found));
    }
    let mirrors = blnk.balances_by_indicator(&chart.known_mirrors(), deadline).await?;
    for mirror in mirrors.iter().filter(|mirror| mirror.currency == currency.as_str()) {
        let on_it = [Filter::eq("balance_id", &mirror.balance_id)];
        let rows = blnk.transactions(&on_it, LOOKED_AT, deadline).await?;
        let name = mirror.indicator.clone().unwrap_or_default();
        // A mirror with entries of ours was free before the first of them. Entries that others
        // posted since are for the proof to report.
        let is_kept = rows.iter().any(|row| row.reference.starts_with(REFERENCE_PREFIX));
        if let Some(row) = rows.iter().find(|row| is_foreign(row)).filter(|_| !is_kept) {
            return Ok(Some(not_ours(currency, &name, &mirror.balance_id, row)));
        }
        if rows.is_empty() && mirror.balance != 0 {
            return Ok(Some(unexplained(currency, &name, mirror.balance)));
        }
    }
    Ok(None)
}

pub(crate) fn is_foreign(row: &LedgerTransaction) -> bool {
    !row.reference.starts_with(REFERENCE_PREFIX) && !MOVED_NOTHING.contains(&row.status.as_str())
}

pub(crate) fn other_precision(row: &LedgerTransaction, currency: Currency) -> Option<Conflict> {
    let ours = currency.precision();
    // A ledger that ignores the condition returns rows of any precision.
    let theirs = row
        .precision
        .and_then(|precision| u64::try_from(precision).ok())
        .filter(|theirs| *theirs != ours)?;
    if !is_foreign(row) || row.currency != currency.as_str() {
        return None;
    }
    Some(Conflict {
        currency,
        ours,
        theirs: Some(theirs),
        transaction: Some(row.transaction_id.clone()),
        text: format!(
            "The ledger holds {currency} in another unit: precision {theirs} in {}, while Stripe \
                counts {currency} in precision {ours}. The \
                ledger adds up plain numbers, so mixing the two would make its {currency} balances \
                wrong. Nothing of it was posted.",
            row.transaction_id
        ),
    })
}

pub(crate) fn not_ours(
    currency: Currency,
    name: &str,
    balance_id: &str,
    row: &LedgerTransaction,
) -> Conflict {
    let opposite = row.destination == balance_id || row.destination == name;
    let side = if opposite { "credits" } else { "debits" };
    let sign = if opposite {
        "If this is money that came in, it is kept with the opposite sign: here the mirror's \
         balance is minus what Stripe holds. "
    } else {
        ""
    };
    Conflict {
        currency,
        ours: currency.precision(),
        theirs: None,
        transaction: Some(row.transaction_id.clone()),
        text: format!(
            "{name} {currency} holds an entry that is not ours: {} {side} it. {sign}Choose another \
                prefix for the accounts, or move these \
             entries elsewhere. Nothing of this currency was posted.",
            row.transaction_id
        ),
    }
}

pub(crate) fn unexplained(currency: Currency, name: &str, balance: i128) -> Conflict {
    Conflict {
        currency,
        ours: currency.precision(),
        theirs: None,
        transaction: None,
        text: format!(
            "{name} already holds {} {currency}, and no entry explains it. Choose another prefix \
                for the accounts. Nothing of this currency \
             was posted.",
            currency.format(balance)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(reference: &str, currency: &str, precision: i128, status: &str) -> LedgerTransaction {
        serde_json::from_value(serde_json::json!({"transaction_id": "txn_theirs",
            "reference": reference, "currency": currency,
            "precise_amount": 1200, "precision": precision, "source": "bln_1",
            "destination": "bln_2", "status": status}))
        .unwrap()
    }

    #[test]
    fn only_a_foreign_entry_in_another_unit_conflicts_with_a_currency() {
        let jpy: Currency = "JPY".parse().unwrap();
        let found = other_precision(&row("order-1", "JPY", 100, "APPLIED"), jpy).unwrap();
        assert_eq!((found.ours, found.theirs), (1, Some(100)));
        for named in ["JPY", "100", "precision 1", "txn_theirs"] {
            assert!(found.text.contains(named), "{}", found.text);
        }
        let kwd: Currency = "KWD".parse().unwrap();
        assert_eq!(
            other_precision(&row("order-1", "KWD", 100, "APPLIED"), kwd).unwrap().ours,
            1000
        );
        for harmless in [
            row("order-1", "JPY", 1, "APPLIED"),
            row("order-1", "JPY", 100, "REJECTED"),
            row("order-1", "jpy", 100, "APPLIED"),
            row("stripe:acct_2:live:txn_1:amount", "JPY", 100, "APPLIED"),
        ] {
            assert_eq!(other_precision(&harmless, jpy), None, "{harmless:?}");
        }
    }

    #[test]
    fn an_entry_on_the_mirror_tells_which_side_it_is_on() {
        let usd: Currency = "USD".parse().unwrap();
        let credited = not_ours(usd, "@stripe", "bln_2", &row("order-1", "USD", 100, "APPLIED"));
        assert!(
            credited.text.contains("credits") && credited.text.contains("opposite sign"),
            "{}",
            credited.text
        );
        let debited = not_ours(usd, "@stripe", "bln_1", &row("order-1", "USD", 100, "APPLIED"));
        assert!(
            debited.text.contains("debits") && !debited.text.contains("opposite"),
            "{}",
            debited.text
        );
        assert!(unexplained(usd, "@stripe", -1_234).text.contains("-12.34 USD"));
    }
}
