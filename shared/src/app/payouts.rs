//! Payouts for the portal: the list, one payout, and what it settled.
//!
//! The list and a payout come from the table. Only a payout that is not stored yet, or whose
//! members are requested before Stripe completed it, is read at Stripe: one call. A page of members
//! is one call to Stripe and one look-up in the ledger, of at most 100 records each.

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

/// Another page of a file is read only with this much of the budget left.
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
    /// The ledger holds no entry: it is not mirrored yet, or it is a problem.
    Missing,
    /// It is older than the mirror: it is part of the opening.
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
pub struct MembersPage {
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

/// A connected account, and the client and the deadline for calls about it.
struct StripeAccess<'c> {
    connection: &'c Connection,
    client: StripeClient,
    deadline: Deadline,
}

/// How the members of a payout are read.
struct MemberReader<'r> {
    stripe: StripeAccess<'r>,
    blnk: BlnkClient,
    owner: Owner,
}

impl PayoutQueries<'_> {
    /// A page of the list, newest first. One read of the table.
    ///
    /// # Errors [`Error::BadRequest`] for a place that is not the `next` of a page of this list,
    /// [`Error::Unavailable`].
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
                let stripe = self.stripe(portal, connection, Deadline::after(BUDGET)).await?;
                self.opened(portal, &stripe, id, None, now).await
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

    /// Reads a payout at Stripe and stores it. If it cannot be stored, the response is the same: a
    /// run was faster, or the connection is over.
    async fn opened(
        &self,
        portal: &Portal,
        stripe: &StripeAccess<'_>,
        id: &str,
        before: Option<&PayoutItem>,
        now: Millis,
    ) -> Result<PayoutItem> {
        let source = stripe
            .client
            .object(Resource::Payouts, id, stripe.deadline)
            .await
            .map_err(stripe_refused)?
            .ok_or(Error::NotFound)?;
        let item = PayoutItem::of(&source, before, now).ok_or(Error::NotFound)?;
        if before.is_none_or(|before| item.differs(before)) {
            let items = self.connector.store.payout_items();
            let stored = items.put_opened(&portal.install, stripe.connection, &item).await?;
            tracing::debug!(install = %portal.install, payout = id, stored,
                "payout read at Stripe");
        }
        Ok(item)
    }

    /// A page of at most 100 members of a payout, newest first: one call to Stripe, one look-up in
    /// the ledger. None where Stripe does not list them.
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
    ) -> Result<MembersPage> {
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
    ) -> Result<MembersPage> {
        self.pages_of_members(portal, id, after, MEMBER_PAGES_IN_A_FILE, now).await
    }

    async fn pages_of_members(
        &self,
        portal: &Portal,
        id: &str,
        after: Option<&str>,
        pages: usize,
        now: Millis,
    ) -> Result<MembersPage> {
        if after.is_some_and(|after| !is_id(after)) {
            return Err(not_a_cursor());
        }
        let (connection, stored) = self.stored(portal, id).await?;
        if let Some(payout) = stored.as_ref().filter(|stored| never_lists_members(stored)) {
            return Ok(MembersPage::none(payout.clone()));
        }
        let deadline = Deadline::after(BUDGET);
        let stripe = self.stripe(portal, connection, deadline).await?;
        let payout = match stored {
            Some(item) if item.complete => item,
            before => self.opened(portal, &stripe, id, before.as_ref(), now).await?,
        };
        if never_lists_members(&payout) || !payout.complete {
            return Ok(MembersPage::none(payout));
        }
        let owner =
            Owner::new(connection.account_id.clone(), connection.mode).map_err(Error::internal)?;
        let blnk = self.connector.blnk(portal, &portal.meta).await?;
        let reader = MemberReader { stripe, blnk, owner };
        let mut found = MembersPage { next: after.map(str::to_owned), ..MembersPage::none(payout) };
        for page in 0..pages {
            if page > 0 && (found.next.is_none() || deadline.remaining() < PAGE_NEEDS) {
                break;
            }
            reader.read(id, &mut found).await?;
        }
        Ok(found)
    }

    async fn stripe<'c>(
        &self,
        portal: &Portal,
        connection: &'c Connection,
        deadline: Deadline,
    ) -> Result<StripeAccess<'c>> {
        let Connector { vault, http, stripe_base, .. } = self.connector;
        let sealed = &connection.sealed_key;
        let key = vault.open(&portal.install, Purpose::StripeApiKey, sealed).await?;
        let client = StripeClient::new(http.clone(), stripe_base, &key).map_err(Error::internal)?;
        Ok(StripeAccess { connection, client, deadline })
    }
}

impl MembersPage {
    const fn none(payout: PayoutItem) -> Self {
        Self { payout, members: Vec::new(), unreadable: 0, next: None }
    }
}

impl MemberReader<'_> {
    /// Adds the page after `found.next`.
    async fn read(&self, payout: &str, found: &mut MembersPage) -> Result<()> {
        let after = found.next.take();
        let StripeAccess { connection, client, deadline } = &self.stripe;
        let page = client
            .payout_members_with_sources(payout, after.as_deref(), *deadline)
            .await
            .map_err(stripe_refused)?;
        found.unreadable += page.unread.len() as u64;
        found.next = page.last_id().map(str::to_owned).filter(|_| page.has_more);
        let references: Vec<Option<String>> =
            page.data.iter().map(|record| reference_of(&self.owner, record)).collect();
        let asked: Vec<&String> = references.iter().flatten().collect();
        let rows =
            self.blnk.transactions_by_reference(&asked, *deadline).await.map_err(blnk_refused)?;
        let rows: HashMap<&str, &LedgerTransaction> =
            rows.iter().map(|row| (row.reference.as_str(), row)).collect();
        let from = connection.posted_from();
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

/// Whether Stripe never lists the members of a payout.
fn never_lists_members(payout: &PayoutItem) -> bool {
    matches!(payout.reconciliation(), Reconciliation::NotListed | Reconciliation::Returned)
}

/// The reference of a record's gross amount; of its first fee, where the gross is zero.
fn reference_of(owner: &Owner, record: &BalanceTransaction) -> Option<String> {
    let currency: Currency = record.currency.parse().ok()?;
    let values = signed_values(record, currency, &mut Vec::new()).ok()?;
    let (leg_kind, _) = values.into_iter().find(|(_, value)| *value != 0)?;
    Reference::new(owner, &record.id, leg_kind).ok().map(|reference| reference.to_string())
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
    Error::field("cursor", "`cursor` is not a valid `next` cursor.")
}

fn stripe_refused(error: StripeError) -> Error {
    match error {
        StripeError::CursorGone => not_a_cursor(),
        StripeError::Unauthorized { .. } => Error::conflict(
            "stripe_key_refused",
            "Stripe no longer accepts the key. Connect a new one.",
        ),
        StripeError::Forbidden { permission } => Error::refused(
            "stripe_right_missing",
            format!(
                "The Stripe key may not read this{}. Connect a key that may.",
                permission.as_deref().map(|name| format!(" ({name})")).unwrap_or_default()
            ),
        )
        .with(Details { permission, ..Details::default() }),
        error => Error::unavailable("Stripe", error),
    }
}

#[cfg(test)]
mod tests;
