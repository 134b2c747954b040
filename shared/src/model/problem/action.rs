//! What a person should do about a problem, by its code.

use serde::Serialize;

use crate::model::problem::code::{
    BALANCE_DOUBLED, CUSTOMER_REFUSED, ENTRY_CHANGED, ENTRY_MISSING, ENTRY_UNLISTED, FOREIGN_ENTRY, IDENTITY_REFUSED, IDENTITY_SET_ASIDE,
    PAGE_UNREADABLE, RECORD_GONE, RECORD_UNREADABLE, RECORD_UNRENDERED, RIGHT_MISSING, SET_ASIDE, UNKNOWN_SHAPE,
};

/// The safe thing to do about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Remove the cause, then retry.
    Retry,
    /// Something must be put right in the ledger.
    FixInLedger,
    /// Something must be put right at Stripe.
    FixInStripe,
    /// Look at it; dismiss it if it is right as it is.
    Review,
    /// Nothing needs to be done.
    Nothing,
    /// This app cannot do it yet: tell its operator.
    Contact,
}

impl Action {
    /// What a person should do about problems of a code, as an action and as a text.
    #[must_use]
    pub fn of(code: &str) -> (Self, &'static str) {
        if let Some(action) = Self::of_calls(code) {
            return action;
        }
        match code {
            CUSTOMER_REFUSED => (
                Self::Retry,
                "Correct the customer at Stripe, or remove what the ledger complains of, then retry. The payment is posted once, however often it is retried.",
            ),
            "insufficient_funds" | "validation" | "unrecognized" | "not_found" | "already_exists" | "conflict" | "locked"
            | "rate_limited" => {
                (Self::Retry, "Remove what the ledger complains of, then retry. The entry is posted once, however often it is retried.")
            }
            "entry_differs" => (
                Self::FixInLedger,
                "Somebody posted another entry under this reference. Entries are never changed: find out who did, correct its effect with an entry of your own, and dismiss this.",
            ),
            FOREIGN_ENTRY => (
                Self::FixInLedger,
                "Somebody posted to an account that only this app should post to. Find out who did, make its effect good with an entry of your own, and dismiss both: entries are never taken back, so both stay named.",
            ),
            ENTRY_UNLISTED => (
                Self::Review,
                "Stripe deletes test data; nothing else should make a record go. Make the entry's effect good with one of your own and dismiss both, or ask Stripe about the record.",
            ),
            ENTRY_CHANGED => (
                Self::FixInLedger,
                "Somebody changed the ledger behind its API, or posted under our reference. Find out who did, make the difference good with an entry of your own, and dismiss both.",
            ),
            ENTRY_MISSING => (Self::Retry, "Retry: the record is read again, and what is missing of it is posted, once."),
            "customer_unknown" => (
                Self::FixInStripe,
                "Give the Stripe key the right to read customers, connect it, and retry. What was posted to the guests' account stays there.",
            ),
            "unknown_type" => {
                (Self::Review, "Look at the entry on the suspense account and move it to where it belongs, then dismiss this.")
            }
            "before_the_start" => (
                Self::Review,
                "Look at Stripe's records of that day. Set an earlier start in the settings to have them posted, or dismiss this: the difference stays named.",
            ),
            RECORD_UNREADABLE => {
                (Self::Contact, "This version of the app cannot read the record. Tell the app's operator; after an update, retry.")
            }
            "does_not_add_up" | "foreign_fee" => (Self::Nothing, "The balance is right. Dismiss this, or ask Stripe about the record."),
            IDENTITY_REFUSED => (
                Self::FixInStripe,
                "No money is concerned. Correct the customer at Stripe: it is copied again when Stripe next tells of it.",
            ),
            BALANCE_DOUBLED => (
                Self::FixInLedger,
                "The oldest balance is used. Move what the others hold to it with entries of your own, then dismiss this: no balance can be removed, so it stays named.",
            ),
            RECORD_GONE => (Self::Nothing, "Stripe has deleted the record, as it does with test data. Dismiss this."),
            _ => (Self::Review, "Look at it. Dismiss it if it is right as it is; otherwise remove the cause and sync again."),
        }
    }
    /// The same for problems about calls, regardless of their purpose.
    fn of_calls(code: &str) -> Option<(Self, &'static str)> {
        Some(match code {
            RECORD_UNRENDERED | PAGE_UNREADABLE => (
                Self::FixInStripe,
                "Every sync asks Stripe again, and posts it as soon as Stripe answers. If this stays for days, ask Stripe's support why the call named here fails.",
            ),
            RIGHT_MISSING => (
                Self::FixInStripe,
                "Give the Stripe key the right, or connect another key, then sync or retry. What could not be read is read again by itself.",
            ),
            UNKNOWN_SHAPE => (
                Self::Contact,
                "Something between this app and the service may be answering in its place. Look whether the service works and which address the app calls, or tell the app's operator.",
            ),
            SET_ASIDE => (
                Self::Retry,
                "It is tried again by itself, with growing pauses. Give the request's id to whoever runs the other side; correct the record at Stripe if it holds something unusual; then retry.",
            ),
            IDENTITY_SET_ASIDE => (
                Self::Retry,
                "No money is concerned. It is tried again by itself, with growing pauses. Give the request's id to Blnk, or correct the customer at Stripe, then retry.",
            ),
            _ => return None,
        })
    }
}
