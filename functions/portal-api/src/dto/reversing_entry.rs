//! The entry that reverses what someone else posted.

use serde::Serialize;
use stripe_sync::app::reversing_entry::ReversingEntry as Model;
use stripe_sync::model::error::Error;
use utoipa::ToSchema;

use crate::dto::format::{exponent, minor};

/// An entry for a person to post. The app never posts it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReversingEntry {
    /// The id of the entry that it reverses.
    reverses: String,
    /// The account to debit: its name, or the id of its balance.
    source: String,
    /// The account to credit, likewise.
    destination: String,
    /// Minor units, as the entry has them.
    amount: String,
    currency: String,
    exponent: u32,
    /// Minor units in one unit, as the entry has them.
    precision: String,
    reference: String,
    description: String,
    /// The body of `POST /transactions`, as JSON.
    body: String,
}

/// The same in the form that Blnk Core accepts.
#[derive(Serialize)]
struct Transaction<'a> {
    precise_amount: i128,
    precision: i128,
    currency: &'a str,
    source: &'a str,
    destination: &'a str,
    reference: &'a str,
    description: &'a str,
    allow_overdraft: bool,
}

impl ReversingEntry {
    pub(crate) fn of(entry: &Model) -> Result<Self, Error> {
        let body = Transaction {
            precise_amount: entry.amount.0,
            precision: entry.precision,
            currency: &entry.currency,
            source: &entry.source,
            destination: &entry.destination,
            reference: &entry.reference,
            description: &entry.description,
            allow_overdraft: true,
        };
        Ok(Self {
            reverses: entry.reverses.clone(),
            source: entry.source.clone(),
            destination: entry.destination.clone(),
            amount: minor(entry.amount),
            exponent: exponent(&entry.currency),
            currency: entry.currency.clone(),
            precision: entry.precision.to_string(),
            reference: entry.reference.clone(),
            description: entry.description.clone(),
            body: serde_json::to_string_pretty(&body).map_err(Error::internal)?,
        })
    }
}
