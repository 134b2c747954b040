//! Checks what must hold before the first write: the mirror belongs to this Stripe account alone,
//! its names collide with no other mirror's, and none of the chosen accounts holds entries that are
//! not ours. Then finds or creates the app's own ledger.

use crate::app::free_accounts::Claim;
use crate::app::ownership::{
    AppLedger, LEDGER_NAME, META_MIRROR, META_OWNER, Ownership, app_ledgers, conflicting_ledger,
    looked_for_again, of_currency, owned,
};
use crate::engine::services::Services;
use crate::engine::stop::Stop;
use crate::model::connection::Connection;
use crate::model::error::Result;
use crate::model::error::details::AccountInUse;
use crate::model::ledger::{Chart, Owner};
use crate::model::party::Party;
use crate::model::run::progress::Progress;
use crate::platform::blnk::{BlnkClient, LedgerBalance, MetaData};
use crate::platform::http::Deadline;
use crate::platform::store::runs::Fence;

/// Balances that a run checks before it records which were found free. The next worker continues
/// from there.
pub(crate) const BALANCES_AT_ONCE: usize = 48;

/// The app's own ledger, if there is one; an error if there must be none.
pub(crate) fn own_ledger(
    ledgers: &[AppLedger],
    chart: &Chart,
    owner: &Owner,
) -> Result<Option<String>, Stop> {
    match owned(ledgers, chart, owner) {
        Ownership::Ours(found) => Ok(found),
        Ownership::OwnedBy(other) => Err(Stop::Fail {
            code: "ledger_owned_by_other",
            text: format!(
                "The accounts under {} mirror another Stripe account ({other}).",
                chart.prefix()
            ),
        }),
        Ownership::Overlaps(other) => Err(Stop::Fail {
            code: "prefix_overlaps",
            text: format!(
                "Account names under {} are also those of the mirror {other}. Connect again with \
                    another prefix.",
                chart.prefix()
            ),
        }),
        Ownership::Elsewhere(prefix) => Err(Stop::Fail {
            code: "other_prefix",
            text: format!(
                "This Stripe account is already mirrored in this ledger under {prefix}. Connect it \
                    again to use that one."
            ),
        }),
        Ownership::InUse(accounts) => Err(not_free(&accounts)),
    }
}

/// Creates the app's own ledger.
pub(crate) async fn make_ledger(
    blnk: &BlnkClient,
    chart: &Chart,
    owner: &Owner,
    deadline: Deadline,
) -> Result<String, Stop> {
    let mut meta_data = MetaData::new();
    meta_data.insert(META_MIRROR.to_owned(), chart.prefix().into());
    meta_data.insert(META_OWNER.to_owned(), owner.to_string().into());
    let name = format!("{LEDGER_NAME}{} ({})", owner.account(), owner.mode());
    let made = blnk.create_ledger(&name, &meta_data, deadline).await?.ledger_id;
    // Another worker may have created one at the same moment without knowing of this one. All of
    // them take the oldest, as a reinstall will.
    let owner = owner.to_string();
    let oldest =
        app_ledgers(blnk, deadline).await?.into_iter().find(|ledger| ledger.owner == owner);
    Ok(oldest.map_or(made, |oldest| oldest.ledger.ledger_id))
}

pub(crate) fn not_free(accounts: &[AccountInUse]) -> Stop {
    let named: Vec<String> = accounts
        .iter()
        .map(|account| format!("{} {}", account.indicator, account.currency))
        .collect();
    Stop::Fail {
        code: "accounts_not_free",
        text: format!("These accounts hold entries that are not ours: {}.", named.join(", ")),
    }
}

/// What the set-up of a run changes.
pub(crate) struct SetUp<'s> {
    pub(crate) fence: &'s mut Fence,
    pub(crate) connection: &'s mut Connection,
    pub(crate) progress: &'s mut Progress,
    /// Whether the run may write.
    pub(crate) writes: bool,
}

