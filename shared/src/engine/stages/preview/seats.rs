//! On which accounts the entries of a page are, or will be. What is posted already stays where it is: settings changed since, so the
//! ledger is asked, and not the settings.

use std::collections::{BTreeSet, HashMap};

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{Leg, LegKind, Mirrored, OffsetAccount, Reference};
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::blnk::MAX_LOOKUP_VALUES;

/// The row of all customers' balances together.
pub(crate) const CUSTOMERS: &str = "customers";

/// The other sides of a page's entries.
#[derive(Debug, Default)]
pub(crate) struct OffsetBalances {
    /// Of entries that are in the ledger, by record and leg: the id of the balance.
    posted: HashMap<(String, LegKind), String>,
    /// What balances are called: nothing for a customer's.
    names: HashMap<String, Option<String>>,
}

impl OffsetBalances {
    /// How many of the page's entries are in the ledger already.
    pub(crate) fn there(&self) -> u64 {
        self.posted.len() as u64
    }

    /// The account on the other side of a leg; all customers' balances are one.
    pub(crate) fn counter<'s>(&'s self, record: &Mirrored, leg: &'s Leg) -> &'s str {
        let account = match (self.posted.get(&(record.transaction.clone(), leg.word)), &leg.counter) {
            (Some(posted), _) => posted,
            (None, OffsetAccount::Account(account)) => account,
            (None, OffsetAccount::Customer(_)) => return CUSTOMERS,
        };
        if is_name(account) { account } else { self.names.get(account).and_then(Option::as_deref).unwrap_or(CUSTOMERS) }
    }
}

/// Whether an account is named, and not told by the id of its balance.
fn is_name(account: &str) -> bool {
    account.starts_with('@')
}

/// Looks where the entries of a page are.
pub(crate) async fn seats(ctx: &Context<'_>, mirrored: &[(&BalanceTransaction, Mirrored)]) -> Result<OffsetBalances, Stop> {
    let mut seats = OffsetBalances::default();
    if ctx.ledger_id.is_none() {
        return Ok(seats);
    }
    let legs = || mirrored.iter().flat_map(|(_, record)| record.legs.iter().map(move |leg| (record, leg)));
    let referred: Result<HashMap<String, (&Mirrored, &Leg)>, LedgerError> =
        legs().map(|(record, leg)| Ok((Reference::new(&ctx.owner, &record.transaction, leg.word)?.to_string(), (record, leg)))).collect();
    let referred = referred?;
    let references: Vec<&String> = referred.keys().collect();
    for part in references.chunks(MAX_LOOKUP_VALUES) {
        for row in ctx.blnk.transactions_by_reference(part, ctx.deadline).await? {
            let Some((record, leg)) = referred.get(&row.reference) else { continue };
            let other = if leg.mirror_delta() > 0 { row.destination } else { row.source };
            seats.posted.insert((record.transaction.clone(), leg.word), other);
        }
    }
    let chosen = legs().filter_map(|(_, leg)| match &leg.counter {
        OffsetAccount::Account(account) => Some(account.clone()),
        OffsetAccount::Customer(_) => None,
    });
    let ids: BTreeSet<String> = chosen.chain(seats.posted.values().cloned()).filter(|account| !is_name(account)).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    for part in ids.chunks(MAX_LOOKUP_VALUES) {
        let balances = ctx.blnk.balances(part, ctx.deadline).await?;
        seats.names.extend(balances.into_iter().map(|balance| (balance.balance_id, balance.indicator)));
    }
    Ok(seats)
}
