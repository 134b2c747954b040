//! The state of the connection: pauses, the last proof, payouts and disputes.

use crate::model::approval;
use crate::model::attention::item::{
    AttentionAction, AttentionItem, AttentionKind, Facts, Severity, money,
};
use crate::model::certificate::{Line, LineVerdict};
use crate::model::connection::{OF_THE_INSTALLS_KEY, Pause};
use crate::model::ledger::SECONDS_PER_DAY;
use crate::model::run::RunState;
use crate::model::time::Millis;
use crate::model::tracked_object::{ObjectItem, ObjectKind};
use crate::model::webhook::EndpointSeen;

/// A dispute that can be answered for so many more days at most is critical.
const LAST_DAYS: i64 = 3;

/// Pauses that another Stripe key, or more permissions of this one, end.
const OF_THE_STRIPE_KEY: [&str; 2] = ["stripe_key_refused", "stripe_right_missing"];

pub(super) fn items(facts: &Facts<'_>) -> Vec<AttentionItem> {
    let pause = facts.connection.active_pause(facts.meta);
    let mut items: Vec<AttentionItem> =
        pause.map(|pause| paused(facts, pause)).into_iter().collect();
    // A pause already explains the failed and stale syncs, so they are not listed too.
    if pause.is_none() {
        items.extend(stale(facts));
        items.extend(failed_sync(facts));
    }
    items.extend(differences(facts));
    items.extend(realtime_off(facts));
    for object in facts.objects {
        items.extend(failed_payout(object, facts.now));
        items.extend(dispute(object, facts.now));
    }
    items
}

fn paused(facts: &Facts<'_>, pause: &Pause) -> AttentionItem {
    let run = facts.connection.current_run.map(|run| run.to_string());
    if pause.code.starts_with(approval::PREFIX) {
        let item = AttentionItem::new(
            AttentionKind::Approval,
            Severity::Warning,
            pause.reason.clone(),
            AttentionAction::Approve,
        );
        return AttentionItem { target: run, ..item.about(&pause.code) };
    }
    let code = pause.code.as_str();
    let (action, target) = if OF_THE_STRIPE_KEY.contains(&code) {
        (AttentionAction::ReconnectStripe, None)
    } else if OF_THE_INSTALLS_KEY.contains(&code) {
        (AttentionAction::Reinstall, None)
    } else {
        (AttentionAction::OpenRun, run)
    };
    let text = format!("Syncing is paused. {}", pause.reason);
    let item = AttentionItem::new(AttentionKind::Paused, Severity::Critical, text, action);
    AttentionItem { target, ..item.about(code) }
}

fn stale(facts: &Facts<'_>) -> Option<AttentionItem> {
    let freshness = facts.freshness.filter(|freshness| !freshness.fresh)?;
    let since = facts.now.plus_seconds(-freshness.age_seconds);
    let (action, target) = match facts.connection.current_run {
        Some(run) => (AttentionAction::OpenRun, Some(run.to_string())),
        None => (AttentionAction::SyncNow, None),
    };
    let text = "The last comparison of Stripe and your ledger is out of date.".to_owned();
    let item = AttentionItem::new(AttentionKind::StaleProof, Severity::Warning, text, action);
    Some(AttentionItem { target, since: Some(since), ..item })
}

fn failed_sync(facts: &Facts<'_>) -> Option<AttentionItem> {
    let run = facts.summary?.last_run.as_ref().filter(|run| run.state == RunState::Failed)?;
    let why = run.error.as_ref().map(|error| format!(" {}", error.text)).unwrap_or_default();
    let text = format!("The last sync failed.{why}");
    let item = AttentionItem::new(
        AttentionKind::FailedSync,
        Severity::Warning,
        text,
        AttentionAction::OpenRun,
    );
    let item = AttentionItem { since: run.finished_at, ..item };
    Some(item.about(run.id.to_string()).targeting(run.id.to_string()))
}

/// Stripe disables an endpoint that fails for days, and people delete endpoints.
fn realtime_off(facts: &Facts<'_>) -> Option<AttentionItem> {
    facts.connection.endpoint_seen.filter(EndpointSeen::is_off)?;
    let text =
        "Stripe no longer delivers events to this app: movements arrive only with scheduled syncs."
            .to_owned();
    Some(AttentionItem::new(
        AttentionKind::RealtimeOff,
        Severity::Warning,
        text,
        AttentionAction::SetUpRealtime,
    ))
}

