//! What must hold before the first write: the mirror belongs to this Stripe account alone, its names meet nobody else's, and none of the
//! chosen accounts holds entries that are not ours. Then the app's own ledger, found or made.

use super::halt::Halt;
use super::table::Fence;
use super::worker::Worker;
use crate::blnk::{BlnkClient, BlnkError, Filter, Ledger, MetaData, Operator};
use crate::connection::Connection;
use crate::http::Deadline;
use crate::ledger::{Chart, Owner, REFERENCE_PREFIX};

/// The key in the app ledger's metadata that names the mirror.
const META_MIRROR: &str = "stripe_sync_mirror";
/// The key that names the mirror's owner, `<account>:<mode>`.
const META_OWNER: &str = "stripe_sync_owner";
/// How the names of the app's own ledgers begin.
const LEDGER_NAME: &str = "Stripe ";

/// An account that holds entries which are not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInUse {
    /// Its indicator.
    pub indicator: String,
    /// Its currency.
    pub currency: String,
    /// How many entries are not ours.
    pub entries: u64,
    /// How many are.
    pub ours: u64,
}

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
    ledger: Ledger,
    prefix: String,
    owner: String,
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
async fn looked_for_again(
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

/// Looks who owns the names of a chart. Reads only.
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
    if let Some(elsewhere) = prefix_of(ledgers, owner).filter(|prefix| *prefix != chart.prefix()) {
        return Ok(Ownership::Elsewhere(elsewhere.to_owned()));
    }
    let said = owner.to_string();
    let others = || ledgers.iter().filter(|ledger| ledger.owner != said);
    if let Some(other) = others().find(|ledger| ledger.prefix == chart.prefix()) {
        return Ok(Ownership::OwnedBy(other.owner.clone()));
    }
    let meets = |ledger: &&AppLedger| Chart::new(ledger.prefix.as_str()).is_ok_and(|other| other.meets(chart));
    if let Some(other) = others().find(meets) {
        return Ok(Ownership::Overlaps(other.prefix.clone()));
    }
    let own = ledgers.iter().find(|ledger| ledger.owner == said);
    let mut in_use = in_use(blnk, &chart.names(), owner, deadline).await?;
    // Whoever has a ledger here has found these accounts free once: what others posted there since, to clear the suspense account for
    // example, is no reason to keep out the one whose accounts they are. On a mirror the proof names it.
    in_use.retain(|account| own.is_none() || account.ours == 0);
    if !in_use.is_empty() {
        return Ok(Ownership::InUse(in_use));
    }
    Ok(Ownership::Ours(own.map(|ledger| ledger.ledger.ledger_id.clone())))
}

/// Which of some accounts hold entries that are not an owner's. Reads only.
async fn in_use(blnk: &BlnkClient, names: &[String], owner: &Owner, deadline: Deadline) -> Result<Vec<AccountInUse>, BlnkError> {
    let mut in_use = Vec::new();
    for balance in blnk.balances_by_indicator(names, deadline).await? {
        let all = [Filter::eq("balance_id", &balance.balance_id)];
        let total = blnk.count_transactions(&all, deadline).await?;
        // In a pattern an underscore stands for any character: what it lets through besides is no other account's reference.
        let pattern = format!("{REFERENCE_PREFIX}{owner}:%");
        let ours = [Filter::eq("balance_id", &balance.balance_id), Filter::compare("reference", Operator::Like, pattern)];
        let ours = if total == 0 { 0 } else { blnk.count_transactions(&ours, deadline).await? };
        let foreign = total.saturating_sub(ours);
        if foreign > 0 {
            let indicator = balance.indicator.unwrap_or_default();
            in_use.push(AccountInUse { indicator, currency: balance.currency, entries: foreign, ours });
        }
    }
    Ok(in_use)
}

