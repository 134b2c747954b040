//! Compares an expected entry with the one in the ledger.

use crate::engine::stages::post::work::mirror_side;
use crate::model::ledger::{Chart, Entry, MirrorIds};
use crate::model::problem::report::EntryInLedger;
use crate::platform::blnk::LedgerTransaction;

/// How an expected entry compares with the one in the ledger.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EntryMatch {
    /// The same reference, currency, amount and side of the mirror. A different offset account is
    /// allowed.
    Same,
    /// The reference exists with something other than our entry.
    Different(&'static str),
}

/// Compares currency, amount, state and side of the mirror, in this order.
pub(crate) fn compare(
    entry: &Entry,
    row: &LedgerTransaction,
    chart: &Chart,
    mirrors: &MirrorIds,
) -> EntryMatch {
    let (mirror, debited) = mirror_side(entry, chart);
    let side = if debited { &row.source } else { &row.destination };
    let id = mirrors.get(&(mirror.to_owned(), entry.currency.to_string()));
    if row.currency != entry.currency.as_str() {
        EntryMatch::Different("The ledger holds an entry of this reference in another currency.")
    } else if row.precise_amount != i128::from(entry.precise_amount) {
        EntryMatch::Different("The ledger holds an entry of this reference with another amount.")
    } else if !row.is_applied() {
        EntryMatch::Different("The ledger holds this reference, but did not apply it.")
    } else if side != mirror && id.is_none_or(|id| side != id) {
        EntryMatch::Different(
            "The ledger holds an entry of this reference that moves the mirror the other way, or \
             not at all.",
        )
    } else {
        EntryMatch::Same
    }
}

/// The ledger's entry under this reference, and what it moves the entry's mirror by.
pub(crate) fn moved(
    entry: &Entry,
    row: &LedgerTransaction,
    chart: &Chart,
    mirrors: &MirrorIds,
) -> EntryInLedger {
    let (mirror, _) = mirror_side(entry, chart);
    let id = mirrors.get(&(mirror.to_owned(), entry.currency.to_string()));
    let on_mirror = |side: &String| side == mirror || id.is_some_and(|id| side == id);
    let counts = row.is_applied() && row.currency == entry.currency.as_str();
    let amount = |side: &String| if counts && on_mirror(side) { row.precise_amount } else { 0 };
    EntryInLedger {
        id: row.transaction_id.clone(),
        debit: amount(&row.source),
        credit: amount(&row.destination),
    }
}
