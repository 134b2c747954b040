//! What is not settled at Stripe: payouts on their way or back, disputes, refunds.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use serde::Serialize;
use stripe_sync::model::money::Currency;
use stripe_sync::model::time::Millis;
use stripe_sync::model::tracked_object::{ObjectItem, ObjectKind};
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};
use utoipa::ToSchema;

use crate::api::Authenticated;
use crate::dto::minor;
use crate::handler::State;

/// Objects that are shown at most.
const MOST: usize = 50;

/// An object of Stripe that is followed until it is settled.
#[derive(Serialize, ToSchema)]
struct OpenObject {
    /// Stripe's id.
    id: String,
    kind: ObjectKind,
    /// Stripe's word for its state.
    status: String,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    created: String,
    /// Of a payout: when it should arrive.
    #[schema(required)]
    arrival: Option<String>,
    /// Of a dispute: until when evidence is taken.
    #[schema(required)]
    due_by: Option<String>,
    /// Evidence was given.
    has_evidence: bool,
    /// Why it failed or is disputed, in Stripe's word.
    #[schema(required)]
    reason: Option<String>,
    /// A person should look at it.
    urgent: bool,
    checked_at: String,
}

/// What is not settled at Stripe.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenObjects {
    /// What a person should look at first.
    objects: Vec<OpenObject>,
    /// There are more.
    more: bool,
}

impl OpenObject {
    fn of(object: &ObjectItem, now: Millis) -> Self {
        let exponent = object.currency.as_deref().and_then(|code| code.parse().ok()).map_or(2, Currency::exponent);
        let at = |seconds: i64| Millis::from_seconds(seconds).rfc3339();
        Self {
            id: object.id.clone(),
            kind: object.kind,
            status: object.status.clone(),
            amount: object.amount.map(minor),
            currency: object.currency.clone(),
            exponent,
            created: at(object.created),
            arrival: object.arrival.map(at),
            due_by: object.due_by.map(at),
            has_evidence: object.has_evidence,
            reason: object.reason.clone(),
            urgent: object.failed_payout(now) || object.open_dispute(),
            checked_at: object.checked_at.rfc3339(),
        }
    }
}

/// Payouts on their way, those that failed lately, open disputes and refunds on their way.
#[utoipa::path(get, path = "/portal/api/objects", operation_id = "objects", responses(
    (status = 200, body = OpenObjects), (status = 401, body = ProblemDetails)))]
pub(crate) async fn list(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult<Json<OpenObjects>> {
    let Some(connection) = &portal.connection else { return Ok(Json(OpenObjects { objects: Vec::new(), more: false })) };
    let now = clock::now();
    let all = state.connector.store.tracked_objects().all(&portal.install, connection.connection).await?;
    // A payout that was paid is followed too, since it may still fail; until then there is nothing to see.
    let shown = |object: &&ObjectItem| {
        let waits = !object.settled && object.status != "paid" && object.kind != ObjectKind::Charge;
        waits || object.failed_payout(now)
    };
    let mut objects: Vec<OpenObject> = all.values().filter(shown).map(|object| OpenObject::of(object, now)).collect();
    // Deadlines in their order, then what is urgent without one, then the rest, newest first.
    let rank = |object: &OpenObject| (!object.urgent, object.due_by.is_none(), object.due_by.clone());
    objects.sort_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| other.created.cmp(&one.created)));
    let more = objects.len() > MOST;
    objects.truncate(MOST);
    Ok(Json(OpenObjects { objects, more }))
}
