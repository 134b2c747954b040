//! What could not be posted, read, matched or understood: kept as an item for a person, never skipped in silence.
//!
//! A problem is open until a later run finds its cause gone (*resolved*) or a person says that it may stay (*dismissed*). Either way it
//! goes on being counted as what it is: a leg that is not in the ledger is a difference, whatever anybody thinks of it.

pub mod reading;
pub mod report;

use std::collections::BTreeMap;

pub(crate) use report::ProblemReport;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::certificate::Line;
use crate::model::hole::UnreadableRange;
use crate::model::money::Sum;
use crate::model::suspect::{IDENTITY_SET_ASIDE, SET_ASIDE};
use crate::model::time::Millis;

/// The code of a record of which nothing can be made; it is not among the expected figures either.
pub(crate) const RECORD_UNREADABLE: &str = "record_unreadable";

/// The code of a record, an object or a customer that the Stripe key may not read, although it may read the lists.
pub(crate) const RIGHT_MISSING: &str = "right_missing";

/// The code of a record of which Stripe gives the amounts, but not the objects behind it.
pub(crate) const RECORD_UNRENDERED: &str = "record_unrendered";

/// The code of a part of Stripe's list of which nothing can be had.
pub(crate) const PAGE_UNREADABLE: &str = "page_unreadable";

/// The code of a record that Stripe does not have any more.
pub(crate) const RECORD_GONE: &str = "record_gone";

/// Somebody else's entry on a mirror.
pub(crate) const FOREIGN_ENTRY: &str = "foreign_entry";

/// An entry of ours of which Stripe lists no record.
pub(crate) const ENTRY_UNLISTED: &str = "entry_unlisted";

/// An entry of ours that is not what its record should have made.
pub(crate) const ENTRY_CHANGED: &str = "entry_changed";

/// A record whose entry is not in the ledger although nothing refused it.
pub(crate) const ENTRY_MISSING: &str = "entry_missing";

/// What a proof finds in the ledger.
pub(crate) const DRIFT_CODES: [&str; 4] = [FOREIGN_ENTRY, ENTRY_UNLISTED, ENTRY_CHANGED, ENTRY_MISSING];

/// The code of a record whose customer the ledger would not make.
pub(crate) const CUSTOMER_REFUSED: &str = "customer_refused";

/// The code of an identity that the ledger would not change.
pub(crate) const IDENTITY_REFUSED: &str = "identity_refused";

/// The code of a customer who has more than one balance in a currency.
pub(crate) const BALANCE_DOUBLED: &str = "balance_doubled";

/// The code of a call that is answered in an undocumented shape.
pub(crate) const UNKNOWN_SHAPE: &str = "unknown_answer";

/// Whether a person still has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemState {
    /// To be looked at.
    Open,
    /// A later run found its cause gone.
    Resolved,
    /// A person said that it may stay as it is.
    Dismissed,
}

/// What a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A balance transaction at Stripe.
    #[default]
    Record,
    /// Another object at Stripe: a payout, for example.
    Object,
    /// An entry in the ledger.
    Entry,
    /// A UTC day.
    Day,
    /// A call to Stripe or to Blnk.
    Call,
}

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
    /// What a person should do about problems of a code, as a word and in words.
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
    /// The same of problems that are about calls rather than about what they were to do.
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

/// A problem, `PROBLEM`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemItem {
    /// Names it within its connection: what it is about, and the leg or the finding.
    pub id: String,
    /// What kind of thing it is about.
    #[serde(default)]
    pub kind: SubjectKind,
    /// The id of that: a Stripe id, an entry's reference, a date.
    pub subject: String,
    /// A stable word for programs.
    pub code: String,
    /// The cause in plain words.
    pub cause: String,
    /// The amount concerned, minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// Its currency, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The references of the ledger entries concerned, there or not.
    #[serde(default)]
    pub entry_references: Vec<String>,
    /// The ids of entries that are in the ledger.
    #[serde(default)]
    pub entry_ids: Vec<String>,
    /// What is missing on the mirror because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingEntries>,
    /// The part of Stripe's list that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hole: Option<UnreadableRange>,
    /// Names what was set aside because its calls fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect: Option<String>,
    /// Open, resolved or dismissed.
    pub state: ProblemState,
    /// In how many runs it was met.
    pub attempts: u64,
    /// First met.
    pub first_seen: Millis,
    /// Last met.
    pub last_seen: Millis,
    /// The run that met it last.
    pub run: Ulid,
    /// A person asked for another try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_requested: Option<Millis>,
    /// When it was found gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Millis>,
    /// The run that found it gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<Ulid>,
    /// When it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_at: Option<Millis>,
    /// The launch of the portal in which it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_by: Option<String>,
    /// Why it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
