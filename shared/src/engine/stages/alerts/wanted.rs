//! Decides which alerts should be raised and which resolved. Pure.

use std::collections::BTreeSet;

use crate::model::alert::{AlertItem, AlertKind, AlertState};
use crate::model::certificate::{Certificate, Line, LineVerdict};
use crate::model::ledger::{BalanceKind, Chart, rfc3339};
use crate::model::money::Currency;
use crate::model::problem::explained::ExplainedAll;
use crate::model::time::Millis;
use crate::model::tracked_object::{ObjectItem, ObjectKind};
use crate::platform::store::alerts::Existing;
use crate::platform::store::tracked_objects::{MAX_OBJECTS, Objects};

/// What an alert is put on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlertTarget {
    /// The balance transaction whose first entry is flagged, if it is in the ledger…
    pub(crate) transaction: Option<String>,
    /// …or else this named balance…
    pub(crate) indicator: String,
    /// …in this currency, or the first there is.
    pub(crate) currency: Option<String>,
}

/// An alert that should be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedAlert {
    pub(crate) id: String,
    pub(crate) kind: AlertKind,
    pub(crate) target: AlertTarget,
    pub(crate) title: String,
    pub(crate) description: String,
}

/// The decision about an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AlertDecision {
    /// It should be raised, with this text.
    Wanted(WantedAlert),
    /// Its cause is gone. Holds the id and a closing text.
    Resolved(String, String),
}

pub(crate) fn stands(existing: &Existing, id: &str) -> bool {
    existing.get(id).is_some_and(|alert| alert.state != AlertState::Resolved)
}

pub(crate) fn standing(existing: &Existing, kind: AlertKind) -> impl Iterator<Item = &AlertItem> {
    existing.values().filter(move |alert| alert.kind == kind && alert.state != AlertState::Resolved)
}

pub(crate) fn shown(minor: i128, currency: &str) -> String {
    currency.parse::<Currency>().map_or_else(
        |_| format!("{minor} {currency}"),
        |known| format!("{} {currency}", known.format(minor)),
    )
}

pub(crate) fn day(seconds: i64) -> String {
    rfc3339(seconds).map_or_else(
        |_| seconds.to_string(),
        |text| text.chars().take("2026-01-01T00:00".len()).collect::<String>() + "Z",
    )
}

/// The alerts for differences between both sides. An inconclusive line changes nothing.
pub(crate) fn of_certificate(
    certificate: &Certificate,
    explained: &ExplainedAll,
    existing: &Existing,
) -> Vec<AlertDecision> {
    let mut judged = Vec::new();
    let mut looked_at = Vec::new();
    for line in &certificate.lines {
        let id = format!("drift#{}#{}", line.balance, line.currency);
        match line.verdict {
            LineVerdict::Mismatch if !explained.dismissed(line) => {
                judged.push(AlertDecision::Wanted(drift(&id, line)));
            }
            LineVerdict::Mismatch | LineVerdict::Match | LineVerdict::NotCompared
                if stands(existing, &id) =>
            {
                judged.push(AlertDecision::Resolved(
                    id.clone(),
                    format!(
                        "Both sides agreed, or the rest was dismissed, on {}.",
                        day(certificate.at.seconds())
                    ),
                ));
            }
            _ => {}
        }
        looked_at.push(id);
    }
    // A mirror that is no longer on either side has no difference.
    for alert in standing(existing, AlertKind::Drift).filter(|alert| !looked_at.contains(&alert.id))
    {
        judged.push(AlertDecision::Resolved(
            alert.id.clone(),
            "There is nothing left to compare.".to_owned(),
        ));
    }
    judged
}

pub(crate) fn drift(id: &str, line: &Line) -> WantedAlert {
    let ours = line.sums_differ();
    let description = if ours {
        format!(
            "Stripe's records should have made {} on {}; the ledger holds {} (difference {}). \
             Debits: {} expected, {} there. Credits: {} expected, {} there.",
            shown(line.expected.0, &line.currency),
            line.mirror,
            shown(line.ledger.0, &line.currency),
            shown(line.ledger_difference.0, &line.currency),
            shown(line.debits.expected.0, &line.currency),
            shown(line.debits.in_ledger.0, &line.currency),
            shown(line.credits.expected.0, &line.currency),
            shown(line.credits.in_ledger.0, &line.currency),
        )
    } else {
        let apart = line.stripe_difference.map_or(0, |difference| difference.0);
        format!(
            "The ledger holds what Stripe's list adds up to, but Stripe's balance is {} away from \
             it.",
            shown(apart, &line.currency)
        )
    };
    WantedAlert {
        id: id.to_owned(),
        kind: AlertKind::Drift,
        target: AlertTarget {
            transaction: None,
            indicator: line.mirror.clone(),
            currency: Some(line.currency.clone()),
        },
        title: format!("Stripe and the ledger differ: {} {}", line.mirror, line.currency),
        description,
    }
}

