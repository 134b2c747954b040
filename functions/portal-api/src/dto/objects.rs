//! Objects that are not settled at Stripe.

use serde::Serialize;
use stripe_sync::app::objects::{Unsettled, is_urgent};
use stripe_sync::model::time::Millis;
use stripe_sync::model::tracked_object::{ObjectItem, ObjectKind};
use utoipa::ToSchema;

use crate::dto::format::{exponent, minor};

/// A Stripe object that is tracked until it is settled.
#[derive(Serialize, ToSchema)]
struct OpenObject {
    /// Stripe's id.
    id: String,
    kind: ObjectKind,
    /// Stripe's status.
    status: String,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    created: String,
    /// The expected arrival date of a payout.
    #[schema(required)]
    arrival: Option<String>,
    /// The evidence deadline of a dispute.
    #[schema(required)]
    due_by: Option<String>,
    /// Evidence was submitted.
    has_evidence: bool,
    /// Stripe's reason for the failure or the dispute.
    #[schema(required)]
    reason: Option<String>,
    /// It needs attention.
    urgent: bool,
    checked_at: String,
}

/// Objects at Stripe that are not settled.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenObjects {
    /// The objects, the most urgent first.
    objects: Vec<OpenObject>,
    /// Whether there are more.
    more: bool,
}

impl OpenObject {
    fn of(object: &ObjectItem, now: Millis) -> Self {
        let at = |seconds: i64| Millis::from_seconds(seconds).rfc3339();
        Self {
            id: object.id.clone(),
            kind: object.kind,
            status: object.status.clone(),
            amount: object.amount.map(minor),
            currency: object.currency.clone(),
            exponent: object.currency.as_deref().map_or(2, exponent),
            created: at(object.created),
            arrival: object.arrival.map(at),
            due_by: object.due_by.map(at),
            has_evidence: object.has_evidence,
            reason: object.reason.clone(),
            urgent: is_urgent(object, now),
            checked_at: object.checked_at.rfc3339(),
        }
    }
}

impl OpenObjects {
    pub(crate) fn of(unsettled: &Unsettled, now: Millis) -> Self {
        Self {
            objects: unsettled.objects.iter().map(|object| OpenObject::of(object, now)).collect(),
            more: unsettled.more,
        }
    }
}