/// Ensures, before the first entry, that the accounts are this owner's and that newly used names
/// are free. Returns the names and the app's own ledger. The ledger is searched for first and
/// created last, because creating it twice makes two. A read-only run creates none.
pub(crate) async fn set_up(
    services: &Services,
    blnk: &BlnkClient,
    chart: Chart,
    owner: &Owner,
    of: SetUp<'_>,
    deadline: Deadline,
) -> Result<(Chart, Option<String>), Stop> {
    let SetUp { fence, connection, progress, writes } = of;
    let fresh = chart.unused();
    if connection.ledger_id.is_some() && fresh.is_empty() {
        return Ok((chart, connection.ledger_id.clone()));
    }
    let own = match &connection.ledger_id {
        None => find_ledger(blnk, &chart, owner, writes, deadline).await?,
        Some(id) => {
            names_are_free(blnk, &chart, owner, deadline).await?;
            Some(id.clone())
        }
    };
    let mut names: Vec<String> = fresh.iter().map(|(_, name)| name.clone()).collect();
    if own.is_none() {
        names.extend(chart.known_mirrors());
    }
    names.retain(|name| !progress.free.contains(name));
    see_free(
        services,
        blnk,
        names,
        Claim { owner, kept: own.is_some() },
        fence,
        progress,
        deadline,
    )
    .await?;
    if own.is_none()
        && writes
        && progress.has_own_entries
        && (Claim { owner, kept: false }).made_here(blnk, &chart.names(), deadline).await?
    {
        // Our entries are made after our ledger, which nothing removes. A list without it is wrong,
        // and a second ledger would stay for good.
        return Err(Stop::later(
            Party::Blnk,
            "accounts hold this connection's entries, but the list of ledgers lacks its ledger",
        ));
    }
    let ledger = match own {
        None if writes => Some(make_ledger(blnk, &chart, owner, deadline).await?),
        own => own,
    };
    if let Some(found) = ledger.as_ref().filter(|_| connection.ledger_id.is_none()) {
        services
            .store
            .connections()
            .remember_ledger(&fence.install, fence.connection, found)
            .await?;
    }
    if !writes || fresh.is_empty() {
        return Ok((chart, ledger));
    }
    for (account, name) in fresh {
        connection.accounts.entry(account.key().to_owned()).or_default().insert(name);
    }
    services
        .store
        .connections()
        .remember_accounts(&fence.install, fence.connection, &connection.accounts)
        .await?;
    progress.free.clear();
    Ok((chart.remembering(connection.accounts.clone()), ledger))
}

/// Finds the app's own ledger.
async fn find_ledger(
    blnk: &BlnkClient,
    chart: &Chart,
    owner: &Owner,
    writes: bool,
    deadline: Deadline,
) -> Result<Option<String>, Stop> {
    let ledgers = app_ledgers(blnk, deadline).await?;
    let own = own_ledger(&ledgers, chart, owner)?;
    if own.is_some() || !writes {
        return Ok(own);
    }
    // A second ledger would stay for good, so two queries must agree that there is none.
    let ledgers = looked_for_again(blnk, ledgers, chart, owner, deadline).await?;
    own_ledger(&ledgers, chart, owner)
}

/// Checks that no chosen account name belongs to another mirror.
async fn names_are_free(
    blnk: &BlnkClient,
    chart: &Chart,
    owner: &Owner,
    deadline: Deadline,
) -> Result<(), Stop> {
    let ledgers = app_ledgers(blnk, deadline).await?;
    let Some(other) = conflicting_ledger(&ledgers, chart, owner) else { return Ok(()) };
    let text = format!(
        "A chosen account name is also one of the mirror {}. Choose another in the settings.",
        other.prefix
    );
    Err(Stop::Fail { code: "account_names", text })
}

/// Checks all balances of some names. Balances found free are recorded along the way, so each
/// worker continues where the last one stopped, however many balances there are and however slow
/// the ledger is.
async fn see_free(
    services: &Services,
    blnk: &BlnkClient,
    names: Vec<String>,
    claim: Claim<'_>,
    fence: &mut Fence,
    progress: &mut Progress,
    deadline: Deadline,
) -> Result<(), Stop> {
    let mut balances = blnk.balances_by_indicator(&names, deadline).await?;
    balances.retain(|balance| !progress.free.contains(&of_currency(balance)));
    while !balances.is_empty() {
        let part: Vec<LedgerBalance> = balances.iter().take(BALANCES_AT_ONCE).cloned().collect();
        let looked = claim.look_at(blnk, part, deadline).await?;
        if !looked.in_use.is_empty() {
            return Err(not_free(&looked.in_use));
        }
        progress.has_own_entries |= looked.ours;
        progress.free.extend(balances.drain(..looked.done).map(|balance| of_currency(&balance)));
        if looked.done > 0
            && !balances.is_empty()
            && !services.store.runs().checkpoint(fence, progress, Vec::new()).await?
        {
            return Err(Stop::Superseded);
        }
        if !looked.whole {
            return Err(Stop::later(Party::App, "not all accounts could be checked in time"));
        }
    }
    progress.free.extend(names);
    Ok(())
}