/// The alerts for failed payouts and disputes.
pub(crate) fn of_objects(
    objects: &Objects,
    existing: &Existing,
    chart: &Chart,
    now: Millis,
) -> Vec<AlertDecision> {
    let mut judged = Vec::new();
    for object in objects.values() {
        match object.kind {
            ObjectKind::Payout if object.status == "failed" => {
                let id = format!("payout#{}", object.id);
                match paid_since(objects, object) {
                    Some(later) if stands(existing, &id) => {
                        judged.push(AlertDecision::Resolved(
                            id,
                            format!("A later payout ({}) has been paid.", later.id),
                        ));
                    }
                    None if object.failed_payout(now) || stands(existing, &id) => {
                        judged.push(AlertDecision::Wanted(payout_failed(id, object, chart)));
                    }
                    _ => {}
                }
            }
            ObjectKind::Dispute => {
                let id = format!("dispute#{}", object.id);
                let asks = object.open_dispute() && !object.status.ends_with("under_review");
                if asks || (object.open_dispute() && stands(existing, &id)) {
                    judged.push(AlertDecision::Wanted(dispute(id, object, chart)));
                } else if !object.open_dispute() && stands(existing, &id) {
                    judged.push(AlertDecision::Resolved(
                        id,
                        format!("The dispute has ended ({}).", object.status),
                    ));
                }
            }
            ObjectKind::Payout | ObjectKind::Refund | ObjectKind::Charge => {}
        }
    }
    // Without its object, nothing else can resolve it.
    let about_objects = existing
        .values()
        .filter(|alert| alert.state != AlertState::Resolved && objects.len() < MAX_OBJECTS);
    for alert in
        about_objects.filter(|alert| alert.object_id().is_some_and(|id| !objects.contains_key(id)))
    {
        judged.push(AlertDecision::Resolved(
            alert.id.clone(),
            "This is no longer tracked. Check its status in Stripe.".to_owned(),
        ));
    }
    judged
}

/// The objects that need to be kept because an alert is about them and are not yet kept, and those
/// whose alert is over.
pub(crate) fn kept_for(
    objects: &Objects,
    existing: &Existing,
    judged: &[AlertDecision],
) -> Vec<ObjectItem> {
    let wanted = judged.iter().filter_map(|judged| match judged {
        AlertDecision::Wanted(wanted) => Some(wanted.id.as_str()),
        AlertDecision::Resolved(..) => None,
    });
    let standing = existing
        .values()
        .filter(|alert| alert.state != AlertState::Resolved)
        .map(|alert| alert.id.as_str());
    let ids: BTreeSet<&str> =
        wanted.chain(standing).filter_map(|id| Some(id.split_once('#')?.1)).collect();
    let changed = objects.values().filter(|object| object.kept != ids.contains(object.id.as_str()));
    changed.map(|object| ObjectItem { kept: !object.kept, ..object.clone() }).collect()
}

/// A later payout of the same currency that reached the bank.
pub(crate) fn paid_since<'o>(objects: &'o Objects, failed: &ObjectItem) -> Option<&'o ObjectItem> {
    objects.values().find(|other| {
        other.kind == ObjectKind::Payout
            && other.status == "paid"
            && other.currency == failed.currency
            && other.created > failed.created
    })
}

pub(crate) fn target(object: &ObjectItem, chart: &Chart) -> AlertTarget {
    AlertTarget {
        transaction: object.transaction.clone(),
        indicator: chart.mirror(&BalanceKind::Payments),
        currency: object.currency.clone(),
    }
}

pub(crate) fn amount(object: &ObjectItem) -> String {
    match (object.amount, &object.currency) {
        (Some(amount), Some(currency)) => shown(amount.0, currency),
        _ => "an unknown amount".to_owned(),
    }
}

pub(crate) fn payout_failed(id: String, object: &ObjectItem, chart: &Chart) -> WantedAlert {
    let reason = object.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    WantedAlert {
        id,
        kind: AlertKind::PayoutFailed,
        target: target(object, chart),
        title: format!("Payout failed: {}", amount(object)),
        description: format!(
            "Stripe's payout {} of {} did not reach the bank{reason}. The money is back on the \
             Stripe balance. Check the bank account in Stripe.",
            object.id,
            amount(object)
        ),
    }
}

pub(crate) fn dispute(id: String, object: &ObjectItem, chart: &Chart) -> WantedAlert {
    let reason = object.reason.as_deref().unwrap_or("no reason given");
    let next = match (object.status.ends_with("under_review"), object.due_by) {
        (true, _) => "The evidence is under review.".to_owned(),
        (false, Some(due)) => format!("Evidence is due by {}.", day(due)),
        (false, None) => "Stripe names no deadline for evidence.".to_owned(),
    };
    WantedAlert {
        id,
        kind: AlertKind::DisputeOpened,
        target: target(object, chart),
        title: format!("Payment disputed: {}", amount(object)),
        description: format!(
            "Stripe's dispute {} over {} ({reason}) is {}. {next}",
            object.id,
            amount(object),
            object.status.replace('_', " ")
        ),
    }
}

/// A run reached its proof, so the stale alert is over.
pub(crate) fn of_proof(existing: &Existing) -> Vec<AlertDecision> {
    let stale = standing(existing, AlertKind::Stale);
    stale
        .map(|alert| {
            AlertDecision::Resolved(
                alert.id.clone(),
                "Both sides have been compared again.".to_owned(),
            )
        })
        .collect()
}

impl WantedAlert {
    /// The alert for an install without a proof since `since`.
    pub(crate) fn stale(mirror: String, since: Millis, why: Option<&str>) -> Self {
        let why = why.map(|why| format!(" Reason: {why}")).unwrap_or_default();
        Self {
            id: "stale".to_owned(),
            kind: AlertKind::Stale,
            target: AlertTarget { transaction: None, indicator: mirror, currency: None },
            title: "Stripe Sync has not run for too long".to_owned(),
            description: format!(
                "The last comparison of Stripe and the ledger was made on {}.{why}",
                day(since.seconds())
            ),
        }
    }
}
