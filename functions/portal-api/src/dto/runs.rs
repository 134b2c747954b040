//! Runs: asked for, in a list, and one with everything known of it.

use serde::{Deserialize, Serialize};
use stripe_sync::app::runs::StartedRun;
use stripe_sync::model::asked::{Scope, Trigger};
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::money::Currency;
use stripe_sync::model::party::Party;
use stripe_sync::model::progress::Phase;
use stripe_sync::model::run::{Run, RunError, RunState};
use stripe_sync::model::session::Portal;
use stripe_sync::model::time::Millis;
use stripe_sync::model::waiting;
use utoipa::{IntoParams, ToSchema};

use crate::dto::certificates::Proof;
use crate::dto::format::minor;
use crate::dto::preview::Preview;

/// Runs by how they ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tallies {
    all: u64,
    completed: u64,
    in_progress: u64,
    failed: u64,
}

/// What an open run waits for: it stands still until somebody does what was asked.
#[derive(Serialize, ToSchema)]
struct Waiting {
    /// Who does not.
    party: Party,
    /// The answer, for people.
    answer: String,
    /// The call: method and route, where it is known.
    #[schema(required)]
    call: Option<String>,
    /// The HTTP status of the answer.
    #[schema(required)]
    status: Option<u16>,
    /// The party's own name for the request.
    #[schema(required)]
    request_id: Option<String>,
    /// Since when the run has not moved on.
    since: String,
    /// When it is tried again by itself. Asking for a sync tries at once.
    next_attempt: String,
    /// Attempts in vain.
    attempts: u32,
}

/// A run in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunSummary {
    id: String,
    trigger: Trigger,
    scope: Scope,
    state: RunState,
    phase: Phase,
    requested_at: String,
    #[schema(required)]
    started_at: Option<String>,
    #[schema(required)]
    finished_at: Option<String>,
    records: u64,
    entries_posted: u64,
    entries_already_there: u64,
    problems: u64,
    #[schema(required)]
    verdict: Option<Verdict>,
    #[schema(required)]
    error: Option<RunError>,
    /// What it waits for; absent while it goes on.
    #[schema(required)]
    waiting: Option<Waiting>,
    stop_requested: bool,
    /// Made without the right to write: read and compared, and nothing posted.
    shadow: bool,
}

/// A run with everything known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunDetail {
    #[serde(flatten)]
    summary: RunSummary,
    pages: u64,
    customers_created: u64,
    /// Identities brought up to date with their customers at Stripe.
    identities_updated: u64,
    stripe_calls: u64,
    ledger_calls: u64,
    /// `created` of the oldest record handled.
    #[schema(required)]
    oldest_reached: Option<String>,
    totals: Vec<RunTotal>,
    #[schema(required)]
    proof: Option<Proof>,
    /// What a sync would make: of a run that is a preview.
    #[schema(required)]
    preview: Option<Preview>,
}

/// What a run's movements of one balance and currency added up to, in minor units.
#[derive(Serialize, ToSchema)]
struct RunTotal {
    balance: String,
    currency: String,
    exponent: u32,
    records: u64,
    gross: String,
    fees: String,
    net: String,
    pay_ins: String,
    payouts: String,
}

/// A run to start.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RunRequest {
    /// `new` unless said otherwise.
    #[serde(default)]
    pub(crate) scope: SyncScope,
}

/// How much of the history a sync reads.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SyncScope {
    /// What is new since the last completed run, with an overlap.
    #[default]
    New,
    /// The whole history again.
    Everything,
}

impl From<SyncScope> for Scope {
    fn from(scope: SyncScope) -> Self {
        match scope {
            SyncScope::New => Self::New,
            SyncScope::Everything => Self::Everything,
        }
    }
}

/// A run that was started, or the one that is open.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunStarted {
    run: RunSummary,
    /// Whether it was made by this call.
    created: bool,
}

/// Which runs a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunFilter {
    /// Every run.
    #[default]
    All,
    /// Completed, with or without problems.
    Completed,
    /// Not yet ended.
    InProgress,
    /// Failed or cancelled.
    Failed,
}