fn differences(facts: &Facts<'_>) -> Vec<AttentionItem> {
    let Some((summary, proof)) =
        facts.summary.and_then(|summary| Some((summary, summary.last_proof.as_ref()?)))
    else {
        return Vec::new();
    };
    let differs = |line: &&Line| line.verdict == LineVerdict::Mismatch;
    let of_line = |line: &Line| of_line(line, summary.dismissed.contains(&line.subject()));
    let items = proof.lines.iter().filter(differs).flat_map(of_line);
    items
        .map(|item| AttentionItem { since: Some(proof.at), ..item.targeting(proof.id.to_string()) })
        .collect()
}

/// The ledger's difference of a line and Stripe's difference are two separate matters. A difference
/// that people dismissed to the minor unit still exists, but needs no attention.
fn of_line(line: &Line, is_dismissed: bool) -> Vec<AttentionItem> {
    let name = format!("{} {}", line.balance, line.currency);
    let mut items = Vec::new();
    if (line.ledger_difference.0 != 0 || line.is_ledger_at_fault()) && !is_dismissed {
        let text = if line.ledger_difference.0 == 0 {
            format!("Entries of the {name} balance differ, although their sum is right.")
        } else {
            let amount = money(line.ledger_difference, &line.currency);
            format!("{amount} of the {name} balance are missing or extra in the ledger.")
        };
        let item = AttentionItem::new(
            AttentionKind::LedgerDifference,
            Severity::Critical,
            text,
            AttentionAction::OpenCertificate,
        );
        let item = item.of_amount(line.ledger_difference, &line.currency).about(&line.balance);
        items.push(AttentionItem { count: line.hours.differing.max(1), ..item });
    }
    if let Some(difference) = line.stripe_difference.filter(|difference| difference.0 != 0) {
        let amount = money(difference, &line.currency);
        let item = AttentionItem::new(
            AttentionKind::StripeDifference,
            Severity::Warning,
            format!("{amount} of the {name} balance are unexplained at Stripe."),
            AttentionAction::OpenCertificate,
        );
        items.push(item.of_amount(difference, &line.currency).about(&line.balance));
    }
    items
}

fn failed_payout(object: &ObjectItem, now: Millis) -> Option<AttentionItem> {
    if !object.failed_payout(now) {
        return None;
    }
    let why = object.reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let item = AttentionItem::new(
        AttentionKind::FailedPayout,
        Severity::Critical,
        format!("A payout{} failed{why}.", of_amount(object)),
        AttentionAction::OpenPayout,
    );
    let since = Some(Millis::from_seconds(object.arrival.unwrap_or(object.created)));
    Some(AttentionItem { since, ..of_object(item, object) })
}

fn dispute(object: &ObjectItem, now: Millis) -> Option<AttentionItem> {
    if !object.open_dispute() {
        return None;
    }
    let due_at = object.due_by.map(Millis::from_seconds);
    let is_due = object.awaits_answer();
    let left = object.due_by.map(|due| due - now.seconds()).filter(|left| is_due && *left > 0);
    let days_left = left.map(|left| left / SECONDS_PER_DAY);
    let amount = of_amount(object);
    let (severity, text, action) = match days_left {
        Some(days) => (
            if days <= LAST_DAYS { Severity::Critical } else { Severity::Warning },
            format!("A payment{amount} is disputed. Days left to answer: {days}."),
            AttentionAction::AnswerDisputeAtStripe,
        ),
        None if is_due && due_at.is_none() => (
            Severity::Warning,
            format!("A payment{amount} is disputed and waits for an answer."),
            AttentionAction::AnswerDisputeAtStripe,
        ),
        None if is_due => (
            Severity::Notice,
            format!("A payment{amount} is disputed. The time to answer is over."),
            AttentionAction::OpenDisputeAtStripe,
        ),
        None => (
            Severity::Notice,
            format!("A payment{amount} is disputed, and the bank reviews it."),
            AttentionAction::OpenDisputeAtStripe,
        ),
    };
    let item = AttentionItem::new(AttentionKind::Dispute, severity, text, action);
    let since = Some(Millis::from_seconds(object.created));
    // A deadline that was met or missed is not shown.
    let due_at = due_at.filter(|_| days_left.is_some());
    Some(AttentionItem { since, due_at, days_left, ..of_object(item, object) })
}

fn of_amount(object: &ObjectItem) -> String {
    match (object.kind, object.amount, &object.currency) {
        (ObjectKind::Payout | ObjectKind::Dispute, Some(amount), Some(currency)) => {
            format!(" of {}", money(amount, currency))
        }
        _ => String::new(),
    }
}

fn of_object(item: AttentionItem, object: &ObjectItem) -> AttentionItem {
    let item = item.about(&object.id).targeting(&object.id);
    AttentionItem {
        amount: object.amount,
        currency: object.currency.clone(),
        reason: object.reason.clone(),
        ..item
    }
}
