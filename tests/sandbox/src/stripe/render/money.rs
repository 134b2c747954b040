//! Payouts, transfers, application fees and top-ups, and the account itself.

use super::super::expand::Expand;
use super::super::ids::Kind;
use super::super::json::{self, Obj};
use super::super::model::{ApplicationFee, DAY, Payout, Transfer};
use super::{BANK_ACCOUNT, View};

/// When the members of an automatic payout can be listed.
const RECONCILED_AFTER: i64 = DAY;
const CONNECTED_ACCOUNT: &str = "acct_1Q0SandboxSeller";
const CONNECT_APPLICATION: &str = "ca_SandboxConnectApplication0001";

impl View<'_> {
    pub(super) fn payout(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.payouts.get(n);
        let failure = self.record(row.failure);
        let failed = failure.is_some() && !row.canceled;
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::Payout, n));
            o.str("object", "payout");
            o.int("amount", row.amount);
            o.nulls(&["application_fee", "application_fee_amount"]);
            o.int("arrival_date", row.arrival);
            o.bool("automatic", row.automatic);
            o.with("balance_transaction", |out| {
                let record = self.record(row.transaction);
                self.link(out, record, expand.get("balance_transaction"));
            });
            o.int("created", row.created);
            o.str("currency", self.word(row.currency));
            o.opt_str("description", row.automatic.then_some("STRIPE PAYOUT"));
            if expand.get("destination").is_some() {
                o.obj("destination", |o| {
                    o.str("id", BANK_ACCOUNT);
                    o.str("object", "bank_account");
                });
            } else {
                o.str("destination", BANK_ACCOUNT);
            }
            o.with("failure_balance_transaction", |out| {
                self.link(out, failure, expand.get("failure_balance_transaction"));
            });
            o.opt_str("failure_code", failed.then_some("account_closed"));
            let message = "The bank account has been closed.";
            o.opt_str("failure_message", failed.then_some(message));
            o.bool("livemode", self.store.live);
            o.raw("metadata", "{}");
            o.str("method", if row.instant { "instant" } else { "standard" });
            o.nulls(&["original_payout", "payout_method"]);
            o.str("reconciliation_status", self.reconciliation(row));
            o.null("reversed_by");
            o.str("source_type", "card");
            o.null("statement_descriptor");
            let status = self.payout_status(row, failure.is_some());
            o.str("status", status);
            if status == "paid" {
                o.obj("trace_id", |o| {
                    o.str("status", "supported");
                    o.str("value", &format!("{:015}", 91_000_019_000_000_u64 + u64::from(n)));
                });
            } else {
                o.null("trace_id");
            }
            o.str("type", if row.instant { "card" } else { "bank_account" });
        });
    }

    fn reconciliation(&self, row: &Payout) -> &'static str {
        if !row.automatic {
            "not_applicable"
        } else if self.now() < row.created + RECONCILED_AFTER {
            "in_progress"
        } else {
            "completed"
        }
    }

    pub(in super::super) fn payout_status(&self, row: &Payout, returned: bool) -> &'static str {
        if returned {
            return if row.canceled { "canceled" } else { "failed" };
        }
        if self.now() >= row.arrival {
            "paid"
        } else if self.now() >= row.created + DAY {
            "in_transit"
        } else {
            "pending"
        }
    }

    pub(super) fn transfer(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.transfers.get(n);
        let id = self.store.id(Kind::Transfer, n);
        let returned = row.reversal.map_or(0, |back| back.amount);
        json::object(out, |o| {
            o.str("id", &id);
            o.str("object", "transfer");
            o.int("amount", row.amount);
            o.int("amount_reversed", returned);
            self.record_link(o, row.transaction, expand);
            o.int("created", row.created);
            o.str("currency", self.word(row.currency));
            o.null("description");
            o.str("destination", CONNECTED_ACCOUNT);
            o.bool("livemode", self.store.live);
            o.raw("metadata", "{}");
            let back = row.reversal.map(|_| n);
            o.obj("reversals", |o| {
                list(o, &format!("/v1/transfers/{id}/reversals"), |out| {
                    let none = &Expand::default();
                    json::array(out, back, |out, n| self.transfer_reversal(out, n, none));
                });
            });
            o.bool("reversed", returned == row.amount);
            o.null("source_transaction");
            o.str("source_type", "card");
            o.null("transfer_group");
        });
    }

    pub(super) fn transfer_reversal(&self, out: &mut String, n: u32, expand: &Expand) {
        let row: &Transfer = self.store.transfers.get(n);
        let Some(back) = row.reversal else {
            out.push_str("null");
            return;
        };
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::TransferReversal, n));
            o.str("object", "transfer_reversal");
            o.int("amount", back.amount);
            self.record_link(o, Some(back.transaction), expand);
            o.int("created", back.created);
            o.str("currency", self.word(row.currency));
            o.null("destination_payment_refund");
            o.raw("metadata", "{}");
            o.null("source_refund");
            o.with("transfer", |out| {
                self.link(out, Some((Kind::Transfer, n)), expand.get("transfer"));
            });
        });
    }

    pub(super) fn application_fee(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.application_fees.get(n);
        let id = self.store.id(Kind::ApplicationFee, n);
        let returned = row.refund.map_or(0, |back| back.amount);
        json::object(out, |o| {
            o.str("id", &id);
            o.str("object", "application_fee");
            o.str("account", CONNECTED_ACCOUNT);
            o.int("amount", row.amount);
            o.int("amount_refunded", returned);
            o.str("application", CONNECT_APPLICATION);
            self.record_link(o, row.transaction, expand);
            // The charge lives on the connected account.
            o.str("charge", &self.store.ids.encode(Kind::Charge, u32::MAX - n));
            o.int("created", row.created);
            o.str("currency", self.word(row.currency));
            o.null("fee_source");
            o.bool("livemode", self.store.live);
            o.null("originating_transaction");
            o.bool("refunded", returned == row.amount);
            let back = row.refund.map(|_| n);
            o.obj("refunds", |o| {
                list(o, &format!("/v1/application_fees/{id}/refunds"), |out| {
                    let none = &Expand::default();
                    json::array(out, back, |out, n| self.fee_refund(out, n, none));
                });
            });
        });
    }

    pub(super) fn fee_refund(&self, out: &mut String, n: u32, expand: &Expand) {
        let row: &ApplicationFee = self.store.application_fees.get(n);
        let Some(back) = row.refund else {
            out.push_str("null");
            return;
        };
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::FeeRefund, n));
            o.str("object", "fee_refund");
            o.int("amount", back.amount);
            self.record_link(o, Some(back.transaction), expand);
            o.int("created", back.created);
            o.str("currency", self.word(row.currency));
            o.with("fee", |out| {
                self.link(out, Some((Kind::ApplicationFee, n)), expand.get("fee"));
            });
            o.raw("metadata", "{}");
        });
    }

    pub(super) fn topup(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.topups.get(n);
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::TopUp, n));
            o.str("object", "topup");
            o.int("amount", row.amount);
            self.record_link(o, row.transaction, expand);
            o.int("created", row.created);
            o.str("currency", self.word(row.currency));
            o.str("description", "Top-up");
            o.int("expected_availability_date", row.available_on);
            o.nulls(&["failure_code", "failure_message", "initiated_by"]);
            o.bool("livemode", self.store.live);
            o.raw("metadata", "{}");
            o.nulls(&["source", "statement_descriptor"]);
            o.str("status", self.topup_status(row.available_on));
            o.null("transfer_group");
        });
    }

    pub(in super::super) fn topup_status(&self, available_on: i64) -> &'static str {
        if self.now() < available_on { "pending" } else { "succeeded" }
    }

    fn record_link(&self, o: &mut Obj<'_>, record: Option<u32>, expand: &Expand) {
        o.with("balance_transaction", |out| {
            let record = self.record(record);
            self.link(out, record, expand.get("balance_transaction"));
        });
    }

    /// `GET /v1/account`.
    pub(in super::super) fn account(&self, out: &mut String) {
        json::object(out, |o| {
            o.str("id", &self.store.account);
            o.str("object", "account");
            o.null("business_profile");
            o.str("business_type", "company");
            o.raw("capabilities", r#"{"card_payments":"active","transfers":"active"}"#);
            o.bool("charges_enabled", true);
            o.raw("controller", r#"{"type":"account"}"#);
            o.str("country", "US");
            o.int("created", self.store.created);
            o.str("default_currency", "usd");
            o.bool("details_submitted", true);
            o.str("email", "owner@example.com");
            o.obj("external_accounts", |o| {
                let url = format!("/v1/accounts/{}/external_accounts", self.store.account);
                list(o, &url, |out| out.push_str("[]"));
            });
            o.raw("metadata", "{}");
            o.bool("payouts_enabled", true);
            o.obj("settings", |o| settings(o, &self.store.name));
            o.str("type", "standard");
        });
    }
}

fn settings(o: &mut Obj<'_>, name: &str) {
    o.obj("branding", |o| {
        o.nulls(&["icon", "logo", "primary_color", "secondary_color"]);
    });
    o.obj("card_payments", |o| {
        o.raw("decline_on", r#"{"avs_failure":true,"cvc_failure":true}"#);
        o.nulls(&[
            "statement_descriptor_prefix",
            "statement_descriptor_prefix_kana",
            "statement_descriptor_prefix_kanji",
        ]);
    });
    o.obj("dashboard", |o| {
        o.str("display_name", name);
        o.str("timezone", "America/New_York");
    });
    o.obj("payments", |o| {
        o.nulls(&[
            "statement_descriptor",
            "statement_descriptor_kana",
            "statement_descriptor_kanji",
            "statement_descriptor_prefix_kana",
            "statement_descriptor_prefix_kanji",
        ]);
    });
    o.obj("payouts", |o| {
        o.bool("debit_negative_balances", true);
        o.raw("schedule", r#"{"delay_days":2,"interval":"daily"}"#);
        o.null("statement_descriptor");
    });
}

fn list(o: &mut Obj<'_>, url: &str, data: impl FnOnce(&mut String)) {
    o.str("object", "list");
    o.with("data", data);
    o.bool("has_more", false);
    o.str("url", url);
}
