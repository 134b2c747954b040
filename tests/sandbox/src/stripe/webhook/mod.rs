//! Webhooks: the endpoints of an account, and the delivery of its events.
//!
//! Each movement that is added while somebody watches has an event, which goes to every endpoint
//! that asks for its type: signed, at least once, in no certain order if a test wants so, and
//! repeated until it is taken. `api` is what Stripe's API offers, `control` what a person does in
//! Stripe's dashboard and what tests need besides.

mod api;
mod control;
mod deliver;

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;
use super::params::Params;

pub(super) use api::router;
pub(super) use control::router as control_router;
pub(super) use deliver::{Courier, announce, tell};

/// Endpoints of one account at most.
const MAX_ENDPOINTS: usize = 16;
/// Attempts that are remembered.
const MAX_LOG: usize = 10_000;

/// What a subscription may name, besides `*`.
const TYPES: [&str; 50] = [
    "account.application.deauthorized",
    "account.updated",
    "application_fee.created",
    "application_fee.refund.updated",
    "application_fee.refunded",
    "balance.available",
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.expired",
    "charge.failed",
    "charge.pending",
    "charge.refund.updated",
    "charge.refunded",
    "charge.succeeded",
    "charge.updated",
    "customer.created",
    "customer.deleted",
    "customer.updated",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.created",
    "payment_intent.partially_funded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "payout.canceled",
    "payout.created",
    "payout.failed",
    "payout.paid",
    "payout.reconciliation_completed",
    "payout.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "reserve.hold.created",
    "reserve.hold.updated",
    "reserve.release.created",
    "topup.canceled",
    "topup.created",
    "topup.failed",
    "topup.reversed",
    "topup.succeeded",
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
];

/// What signs an endpoint's deliveries, and until when (milliseconds); the last one for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Secret {
    text: String,
    until_ms: Option<i64>,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Endpoint {
    id: String,
    url: String,
    enabled_events: Vec<String>,
    disabled: bool,
    description: Option<String>,
    api_version: Option<String>,
    metadata: Vec<(String, String)>,
    created: i64,
    secrets: Vec<Secret>,
}

impl Endpoint {
    /// Whether it asks for events of a type.
    fn wants(&self, kind: &str) -> bool {
        !self.disabled && self.enabled_events.iter().any(|wanted| wanted == "*" || wanted == kind)
    }

    /// The secrets that sign now: two while one is rolled.
    fn signing(&self, now_ms: i64) -> impl Iterator<Item = &str> {
        self.secrets
            .iter()
            .filter(move |secret| secret.until_ms.is_none_or(|until| now_ms < until))
            .map(|secret| secret.text.as_str())
    }

    /// As the API shows it; the secret only in the answer to its creation.
    fn render(&self, out: &mut String, live: bool, with_secret: bool) {
        json::object(out, |o| {
            o.str("id", &self.id);
            o.str("object", "webhook_endpoint");
            o.opt_str("api_version", self.api_version.as_deref());
            o.null("application");
            o.int("created", self.created);
            o.opt_str("description", self.description.as_deref());
            o.with("enabled_events", |out| {
                json::array(out, &self.enabled_events, |out, name| json::string(out, name));
            });
            o.bool("livemode", live);
            o.obj("metadata", |o| {
                self.metadata.iter().for_each(|(name, value)| o.str(name, value));
            });
            if with_secret && let Some(secret) = self.secrets.last() {
                o.str("secret", &secret.text);
            }
            o.str("status", if self.disabled { "disabled" } else { "enabled" });
            o.str("url", &self.url);
        });
    }
}

/// How deliveries go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Habits {
    /// Deliver each event once more after it was taken.
    duplicates: bool,
    /// The first attempts come up to this much later, each by its own time: out of order.
    shuffle_ms: u64,
    /// The pause before the first repetition; it doubles.
    retry_ms: u64,
}

impl Default for Habits {
    fn default() -> Self {
        Self { duplicates: false, shuffle_ms: 0, retry_ms: 1_000 }
    }
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Attempt {
    event: String,
    #[serde(rename = "type")]
    kind: String,
    endpoint: String,
    /// 1 is the first.
    attempt: u32,
    /// The endpoint's answer; absent when there was none.
    status: Option<u16>,
    /// The answer's body, cut.
    answer: String,
    at_ms: i64,
}

/// The webhooks of one account.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    endpoints: Vec<Endpoint>,
    made: u64,
    habits: Habits,
    /// What creations were answered with, by idempotency key: the request and the endpoint.
    answers: HashMap<String, (String, Endpoint)>,
    /// Events that are not made from a movement, as they are delivered.
    extra: HashMap<String, Value>,
    log: VecDeque<Attempt>,
}

impl Hooks {
    fn find(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    fn note(&mut self, attempt: Attempt) {
        if self.log.len() == MAX_LOG {
            self.log.pop_front();
        }
        self.log.push_back(attempt);
    }

    /// A new id or secret part: the account's own and different each time.
    fn fresh(&mut self, account: &str, prefix: &str) -> String {
        use super::ids::{base62, fold, mix};
        self.made += 1;
        let seed = fold(&format!("{account}/{prefix}/{}/{}", self.made, crate::clock::uuid()));
        format!(
            "{prefix}_{:0>11}{:0>11}{:0>11}",
            base62(mix(seed)),
            base62(mix(seed.rotate_left(21))),
            base62(mix(seed.rotate_left(42)))
        )
    }

    fn add(
        &mut self,
        account: &str,
        url: &str,
        enabled_events: Vec<String>,
        now_ms: i64,
    ) -> &mut Endpoint {
        let (id, text) = (self.fresh(account, "we"), self.fresh(account, "whsec"));
        let endpoint = Endpoint {
            id,
            url: url.to_owned(),
            enabled_events,
            disabled: false,
            description: None,
            api_version: None,
            metadata: Vec::new(),
            created: now_ms / 1000,
            secrets: vec![Secret { text, until_ms: None }],
        };
        let at = self.endpoints.len();
        self.endpoints.push(endpoint);
        &mut self.endpoints[at]
    }
}

/// A page of endpoints, newest first.
fn page<'a>(hooks: &'a Hooks, params: &Params) -> (Vec<&'a Endpoint>, bool) {
    let after = match &params.cursor {
        Some(super::params::CursorId::After(id)) => {
            hooks.endpoints.iter().position(|endpoint| endpoint.id == *id)
        }
        _ => None,
    };
    let older = hooks.endpoints.iter().take(after.unwrap_or(hooks.endpoints.len())).rev();
    let found: Vec<&Endpoint> = older.collect();
    let more = found.len() > params.limit;
    (found.into_iter().take(params.limit).collect(), more)
}
