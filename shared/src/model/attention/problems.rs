//! Open problems, by kind: the money in suspense first.

use crate::model::attention::item::{
    AttentionAction, AttentionItem, AttentionKind, Facts, Severity, money,
};
use crate::model::problem::code::ProblemCode;
use crate::model::problem::tally::OpenKind;

pub(super) fn items(facts: &Facts<'_>) -> Vec<AttentionItem> {
    let Some(summary) = facts.summary else { return Vec::new() };
    if summary.open_kinds.is_empty() && summary.open_problems > 0 {
        // A summary of an earlier version holds only their number.
        let item = AttentionItem::new(
            AttentionKind::Problems,
            Severity::Warning,
            format!("{}.", counted(summary.open_problems, "problem is open", "problems are open")),
            AttentionAction::ReviewProblems,
        );
        return vec![AttentionItem { count: summary.open_problems, ..item }];
    }
    summary.open_kinds.iter().filter(|kind| kind.count > 0).flat_map(of_kind).collect()
}

fn of_kind(kind: &OpenKind) -> Vec<AttentionItem> {
    if kind.code == ProblemCode::UnknownType {
        return suspense(kind);
    }
    let (severity, title) = severity_and_title(&kind.code);
    let text = format!("{title} ({}).", counted(kind.count, "problem", "problems"));
    let item = AttentionItem {
        count: kind.count,
        since: Some(kind.since),
        ..AttentionItem::new(
            AttentionKind::Problems,
            severity,
            text,
            AttentionAction::ReviewProblems,
        )
    };
    let item = item.about(kind.code.as_str()).targeting(kind.code.as_str());
    // A sum over several currencies is meaningless.
    let mut amounts = kind.amounts.iter();
    vec![match (amounts.next(), amounts.next()) {
        (Some((currency, amount)), None) => item.of_amount(amount.sum, currency),
        _ => item,
    }]
}

/// The money in suspense, by currency; records without an amount are a separate item.
fn suspense(kind: &OpenKind) -> Vec<AttentionItem> {
    let item = |count: u64, text: String| {
        let item = AttentionItem::new(
            AttentionKind::Suspense,
            Severity::Warning,
            text,
            AttentionAction::ReviewProblems,
        );
        let item = AttentionItem { count, since: Some(kind.since), ..item };
        item.about(kind.code.as_str()).targeting(kind.code.as_str())
    };
    let mut items: Vec<AttentionItem> = kind
        .amounts
        .iter()
        .map(|(currency, held)| {
            let records = counted(held.count, "unrecognised movement", "unrecognised movements");
            let text = format!("{} held in suspense: {records}.", money(held.sum, currency));
            item(held.count, text).of_amount(held.sum, currency)
        })
        .collect();
    let with_amount: u64 = kind.amounts.values().map(|held| held.count).sum();
    let rest = kind.count.saturating_sub(with_amount);
    if rest > 0 {
        let records = counted(rest, "unrecognised movement", "unrecognised movements");
        items.push(item(rest, format!("Held in suspense: {records}.")));
    }
    items
}

/// The severity and the title of problems with a code.
fn severity_and_title(code: &ProblemCode) -> (Severity, &'static str) {
    match code {
        ProblemCode::ForeignEntry => {
            (Severity::Critical, "Entries in the ledger not made by Stripe Sync")
        }
        ProblemCode::EntryUnlisted => {
            (Severity::Critical, "Entries whose records Stripe does not list")
        }
        ProblemCode::EntryChanged | ProblemCode::EntryDiffers => {
            (Severity::Critical, "Entries that differ from Stripe's records")
        }
        ProblemCode::EntryMissing => (Severity::Critical, "Entries missing in the ledger"),
        ProblemCode::PermissionMissing => {
            (Severity::Warning, "Records that the Stripe key may not read")
        }
        ProblemCode::RecordUnreadable
        | ProblemCode::RecordUnrendered
        | ProblemCode::PageUnreadable => {
            (Severity::Warning, "Records that could not be read from Stripe")
        }
        ProblemCode::SetAside => (Severity::Warning, "Records set aside because their calls fail"),
        ProblemCode::BeforeTheStart => {
            (Severity::Warning, "Changes to records from before the start date")
        }
        ProblemCode::CustomerRefused => (Severity::Warning, "Customers that the ledger refused"),
        ProblemCode::CustomerUnknown => {
            (Severity::Warning, "Payments whose customer Stripe did not name")
        }
        ProblemCode::BalanceDoubled => (Severity::Warning, "Customers with more than one balance"),
        ProblemCode::UnknownShape => (Severity::Warning, "Answers in an unknown form"),
        ProblemCode::IdentityRefused | ProblemCode::IdentitySetAside => {
            (Severity::Notice, "Customers' details that could not be copied")
        }
        ProblemCode::DoesNotAddUp | ProblemCode::ForeignFee => {
            (Severity::Notice, "Amounts that do not add up at Stripe")
        }
        ProblemCode::RecordGone => (Severity::Notice, "Records that Stripe has deleted"),
        _ => (Severity::Warning, "Movements that could not be posted"),
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
