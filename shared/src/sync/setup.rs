//! What must hold before the first write: the mirror belongs to this Stripe account alone, its names meet nobody else's, and none of the
//! chosen accounts holds entries that are not ours. Then the app's own ledger, found or made.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use ulid::Ulid;

use super::free::{AccountInUse, Claim};
use super::halt::{Halt, Party};
use super::run::Progress;
use super::table::Fence;
use super::worker::Worker;
use crate::blnk::{BlnkClient, BlnkError, Ledger, LedgerBalance, MetaData};
use crate::connection::Connection;
use crate::error::Result;
use crate::http::Deadline;
use crate::install::InstallId;
use crate::ledger::{Chart, Owner, UsedNames};
use crate::store::{Sk, Store, key, s, to_attr, unavailable};

/// The key in the app ledger's metadata that names the mirror.
const META_MIRROR: &str = "stripe_sync_mirror";
/// The key that names the mirror's owner, `<account>:<mode>`.
const META_OWNER: &str = "stripe_sync_owner";
/// How the names of the app's own ledgers begin.
const LEDGER_NAME: &str = "Stripe ";
/// Balances that a run looks at before it notes which were found free: the next worker goes on from there.
const BALANCES_AT_ONCE: usize = 48;

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

/// Who owns the names of a chart, as far as the app's own ledgers tell.
fn owned(ledgers: &[AppLedger], chart: &Chart, owner: &Owner) -> Ownership {
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
fn met<'l>(ledgers: &'l [AppLedger], chart: &Chart, owner: &Owner) -> Option<&'l AppLedger> {
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

