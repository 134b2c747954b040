//! Charges and payment intents.

use super::super::expand::Expand;
use super::super::ids::Kind;
use super::super::json::{self, Obj};
use super::super::model::{Charge, Method};
use super::super::people::Person;
use super::View;

/// Card details that this simulation keeps constant.
const CARD: &str = concat!(
    r#"{"amount_authorized":null,"authorization_code":null,"brand":"visa","checks":{"address_line1_check":null,"#,
    r#""address_postal_code_check":"pass","cvc_check":"pass"},"country":"US","exp_month":8,"exp_year":2030,"#,
    r#""extended_authorization":{"status":"disabled"},"fingerprint":"AOB934RVNwzk6xtn","funding":"credit","#,
    r#""incremental_authorization":{"status":"unavailable"},"installments":null,"last4":"4242","mandate":null,"#,
    r#""multicapture":{"status":"unavailable"},"network":"visa","network_token":{"used":false},"network_transaction_id":null,"#,
    r#""overcapture":{"maximum_amount_capturable":100,"status":"unavailable"},"regulated_status":null,"three_d_secure":null,"#,
    r#""transaction_link_id":null,"wallet":null}"#
);
const US_BANK_ACCOUNT: &str = concat!(
    r#"{"account_holder_type":"individual","account_type":"checking","bank_name":"STRIPE TEST BANK","#,
    r#""fingerprint":"Fg1pJ2k3L4m5N6o7","last4":"6789","payment_reference":null,"routing_number":"110000000"}"#
);
const SEPA_DEBIT: &str = r#"{"bank_code":"37040044","branch_code":"","country":"DE","fingerprint":"Gh2qK3l4M5n6O7p8","last4":"3000","mandate":null}"#;
const KONBINI: &str = r#"{"store":{"chain":"familymart"}}"#;

/// What the API tells about a charge's state.
struct State {
    status: &'static str,
    /// Declined at once, without any movement.
    declined: bool,
    /// Failed after it had been pending.
    returned: bool,
}

