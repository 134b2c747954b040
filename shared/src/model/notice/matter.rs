//! The matters that a notice is sent for, from what needs attention: the list that the portal
//! shows too.

use crate::model::attention::{Attention, AttentionItem, AttentionKind};
use crate::model::certificate::LineVerdict;
use crate::model::notice::NoticeKind;
use crate::model::summary::Summary;
use crate::model::time::Millis;

/// A matter that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Names it within the connection, the same as long as it lasts.
    pub key: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// What it is, for people.
    pub text: String,
    /// Until when something can be done.
    pub due_at: Option<Millis>,
}

/// The matters that a notice is sent for.
#[must_use]
pub fn matters(attention: &Attention) -> Vec<Matter> {
    attention.items.iter().filter_map(matter).collect()
}

fn matter(item: &AttentionItem) -> Option<Matter> {
    let (kind, about) = match item.kind {
        AttentionKind::Paused => (NoticeKind::Paused, PAUSED),
        AttentionKind::Approval => (NoticeKind::ApprovalNeeded, APPROVAL),
        AttentionKind::LedgerDifference => (NoticeKind::Mismatch, LEDGER),
        AttentionKind::StripeDifference => (NoticeKind::Mismatch, STRIPE),
        AttentionKind::FailedPayout => (NoticeKind::FailedPayout, PAYOUT),
        // A dispute that nobody can answer has no deadline.
        AttentionKind::Dispute if item.due_at.is_some() => (NoticeKind::DisputeDeadline, DISPUTE),
        AttentionKind::StaleProof => (NoticeKind::Stale, STALE),
        AttentionKind::Dispute
        | AttentionKind::Suspense
        | AttentionKind::FailedSync
        | AttentionKind::RealtimeOff
        | AttentionKind::Problems => return None,
    };
    let mut key = about.to_owned();
    let currency = item.currency.as_ref().filter(|_| kind == NoticeKind::Mismatch);
    // Each run that waits for approval is a matter of its own.
    let run = item.target.as_ref().filter(|_| kind == NoticeKind::ApprovalNeeded);
    for part in [item.subject.as_ref(), currency, run].into_iter().flatten() {
        key.push('#');
        key.push_str(part);
    }
    Some(Matter { key, kind, text: item.text.clone(), due_at: item.due_at })
}

const PAUSED: &str = "paused";
const APPROVAL: &str = "approval";
const LEDGER: &str = "ledger";
const STRIPE: &str = "stripe";
const PAYOUT: &str = "payout";
const DISPUTE: &str = "dispute";
const STALE: &str = "stale";

/// Whether it cannot be said that a matter is over although the list has it no more: this
/// connection has no proof yet, the newest one decided nothing about the matter's balance, or not
/// all disputes and payouts were read.
#[must_use]
pub fn undecided(key: &str, attention: &Attention, summary: Option<&Summary>) -> bool {
    let proof = summary.and_then(|summary| summary.last_proof.as_ref());
    let mut parts = key.split('#');
    match (parts.next(), proof) {
        (Some(PAUSED | APPROVAL), _) => false,
        (_, None) => true,
        (Some(LEDGER | STRIPE), Some(proof)) => {
            let (balance, currency) = (parts.next(), parts.next());
            proof.lines.iter().any(|line| {
                line.verdict == LineVerdict::Inconclusive
                    && Some(line.balance.as_str()) == balance
                    && Some(line.currency.as_str()) == currency
            })
        }
        (Some(PAYOUT | DISPUTE), Some(_)) => attention.more,
        _ => false,
    }
}
