//! Runs: requests, lists, and one run in full.

use serde::{Deserialize, Serialize};
use stripe_sync::app::runs::StartedRun;
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::certificate::kept::StoredCertificate;
use stripe_sync::model::error::Error;
use stripe_sync::model::money::Currency;
use stripe_sync::model::party::Party;
use stripe_sync::model::run::days_done::{DayWork, DaysDone};
use stripe_sync::model::run::progress::Phase;
use stripe_sync::model::run::request::{Scope, Trigger};
use stripe_sync::model::run::waiting;
use stripe_sync::model::run::{Run, RunError, RunState};
use stripe_sync::model::session::Portal;
use stripe_sync::model::time::Millis;
use stripe_sync::platform::store::runs::history::RunsWanted;
use stripe_sync::platform::store::span::Span;
use utoipa::{IntoParams, ToSchema};

use crate::dto::approval::Approval;
use crate::dto::certificates::Proof;
use crate::dto::format::minor;
use crate::dto::preview::Preview;
use crate::extract::{page_start, utc_days};

/// The number of runs by their result.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tallies {
    all: u64,
    completed: u64,
    in_progress: u64,
    /// Paused until a person acts.
    needs_attention: u64,
    failed: u64,
}

/// What an open run waits for: a party that does not answer as needed.
#[derive(Serialize, ToSchema)]
struct Waiting {
    /// The party that the run waits for.
    party: Party,
    /// That party's answer, for people.
    answer: String,
    /// Method and route of the call, if known.
    #[schema(required)]
    call: Option<String>,
    /// The HTTP status of the answer.
    #[schema(required)]
    status: Option<u16>,
    /// The party's id of the request.
    #[schema(required)]
    request_id: Option<String>,
    /// Since when the run makes no progress.
    since: String,
    /// When the next automatic attempt starts. Starting a sync tries at once.
    next_attempt: String,
    /// The number of failed attempts.
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
    /// What a person is asked to approve. Absent unless the run is paused for that.
    #[schema(required)]
    approval: Option<Approval>,
    /// What it waits for. Absent while it makes progress.
    #[schema(required)]
    waiting: Option<Waiting>,
    stop_requested: bool,
    /// Whether the run was read-only: it read and compared, and posted nothing.
    read_only: bool,
}

/// A run in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunDetail {
    #[serde(flatten)]
    summary: RunSummary,
    pages: u64,
    customers_created: u64,
    /// Identities updated from their Stripe customers.
    identities_updated: u64,
    stripe_calls: u64,
    ledger_calls: u64,
    /// `created` of the oldest record handled.
    #[schema(required)]
    oldest_reached: Option<String>,
    /// How many of its days are done. Absent while either number is unknown.
    #[schema(required)]
    days: Option<RunDays>,
    totals: Vec<RunTotal>,
    #[schema(required)]
    proof: Option<Proof>,
    /// The result of a preview.
    #[schema(required)]
    preview: Option<Preview>,
}

/// UTC days that are done, of all days of the run.
#[derive(Serialize, ToSchema)]
struct RunDays {
    /// The work on them.
    work: DayWork,
    /// Completely done.
    done: i64,
    /// All of them.
    all: i64,
}

/// Totals of a run's movements in one balance and currency, in minor units.
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
    /// Defaults to `new`.
    #[serde(default)]
    pub(crate) scope: SyncScope,
}

/// The part of the history that a sync reads.
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

/// The run that was started, or the open one.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunStarted {
    run: RunSummary,
    /// Whether this call created it.
    created: bool,
}

/// Selects the runs of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunFilter {
    /// Every run.
    #[default]
    All,
    /// Completed, with or without problems.
    Completed,
    /// Not yet ended, and continuing without a person.
    InProgress,
    /// Paused until a person acts: approves, or fixes what the run's error names.
    NeedsAttention,
    /// Failed or cancelled.
    Failed,
}

impl RunFilter {
    const fn states(self) -> &'static [RunState] {
        match self {
            Self::All => &[],
            Self::Completed => &[RunState::Completed, RunState::CompletedWithProblems],
            Self::InProgress => &[RunState::Queued, RunState::Running],
            Self::NeedsAttention => &[RunState::Paused],
            Self::Failed => &[RunState::Failed, RunState::Cancelled],
        }
    }
}

/// Which page of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunsQuery {
    /// Selects the runs by their result.
    #[serde(default)]
    filter: RunFilter,
    /// What started them.
    trigger: Option<Trigger>,
    /// The result of their comparison.
    verdict: Option<Verdict>,
    /// Requested on this UTC day or later, `yyyy-mm-dd`.
    from: Option<String>,
    /// Requested on this UTC day or earlier, `yyyy-mm-dd`.
    to: Option<String>,
    /// The `next` of the previous page.
    before: Option<String>,
    /// The maximum number of runs in the page.
    pub(crate) limit: Option<i32>,
}

/// A page of runs, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunPage {
    pub(crate) runs: Vec<RunSummary>,
    /// The value of `before` that requests the next page. Absent on the last page.
    #[schema(required)]
    pub(crate) next: Option<String>,
    pub(crate) tallies: Tallies,
}

/// An approval of what a run waits for.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApproveRequest {
    /// What the run waits for, as its error names it: `fuse_size`, `fuse_currency` or
    /// `fuse_amount`.
    pub(crate) code: String,
}

impl RunsQuery {
    /// Which runs.
    pub(crate) fn wanted(&self) -> Result<RunsWanted<'static>, Error> {
        let (from, to) = utc_days(self.from.as_deref(), self.to.as_deref())?;
        let span = Span { before: page_start(self.before.as_deref())?, ..Span::of_days(from, to) };
        let (trigger, verdict) = (self.trigger, self.verdict);
        Ok(RunsWanted { states: self.filter.states(), trigger, verdict, span })
    }
}

impl Tallies {
    /// Ended runs as the summary counts them, and the open one by its own state.
    pub(crate) fn of(portal: &Portal, open: Option<&Run>) -> Self {
        let ended = portal.summary.as_ref().map(|summary| summary.tallies).unwrap_or_default();
        let open = open.map(|run| run.state).filter(|state| state.is_open());
        let needs_attention = u64::from(open == Some(RunState::Paused));
        let in_progress = u64::from(open.is_some()) - needs_attention;
        Self {
            all: ended.completed + ended.failed + in_progress + needs_attention,
            completed: ended.completed,
            in_progress,
            needs_attention,
            failed: ended.failed,
        }
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
            approval: Approval::of(run),
            waiting: run.waiting.as_ref().map(Waiting::of),
            stop_requested: run.stop_requested,
            read_only: run.progress.read_only,
        }
    }
}

impl RunDetail {
    pub(crate) fn of(run: &Run, proof: Option<&StoredCertificate>) -> Self {
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
            oldest_reached: run
                .progress
                .oldest_reached
                .map(|at| Millis::from_seconds(at).rfc3339()),
            days: DaysDone::of(run).map(|days| RunDays {
                work: days.work,
                done: days.done,
                all: days.all,
            }),
            totals: totals.collect(),
            proof: proof.map(Proof::of_kept),
            preview: Preview::of(run),
        }
    }
}

impl RunStarted {
    pub(crate) fn of(asked: &StartedRun) -> Self {
        Self { run: RunSummary::of(&asked.run), created: asked.created }
    }
}
