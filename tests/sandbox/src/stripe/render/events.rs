//! Events: each movement of the last thirty days has one, made from the record that it led to.

use super::super::API_VERSION;
use super::super::expand::Expand;
use super::super::ids::Kind;
use super::super::json;
use super::super::model::{Source, Transaction};
use super::super::store::Store;
use super::View;

/// The type of the event that goes with a record, if one goes with it.
pub(in super::super) fn event_type(store: &Store, row: &Transaction) -> Option<&'static str> {
    let kind = store.words.text(row.kind);
    let category = store.words.text(row.category);
    Some(match (row.source, kind, category) {
        (Source::Charge(_), "charge", _) => "charge.succeeded",
        (Source::Charge(_), "payment", _) => "charge.pending",
        (Source::Charge(_), ..) => "charge.failed",
        (Source::Refund(_), "refund_failure", _) => "refund.failed",
        (Source::Refund(_), ..) => "refund.created",
        (Source::Dispute(_), _, "dispute_reversal") => "charge.dispute.funds_reinstated",
        (Source::Dispute(_), ..) => "charge.dispute.funds_withdrawn",
        (Source::Payout(_), "payout_failure", _) => "payout.failed",
        (Source::Payout(_), "payout_cancel", _) => "payout.canceled",
        (Source::Payout(_), ..) => "payout.created",
        (Source::Transfer(_), ..) => "transfer.created",
        (Source::TransferReversal(_), ..) => "transfer.reversed",
        (Source::ApplicationFee(_), ..) => "application_fee.created",
        (Source::FeeRefund(_), ..) => "application_fee.refunded",
        (Source::TopUp(_), ..) => "topup.succeeded",
        _ => return None,
    })
}

impl View<'_> {
    pub(super) fn event(&self, out: &mut String, n: u32) {
        let row = self.store.transactions.get(n);
        let source = match row.source {
            Source::TransferReversal(n) => Source::Transfer(n),
            Source::FeeRefund(n) => Source::ApplicationFee(n),
            source => source,
        };
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::Event, n));
            o.str("object", "event");
            o.str("api_version", API_VERSION);
            o.int("created", row.created);
            o.obj("data", |o| {
                o.with("object", |out| {
                    self.source(out, source, Some(&Expand::default()));
                });
            });
            o.bool("livemode", self.store.live);
            o.int("pending_webhooks", 0);
            o.raw("request", r#"{"id":null,"idempotency_key":null}"#);
            o.str("type", event_type(self.store, row).unwrap_or("charge.updated"));
        });
    }
}
