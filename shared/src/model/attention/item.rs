//! One matter that needs attention, and the facts from which the list is made.

use serde::Serialize;

use crate::model::connection::Connection;
use crate::model::freshness::Freshness;
use crate::model::install::Meta;
use crate::model::money::{Currency, Sum};
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::model::tracked_object::ObjectItem;

/// What an item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttentionKind {
    /// Syncs are paused until a person acts.
    Paused,
    /// A write beyond the usual waits for a person's approval.
    Approval,
    /// The ledger does not hold what Stripe's records imply.
    LedgerDifference,
    /// Stripe's balance is not the sum of Stripe's own records.
    StripeDifference,
    /// A payout did not reach the bank.
    FailedPayout,
    /// A payment is disputed.
    Dispute,
    /// Movements of an unknown type are on the suspense account.
    Suspense,
    /// The newest proof is too old.
    StaleProof,
    /// The last sync failed.
    FailedSync,
    /// Stripe no longer delivers events.
    RealtimeOff,
    /// Problems of one kind are open.
    Problems,
}

/// The severity of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Money is wrong, late or about to be lost, or syncing has stopped.
    Critical,
    /// Someone has to decide or to check.
    Warning,
    /// Good to know.
    Notice,
}

/// What to do about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttentionAction {
    /// Look at the payout; `id` is its id.
    OpenPayout,
    /// Answer the dispute in Stripe's dashboard; `id` is its id.
    AnswerDisputeAtStripe,
    /// Look at the dispute in Stripe's dashboard; `id` is its id.
    OpenDisputeAtStripe,
    /// Decide about the problems; `id` is their code, absent for problems of all kinds.
    ReviewProblems,
    /// Look at the certificate; `id` is its id.
    OpenCertificate,
    /// Approve what the run waits for; `id` is the run, `code` what is approved.
    Approve,
    /// Connect another Stripe key, or give the key its missing permission.
    ReconnectStripe,
    /// Install the app again in Blnk Cloud.
    Reinstall,
    /// Look at the run; `id` is its id.
    OpenRun,
    /// Start a sync.
    SyncNow,
    /// Set real time up again, on the page of the Stripe account.
    SetUpRealtime,
}

/// One matter that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionItem {
    /// What it is about.
    pub kind: AttentionKind,
    /// Its severity.
    pub severity: Severity,
    /// Stripe's id, a balance, or the code of the problems or of the pause.
    pub subject: Option<String>,
    /// The number of records, problems or entries that it covers.
    pub count: u64,
    /// An amount in minor units.
    pub amount: Option<Sum>,
    /// The currency of the amount, upper case.
    pub currency: Option<String>,
    /// Until when something can be done.
    pub due_at: Option<Millis>,
    /// Whole days until then; zero on the last day and afterwards.
    pub days_left: Option<i64>,
    /// Since when, as far as that is known.
    pub since: Option<Millis>,
    /// Stripe's reason code of a failed payout or a dispute.
    pub reason: Option<String>,
    /// What it is, for people.
    pub text: String,
    /// The one thing to do.
    pub action: AttentionAction,
    /// What the action is about.
    pub target: Option<String>,
}

impl AttentionItem {
    pub(super) fn new(
        kind: AttentionKind,
        severity: Severity,
        text: String,
        action: AttentionAction,
    ) -> Self {
        Self {
            kind,
            severity,
            subject: None,
            count: 1,
            amount: None,
            currency: None,
            due_at: None,
            days_left: None,
            since: None,
            reason: None,
            text,
            action,
            target: None,
        }
    }

    pub(super) fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    pub(super) fn targeting(self, target: impl Into<String>) -> Self {
        Self { target: Some(target.into()), ..self }
    }

    pub(super) fn of_amount(self, amount: Sum, currency: &str) -> Self {
        Self { amount: Some(amount), currency: Some(currency.to_owned()), ..self }
    }
}

/// What is known about a connection.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// Its install.
    pub meta: &'a Meta,
    /// Its summary, once a run has ended.
    pub summary: Option<&'a Summary>,
    /// The age of the newest proof.
    pub freshness: Option<Freshness>,
    /// Its disputes and payouts that are followed.
    pub objects: &'a [ObjectItem],
    /// There are more of them.
    pub more: bool,
    /// Now.
    pub now: Millis,
}

/// An amount for people: `500.00 USD`.
pub(super) fn money(amount: Sum, currency: &str) -> String {
    let figure = currency
        .parse::<Currency>()
        .map_or_else(|_| amount.0.to_string(), |known| known.format(amount.0));
    format!("{figure} {currency}")
}
