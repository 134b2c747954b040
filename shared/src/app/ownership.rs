//! Who owns a set of account names in a ledger. Each mirror has a ledger of the app's own, whose
//! metadata names its Stripe account and its prefix; no two mirrors may share a name.

use crate::app::free_accounts::Claim;
use crate::model::error::Result;
use crate::model::error::details::AccountInUse;
use crate::model::ledger::{Chart, Owner};
use crate::platform::blnk::{BlnkClient, BlnkError, Ledger, LedgerBalance};
use crate::platform::http::Deadline;

/// The metadata key of the app's ledger that holds the mirror's prefix.
pub(crate) const META_MIRROR: &str = "stripe_sync_mirror";

/// The metadata key that holds the mirror's owner, `<account>:<mode>`.
pub(crate) const META_OWNER: &str = "stripe_sync_owner";

/// The name prefix of the app's own ledgers.
pub(crate) const LEDGER_NAME: &str = "Stripe ";

/// Whether a Stripe account may be mirrored under a set of account names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// The names are free, or already this owner's.
    Ours(Option<String>),
    /// These names mirror another Stripe account, or the other mode.
    OwnedBy(String),
    /// Some of these names also belong to another mirror. Holds its prefix.
    Overlaps(String),
    /// This Stripe account is already mirrored. Holds the prefix.
    Elsewhere(String),
    /// Accounts with these names hold entries that are not ours.
    InUse(Vec<AccountInUse>),
}

/// One of the app's own ledgers, with its owner and prefix.
#[derive(Debug, Clone)]
pub struct AppLedger {
    pub(crate) ledger: Ledger,
    pub(crate) prefix: String,
    pub(crate) owner: String,
}

impl AppLedger {
    fn of(ledger: Ledger) -> Option<Self> {
        let text = |key: &str| ledger.meta_data.get(key)?.as_str().map(str::to_owned);
        let (prefix, owner) = (text(META_MIRROR)?, text(META_OWNER)?);
        Some(Self { ledger, prefix, owner })
    }

    /// Sort key: if an owner has several ledgers, the oldest one counts.
    fn age(&self) -> (Option<jiff::Timestamp>, &str) {
        (self.ledger.created_at, &self.ledger.ledger_id)
    }
}

/// The app's ledgers in this instance, oldest first: one for each Stripe account and mode that was
/// ever synced into it. Reads only.
///
/// # Errors
/// Any [`BlnkError`] of a read.
pub async fn app_ledgers(
    blnk: &BlnkClient,
    deadline: Deadline,
) -> Result<Vec<AppLedger>, BlnkError> {
    let mut found: Vec<AppLedger> = blnk
        .ledgers_named_like(LEDGER_NAME, deadline)
        .await?
        .into_iter()
        .filter_map(AppLedger::of)
        .collect();
    found.sort_by(|one, other| one.age().cmp(&other.age()));
    Ok(found)
}

/// Extends the list with ledgers that another filter finds. A ledger carries its owner and prefix
/// in its metadata, whatever its current name.
pub(crate) async fn looked_for_again(
    blnk: &BlnkClient,
    mut ledgers: Vec<AppLedger>,
    chart: &Chart,
    owner: &Owner,
    deadline: Deadline,
) -> Result<Vec<AppLedger>, BlnkError> {
    for (key, value) in [(META_OWNER, owner.to_string()), (META_MIRROR, chart.prefix().to_owned())]
    {
        for found in
            blnk.ledgers_marked(key, &value, deadline).await?.into_iter().filter_map(AppLedger::of)
        {
            if ledgers.iter().all(|known| known.ledger.ledger_id != found.ledger.ledger_id) {
                ledgers.push(found);
            }
        }
    }
    ledgers.sort_by(|one, other| one.age().cmp(&other.age()));
    Ok(ledgers)
}

/// The prefix under which an owner is already mirrored.
#[must_use]
pub fn prefix_of<'l>(ledgers: &'l [AppLedger], owner: &Owner) -> Option<&'l str> {
    let owner = owner.to_string();
    ledgers.iter().find(|ledger| ledger.owner == owner).map(|ledger| ledger.prefix.as_str())
}

/// Who owns the names of a chart, as far as the app's own ledgers show.
pub(crate) fn owned(ledgers: &[AppLedger], chart: &Chart, owner: &Owner) -> Ownership {
    if let Some(elsewhere) = prefix_of(ledgers, owner).filter(|prefix| *prefix != chart.prefix()) {
        return Ownership::Elsewhere(elsewhere.to_owned());
    }
    let own = owner.to_string();
    if let Some(other) =
        ledgers.iter().find(|ledger| ledger.owner != own && ledger.prefix == chart.prefix())
    {
        return Ownership::OwnedBy(other.owner.clone());
    }
    if let Some(other) = conflicting_ledger(ledgers, chart, owner) {
        return Ownership::Overlaps(other.prefix.clone());
    }
    Ownership::Ours(
        ledgers
            .iter()
            .find(|ledger| ledger.owner == own)
            .map(|ledger| ledger.ledger.ledger_id.clone()),
    )
}

/// The ledger of another mirror that shares some of these names.
pub(crate) fn conflicting_ledger<'l>(
    ledgers: &'l [AppLedger],
    chart: &Chart,
    owner: &Owner,
) -> Option<&'l AppLedger> {
    let owner = owner.to_string();
    let meets = |ledger: &&AppLedger| {
        Chart::new(ledger.prefix.as_str()).is_ok_and(|other| other.meets(chart))
    };
    ledgers.iter().filter(|ledger| ledger.owner != owner).find(meets)
}

/// Finds out who owns the names of a chart. Reads only.
///
/// If we already have a ledger here, the default names were found free once and are not counted
/// again. Accounts that do not fit the deadline are left to the first run, which checks them before
/// its first entry.
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
        tracing::info!(owner = %owner, "the first run checks the remaining accounts");
    }
    Ok(if looked.in_use.is_empty() {
        Ownership::Ours(own)
    } else {
        Ownership::InUse(looked.in_use)
    })
}

/// The note for a balance that was found free. It stands beside notes for names whose balances are
/// all free; no account name contains `#`.
pub(crate) fn of_currency(balance: &LedgerBalance) -> String {
    format!("{}#{}", balance.indicator.as_deref().unwrap_or_default(), balance.currency)
}
