//! Payouts as a person asks about them: the list, one payout, and what it settled.
//!
//! The list and a payout come from the table. Only a payout that is not stored yet, or whose
//! members a person asks for before Stripe had finished it, is read at Stripe: one call. A page of
//! members is one call to Stripe and one look-up in the ledger, of at most 100 records each.

use std::collections::HashMap;
use std::time::Duration;

use crate::app::connect::connector::{Connector, blnk_refused};
use crate::model::connection::Connection;
use crate::model::error::{Details, Error, Result};
use crate::model::ledger::legs::signed_values;
use crate::model::ledger::{Owner, Reference};
use crate::model::money::Currency;
use crate::model::payout::item::{PayoutItem, Reconciliation};
use crate::model::session::Portal;
use crate::model::stripe::resource::Resource;
use crate::model::stripe::types::list::is_id;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::time::Millis;
use crate::platform::blnk::BlnkClient;
use crate::platform::blnk::types::LedgerTransaction;
use crate::platform::http::Deadline;
use crate::platform::store::payout_items::{
    PAYOUTS_FILE, PAYOUTS_PAGE, PayoutFilter, PayoutPage, PayoutPlace,
};
use crate::platform::stripe::{StripeClient, StripeError};
use crate::platform::vault::Purpose;

/// Time budget for the outside calls of one answer; below the function's timeout.
const BUDGET: Duration = Duration::from_millis(6500);

/// A further page of a file begins only with this much of the budget left.
const PAGE_NEEDS: Duration = Duration::from_millis(2500);

/// Pages of 100 members in one file.
pub const MEMBER_PAGES_IN_A_FILE: usize = 10;

/// Whether the ledger holds a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// The ledger holds its entry.
    Posted,
    /// The ledger holds an entry that is queued or was rejected.
    NotApplied,
    /// The ledger holds no entry: it was not mirrored yet, or stands as a problem.
    Missing,
    /// It is older than the mirror: the opening stands for it.
    BeforeStart,
    /// It moves no money, so it needs no entry.
    NoMovement,
}

/// The ledger entry of a member's gross amount; of its first fee, where the gross is zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberEntry {
    /// The reference; absent when the record moves nothing, or has no valid reference.
    pub reference: Option<String>,
    /// The ledger transaction.
    pub transaction: Option<String>,
    /// Whether the ledger holds it.
    pub state: EntryState,
}

/// A movement that a payout settled.
#[derive(Debug)]
pub struct Member {
    /// Stripe's record.
    pub record: BalanceTransaction,
    /// Its entry.
    pub entry: MemberEntry,
}

/// A part of what a payout settled.
#[derive(Debug)]
pub struct Members {
    /// The payout.
    pub payout: PayoutItem,
    /// Newest first, the payout's own record included.
    pub members: Vec<Member>,
    /// Members in a form that cannot be read.
    pub unreadable: u64,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Payouts of the connected account.
#[derive(Debug, Clone, Copy)]
pub struct PayoutQueries<'a> {
    /// The table, the keys, and both partners.
    pub connector: &'a Connector,
}

/// How the members of a payout are read.
struct MemberReader<'r> {
    stripe: StripeClient,
    blnk: BlnkClient,
    owner: Owner,
    connection: &'r Connection,
    deadline: Deadline,
}

