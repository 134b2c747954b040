//! What needs a person's attention.

use serde::Serialize;
use stripe_sync::app::attention::PortalAttention;
use stripe_sync::model::attention::{
    Attention as Model, AttentionAction, AttentionItem as Item, AttentionKind, Severity,
};
use stripe_sync::model::ledger::Mode;
use stripe_sync::model::stripe::links::object_url;
use stripe_sync::model::time::Millis;
use utoipa::ToSchema;

use crate::dto::format::{exponent, minor};

/// What needs a person's attention, for the badge, the tiles and the overview.
#[derive(Serialize, ToSchema)]
pub(crate) struct Attention {
    /// The most urgent first; within a severity, those with the earliest deadline.
    items: Vec<AttentionItem>,
    counts: AttentionCounts,
    /// Open problems; those of one kind are one item.
    open_problems: u64,
    /// There may be more disputes or payouts than were read.
    more: bool,
    /// When this was so.
    at: String,
}

/// How many items there are of each severity.
#[derive(Serialize, ToSchema)]
struct AttentionCounts {
    critical: u64,
    warning: u64,
    notice: u64,
    total: u64,
}

/// One matter that a person should look at.
#[derive(Serialize, ToSchema)]
struct AttentionItem {
    kind: AttentionKind,
    severity: Severity,
    /// Stripe's id, a balance, or the code of the problems or of the pause.
    #[schema(required)]
    subject: Option<String>,
    /// The number of records, problems or entries that it covers.
    count: u64,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    /// Until when something can be done.
    #[schema(required)]
    due_at: Option<String>,
    /// Whole days until then; zero on the last day.
    #[schema(required)]
    days_left: Option<i64>,
    /// Since when, as far as that is known.
    #[schema(required)]
    since: Option<String>,
    /// Stripe's reason code of a failed payout or a dispute.
    #[schema(required)]
    reason: Option<String>,
    /// What it is, for people.
    text: String,
    action: NextAction,
}

/// The one thing to do about an item.
#[derive(Serialize, ToSchema)]
struct NextAction {
    kind: AttentionAction,
    /// What it is about: a payout, a dispute, a certificate, a run, or the code of problems.
    #[schema(required)]
    id: Option<String>,
    /// Of an approval: the code of what is approved.
    #[schema(required)]
    code: Option<String>,
    /// Where to do it, outside of this app.
    #[schema(required)]
    url: Option<String>,
}

impl Attention {
    pub(crate) fn of(noted: PortalAttention, dashboard_url: Option<&str>, now: Millis) -> Self {
        let PortalAttention { attention: Model { items, counts, more }, mode, open_problems } =
            noted;
        Self {
            items: items
                .into_iter()
                .map(|item| AttentionItem::of(item, mode, dashboard_url))
                .collect(),
            counts: AttentionCounts {
                critical: counts.critical,
                warning: counts.warning,
                notice: counts.notice,
                total: counts.critical + counts.warning + counts.notice,
            },
            open_problems,
            more,
            at: now.rfc3339(),
        }
    }
}

impl AttentionItem {
    fn of(item: Item, mode: Option<Mode>, dashboard_url: Option<&str>) -> Self {
        Self {
            action: NextAction::of(&item, mode, dashboard_url),
            kind: item.kind,
            severity: item.severity,
            subject: item.subject,
            count: item.count,
            amount: item.amount.map(minor),
            exponent: item.currency.as_deref().map_or(2, exponent),
            currency: item.currency,
            due_at: item.due_at.map(Millis::rfc3339),
            days_left: item.days_left,
            since: item.since.map(Millis::rfc3339),
            reason: item.reason,
            text: item.text,
        }
    }
}

impl NextAction {
    fn of(item: &Item, mode: Option<Mode>, dashboard_url: Option<&str>) -> Self {
        let url = match item.action {
            AttentionAction::AnswerDisputeAtStripe | AttentionAction::OpenDisputeAtStripe => {
                item.target.as_deref().zip(mode).map(|(id, mode)| object_url(id, mode))
            }
            AttentionAction::Reinstall => dashboard_url.map(str::to_owned),
            _ => None,
        };
        let is_approval = item.action == AttentionAction::Approve;
        Self {
            kind: item.action,
            id: item.target.clone(),
            code: item.subject.clone().filter(|_| is_approval),
            url,
        }
    }
}