impl ProblemItem {
    /// One that a person has dismissed.
    pub(crate) fn dismissed_for_test(met: &ProblemReport, at: usize) -> Self {
        let item = serde_json::json!({"id": format!("{}{at}", met.id), "subject": met.subject, "code": met.code, "cause": met.cause,
            "state": "dismissed", "attempts": 1, "first_seen": 1, "last_seen": 1, "run": Ulid::nil(), "missing": met.missing});
        serde_json::from_value(item).unwrap()
    }
}

/// What the mirror of a balance lacks because of a problem, in minor units: expected less what is there. Negative where the ledger holds
/// more than expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingEntries {
    /// Which of Stripe's balances.
    pub balance: String,
    /// Upper case.
    pub currency: String,
    /// Of its debits.
    pub debit: Sum,
    /// Of its credits.
    pub credit: Sum,
}

/// What problems explain of the difference on one mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Explained {
    /// Debits that open problems say are missing.
    pub open_debit: Sum,
    /// Credits that open problems say are missing.
    pub open_credit: Sum,
    /// Debits that dismissed problems say are missing.
    pub dismissed_debit: Sum,
    /// Credits that dismissed problems say are missing.
    pub dismissed_credit: Sum,
}

impl Explained {
    /// Debits and credits that problems explain, open and dismissed together.
    #[must_use]
    pub const fn all(&self) -> (Sum, Sum) {
        (Sum(self.open_debit.0.saturating_add(self.dismissed_debit.0)), Sum(self.open_credit.0.saturating_add(self.dismissed_credit.0)))
    }

    pub(crate) fn add(&mut self, state: ProblemState, missing: &MissingEntries) {
        let (debit, credit) = match state {
            ProblemState::Open => (&mut self.open_debit, &mut self.open_credit),
            ProblemState::Dismissed => (&mut self.dismissed_debit, &mut self.dismissed_credit),
            ProblemState::Resolved => return,
        };
        debit.0 = debit.0.saturating_add(missing.debit.0);
        credit.0 = credit.0.saturating_add(missing.credit.0);
    }
}

/// What problems explain, by balance and currency; and which runs met those that are open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExplainedAll {
    pub(crate) by_line: BTreeMap<(String, String), Explained>,
    open: BTreeMap<Ulid, u64>,
}

impl ExplainedAll {
    /// What problems explain of one mirror.
    #[must_use]
    pub fn of(&self, balance: &str, currency: &str) -> Explained {
        self.by_line.get(&(balance.to_owned(), currency.to_owned())).copied().unwrap_or_default()
    }

    /// How many of the problems that are open a run met last.
    pub(crate) fn open_in(&self, run: Ulid) -> u64 {
        self.open.get(&run).copied().unwrap_or_default()
    }

    /// Counts a problem.
    pub(crate) fn add(&mut self, problem: &ProblemItem) {
        if problem.state == ProblemState::Open {
            *self.open.entry(problem.run).or_default() += 1;
        }
        if let Some(missing) = &problem.missing {
            self.by_line.entry((missing.balance.clone(), missing.currency.clone())).or_default().add(problem.state, missing);
        }
    }

    /// Whether the ledger's difference on a line is, to the minor unit, what people have dismissed.
    pub(crate) fn dismissed(&self, line: &Line) -> bool {
        let explained = self.of(&line.balance, &line.currency);
        let debit = line.debits.0.0.saturating_sub(line.debits.1.0);
        let credit = line.credits.0.0.saturating_sub(line.credits.1.0);
        (debit, credit) != (0, 0) && (debit, credit) == (explained.dismissed_debit.0, explained.dismissed_credit.0)
    }
}