impl PayoutQueries<'_> {
    /// A page of the list, newest first. One read of the table.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a place that no page of this list gave, [`Error::Unavailable`].
    pub async fn page(
        &self,
        portal: &Portal,
        filter: &PayoutFilter,
        before: Option<&str>,
    ) -> Result<PayoutPage> {
        self.list(portal, filter, before, PAYOUTS_PAGE).await
    }

    /// The list as a file, of at most [`PAYOUTS_FILE`] payouts.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub async fn file(
        &self,
        portal: &Portal,
        filter: &PayoutFilter,
        before: Option<&str>,
    ) -> Result<PayoutPage> {
        let mut whole = self.list(portal, filter, before, PAYOUTS_FILE).await?;
        let deadline = Deadline::after(BUDGET);
        while let Some(next) = whole.next.take() {
            let room = PAYOUTS_FILE.saturating_sub(whole.payouts.len());
            if room == 0 || deadline.remaining() < PAGE_NEEDS {
                whole.next = Some(next);
                break;
            }
            let more = self.list(portal, filter, Some(&next.to_string()), room).await?;
            whole.payouts.extend(more.payouts);
            whole.next = more.next;
        }
        Ok(whole)
    }

    async fn list(
        &self,
        portal: &Portal,
        filter: &PayoutFilter,
        before: Option<&str>,
        most: usize,
    ) -> Result<PayoutPage> {
        let place = before.map(|text| {
            PayoutPlace::parse(text)
                .filter(|place| filter.may_end_at(place))
                .ok_or_else(not_a_cursor)
        });
        let place = place.transpose()?;
        let Some(connection) = &portal.connection else {
            return Ok(PayoutPage { payouts: Vec::new(), next: None });
        };
        self.connector
            .store
            .payout_items()
            .page(&portal.install, connection.connection, filter, place.as_ref(), most)
            .await
    }

    /// One payout: one read of the table, and one call to Stripe when it is not stored yet.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a payout that this account does not have, [`Error::Unavailable`],
    /// and what Stripe refuses.
    pub async fn one(&self, portal: &Portal, id: &str, now: Millis) -> Result<PayoutItem> {
        let (connection, stored) = self.stored(portal, id).await?;
        match stored {
            Some(item) => Ok(item),
            None => {
                let stripe = self.stripe(portal, connection).await?;
                let deadline = Deadline::after(BUDGET);
                self.opened(portal, connection, (&stripe, deadline), (id, None), now).await
            }
        }
    }

    async fn stored<'p>(
        &self,
        portal: &'p Portal,
        id: &str,
    ) -> Result<(&'p Connection, Option<PayoutItem>)> {
        let connection = portal.connection.as_ref().ok_or(Error::NotFound)?;
        if !is_id(id) {
            return Err(Error::NotFound);
        }
        let items = self.connector.store.payout_items();
        Ok((connection, items.get(&portal.install, connection.connection, id).await?))
    }

    /// Reads a payout at Stripe and keeps it. That it could not be kept changes no answer: a run
    /// was faster, or the connection is over.
    async fn opened(
        &self,
        portal: &Portal,
        connection: &Connection,
        (stripe, deadline): (&StripeClient, Deadline),
        (id, before): (&str, Option<&PayoutItem>),
        now: Millis,
    ) -> Result<PayoutItem> {
        let source = stripe
            .object(Resource::Payouts, id, deadline)
            .await
            .map_err(stripe_refused)?
            .ok_or(Error::NotFound)?;
        let item = PayoutItem::of(&source, before, now).ok_or(Error::NotFound)?;
        if before.is_none_or(|before| item.differs(before)) {
            let items = self.connector.store.payout_items();
            let stored = items.put_opened(&portal.install, connection, &item).await?;
            tracing::debug!(install = %portal.install, payout = id, stored,
                "payout read at Stripe");
        }
        Ok(item)
    }

    /// A page of at most 100 members of a payout, newest first: one call to Stripe, one look-up in
    /// the ledger. None where Stripe does not tell them.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a payout that this account does not have, [`Error::BadRequest`] for
    /// a cursor that Stripe does not know, [`Error::Unavailable`], and what a partner refuses.
    pub async fn members(
        &self,
        portal: &Portal,
        id: &str,
        after: Option<&str>,
        now: Millis,
    ) -> Result<Members> {
        self.pages_of_members(portal, id, after, 1, now).await
    }

    /// The members of a payout as a file, of at most [`MEMBER_PAGES_IN_A_FILE`] pages.
    ///
    /// # Errors
    /// As [`Self::members`].
    pub async fn members_file(
        &self,
        portal: &Portal,
        id: &str,
        after: Option<&str>,
        now: Millis,
    ) -> Result<Members> {
        self.pages_of_members(portal, id, after, MEMBER_PAGES_IN_A_FILE, now).await
    }

    async fn pages_of_members(
        &self,
        portal: &Portal,
        id: &str,
        after: Option<&str>,
        pages: usize,
        now: Millis,
    ) -> Result<Members> {
        if after.is_some_and(|after| !is_id(after)) {
            return Err(not_a_cursor());
        }
        let (connection, stored) = self.stored(portal, id).await?;
        if let Some(payout) = stored.as_ref().filter(|stored| never_lists_members(stored)) {
            return Ok(Members::none(payout.clone()));
        }
        let deadline = Deadline::after(BUDGET);
        let stripe = self.stripe(portal, connection).await?;
        let payout = match stored {
            Some(item) if item.complete => item,
            before => {
                let named = (id, before.as_ref());
                self.opened(portal, connection, (&stripe, deadline), named, now).await?
            }
        };
        if never_lists_members(&payout) || !payout.complete {
            return Ok(Members::none(payout));
        }
        let owner =
            Owner::new(connection.account_id.clone(), connection.mode).map_err(Error::internal)?;
        let blnk = self.connector.blnk(portal, &portal.meta).await?;
        let reader = MemberReader { stripe, blnk, owner, connection, deadline };
        let mut found = Members { next: after.map(str::to_owned), ..Members::none(payout) };
        for page in 0..pages {
            if page > 0 && deadline.remaining() < PAGE_NEEDS {
                break;
            }
            reader.read(id, &mut found).await?;
            if found.next.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn stripe(&self, portal: &Portal, connection: &Connection) -> Result<StripeClient> {
        let sealed = &connection.sealed_key;
        let vault = &self.connector.vault;
        let key = vault.open(&portal.install, Purpose::StripeApiKey, sealed).await?;
        StripeClient::new(self.connector.http.clone(), &self.connector.stripe_base, &key)
            .map_err(Error::internal)
    }
}

impl Members {
    const fn none(payout: PayoutItem) -> Self {
        Self { payout, members: Vec::new(), unreadable: 0, next: None }
    }
}

impl MemberReader<'_> {
    /// Adds the page after `found.next`.
    async fn read(&self, payout: &str, found: &mut Members) -> Result<()> {
        let after = found.next.take();
        let page = self
            .stripe
            .payout_members_with_sources(payout, after.as_deref(), self.deadline)
            .await
            .map_err(stripe_refused)?;
        found.unreadable += page.unread.len() as u64;
        found.next = page.last_id().map(str::to_owned).filter(|_| page.has_more);
        let references: Vec<Option<String>> =
            page.data.iter().map(|record| reference_of(&self.owner, record)).collect();
        let asked: Vec<&String> = references.iter().flatten().collect();
        let rows = self
            .blnk
            .transactions_by_reference(&asked, self.deadline)
            .await
            .map_err(blnk_refused)?;
        let rows: HashMap<&str, &LedgerTransaction> =
            rows.iter().map(|row| (row.reference.as_str(), row)).collect();
        let from = self.connection.posted_from();
        for (record, reference) in page.data.into_iter().zip(references) {
            let row = reference.as_deref().and_then(|reference| rows.get(reference)).copied();
            let state = state_of(&record, reference.as_deref(), row, from);
            let transaction = row.map(|row| row.transaction_id.clone());
            let entry = MemberEntry { reference, transaction, state };
            found.members.push(Member { record, entry });
        }
        Ok(())
    }
}

