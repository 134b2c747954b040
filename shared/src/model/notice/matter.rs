//! The matters that notices are sent for. They come from the same attention list that the portal
//! shows.

use crate::model::attention::{Attention, AttentionItem, AttentionKind, Facts};
use crate::model::certificate::LineVerdict;
use crate::model::notice::NoticeKind;
use crate::model::time::Millis;
use crate::model::tracked_object::ObjectItem;

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
        // A dispute that can no longer be answered has no deadline.
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
    // Each run that waits for approval is a separate matter.
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

/// What it means that a matter is no longer listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// It may still be open, or it is and something else explains it for now.
    MayBeOpen,
    /// It is resolved.
    Resolved,
    /// It is too old to be listed, and was not resolved.
    TooOld,
}

/// What it means that a matter is no longer listed: `attention` is the list, `facts` is what it was
/// made from.
#[must_use]
pub fn unlisted(key: &str, attention: &Attention, facts: &Facts<'_>) -> Unlisted {
    let proof = facts.summary.and_then(|summary| summary.last_proof.as_ref());
    let mut parts = key.split('#');
    let about = parts.next();
    let object = |id: Option<&str>| facts.objects.iter().find(|it| Some(it.id.as_str()) == id);
    let may_be_open = match (about, proof) {
        (Some(PAUSED | APPROVAL), _) => false,
        // This connection has no proof yet.
        (_, None) => true,
        (Some(LEDGER | STRIPE), Some(proof)) => {
            let (balance, currency) = (parts.next(), parts.next());
            proof.lines.iter().any(|line| {
                line.verdict == LineVerdict::Inconclusive
                    && Some(line.balance.as_str()) == balance
                    && Some(line.currency.as_str()) == currency
            })
        }
        // A pause is listed in place of an old proof.
        (Some(STALE), Some(_)) => {
            let pauses = [AttentionKind::Paused, AttentionKind::Approval];
            attention.items.iter().any(|item| pauses.contains(&item.kind))
        }
        // Its deadline may be over, or not all objects were read.
        (Some(DISPUTE), Some(_)) => {
            attention.more || object(parts.next()).is_some_and(ObjectItem::awaits_answer)
        }
        (Some(PAYOUT), Some(_)) => {
            if !attention.more && object(parts.next()).is_none_or(ObjectItem::has_failed) {
                return Unlisted::TooOld;
            }
            attention.more
        }
        _ => false,
    };
    if may_be_open { Unlisted::MayBeOpen } else { Unlisted::Resolved }
}
