//! Refunds and disputes.

use super::super::expand::Expand;
use super::super::ids::Kind;
use super::super::json::{self, Obj};
use super::super::model::{DAY, Dispute, Method};
use super::View;

/// Days a merchant has to answer a dispute.
const EVIDENCE_DAYS: i64 = 9;
/// Days a bank refund takes.
const BANK_REFUND_DAYS: i64 = 4;
/// Why customers dispute.
const REASONS: [&str; 4] =
    ["fraudulent", "product_not_received", "duplicate", "subscription_canceled"];
const EVIDENCE: [&str; 26] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
];

impl View<'_> {
    pub(super) fn refund(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.refunds.get(n);
        let charge = self.store.charges.get(row.charge);
        let card = charge.method == Method::Card;
        let failure = self.record(row.failure);
        let pending = !card && self.now() < row.created + BANK_REFUND_DAYS * DAY;
        let status = match (failure, pending) {
            (Some(_), _) => "failed",
            (None, true) => "pending",
            (None, false) => "succeeded",
        };
        let customer = charge.customer.map(|c| (Kind::Customer, c));
        let intent = charge.has_intent.then_some((Kind::Intent, row.charge));
        json::object(out, |o| {
            o.str("id", &self.store.refund_id(n));
            o.str("object", "refund");
            o.int("amount", row.amount);
            o.with("balance_transaction", |out| {
                let record = self.record(row.transaction);
                self.link(out, record, expand.get("balance_transaction"));
            });
            o.with("charge", |out| {
                let target = Some((self.store.charge_kind(row.charge), row.charge));
                self.link(out, target, expand.get("charge"));
            });
            o.int("created", row.created);
            o.str("currency", self.word(charge.currency));
            o.with("customer", |out| {
                self.link(out, customer, expand.get("customer"));
            });
            o.null("customer_account");
            let destination = if card {
                r#"{"card":{"type":"reversal"},"type":"card"}"#
            } else {
                r#"{"type":"us_bank_transfer","us_bank_transfer":{"reference":null,"reference_status":"pending"}}"#
            };
            o.raw("destination_details", destination);
            if failure.is_some() {
                o.with("failure_balance_transaction", |out| {
                    self.link(out, failure, expand.get("failure_balance_transaction"));
                });
                o.str("failure_reason", "lost_or_stolen_card");
            }
            o.raw("metadata", "{}");
            o.with("payment_intent", |out| {
                self.link(out, intent, expand.get("payment_intent"));
            });
            o.null("payment_method");
            if status == "pending" {
                o.str("pending_reason", "processing");
            }
            o.str("reason", "requested_by_customer");
            o.nulls(&["receipt_number", "source_transfer_reversal"]);
            o.str("status", status);
            o.null("transfer_reversal");
        });
    }

    pub(super) fn dispute(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.disputes.get(n);
        let charge = self.store.charges.get(row.charge);
        let intent = charge.has_intent.then_some((Kind::Intent, row.charge));
        let records = [row.withdrawal, row.reinstated];
        let records = records.into_iter().filter_map(|n| self.record(n));
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::Dispute, n));
            o.str("object", "dispute");
            o.int("amount", row.amount);
            o.with("balance_transactions", |out| {
                let expand = &Expand::default();
                json::array(out, records, |out, (kind, n)| {
                    self.object(out, kind, n, expand);
                });
            });
            o.with("charge", |out| {
                let target = Some((self.store.charge_kind(row.charge), row.charge));
                self.link(out, target, expand.get("charge"));
            });
            o.int("created", row.created);
            o.str("currency", self.word(charge.currency));
            o.raw("enhanced_eligibility_types", "[]");
            o.obj("evidence", |o| {
                o.raw("enhanced_evidence", "{}");
                o.nulls(&EVIDENCE);
                o.null("uncategorized_text");
            });
            self.evidence(o, row);
            o.bool("is_charge_refundable", false);
            o.bool("livemode", self.store.live);
            o.raw("metadata", "{}");
            o.with("payment_intent", |out| {
                self.link(out, intent, expand.get("payment_intent"));
            });
            o.raw(
                "payment_method_details",
                r#"{"card":{"brand":"visa","case_type":"chargeback","network":"visa","network_reason_code":"10.4"},"type":"card"}"#,
            );
            o.str("reason", REASONS[usize::from(row.reason) % REASONS.len()]);
            o.str("status", self.dispute_status(row));
        });
    }

    fn dispute_status(&self, row: &Dispute) -> &'static str {
        let due = row.created + EVIDENCE_DAYS * DAY;
        if self.record(row.reinstated).is_some() {
            "won"
        } else if self.now() < due {
            "needs_response"
        } else if self.now() < row.closes {
            "under_review"
        } else {
            "lost"
        }
    }

    fn evidence(&self, o: &mut Obj<'_>, row: &Dispute) {
        let due = row.created + EVIDENCE_DAYS * DAY;
        let given = row.reinstated.is_some() && due <= self.now();
        o.obj("evidence_details", |o| {
            o.int("due_by", due);
            o.raw("enhanced_eligibility", "{}");
            o.bool("has_evidence", given);
            o.bool("past_due", false);
            o.int("submission_count", i64::from(given));
        });
    }
}