/// Whether Stripe never tells the members of a payout.
fn never_lists_members(payout: &PayoutItem) -> bool {
    matches!(payout.reconciliation(), Reconciliation::NotListed | Reconciliation::Returned)
}

/// The reference of a record's gross amount; of its first fee, where the gross is zero.
fn reference_of(owner: &Owner, record: &BalanceTransaction) -> Option<String> {
    let currency: Currency = record.currency.parse().ok()?;
    let values = signed_values(record, currency, &mut Vec::new()).ok()?;
    let (word, _) = values.into_iter().find(|(_, value)| *value != 0)?;
    Reference::new(owner, &record.id, word).ok().map(|reference| reference.to_string())
}

fn state_of(
    record: &BalanceTransaction,
    reference: Option<&str>,
    row: Option<&LedgerTransaction>,
    posted_from: Option<i64>,
) -> EntryState {
    match (reference, row) {
        (None, _) => EntryState::NoMovement,
        (_, Some(row)) if row.is_applied() => EntryState::Posted,
        (_, Some(_)) => EntryState::NotApplied,
        (_, None) if posted_from.is_some_and(|from| record.created < from) => {
            EntryState::BeforeStart
        }
        (_, None) => EntryState::Missing,
    }
}

fn not_a_cursor() -> Error {
    Error::field("cursor", "is not the next of a page")
}

fn stripe_refused(error: StripeError) -> Error {
    match error {
        StripeError::CursorGone => not_a_cursor(),
        StripeError::Unauthorized { .. } => Error::conflict(
            "stripe_key_refused",
            "Stripe no longer accepts the key. Connect a new one.",
        ),
        StripeError::Forbidden { right } => Error::refused(
            "stripe_right_missing",
            format!(
                "The Stripe key may not read this{}. Connect a key that may.",
                right.as_deref().map(|right| format!(" ({right})")).unwrap_or_default()
            ),
        )
        .with(Details { right, ..Details::default() }),
        error => Error::unavailable("Stripe", error),
    }
}

#[cfg(test)]
mod tests;
