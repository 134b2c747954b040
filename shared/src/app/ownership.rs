//! Who owns a set of account names in a ledger. Each mirror has a ledger of the app's own, whose
//! metadata names its Stripe account and its prefix; no two mirrors may share a name.

use crate::app::free_accounts::Claim;
use crate::model::error::Result;
use crate::model::error::details::AccountInUse;
use crate::model::ledger::{Chart, Owner};
use crate::platform::blnk::{BlnkClient, BlnkError, Ledger, LedgerBalance};
use crate::platform::http::Deadline;

/// The key in the app ledger's metadata that names the mirror.
pub(crate) const META_MIRROR: &str = "stripe_sync_mirror";

/// The key that names the mirror's owner, `<account>:<mode>`.
pub(crate) const META_OWNER: &str = "stripe_sync_owner";

/// How the names of the app's own ledgers begin.
pub(crate) const LEDGER_NAME: &str = "Stripe ";

/// Whether a Stripe account may be mirrored under a set of account names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// The names are free, or already this owner's.
    Ours(Option<String>),
    /// Another Stripe account, or the other mode, is mirrored under these names.
    OwnedBy(String),
    /// Some of these names are also those of another mirror, whose prefix this is.
    Overlaps(String),
    /// This Stripe account is mirrored already, under this prefix.
    Elsewhere(String),
    /// Accounts of these names hold entries that are not ours.
    InUse(Vec<AccountInUse>),
}

/// One of the app's own ledgers: what it is for.
#[derive(Debug, Clone)]
pub struct AppLedger {
    pub(crate) ledger: Ledger,
    pub(crate) prefix: String,
    pub(crate) owner: String,
}

impl AppLedger {
    fn of(ledger: Ledger) -> Option<Self> {
        let said = |key: &str| ledger.meta_data.get(key)?.as_str().map(str::to_owned);
        let (prefix, owner) = (said(META_MIRROR)?, said(META_OWNER)?);
        Some(Self { ledger, prefix, owner })
    }

    /// Of several for one owner the oldest counts.
    fn age(&self) -> (Option<jiff::Timestamp>, &str) {
        (self.ledger.created_at, &self.ledger.ledger_id)
    }
}

/// The app's ledgers in this instance, one for each Stripe account and mode that was ever synced into it, the oldest first. Reads only.
///
/// # Errors
/// Any [`BlnkError`] of a read.
pub async fn app_ledgers(blnk: &BlnkClient, deadline: Deadline) -> Result<Vec<AppLedger>, BlnkError> {
    let mut found: Vec<AppLedger> = blnk.ledgers_named_like(LEDGER_NAME, deadline).await?.into_iter().filter_map(AppLedger::of).collect();
    found.sort_by(|one, other| one.age().cmp(&other.age()));
    Ok(found)
}

/// The same with those added that another filter finds: a ledger has its owner and its prefix in its metadata, whatever its name is now.
pub(crate) async fn looked_for_again(
    blnk: &BlnkClient,
    mut ledgers: Vec<AppLedger>,
    chart: &Chart,
    owner: &Owner,
    deadline: Deadline,
) -> Result<Vec<AppLedger>, BlnkError> {
    for (key, value) in [(META_OWNER, owner.to_string()), (META_MIRROR, chart.prefix().to_owned())] {
        for found in blnk.ledgers_marked(key, &value, deadline).await?.into_iter().filter_map(AppLedger::of) {
            if ledgers.iter().all(|known| known.ledger.ledger_id != found.ledger.ledger_id) {
                ledgers.push(found);
            }
        }
    }
    ledgers.sort_by(|one, other| one.age().cmp(&other.age()));
    Ok(ledgers)
}

/// The prefix under which an owner is mirrored already.
#[must_use]
pub fn prefix_of<'l>(ledgers: &'l [AppLedger], owner: &Owner) -> Option<&'l str> {
    let owner = owner.to_string();
    ledgers.iter().find(|ledger| ledger.owner == owner).map(|ledger| ledger.prefix.as_str())
}

/// Who owns the names of a chart, as far as the app's own ledgers tell.
pub(crate) fn owned(ledgers: &[AppLedger], chart: &Chart, owner: &Owner) -> Ownership {
    if let Some(elsewhere) = prefix_of(ledgers, owner).filter(|prefix| *prefix != chart.prefix()) {
        return Ownership::Elsewhere(elsewhere.to_owned());
    }
    let said = owner.to_string();
    if let Some(other) = ledgers.iter().find(|ledger| ledger.owner != said && ledger.prefix == chart.prefix()) {
        return Ownership::OwnedBy(other.owner.clone());
    }
    if let Some(other) = met(ledgers, chart, owner) {
        return Ownership::Overlaps(other.prefix.clone());
    }
    Ownership::Ours(ledgers.iter().find(|ledger| ledger.owner == said).map(|ledger| ledger.ledger.ledger_id.clone()))
}

/// The ledger of another mirror that has some of these names.
pub(crate) fn met<'l>(ledgers: &'l [AppLedger], chart: &Chart, owner: &Owner) -> Option<&'l AppLedger> {
    let said = owner.to_string();
    let meets = |ledger: &&AppLedger| Chart::new(ledger.prefix.as_str()).is_ok_and(|other| other.meets(chart));
    ledgers.iter().filter(|ledger| ledger.owner != said).find(meets)
}

/// Looks who owns the names of a chart. Reads only.
///
/// With a ledger of ours the names that nobody chose were found free once, and are not counted again. What time is too short for is left
/// to the first run, which looks before the first entry.
///
/// # Errors
/// Any [`BlnkError`] of a read.
pub async fn ownership(
    blnk: &BlnkClient,
    ledgers: &[AppLedger],
    chart: &Chart,
    owner: &Owner,
    deadline: Deadline,
) -> Result<Ownership, BlnkError> {
    let own = match owned(ledgers, chart, owner) {
        Ownership::Ours(own) => own,
        other => return Ok(other),
    };
    let names = if own.is_some() { chart.chosen_names() } else { chart.names() };
    let looked = Claim { owner, kept: own.is_some() }.look(blnk, &names, deadline).await?;
    if !looked.whole {
        tracing::info!(owner = %owner, "whether all accounts are free is left to the first run");
    }
    Ok(if looked.in_use.is_empty() { Ownership::Ours(own) } else { Ownership::InUse(looked.in_use) })
}

/// How a balance is noted that was found free, beside names of which all are: no name holds this sign.
pub(crate) fn of_currency(balance: &LedgerBalance) -> String {
    format!("{}#{}", balance.indicator.as_deref().unwrap_or_default(), balance.currency)
}
