//! What a merchant does with customers: change them, and delete them.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::account::Stripe;
use super::control::{ModeQuery, Refusal, find, refuse};
use super::expand::Expand;
use super::ids::Kind;
use super::render::{View, particulars};
use super::webhook;

/// What becomes of a customer. A field that is left out stays, an empty one is emptied.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CustomerChange {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    street: Option<String>,
    deleted: bool,
    /// Without an event.
    silent: bool,
}

/// The routes, below `/stripe`.
pub(super) fn control_router() -> Router<Arc<Stripe>> {
    Router::new().route("/accounts/{account}/customers/{id}", post(change))
}

/// Changes or deletes a customer; answers what the event tells of.
async fn change(
    State(stripe): State<Arc<Stripe>>,
    Path((id, customer)): Path<(String, String)>,
    Query(query): Query<ModeQuery>,
    Json(change): Json<CustomerChange>,
) -> Result<Json<Value>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let object = {
        let mut store = account.write();
        let Some((Kind::Customer, n)) = store.find(&customer) else {
            return Err(refuse(StatusCode::NOT_FOUND, format!("no such customer: {customer}")));
        };
        let mut given = particulars(store.customers.get(n), n);
        let fields = [
            (&mut given.name, change.name),
            (&mut given.email, change.email),
            (&mut given.phone, change.phone),
            (&mut given.street, change.street),
        ];
        for (field, wanted) in fields {
            *field = wanted.or(field.take()).filter(|text| !text.is_empty());
        }
        store.customers.get_mut(n).given = Some(Box::new(given));
        // A deletion tells of the customer as it was.
        let mut text = String::new();
        View { store: &store, now_ms: stripe.now_ms() }.object(
            &mut text,
            Kind::Customer,
            n,
            &Expand::default(),
        );
        store.customers.get_mut(n).deleted |= change.deleted;
        serde_json::from_str(&text).unwrap_or_default()
    };
    if !change.silent {
        webhook::tell(
            &stripe,
            &account,
            if change.deleted { "customer.deleted" } else { "customer.updated" },
            &object,
        );
    }
    Ok(Json(object))
}
