//! Events as Stripe delivers them. An event is a hint that something has changed, never a source of
//! figures: those are read again.

use serde::Deserialize;

use crate::model::text::mended;

/// The maximum length of an id or type that is kept. Stripe's own are far shorter. A longer one
/// would not fit in a key of the table.
const LONGEST_WORD: usize = 255;

/// A sort key of the table holds 1,024 bytes, of which our own part takes less than a hundred.
const LONGEST_ID_BYTES: usize = 900;

/// The fields read from a delivered event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeEvent {
    /// `evt_…`, the same in every delivery of the event.
    pub id: String,
    /// What happened, for example `payout.paid`. A type that this version does not know is handled
    /// like any other.
    pub kind: String,
    /// When it happened, Unix seconds.
    pub created: i64,
    /// Whether it belongs to live mode.
    pub livemode: bool,
    /// The connected account that it is about: only endpoints for connected accounts receive such
    /// events.
    pub account: Option<String>,
    /// The id of the object it is about. Some objects, such as a balance, have none.
    pub object_id: Option<String>,
}

/// Why a body is not an event that this application accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventRefused {
    /// A thin event of API version 2: its endpoint was registered as another kind of destination.
    #[error("this is a thin event (v2); register the endpoint for snapshot events (v1)")]
    Thin,
    /// Not an event at all.
    #[error("this is not an event of Stripe's")]
    Malformed,
}

#[derive(Deserialize)]
struct Envelope {
    object: Option<String>,
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    created: Option<serde_json::Value>,
    livemode: Option<bool>,
    account: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    object: Option<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    id: Option<serde_json::Value>,
}

/// The id of an object. A merchant may choose a customer's id: it can hold any character, for
/// example an e-mail address.
fn object_id(text: &str) -> Option<String> {
    let fits =
        !text.is_empty() && text.chars().count() <= LONGEST_WORD && text.len() <= LONGEST_ID_BYTES;
    (fits && !text.contains(char::is_control)).then(|| text.to_owned())
}

fn word(text: Option<String>) -> Option<String> {
    text.filter(|text| {
        !text.is_empty()
            && text.len() <= LONGEST_WORD
            && text.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

impl StripeEvent {
    /// Parses the body of a delivery.
    ///
    /// # Errors
    /// [`EventRefused`].
    pub fn parse(body: &[u8]) -> Result<Self, EventRefused> {
        let body = mended(body.to_vec());
        let envelope: Envelope =
            serde_json::from_slice(&body).map_err(|_| EventRefused::Malformed)?;
        match envelope.object.as_deref() {
            Some("event") => {}
            Some("v2.core.event") => return Err(EventRefused::Thin),
            _ => return Err(EventRefused::Malformed),
        }
        let object = envelope.data.and_then(|data| data.object).ok_or(EventRefused::Malformed)?;
        Ok(Self {
            id: word(envelope.id).ok_or(EventRefused::Malformed)?,
            kind: word(envelope.kind).ok_or(EventRefused::Malformed)?,
            created: envelope
                .created
                .as_ref()
                .and_then(serde_json::Value::as_i64)
                .ok_or(EventRefused::Malformed)?,
            livemode: envelope.livemode.ok_or(EventRefused::Malformed)?,
            account: envelope.account,
            object_id: object.id.as_ref().and_then(|id| id.as_str()).and_then(object_id),
        })
    }
}

/// The events that an endpoint of this application subscribes to: those about a movement, a change
/// to an object that is not settled, or a customer. Stripe has no event for a balance transaction,
/// and supports no pattern but `*`.
pub const SUBSCRIBED: [&str; 24] = [
    "balance.available",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.failed",
    "charge.succeeded",
    "charge.updated",
    "customer.created",
    "customer.deleted",
    "customer.updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
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
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(value: &Value) -> Result<StripeEvent, EventRefused> {
        StripeEvent::parse(value.to_string().as_bytes())
    }

    fn snapshot() -> Value {
        json!({"id": "evt_1", "object": "event", "type": "payout.paid", "created": 1_757_376_000,
            "livemode": false, "pending_webhooks": 1,
            "api_version": "2026-07-29.dahlia",
            "data": {"object": {"id": "po_1", "object": "payout"}}})
    }

    #[test]
    fn every_recorded_event_is_parsed_and_a_thin_event_is_refused() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/stripe");
        let mut read = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("event_") {
                continue;
            }
            let body = std::fs::read(&path).unwrap();
            if name == "event_thin_v2.json" {
                assert_eq!(StripeEvent::parse(&body), Err(EventRefused::Thin));
                continue;
            }
            let whole: Value = serde_json::from_slice(&body).unwrap();
            let event = StripeEvent::parse(&body).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(whole["data"]["object"]["id"], json!(event.object_id), "{name}");
            assert_eq!(
                (&whole["id"], &whole["type"]),
                (&json!(event.id), &json!(event.kind)),
                "{name}"
            );
            read += 1;
        }
        assert!(read >= 25, "only {read} events among the fixtures");
    }

    #[test]
    fn an_unknown_type_is_an_event_and_an_object_may_have_no_id() {
        let mut event = snapshot();
        event["type"] = json!("teapot.boiled");
        event["account"] = json!("acct_9");
        let read = parse(&event).unwrap();
        assert_eq!(
            (read.kind.as_str(), read.account.as_deref(), read.object_id.as_deref()),
            ("teapot.boiled", Some("acct_9"), Some("po_1"))
        );
        event["data"]["object"] = json!({"object": "balance", "available": []});
        assert_eq!(parse(&event).unwrap().object_id, None);
    }

    #[test]
    fn a_customer_has_whatever_id_the_merchant_gave_it() {
        for id in ["ann@example.com", "shop.de/7", "a b", "größe 1", "..", &"é".repeat(255)] {
            let mut event = snapshot();
            event["type"] = json!("customer.updated");
            event["data"]["object"] = json!({"id": id, "object": "customer"});
            assert_eq!(parse(&event).unwrap().object_id.as_deref(), Some(id));
        }
        for id in ["", "a\u{0}b", "a\nb", &"x".repeat(256), &"\u{1f600}".repeat(255)] {
            let mut event = snapshot();
            event["data"]["object"]["id"] = json!(id);
            assert_eq!(
                parse(&event).unwrap().object_id,
                None,
                "{id:?}: still an event, and no key of the table"
            );
        }
    }

    #[test]
    fn a_body_that_is_not_an_event_is_refused() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "{\"object\":\"event\"}",
            "{\"id\": \"evt_test_webhook\", \"object\": \"event\"}",
            "\u{feff}{}",
        ] {
            assert_eq!(StripeEvent::parse(body.as_bytes()), Err(EventRefused::Malformed), "{body}");
        }
        for (name, value) in [
            ("id", json!("")),
            ("id", json!("evt_".to_owned() + &"x".repeat(300))),
            ("id", json!("evt 1")),
            ("created", json!("2026-11-24")),
            ("livemode", Value::Null),
            ("data", json!({})),
            ("object", json!("list")),
        ] {
            let mut event = snapshot();
            event[name] = value;
            assert_eq!(parse(&event), Err(EventRefused::Malformed), "{event}");
        }
    }
}
