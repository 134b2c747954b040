//! Somebody posts by hand: an entry on the balance that an app mirrors a Stripe account into, past
//! the app, as a person with access to the ledger may do. It goes through Core's own API, so that a
//! real Core takes it as the simulated one does.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Shared, instance_id};
use super::ledger::ask::Ask;
use super::ledger::rows::TransactionRow;
use super::refused::Refused;
use crate::clock;
use crate::world::World;

/// The entry, in minor units.
const AMOUNT: u64 = 12_345;
/// Where the money of the entry goes.
const COUNTERPART: &str = "@petty_cash";
/// Entries of the account that are looked at: the balance that most of them touch is its mirror.
const LOOKED_AT: usize = 50;
/// Characters of an account's id and of a mode: both become part of a filter.
const MAX_NAME: usize = 100;

pub(super) fn routes() -> Router<std::sync::Arc<World>> {
    Router::new().route("/ledger/by-hand", post(by_hand))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    instance_id: Option<String>,
    /// The Stripe account whose mirror is meant, and its mode.
    account: String,
    mode: String,
}

async fn by_hand(State(world): Shared, body: Bytes) -> Result<Json<Value>, Refused> {
    let asked: ByHand =
        serde_json::from_slice(&body).map_err(|error| Refused::bad(error.to_string()))?;
    let plain = |text: &str| {
        text.len() <= MAX_NAME && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !plain(&asked.account) || !plain(&asked.mode) {
        return Err(Refused::bad("an account and a mode have letters, digits and _ only"));
    }
    let ask = Ask::new(&world, asked.instance_id.as_deref())?;
    let references = format!("stripe:{}:{}:", asked.account, asked.mode);
    let entries = ask.entries_of(&references, LOOKED_AT).await?;
    let Some((mirror, like)) = mirror_of(&entries) else {
        let why = format!("Nothing of {} is in this ledger yet: sync it first.", asked.account);
        return Err(Refused(StatusCode::CONFLICT, why));
    };
    let reference = format!("by-hand-{}", clock::hex(16));
    let precision: Value = serde_json::from_str(like.precision.text())
        .map_err(|error| Refused(StatusCode::BAD_GATEWAY, error.to_string()))?;
    let entry = json!({
        "precise_amount": AMOUNT,
        "precision": precision,
        "currency": like.currency,
        "reference": reference,
        "description": "Paid by hand",
        "source": mirror,
        "destination": COUNTERPART,
        "allow_overdraft": true,
        "skip_queue": true,
    });
    let id = instance_id(asked.instance_id.as_deref())?;
    let sent =
        world.cloud.ledger_call(id, Method::POST, "/transactions", entry.to_string().into()).await;
    let (status, answer) = sent.map_err(|why| Refused(StatusCode::BAD_GATEWAY, why))?;
    if !status.is_success() {
        let why = String::from_utf8_lossy(&answer).into_owned();
        return Err(Refused(StatusCode::BAD_GATEWAY, format!("The ledger refused it: {why}")));
    }
    Ok(Json(json!({
        "reference": reference,
        "amount": AMOUNT.to_string(),
        "precision": like.precision,
        "currency": like.currency,
        "destination": COUNTERPART,
    })))
}

/// The balance that more of the entries touch than any other, and one of the entries on it. All
/// entries of an account touch its mirror, and other balances share the rest.
fn mirror_of(entries: &[TransactionRow]) -> Option<(&str, &TransactionRow)> {
    let mut touched: BTreeMap<&str, usize> = BTreeMap::new();
    for side in entries.iter().flat_map(|entry| [&entry.source, &entry.destination]) {
        *touched.entry(side.as_str()).or_default() += 1;
    }
    let most = touched.values().max()?;
    let mut first = touched.iter().filter(|(_, count)| *count == most).map(|(side, _)| *side);
    let mirror = first.next().filter(|_| first.next().is_none())?;
    let on_it = entries.iter().find(|one| one.source == mirror || one.destination == mirror)?;
    Some((mirror, on_it))
}
