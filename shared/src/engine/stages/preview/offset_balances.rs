//! Finds the accounts that the entries of a page are on, or will be on. Posted entries stay where
//! they are, and settings may have changed since, so the ledger decides and not the settings.

use std::collections::{BTreeSet, HashMap};

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{Leg, LegKind, Mirrored, OffsetAccount, Reference};
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::blnk::MAX_LOOKUP_VALUES;

/// The row for all customers' balances together.
pub(crate) const CUSTOMERS: &str = "customers";

/// The offset accounts of a page's entries.
#[derive(Debug, Default)]
pub(crate) struct OffsetBalances {
    /// The balance ids of entries that are in the ledger, by record and leg.
    posted: HashMap<(String, LegKind), String>,
    /// The names of balances. `None` for a customer's.
    names: HashMap<String, Option<String>>,
}

impl OffsetBalances {
    /// The number of the page's entries that are already in the ledger.
    pub(crate) fn there(&self) -> u64 {
        self.posted.len() as u64
    }

    /// The offset account of a leg. All customers' balances count as one.
    pub(crate) fn offset<'s>(&'s self, record: &Mirrored, leg: &'s Leg) -> &'s str {
        let account = match (self.posted.get(&(record.transaction.clone(), leg.kind)), &leg.offset)
        {
            (Some(posted), _) => posted,
            (None, OffsetAccount::Account(account)) => account,
            (None, OffsetAccount::Customer(_)) => return CUSTOMERS,
        };
        if is_name(account) {
            account
        } else {
            self.names.get(account).and_then(Option::as_deref).unwrap_or(CUSTOMERS)
        }
    }
}

/// Whether an account is given by its name and not by a balance id.
fn is_name(account: &str) -> bool {
    account.starts_with('@')
}

/// Looks up the accounts of a page's entries.
pub(crate) async fn find(
    ctx: &Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
) -> Result<OffsetBalances, Stop> {
    let mut offsets = OffsetBalances::default();
    if ctx.ledger_id.is_none() {
        return Ok(offsets);
    }
    let legs =
        || mirrored.iter().flat_map(|(_, record)| record.legs.iter().map(move |leg| (record, leg)));
    let referred: Result<HashMap<String, (&Mirrored, &Leg)>, LedgerError> = legs()
        .map(|(record, leg)| {
            Ok((
                Reference::new(&ctx.owner, &record.transaction, leg.kind)?.to_string(),
                (record, leg),
            ))
        })
        .collect();
    let referred = referred?;
    let references: Vec<&String> = referred.keys().collect();
    for part in references.chunks(MAX_LOOKUP_VALUES) {
        for row in ctx.blnk.transactions_by_reference(part, ctx.deadline).await? {
            let Some((record, leg)) = referred.get(&row.reference) else { continue };
            let other = if leg.mirror_delta() > 0 { row.destination } else { row.source };
            offsets.posted.insert((record.transaction.clone(), leg.kind), other);
        }
    }
    let chosen = legs().filter_map(|(_, leg)| match &leg.offset {
        OffsetAccount::Account(account) => Some(account.clone()),
        OffsetAccount::Customer(_) => None,
    });
    let ids: BTreeSet<String> = chosen
        .chain(offsets.posted.values().cloned())
        .filter(|account| !is_name(account))
        .collect();
    let ids: Vec<String> = ids.into_iter().collect();
    for part in ids.chunks(MAX_LOOKUP_VALUES) {
        let balances = ctx.blnk.balances(part, ctx.deadline).await?;
        offsets
            .names
            .extend(balances.into_iter().map(|balance| (balance.balance_id, balance.indicator)));
    }
    Ok(offsets)
}