/// The app's own ledger: looked for first, made last, since making it twice makes two. A run that may not write makes none.
pub(super) async fn app_ledger(
    blnk: &BlnkClient,
    chart: &Chart,
    owner: &Owner,
    connection: &Connection,
    writes: bool,
    deadline: Deadline,
) -> Result<Option<String>, Halt> {
    if let Some(id) = &connection.ledger_id {
        return Ok(Some(id.clone()));
    }
    let ledgers = app_ledgers(blnk, deadline).await?;
    let mut found = ownership(blnk, &ledgers, chart, owner, deadline).await?;
    if writes && found == Ownership::Ours(None) {
        // Made twice it would be two for good: that there is none, two questions must say.
        let again = looked_for_again(blnk, ledgers, chart, owner, deadline).await?;
        if !again.is_empty() {
            found = ownership(blnk, &again, chart, owner, deadline).await?;
        }
    }
    match found {
        Ownership::Ours(None) if writes => {
            let mut meta_data = MetaData::new();
            meta_data.insert(META_MIRROR.to_owned(), chart.prefix().into());
            meta_data.insert(META_OWNER.to_owned(), owner.to_string().into());
            let name = format!("{LEDGER_NAME}{} ({})", owner.account(), owner.mode());
            let made = blnk.create_ledger(&name, &meta_data, deadline).await?.ledger_id;
            // Another worker may have made one at the same moment, without knowing of this: all of them take the oldest, as a reinstall will.
            let said = owner.to_string();
            let oldest = app_ledgers(blnk, deadline).await?.into_iter().find(|ledger| ledger.owner == said);
            Ok(Some(oldest.map_or(made, |oldest| oldest.ledger.ledger_id)))
        }
        Ownership::Ours(found) => Ok(found),
        Ownership::OwnedBy(other) => Err(Halt::Fail {
            code: "ledger_owned_by_other",
            text: format!("The accounts under {} mirror another Stripe account ({other}).", chart.prefix()),
        }),
        Ownership::Overlaps(other) => Err(Halt::Fail {
            code: "prefix_overlaps",
            text: format!(
                "Account names under {} are also those of the mirror {other}. Connect again with another prefix.",
                chart.prefix()
            ),
        }),
        Ownership::Elsewhere(prefix) => Err(Halt::Fail {
            code: "other_prefix",
            text: format!("This Stripe account is already mirrored in this ledger under {prefix}. Connect it again to use that one."),
        }),
        Ownership::InUse(accounts) => Err(not_free(&accounts)),
    }
}

fn not_free(accounts: &[AccountInUse]) -> Halt {
    let named: Vec<String> = accounts.iter().map(|account| format!("{} {}", account.indicator, account.currency)).collect();
    Halt::Fail { code: "accounts_not_free", text: format!("These accounts hold entries that are not ours: {}.", named.join(", ")) }
}

impl Worker {
    /// Sees to it that names of counter accounts which were not in use before are free, before the first entry goes there.
    pub(super) async fn new_accounts(
        &self,
        blnk: &BlnkClient,
        chart: Chart,
        owner: &Owner,
        fence: &Fence,
        (connection, writes): (&mut Connection, bool),
        deadline: Deadline,
    ) -> Result<Chart, Halt> {
        let fresh = chart.unused();
        if fresh.is_empty() {
            return Ok(chart);
        }
        // Without a ledger of its own, all names were looked at a moment ago.
        if connection.ledger_id.is_some() {
            let names: Vec<String> = fresh.iter().map(|(_, name)| name.clone()).collect();
            let said = owner.to_string();
            let ledgers = app_ledgers(blnk, deadline).await?;
            let meets =
                |ledger: &&AppLedger| ledger.owner != said && Chart::new(ledger.prefix.as_str()).is_ok_and(|other| other.meets(&chart));
            if let Some(other) = ledgers.iter().find(meets) {
                let text = format!("A chosen account name is also one of the mirror {}. Choose another in the settings.", other.prefix);
                return Err(Halt::Fail { code: "account_names", text });
            }
            let taken = in_use(blnk, &names, owner, deadline).await?;
            if !taken.is_empty() {
                return Err(not_free(&taken));
            }
        }
        if !writes {
            return Ok(chart);
        }
        for (account, name) in fresh {
            connection.accounts.entry(account.word().to_owned()).or_default().insert(name);
        }
        self.store.remember_accounts(&fence.install, fence.connection, &connection.accounts).await?;
        Ok(chart.remembering(connection.accounts.clone()))
    }
}
