//! Finds a movement of money from either side: from an id, an e-mail address or an amount to
//! Stripe's record, its ledger entries and its problems.

mod payouts;
mod result;
mod steps;

pub use result::{FoundAccount, FoundEntry, FoundMovement, FoundObject, SearchResult};

use std::sync::atomic::AtomicUsize;

use crate::app::connect::connector::{BUDGET, Connector, not_connected};
use crate::app::search::result::assemble;
use crate::app::search::steps::{Gathered, Search, SearchError};
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::ledger::Owner;
use crate::model::search::{Query, SearchOutcome, Step};
use crate::model::session::Portal;
use crate::platform::blnk::BlnkClient;
use crate::platform::http::Deadline;
use crate::platform::stripe::StripeClient;
use crate::platform::vault::Purpose;

/// Searches.
///
/// # Errors
/// [`Error::Conflict`] when nothing is connected, or Stripe or Blnk Cloud no longer accepts its
/// key, [`Error::Forbidden`] when the ledger may not be read, [`Error::Unavailable`].
pub async fn search(connector: &Connector, portal: &Portal, query: &Query) -> Result<SearchResult> {
    let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
    let owner = Owner::new(&connection.account_id, connection.mode).map_err(Error::internal)?;
    let plan = query.plan(&owner);
    if matches!(query, Query::Invoice(_)) {
        return Ok(SearchResult::empty(SearchOutcome::NotReadable));
    }
    let search = Search {
        store: &connector.store,
        install: &portal.install,
        connection: connection.connection,
        calls: AtomicUsize::new(0),
        stripe: stripe(connector, portal, connection, &plan).await?,
        blnk: blnk(connector, portal, &plan).await?,
        owner: &owner,
        deadline: Deadline::after(BUDGET),
    };
    let mut gathered = Gathered::default();
    for step in &plan {
        match Box::pin(search.take(step, &mut gathered)).await {
            Ok(()) => {}
            Err(SearchError::Failed(error)) => return Err(error),
            // What was found before is still shown.
            Err(SearchError::Denied(permission)) => gathered.denied = Some(permission),
        }
    }
    assemble(&connector.store, portal, connection, &owner, gathered).await
}

/// A client for Stripe, if the plan calls it. A key that is not needed is not decrypted.
async fn stripe(
    connector: &Connector,
    portal: &Portal,
    connection: &Connection,
    plan: &[Step],
) -> Result<Option<StripeClient>> {
    if plan.iter().all(|step| step.calls().0 == 0) {
        return Ok(None);
    }
    let sealed = &connection.sealed_key;
    let key = connector.vault.open(&portal.install, Purpose::StripeApiKey, sealed).await?;
    let client = StripeClient::new(connector.http.clone(), &connector.stripe_base, &key)
        .map_err(Error::internal)?;
    Ok(Some(client.impatient()))
}

/// A client for the ledger, if the plan calls it.
async fn blnk(connector: &Connector, portal: &Portal, plan: &[Step]) -> Result<Option<BlnkClient>> {
    if plan.iter().all(|step| step.calls().1 == 0) {
        return Ok(None);
    }
    connector.blnk(portal, &portal.meta).await.map(Some)
}
