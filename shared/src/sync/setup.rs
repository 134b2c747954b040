//! What must hold before the first write: the mirror belongs to this Stripe account alone, and none of the chosen accounts holds
//! entries that are not ours. Then the app's own ledger, found or made.

use super::halt::Halt;
use crate::blnk::{BlnkClient, BlnkError, Filter, Ledger, MetaData, Operator};
use crate::connection::Connection;
use crate::http::Deadline;
use crate::ledger::{Chart, Owner, REFERENCE_PREFIX};

/// The key in the app ledger's metadata that names the mirror.
const META_MIRROR: &str = "stripe_sync_mirror";
/// The key that names the mirror's owner, `<account>:<mode>`.
const META_OWNER: &str = "stripe_sync_owner";

/// An account that holds entries which are not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInUse {
    /// Its indicator.
    pub indicator: String,
    /// Its currency.
    pub currency: String,
    /// How many entries are not ours.
    pub entries: u64,
}

/// Whether a Stripe account may be mirrored under a set of account names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// The names are free, or already this owner's.
    Ours(Option<String>),
    /// Another Stripe account, or the other mode, is mirrored under these names.
    OwnedBy(String),
    /// Accounts of these names hold entries that are not ours.
    InUse(Vec<AccountInUse>),
}

/// Looks who owns the names of a chart. Reads only.
///
/// # Errors
/// Any [`BlnkError`] of a read.
pub async fn ownership(blnk: &BlnkClient, chart: &Chart, owner: &Owner, deadline: Deadline) -> Result<Ownership, BlnkError> {
    let ledgers = blnk.ledgers_by_meta(META_MIRROR, chart.prefix(), deadline).await?;
    let said = |ledger: &Ledger| ledger.meta_data.get(META_OWNER).and_then(|owner| owner.as_str()).map(str::to_owned);
    if let Some(other) = ledgers.iter().filter_map(said).find(|said| *said != owner.to_string()) {
        return Ok(Ownership::OwnedBy(other));
    }
    let oldest = ledgers.into_iter().min_by(|one, other| (one.created_at, &one.ledger_id).cmp(&(other.created_at, &other.ledger_id)));
    let mut in_use = Vec::new();
    for balance in blnk.balances_by_indicator(&chart.names(), deadline).await? {
        let all = [Filter::eq("balance_id", &balance.balance_id)];
        let total = blnk.count_transactions(&all, deadline).await?;
        // In a pattern an underscore stands for any character: what it lets through besides is no other account's reference.
        let pattern = format!("{REFERENCE_PREFIX}{owner}:%");
        let ours = [Filter::eq("balance_id", &balance.balance_id), Filter::compare("reference", Operator::Like, pattern)];
        let foreign = if total == 0 { 0 } else { total.saturating_sub(blnk.count_transactions(&ours, deadline).await?) };
        if foreign > 0 {
            in_use.push(AccountInUse { indicator: balance.indicator.unwrap_or_default(), currency: balance.currency, entries: foreign });
        }
    }
    Ok(if in_use.is_empty() { Ownership::Ours(oldest.map(|ledger| ledger.ledger_id)) } else { Ownership::InUse(in_use) })
}

/// The app's own ledger: looked for first, made last, since making it twice makes two.
pub(super) async fn app_ledger(
    blnk: &BlnkClient,
    chart: &Chart,
    owner: &Owner,
    connection: &Connection,
    deadline: Deadline,
) -> Result<String, Halt> {
    if let Some(id) = &connection.ledger_id {
        return Ok(id.clone());
    }
    match ownership(blnk, chart, owner, deadline).await? {
        Ownership::Ours(Some(id)) => Ok(id),
        Ownership::Ours(None) => {
            let mut meta_data = MetaData::new();
            meta_data.insert(META_MIRROR.to_owned(), chart.prefix().into());
            meta_data.insert(META_OWNER.to_owned(), owner.to_string().into());
            let name = format!("Stripe {} ({})", owner.account(), owner.mode());
            Ok(blnk.create_ledger(&name, &meta_data, deadline).await?.ledger_id)
        }
        Ownership::OwnedBy(other) => Err(Halt::Fail {
            code: "ledger_owned_by_other",
            text: format!("The accounts under {} mirror another Stripe account ({other}).", chart.prefix()),
        }),
        Ownership::InUse(accounts) => {
            let named: Vec<String> = accounts.iter().map(|account| format!("{} {}", account.indicator, account.currency)).collect();
            Err(Halt::Fail {
                code: "accounts_not_free",
                text: format!("These accounts hold entries that are not ours: {}.", named.join(", ")),
            })
        }
    }
}
