//! The entry that reverses what someone else posted to a mirror, prepared for a person to post.
//! This app never posts it.

use crate::app::connect::connector::{BUDGET, Connector, blnk_refused, not_connected};
use crate::model::error::{Error, Result};
use crate::model::money::Sum;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::ProblemItem;
use crate::model::session::Portal;
use crate::platform::blnk::{Filter, LedgerBalance, LedgerTransaction};
use crate::platform::http::Deadline;

/// An entry to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversingEntry {
    /// The entry that it reverses.
    pub reverses: String,
    /// The account to debit: its name, or the id of its balance where it has none.
    pub source: String,
    /// The account to credit, likewise.
    pub destination: String,
    /// Minor units, as the entry has them.
    pub amount: Sum,
    /// Minor units in one unit, as the entry has them.
    pub precision: i128,
    /// As the entry has it.
    pub currency: String,
    /// A reference that no entry has, unless this one was posted already.
    pub reference: String,
    /// Why it is posted.
    pub description: String,
}

/// Prepares the entry for a problem about an entry that this app did not make. One read of the
/// table, two calls to the ledger.
///
/// # Errors [`Error::NotFound`] without such a problem, or when the ledger no longer has the entry;
/// [`Error::Conflict`] for a problem of another kind, and when Blnk Cloud no longer accepts the
/// key; [`Error::Forbidden`] when the ledger may not be read, [`Error::Unavailable`].
pub async fn reversing_entry(
    connector: &Connector,
    portal: &Portal,
    id: &str,
) -> Result<ReversingEntry> {
    let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
    let problems = connector.store.problems();
    let problem = problems.get(&portal.install, connection.connection, id).await?;
    let problem = problem.ok_or(Error::NotFound)?;
    if problem.code != ProblemCode::ForeignEntry {
        return Err(Error::conflict(
            "nothing_to_reverse",
            "This problem is not about an entry that someone else posted.",
        ));
    }
    let entry = problem.entry_ids.first().ok_or(Error::NotFound)?;
    let blnk = connector.blnk(portal, &portal.meta).await?;
    let deadline = Deadline::after(BUDGET);
    let found = blnk.transactions(&[Filter::eq("transaction_id", entry)], 1, deadline).await;
    let row = found.map_err(blnk_refused)?.into_iter().find(|row| row.transaction_id == *entry);
    let row = row.ok_or(Error::NotFound)?;
    let sides = [row.source.as_str(), row.destination.as_str()];
    let balances = blnk.balances(&sides, deadline).await.map_err(blnk_refused)?;
    prepared(&problem, row, &balances)
}

/// The entry with its accounts swapped.
fn prepared(
    problem: &ProblemItem,
    row: LedgerTransaction,
    balances: &[LedgerBalance],
) -> Result<ReversingEntry> {
    // Without its precision an amount is meaningless: a guess could be wrong by a factor of 100.
    let precision = row.precision.filter(|precision| *precision > 0).ok_or_else(|| {
        Error::conflict("precision_unknown", "The ledger does not say the precision of the entry.")
    })?;
    let name = |id: String| {
        let balance = balances.iter().find(|balance| balance.balance_id == id);
        balance.and_then(|balance| balance.indicator.clone()).unwrap_or(id)
    };
    Ok(ReversingEntry {
        source: name(row.destination),
        destination: name(row.source),
        amount: Sum(row.precise_amount),
        precision,
        currency: row.currency,
        reference: format!("{}:reversal", row.transaction_id),
        description: format!("Reverses {} ({})", row.reference, problem.id),
        reverses: row.transaction_id,
    })
}
