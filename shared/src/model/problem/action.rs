//! What a person should do about a problem, by its code.

use serde::Serialize;

use crate::model::problem::code::ProblemCode;

/// The recommended action for a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Action)]
pub enum RecommendedAction {
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

impl RecommendedAction {
    /// What a person should do about problems of a code, as an action and as a text.
    #[must_use]
    pub fn of(code: &ProblemCode) -> (Self, &'static str) {
        if let Some(action) = Self::of_calls(code).or_else(|| Self::of_entries(code)) {
            return action;
        }
        match code {
            ProblemCode::CustomerRefused => (
                Self::Retry,
                "Correct the customer at Stripe, or remove what the ledger complains of, then \
                    retry. The payment is posted once, however often it is retried.",
            ),
            ProblemCode::InsufficientFunds
            | ProblemCode::Validation
            | ProblemCode::Unrecognized
            | ProblemCode::NotFound
            | ProblemCode::AlreadyExists
            | ProblemCode::Conflict
            | ProblemCode::Locked
            | ProblemCode::RateLimited => (
                Self::Retry,
                "Remove what the ledger complains of, then retry. The entry is posted once, \
                    however often it is retried.",
            ),
            ProblemCode::CustomerUnknown => (
                Self::FixInStripe,
                "Give the Stripe key the right to read customers, connect it, and retry. What was \
                    posted to the guests' account stays there.",
            ),
            ProblemCode::UnknownType => (
                Self::Review,
                "Look at the entry on the suspense account and move it to where it belongs, then \
                    dismiss this.",
            ),
            ProblemCode::BeforeTheStart => (
                Self::Review,
                "Look at Stripe's records of that day. Set an earlier start in the settings to \
                    have them posted, or dismiss this: the difference stays named.",
            ),
            ProblemCode::RecordUnreadable => (
                Self::Contact,
                "This version of the app cannot read the record. Tell the app's operator; after an \
                    update, retry.",
            ),
            ProblemCode::DoesNotAddUp | ProblemCode::ForeignFee => (
                Self::Nothing,
                "The balance is right. Dismiss this, or ask Stripe about the record.",
            ),
            ProblemCode::IdentityRefused => (
                Self::FixInStripe,
                "No money is concerned. Correct the customer at Stripe: it is copied again when \
                    Stripe next tells of it.",
            ),
            ProblemCode::BalanceDoubled => (
                Self::FixInLedger,
                "The oldest balance is used. Move what the others hold to it with entries of your \
                    own, then dismiss this: no balance can be removed, so it stays named.",
            ),
            ProblemCode::RecordGone => (
                Self::Nothing,
                "Stripe has deleted the record, as it does with test data. Dismiss this.",
            ),
            _ => (
                Self::Review,
                "Look at it. Dismiss it if it is right as it is; otherwise remove the cause and \
                    sync again.",
            ),
        }
    }

    /// The same for entries that are not in the ledger as this app posts them.
    fn of_entries(code: &ProblemCode) -> Option<(Self, &'static str)> {
        Some(match code {
            ProblemCode::EntryDiffers => (
                Self::FixInLedger,
                "Somebody posted another entry under this reference. Entries are never changed: \
                    find out who did, correct its effect with an entry of your own, and dismiss \
                    this.",
            ),
            ProblemCode::ForeignEntry => (
                Self::FixInLedger,
                "Somebody posted to an account that only this app should post to. Find out who \
                    did, make its effect good with an entry of your own, and dismiss both: entries \
                    are never taken back, so both stay named.",
            ),
            ProblemCode::EntryUnlisted => (
                Self::Review,
                "Stripe deletes test data; nothing else should make a record go. Make the entry's \
                    effect good with one of your own and dismiss both, or ask Stripe about the \
                    record.",
            ),
            ProblemCode::EntryChanged => (
                Self::FixInLedger,
                "Somebody changed the ledger behind its API, or posted under our reference. Find \
                    out who did, make the difference good with an entry of your own, and dismiss \
                    both.",
            ),
            ProblemCode::EntryMissing => (
                Self::Retry,
                "Retry: the record is read again, and what is missing of it is posted, once.",
            ),
            _ => return None,
        })
    }

    /// The same for problems about calls, regardless of their purpose.
    fn of_calls(code: &ProblemCode) -> Option<(Self, &'static str)> {
        Some(match code {
            ProblemCode::RecordUnrendered | ProblemCode::PageUnreadable => (
                Self::FixInStripe,
                "Every sync asks Stripe again, and posts it as soon as Stripe answers. If this \
                    stays for days, ask Stripe's support why the call named here fails.",
            ),
            ProblemCode::RightMissing => (
                Self::FixInStripe,
                "Give the Stripe key the right, or connect another key, then sync or retry. What \
                    could not be read is read again by itself.",
            ),
            ProblemCode::UnknownShape => (
                Self::Contact,
                "Something between this app and the service may be answering in its place. Look \
                    whether the service works and which address the app calls, or tell the app's \
                    operator.",
            ),
            ProblemCode::SetAside => (
                Self::Retry,
                "It is tried again by itself, with growing pauses. Give the request's id to \
                    whoever runs the other side; correct the record at Stripe if it holds \
                    something unusual; then retry.",
            ),
            ProblemCode::IdentitySetAside => (
                Self::Retry,
                "No money is concerned. It is tried again by itself, with growing pauses. Give the \
                    request's id to Blnk, or correct the customer at Stripe, then retry.",
            ),
            _ => return None,
        })
    }
}