impl View<'_> {
    fn state(&self, row: &Charge) -> State {
        let declined = row.transaction.is_none();
        let returned = self.record(row.failure).is_some();
        let status = if declined || returned {
            "failed"
        } else if row.method != Method::Card && self.now() < row.settles {
            "pending"
        } else {
            "succeeded"
        };
        State { status, declined, returned }
    }

    fn customer_link(&self, row: &Charge) -> Option<(Kind, u32)> {
        Some((Kind::Customer, row.customer?))
    }

    pub(super) fn charge(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.charges.get(n);
        let state = self.state(row);
        let id = self.store.charge_id(n);
        json::object(out, |o| {
            o.str("id", &id);
            o.str("object", "charge");
            o.int("amount", row.amount);
            o.int("amount_captured", if state.declined { 0 } else { row.amount });
            o.int("amount_refunded", row.refunded);
            o.nulls(&["application", "application_fee"]);
            let cut = Some(row.application_fee).filter(|&fee| fee != 0);
            o.opt_int("application_fee_amount", cut);
            let record = self.record(row.transaction);
            o.with("balance_transaction", |out| {
                self.link(out, record, expand.get("balance_transaction"));
            });
            self.billing(o, row, n);
            o.null("calculated_statement_descriptor");
            o.bool("captured", !state.declined);
            o.int("created", row.created);
            o.str("currency", self.word(row.currency));
            o.with("customer", |out| {
                self.link(out, self.customer_link(row), expand.get("customer"));
            });
            o.opt_str("description", Some(&format!("Order {}", row.order)));
            o.bool("disputed", row.dispute.is_some());
            let failure = self.record(row.failure);
            o.with("failure_balance_transaction", |out| {
                self.link(out, failure, expand.get("failure_balance_transaction"));
            });
            failure_texts(o, &state);
            o.raw("fraud_details", "{}");
            o.bool("livemode", self.store.live);
            o.obj("metadata", |o| o.str("order_id", &row.order.to_string()));
            o.null("on_behalf_of");
            outcome(o, &state);
            o.bool("paid", state.status != "failed");
            let intent = row.has_intent.then_some((Kind::Intent, n));
            o.with("payment_intent", |out| {
                self.link(out, intent, expand.get("payment_intent"));
            });
            o.str("payment_method", &self.method_id(n));
            method_details(o, row.method);
            o.nulls(&["receipt_email", "receipt_number"]);
            let receipt = format!("https://pay.stripe.com/receipts/payment/{id}");
            o.str("receipt_url", &receipt);
            o.bool("refunded", row.refunded >= row.amount && !state.declined);
            if let Some(expand) = expand.get("refunds") {
                o.with("refunds", |out| self.refunds_of(out, n, &id, expand));
            }
            o.nulls(&[
                "review",
                "shipping",
                "source",
                "source_transfer",
                "statement_descriptor",
                "statement_descriptor_suffix",
            ]);
            o.str("status", state.status);
            o.nulls(&["transfer_data", "transfer_group"]);
        });
    }

    fn refunds_of(&self, out: &mut String, charge: u32, id: &str, expand: &Expand) {
        let refunds = self.store.refunds.iter();
        let mut own: Vec<u32> =
            refunds.filter(|(_, refund)| refund.charge == charge).map(|(n, _)| n).collect();
        own.reverse();
        json::object(out, |o| {
            o.str("object", "list");
            o.with("data", |out| {
                json::array(out, own, |out, n| self.refund(out, n, expand));
            });
            o.bool("has_more", false);
            o.str("url", &format!("/v1/charges/{id}/refunds"));
        });
    }

    /// Customers have the name of their number; guests one of their own.
    fn billing(&self, o: &mut Obj<'_>, row: &Charge, n: u32) {
        let person = Person::new(row.customer.unwrap_or(n.wrapping_add(7)));
        let (city, country, postal_code) = person.place;
        o.obj("billing_details", |o| {
            o.obj("address", |o| {
                o.str("city", city);
                o.str("country", country);
                o.nulls(&["line1", "line2"]);
                o.str("postal_code", postal_code);
                o.null("state");
            });
            o.null("email");
            o.str("name", &person.name());
            o.nulls(&["phone", "tax_id"]);
        });
    }

    fn method_id(&self, n: u32) -> String {
        self.store.ids.encode(Kind::Intent, n).replacen("pi_", "pm_", 1)
    }

    pub(super) fn intent(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.charges.get(n);
        let state = self.state(row);
        let id = self.store.id(Kind::Intent, n);
        let status = match state.status {
            "succeeded" => "succeeded",
            "pending" => "processing",
            _ => "requires_payment_method",
        };
        json::object(out, |o| {
            o.str("id", &id);
            o.str("object", "payment_intent");
            o.int("amount", row.amount);
            o.int("amount_capturable", 0);
            o.raw("amount_details", "{}");
            let received = if status == "succeeded" { row.amount } else { 0 };
            o.int("amount_received", received);
            o.null("application");
            let cut = Some(row.application_fee).filter(|&fee| fee != 0);
            o.opt_int("application_fee_amount", cut);
            o.nulls(&["automatic_payment_methods", "canceled_at", "cancellation_reason"]);
            o.str("capture_method", "automatic_async");
            o.str("client_secret", &format!("{id}_secret_redacted"));
            o.str("confirmation_method", "automatic");
            o.int("created", row.created);
            o.str("currency", self.word(row.currency));
            o.with("customer", |out| {
                self.link(out, self.customer_link(row), expand.get("customer"));
            });
            o.null("customer_account");
            o.str("description", &format!("Order {}", row.order));
            o.null("excluded_payment_method_types");
            o.with("last_payment_error", |out| {
                self.payment_error(out, n, &state);
            });
            let charge = Some((self.store.charge_kind(n), n));
            o.with("latest_charge", |out| {
                self.link(out, charge, expand.get("latest_charge"));
            });
            o.bool("livemode", self.store.live);
            o.null("managed_payments");
            o.obj("metadata", |o| o.str("order_id", &row.order.to_string()));
            o.nulls(&["next_action", "on_behalf_of"]);
            if state.status == "failed" {
                o.null("payment_method");
            } else {
                o.str("payment_method", &self.method_id(n));
            }
            o.null("payment_method_configuration_details");
            o.raw("payment_method_options", "{}");
            o.raw("payment_method_types", &format!("[\"{}\"]", row.method.name()));
            o.nulls(&["processing", "receipt_email", "review", "setup_future_usage"]);
            o.nulls(&["shipping", "source", "statement_descriptor"]);
            o.null("statement_descriptor_suffix");
            o.str("status", status);
            o.nulls(&["transfer_data", "transfer_group"]);
        });
    }

    fn payment_error(&self, out: &mut String, n: u32, state: &State) {
        if state.status != "failed" {
            out.push_str("null");
            return;
        }
        let (code, message) = failure(state);
        json::object(out, |o| {
            o.str("charge", &self.store.charge_id(n));
            o.str("code", code);
            if state.declined {
                o.str("decline_code", "insufficient_funds");
            }
            o.str("message", message);
            o.str("type", "card_error");
        });
    }
}

fn failure(state: &State) -> (&'static str, &'static str) {
    if state.declined {
        return ("card_declined", "Your card has insufficient funds.");
    }
    let message = "The customer notified their bank that this payment was unauthorized.";
    ("payment_method_customer_decline", message)
}

fn failure_texts(o: &mut Obj<'_>, state: &State) {
    if state.status != "failed" {
        o.nulls(&["failure_code", "failure_message"]);
        return;
    }
    let (code, message) = failure(state);
    o.str("failure_code", code);
    o.str("failure_message", message);
}

fn outcome(o: &mut Obj<'_>, state: &State) {
    let failed = state.declined || state.returned;
    o.obj("outcome", |o| {
        o.opt_str("advice_code", state.declined.then_some("try_again_later"));
        o.null("network_advice_code");
        o.opt_str("network_decline_code", state.returned.then_some("R29"));
        let network = if failed { "declined_by_network" } else { "approved_by_network" };
        o.str("network_status", network);
        o.opt_str("reason", state.declined.then_some("insufficient_funds"));
        o.str("risk_level", "normal");
        o.int("risk_score", 12);
        let message = if failed { "The bank returned the payment." } else { "Payment complete." };
        o.str("seller_message", message);
        o.str("type", if failed { "issuer_declined" } else { "authorized" });
    });
}

fn method_details(o: &mut Obj<'_>, method: Method) {
    let details = match method {
        Method::Card => CARD,
        Method::UsBankAccount => US_BANK_ACCOUNT,
        Method::SepaDebit => SEPA_DEBIT,
        Method::Konbini => KONBINI,
    };
    o.obj("payment_method_details", |o| {
        o.raw(method.name(), details);
        o.str("type", method.name());
    });
}
