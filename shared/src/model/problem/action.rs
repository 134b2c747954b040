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
    /// Fix something in the ledger.
    FixInLedger,
    /// Fix something at Stripe.
    FixInStripe,
    /// Review it; dismiss it if it is correct.
    Review,
    /// Nothing needs to be done.
    Nothing,
    /// Contact the app's operator: this version cannot resolve it.
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
                "Correct the customer at Stripe, or fix what the ledger reports, then retry. The \
                 payment is posted once, however often it is retried.",
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
                "Fix what the ledger reports, then retry. The entry is posted once, however often \
                 it is retried.",
            ),
            ProblemCode::CustomerUnknown => (
                Self::FixInStripe,
                "Give the Stripe key the permission to read customers, connect it, and retry. What \
                    was posted to the guests' account stays there.",
            ),
            ProblemCode::UnknownType => (
                Self::Review,
                "Move the entry from the suspense account to the right account, then dismiss this.",
            ),
            ProblemCode::BeforeTheStart => (
                Self::Review,
                "Check Stripe's records of that day. Set an earlier start in the settings to post \
                 them, or dismiss this: the difference stays listed.",
            ),
            ProblemCode::RecordUnreadable => (
                Self::Contact,
                "This version of the app cannot read the record. Contact the app's operator; retry \
                 after an update.",
            ),
            ProblemCode::DoesNotAddUp | ProblemCode::ForeignFee => (
                Self::Nothing,
                "The balance is right. Dismiss this, or ask Stripe about the record.",
            ),
            ProblemCode::IdentityRefused => (
                Self::FixInStripe,
                "No money is affected. Correct the customer at Stripe: it is copied again on its \
                 next change at Stripe.",
            ),
            ProblemCode::BalanceDoubled => (
                Self::FixInLedger,
                "The oldest balance is used. Move what the others hold to it with correcting \
                 entries, then dismiss this: balances cannot be removed, so it stays listed.",
            ),
            ProblemCode::RecordGone => (
                Self::Nothing,
                "Stripe has deleted the record, as it does with test data. Dismiss this.",
            ),
            _ => (
                Self::Review,
                "Review it. Dismiss it if it is correct; otherwise fix the cause and sync again.",
            ),
        }
    }

    /// The same for entries that differ from what this app posts.
    fn of_entries(code: &ProblemCode) -> Option<(Self, &'static str)> {
        Some(match code {
            ProblemCode::EntryDiffers => (
                Self::FixInLedger,
                "Someone posted another entry under this reference. Entries cannot be changed: \
                 find out who posted it, reverse it with a correcting entry, and dismiss this.",
            ),
            ProblemCode::ForeignEntry => (
                Self::FixInLedger,
                "Someone posted to an account that only this app should post to. Find out who \
                 posted it, reverse it with a correcting entry, and dismiss both: entries cannot \
                 be removed, so both stay listed.",
            ),
            ProblemCode::EntryUnlisted => (
                Self::Review,
                "Stripe deletes test data; no other record should disappear. Reverse the entry \
                 with a correcting entry and dismiss both, or ask Stripe about the record.",
            ),
            ProblemCode::EntryChanged => (
                Self::FixInLedger,
                "Someone changed the ledger's database directly, or posted under this app's \
                 reference. Find out who did, reverse the difference with a correcting entry, and \
                 dismiss both.",
            ),
            ProblemCode::EntryMissing => (
                Self::Retry,
                "Retry: the record is read again, and its missing entries are posted once.",
            ),
            _ => return None,
        })
    }

    /// The same for problems about calls, regardless of their purpose.
    fn of_calls(code: &ProblemCode) -> Option<(Self, &'static str)> {
        Some(match code {
            ProblemCode::RecordUnrendered | ProblemCode::PageUnreadable => (
                Self::FixInStripe,
                "Every sync asks Stripe again, and posts it as soon as Stripe responds. If this \
                 lasts for days, ask Stripe's support why this call fails.",
            ),
            ProblemCode::PermissionMissing => (
                Self::FixInStripe,
                "Give the Stripe key the permission, or connect another key, then sync or retry. \
                 What could not be read is read again automatically.",
            ),
            ProblemCode::UnknownShape => (
                Self::Contact,
                "Something between this app and the service may be responding instead. Check that \
                 the service works and which address the app calls, or contact the app's operator.",
            ),
            ProblemCode::SetAside => (
                Self::Retry,
                "It is retried automatically, with growing pauses. Send the request id to Stripe's \
                 or Blnk's support; correct the record at Stripe if it holds something unusual; \
                 then retry.",
            ),
            ProblemCode::IdentitySetAside => (
                Self::Retry,
                "No money is affected. It is retried automatically, with growing pauses. Send the \
                 request id to Blnk's support, or correct the customer at Stripe, then retry.",
            ),
            _ => return None,
        })
    }
}