/// The app's own ledger, if there is one; why there must be none.
fn own_ledger(ledgers: &[AppLedger], chart: &Chart, owner: &Owner) -> Result<Option<String>, Halt> {
    match owned(ledgers, chart, owner) {
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

/// Makes the app's own ledger.
async fn make_ledger(blnk: &BlnkClient, chart: &Chart, owner: &Owner, deadline: Deadline) -> Result<String, Halt> {
    let mut meta_data = MetaData::new();
    meta_data.insert(META_MIRROR.to_owned(), chart.prefix().into());
    meta_data.insert(META_OWNER.to_owned(), owner.to_string().into());
    let name = format!("{LEDGER_NAME}{} ({})", owner.account(), owner.mode());
    let made = blnk.create_ledger(&name, &meta_data, deadline).await?.ledger_id;
    // Another worker may have made one at the same moment, without knowing of this: all of them take the oldest, as a reinstall will.
    let said = owner.to_string();
    let oldest = app_ledgers(blnk, deadline).await?.into_iter().find(|ledger| ledger.owner == said);
    Ok(oldest.map_or(made, |oldest| oldest.ledger.ledger_id))
}

fn not_free(accounts: &[AccountInUse]) -> Halt {
    let named: Vec<String> = accounts.iter().map(|account| format!("{} {}", account.indicator, account.currency)).collect();
    Halt::Fail { code: "accounts_not_free", text: format!("These accounts hold entries that are not ours: {}.", named.join(", ")) }
}

/// What the setting-up of a run changes.
pub(super) struct SetUp<'s> {
    pub(super) fence: &'s mut Fence,
    pub(super) connection: &'s mut Connection,
    pub(super) progress: &'s mut Progress,
    /// Whether the run may write.
    pub(super) writes: bool,
}

impl Worker {
    /// Sees to it, before the first entry goes there, that the accounts are this owner's and that names which were not in use before are
    /// free. Answers them, and the app's own ledger: looked for first, made last, since making it twice makes two. A run that may not write
    /// makes none.
    pub(super) async fn set_up(
        &self,
        blnk: &BlnkClient,
        chart: Chart,
        owner: &Owner,
        of: SetUp<'_>,
        deadline: Deadline,
    ) -> Result<(Chart, Option<String>), Halt> {
        let SetUp { fence, connection, progress, writes } = of;
        let fresh = chart.unused();
        if connection.ledger_id.is_some() && fresh.is_empty() {
            return Ok((chart, connection.ledger_id.clone()));
        }
        let mut ledgers = app_ledgers(blnk, deadline).await?;
        let own = match &connection.ledger_id {
            None => {
                let mut own = own_ledger(&ledgers, &chart, owner)?;
                if own.is_none() && writes {
                    // Made twice it would be two for good: that there is none, two questions must say.
                    ledgers = looked_for_again(blnk, ledgers, &chart, owner, deadline).await?;
                    own = own_ledger(&ledgers, &chart, owner)?;
                }
                own
            }
            Some(id) => {
                if let Some(other) = met(&ledgers, &chart, owner) {
                    let text = format!("A chosen account name is also one of the mirror {}. Choose another in the settings.", other.prefix);
                    return Err(Halt::Fail { code: "account_names", text });
                }
                Some(id.clone())
            }
        };
        let mut names: Vec<String> = fresh.iter().map(|(_, name)| name.clone()).collect();
        if own.is_none() {
            names.extend(chart.known_mirrors());
        }
        names.retain(|name| !progress.free.contains(name));
        self.see_free(blnk, names, Claim { owner, kept: own.is_some() }, (&mut *fence, &mut *progress), deadline).await?;
        if own.is_none() && writes && progress.met_ours && (Claim { owner, kept: false }).made_here(blnk, &chart.names(), deadline).await? {
            // Our entries come after our ledger, which nothing removes: a list without it is no answer, and a second one would be for good.
            return Err(Halt::later(Party::Blnk, "accounts hold this connection's entries, but the list of ledgers lacks its ledger"));
        }
        let ledger = match own {
            None if writes => Some(make_ledger(blnk, &chart, owner, deadline).await?),
            own => own,
        };
        if let Some(found) = ledger.as_ref().filter(|_| connection.ledger_id.is_none()) {
            self.store.remember_ledger(&fence.install, fence.connection, found).await?;
        }
        if !writes || fresh.is_empty() {
            return Ok((chart, ledger));
        }
        for (account, name) in fresh {
            connection.accounts.entry(account.word().to_owned()).or_default().insert(name);
        }
        self.store.remember_accounts(&fence.install, fence.connection, &connection.accounts).await?;
        progress.free.clear();
        Ok((chart.remembering(connection.accounts.clone()), ledger))
    }

    /// Looks at all balances of some names. What was found free is noted on the way, so that however many there are, and however far the
    /// ledger is, each worker goes on where the one before it stopped.
    async fn see_free(
        &self,
        blnk: &BlnkClient,
        names: Vec<String>,
        claim: Claim<'_>,
        (fence, progress): (&mut Fence, &mut Progress),
        deadline: Deadline,
    ) -> Result<(), Halt> {
        let mut balances = blnk.balances_by_indicator(&names, deadline).await?;
        balances.retain(|balance| !progress.free.contains(&of_currency(balance)));
        while !balances.is_empty() {
            let part: Vec<LedgerBalance> = balances.iter().take(BALANCES_AT_ONCE).cloned().collect();
            let looked = claim.look_at(blnk, part, deadline).await?;
            if !looked.in_use.is_empty() {
                return Err(not_free(&looked.in_use));
            }
            progress.met_ours |= looked.ours;
            progress.free.extend(balances.drain(..looked.done).map(|balance| of_currency(&balance)));
            if looked.done > 0 && !balances.is_empty() && !self.store.checkpoint(fence, progress, Vec::new()).await? {
                return Err(Halt::Superseded);
            }
            if !looked.whole {
                return Err(Halt::later(Party::App, "not all accounts could be looked at in time"));
            }
        }
        progress.free.extend(names);
        Ok(())
    }
}

/// How a balance is noted that was found free, beside names of which all are: no name holds this sign.
fn of_currency(balance: &LedgerBalance) -> String {
    format!("{}#{}", balance.indicator.as_deref().unwrap_or_default(), balance.currency)
}

impl Store {
    /// Keeps the id of the app's own ledger.
    pub(super) async fn remember_ledger(&self, install: &InstallId, connection: Ulid, ledger_id: &str) -> Result<()> {
        self.remember(install, connection, "ledger_id", s(ledger_id)).await
    }

    /// Remembers which account names were found free. Nothing happens when the connection is gone.
    pub(super) async fn remember_accounts(&self, install: &InstallId, connection: Ulid, accounts: &UsedNames) -> Result<()> {
        self.remember(install, connection, "accounts", to_attr(accounts)?).await
    }

    async fn remember(&self, install: &InstallId, connection: Ulid, attribute: &str, value: AttributeValue) -> Result<()> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET #attribute = :value")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":value", value)
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}