impl RunFilter {
    pub(crate) const fn states(self) -> &'static [RunState] {
        match self {
            Self::All => &[],
            Self::Completed => &[RunState::Completed, RunState::CompletedWithProblems],
            Self::InProgress => &[RunState::Queued, RunState::Running, RunState::Paused],
            Self::Failed => &[RunState::Failed, RunState::Cancelled],
        }
    }
}

/// Which page of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunsQuery {
    /// Which runs.
    #[serde(default)]
    pub(crate) filter: RunFilter,
    /// The `next` of the page before.
    pub(crate) before: Option<String>,
    /// Runs in the page.
    pub(crate) limit: Option<i32>,
}

/// A page of runs, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunPage {
    pub(crate) runs: Vec<RunSummary>,
    /// Asks for the next page, as `before`.
    #[schema(required)]
    pub(crate) next: Option<String>,
    pub(crate) tallies: Tallies,
}

/// A consent.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApproveRequest {
    /// What the run waits for, as its error names it: `fuse_size`, `fuse_currency` or `fuse_amount`.
    pub(crate) code: String,
}

impl Tallies {
    pub(crate) fn of(portal: &Portal) -> Self {
        let ended = portal.summary.as_ref().map(|summary| summary.tallies).unwrap_or_default();
        let in_progress = u64::from(portal.connection.as_ref().is_some_and(|connection| connection.current_run.is_some()));
        Self { all: ended.completed + ended.failed + in_progress, completed: ended.completed, in_progress, failed: ended.failed }
    }
}

impl Waiting {
    fn of(waiting: &waiting::Waiting) -> Self {
        Self {
            party: waiting.party,
            answer: waiting.answer.clone(),
            call: waiting.call.clone(),
            status: waiting.status,
            request_id: waiting.request_id.clone(),
            since: waiting.since.rfc3339(),
            next_attempt: waiting.next_attempt.rfc3339(),
            attempts: waiting.attempts,
        }
    }
}

impl RunSummary {
    pub(crate) fn of(run: &Run) -> Self {
        let counters = run.progress.counters;
        Self {
            id: run.id.to_string(),
            trigger: run.trigger,
            scope: run.scope,
            state: run.state,
            phase: run.progress.phase,
            requested_at: run.requested_at.rfc3339(),
            started_at: run.started_at.map(Millis::rfc3339),
            finished_at: run.finished_at.map(Millis::rfc3339),
            records: counters.records,
            entries_posted: counters.entries_posted,
            entries_already_there: counters.entries_already_there,
            problems: counters.problems,
            verdict: run.verdict,
            error: run.error.clone(),
            waiting: run.waiting.as_ref().map(Waiting::of),
            stop_requested: run.stop_requested,
            shadow: run.progress.read_only,
        }
    }
}

impl RunDetail {
    pub(crate) fn of(run: &Run) -> Self {
        let counters = run.progress.counters;
        let totals = run.progress.totals.iter().filter_map(|(name, totals)| {
            let (balance, code) = name.rsplit_once('#')?;
            let currency: Currency = code.parse().ok()?;
            Some(RunTotal {
                balance: balance.to_owned(),
                currency: currency.to_string(),
                exponent: currency.exponent(),
                records: totals.records,
                gross: minor(totals.gross),
                fees: minor(totals.fees),
                net: minor(totals.net),
                pay_ins: minor(totals.pay_ins),
                payouts: minor(totals.payouts),
            })
        });
        Self {
            summary: RunSummary::of(run),
            pages: counters.pages,
            customers_created: counters.customers_created,
            identities_updated: counters.identities_updated,
            stripe_calls: counters.stripe_calls,
            ledger_calls: counters.ledger_calls,
            oldest_reached: run.progress.oldest_reached.map(|at| Millis::from_seconds(at).rfc3339()),
            totals: totals.collect(),
            proof: run.proof.as_ref().map(Proof::of),
            preview: Preview::of(run),
        }
    }
}

impl RunStarted {
    pub(crate) fn of(asked: &StartedRun) -> Self {
        Self { run: RunSummary::of(&asked.run), created: asked.created }
    }
}
