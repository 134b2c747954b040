//! The members of a payout, as the portal shows them. Amounts are decimal strings of minor units.

use serde::{Deserialize, Serialize};
use stripe_sync::app::payouts::{EntryState, Member, MembersPage};
use stripe_sync::model::money::Sum;
use stripe_sync::model::payout::item::Reconciliation;
use stripe_sync::model::payout::members::category_of;
use stripe_sync::model::stripe::types::Source;
use stripe_sync::model::stripe::types::parts::{Expandable, IdOnly};
use utoipa::{IntoParams, ToSchema};

use crate::dto::format::{exponent, minor};
use crate::dto::payouts::{at, note};

/// Which page of a payout's members.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MembersQuery {
    /// The `next` of the page before.
    pub(crate) cursor: Option<String>,
}

/// A page of what a payout settled, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PayoutMembersPage {
    payout_id: String,
    reconciliation: Reconciliation,
    /// What can and cannot be known about the members.
    members_note: &'static str,
    members: Vec<PayoutMember>,
    /// Members of this page in a form that cannot be read.
    unreadable: u64,
    /// Asks for the next page, as `cursor`.
    #[schema(required)]
    next: Option<String>,
}

/// A movement that a payout settled.
#[derive(Serialize, ToSchema)]
struct PayoutMember {
    /// Stripe's id of the movement.
    id: String,
    /// Stripe's accounting category.
    category: String,
    /// Stripe's type.
    #[serde(rename = "type")]
    type_: String,
    currency: String,
    exponent: u32,
    gross: String,
    fee: String,
    net: String,
    created: String,
    available_on: String,
    /// The payout's own record.
    own: bool,
    /// The object behind it: a charge, a refund, a dispute, …
    #[schema(required)]
    source: Option<String>,
    #[schema(required)]
    charge: Option<String>,
    #[schema(required)]
    payment_intent: Option<String>,
    #[schema(required)]
    customer: Option<String>,
    entry: PayoutMemberEntry,
}

/// The ledger entry of a movement's gross amount; of its first fee, where the gross is zero.
#[derive(Serialize, ToSchema)]
struct PayoutMemberEntry {
    state: EntryState,
    #[schema(required)]
    reference: Option<String>,
    #[schema(required)]
    transaction_id: Option<String>,
}

impl PayoutMembersPage {
    pub(crate) fn of(found: &MembersPage) -> Self {
        let reconciliation = found.payout.reconciliation();
        Self {
            payout_id: found.payout.id.clone(),
            reconciliation,
            members_note: note(reconciliation, found.payout.complete),
            members: found
                .members
                .iter()
                .map(|member| PayoutMember::of(member, &found.payout.id))
                .collect(),
            unreadable: found.unreadable,
            next: found.next.clone(),
        }
    }
}

/// Stripe's ids behind a movement.
#[derive(Default)]
pub(crate) struct MemberIds {
    pub(crate) source: Option<String>,
    pub(crate) charge: Option<String>,
    pub(crate) payment_intent: Option<String>,
    pub(crate) customer: Option<String>,
}

impl MemberIds {
    pub(crate) fn of(source: Option<&Expandable<Source>>) -> Self {
        let Some(sent) = source else { return Self::default() };
        let id = sent.id().to_owned();
        let Some(whole) = sent.object() else {
            return Self { source: Some(id), ..Self::default() };
        };
        let behind = whole.charge.as_ref().and_then(Expandable::object);
        let own = (whole.object == "charge").then(|| id.clone());
        let intent = whole.payment_intent.as_ref();
        let intent = intent.or_else(|| behind.and_then(|charge| charge.payment_intent.as_ref()));
        let customer = whole.customer.as_ref();
        let customer = customer.or_else(|| behind.and_then(|charge| charge.customer.as_ref()));
        Self {
            charge: own.or_else(|| whole.charge.as_ref().map(|charge| charge.id().to_owned())),
            payment_intent: intent.map(|IdOnly(id)| id.clone()),
            customer: customer.map(|customer| customer.id().to_owned()),
            source: Some(id),
        }
    }
}

impl PayoutMember {
    fn of(member: &Member, payout: &str) -> Self {
        let (record, entry) = (&member.record, &member.entry);
        let currency = record.currency.to_uppercase();
        let ids = MemberIds::of(record.source.as_ref());
        let amount = |amount: i64| minor(Sum(i128::from(amount)));
        Self {
            id: record.id.clone(),
            category: category_of(record).to_owned(),
            type_: record.type_.clone(),
            exponent: exponent(&currency),
            currency,
            gross: amount(record.amount),
            fee: amount(record.fee),
            net: amount(record.net),
            created: at(record.created),
            available_on: at(record.available_on),
            own: ids.source.as_deref() == Some(payout),
            source: ids.source,
            charge: ids.charge,
            payment_intent: ids.payment_intent,
            customer: ids.customer,
            entry: PayoutMemberEntry {
                state: entry.state,
                reference: entry.reference.clone(),
                transaction_id: entry.transaction.clone(),
            },
        }
    }
}
