//! Payouts and their members as tables for spreadsheets (RFC 4180). Amounts are in whole units of
//! their currency, such as `12.05`.

use stripe_sync::app::payouts::{Member, MembersPage};
use stripe_sync::model::money::Currency;
use stripe_sync::model::payout::item::PayoutLine;
use stripe_sync::model::payout::members::category_of;
use stripe_sync::model::time::Millis;

use crate::dto::certificate_table::{plain, text, word};
use crate::dto::payout_members::MemberIds;
use crate::dto::payouts::at;
use crate::dto::table::table;

/// The columns of a list of payouts.
const PAYOUT_COLUMNS: [&str; 14] = [
    "payout",
    "created",
    "arrival",
    "amount",
    "currency",
    "status",
    "automatic",
    "method",
    "trace_id",
    "statement_descriptor",
    "failure_code",
    "reconciliation",
    "reconciled_at",
    "members",
];

/// The columns of the members of a payout.
const MEMBER_COLUMNS: [&str; 18] = [
    "payout",
    "movement",
    "category",
    "type",
    "created",
    "available_on",
    "currency",
    "gross",
    "fee",
    "net",
    "source",
    "charge",
    "payment_intent",
    "customer",
    "entry_state",
    "entry_reference",
    "entry_transaction",
    "own_record",
];

/// The payouts of a list.
pub(crate) fn payouts_csv(payouts: &[PayoutLine]) -> Result<String, csv::Error> {
    table(&PAYOUT_COLUMNS, payouts.iter().map(payout_row))
}

/// The members of a payout.
pub(crate) fn members_csv(found: &MembersPage) -> Result<String, csv::Error> {
    table(&MEMBER_COLUMNS, found.members.iter().map(|member| member_row(member, &found.payout.id)))
}

fn payout_row(line: &PayoutLine) -> [String; 14] {
    let currency = line.currency.as_deref().unwrap_or_default();
    [
        plain(&line.id),
        at(line.created),
        line.arrival.map(at).unwrap_or_default(),
        line.amount.map(|amount| whole(amount.0, currency)).unwrap_or_default(),
        plain(currency),
        plain(&line.status),
        line.automatic.to_string(),
        text(line.method.as_ref()),
        text(line.trace_id.as_ref()),
        text(line.statement_descriptor.as_ref()),
        text(line.failure_code.as_ref()),
        word(&line.reconciliation),
        line.reconciled_at.map(Millis::rfc3339).unwrap_or_default(),
        line.members.map(|members| members.to_string()).unwrap_or_default(),
    ]
}

fn member_row(member: &Member, payout: &str) -> [String; 18] {
    let record = &member.record;
    let currency = record.currency.to_uppercase();
    let amount = |amount: i64| whole(i128::from(amount), &currency);
    let ids = MemberIds::of(record.source.as_ref());
    [
        plain(payout),
        plain(&record.id),
        plain(category_of(record)),
        plain(&record.type_),
        at(record.created),
        at(record.available_on),
        plain(&currency),
        amount(record.amount),
        amount(record.fee),
        amount(record.net),
        text(ids.source.as_ref()),
        text(ids.charge.as_ref()),
        text(ids.payment_intent.as_ref()),
        text(ids.customer.as_ref()),
        word(&member.entry.state),
        text(member.entry.reference.as_ref()),
        text(member.entry.transaction.as_ref()),
        (ids.source.as_deref() == Some(payout)).to_string(),
    ]
}

/// An amount in whole units; in minor units where the currency is not known.
fn whole(minor: i128, currency: &str) -> String {
    currency
        .parse::<Currency>()
        .map_or_else(|_| minor.to_string(), |currency| currency.format(minor))
}
