//! The shapes of the JSON API. Amounts are decimal strings of minor units; times are RFC 3339 in UTC.

pub(crate) mod of;

pub(crate) use of::minor;

use serde::{Deserialize, Serialize};
use stripe_sync::model::asked::Trigger;
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::ledger::Mode;
use stripe_sync::model::party::Party;
use stripe_sync::model::progress::Phase;
use stripe_sync::model::run::{RunError, RunState};
use stripe_sync::model::stripe::key::KeyKind;
use utoipa::ToSchema;

use crate::certificates::Proof;
use crate::preview::Preview;

/// A launch token to exchange.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SessionRequest {
    /// The token of the portal URL.
    pub(crate) token: String,
    /// Names this opening of the page, in 16 to 64 letters, digits, `_` or `-` of its own choice. Sent again with the same token, the
    /// redemption is repeated and not counted a second time: an answer that was lost costs nothing.
    #[serde(default)]
    pub(crate) redemption_id: Option<String>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Sent as `Authorization: Bearer …` with every call.
    pub(crate) bearer: String,
    /// When it ends.
    pub(crate) expires_at: String,
    /// The launch it came from.
    pub(crate) launch_id: String,
}

/// What the first screen shows.
#[derive(Serialize, ToSchema)]
pub(crate) struct Overview {
    install: Install,
    session: SessionInfo,
    links: Links,
    #[schema(required)]
    stripe: Option<StripeConnection>,
    tallies: Tallies,
    /// The open run, as it stands.
    #[schema(required)]
    open_run: Option<RunSummary>,
    #[schema(required)]
    last_run: Option<RunSummary>,
    #[schema(required)]
    last_proof: Option<Proof>,
    /// The run that made the last preview.
    #[schema(required)]
    last_preview: Option<String>,
    /// Open problems.
    open_problems: u64,
    /// The age of the newest proof; absent while no sync was ever begun.
    #[schema(required)]
    proof_age_seconds: Option<i64>,
    /// Whether that is at most twice the interval of the settings.
    #[schema(required)]
    fresh: Option<bool>,
}

/// The install.
#[derive(Serialize, ToSchema)]
struct Install {
    installed_app_id: String,
    instance_id: String,
    #[schema(required)]
    organization_id: Option<String>,
    granted_permissions: Vec<Permission>,
    installed_at: String,
}

/// The session behind the call.
#[derive(Serialize, ToSchema)]
struct SessionInfo {
    expires_at: String,
}

/// Where the dashboard is.
#[derive(Serialize, ToSchema)]
struct Links {
    /// The dashboard's base URL; absent when the deployment names none.
    #[schema(required)]
    dashboard_url: Option<String>,
}

/// Why a connection's runs rest until a person acts.
#[derive(Serialize, ToSchema)]
struct Pause {
    /// A stable word for programs.
    code: String,
    /// The reason, for people.
    reason: String,
}

/// The connected Stripe account.
#[derive(Serialize, ToSchema)]
pub(crate) struct StripeConnection {
    account_id: String,
    #[schema(required)]
    display_name: Option<String>,
    mode: Mode,
    key_kind: KeyKind,
    key_prefix: String,
    key_last4: String,
    connected_at: String,
    /// The payments mirror's indicator in the ledger.
    mirror: String,
    #[schema(required)]
    paused: Option<Pause>,
    warnings: Vec<Warning>,
    /// A person has started the first sync that may write. Until then no schedule and no event starts one.
    confirmed: bool,
    /// The open run.
    #[schema(required)]
    current_run: Option<String>,
}

/// Something to know about a connection.
#[derive(Serialize, ToSchema)]
struct Warning {
    code: String,
    text: String,
}

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
    scope: stripe_sync::model::asked::Scope,
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

/// A scope and what it is for.
#[derive(Serialize, ToSchema)]
struct PermissionInfo {
    scope: Permission,
    granted: bool,
    allows: &'static str,
    without_it: &'static str,
}

/// The scopes granted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Permissions {
    permissions: Vec<PermissionInfo>,
    note: &'static str,
}

/// A Stripe key to connect.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ConnectRequest {
    /// A restricted key with read rights.
    pub(crate) key: String,
    /// What the names of this account's accounts in the ledger begin with, such as `@stripe_eu`: for a second Stripe account beside another.
    pub(crate) prefix: Option<String>,
}

/// A connected account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Connected {
    pub(crate) stripe: StripeConnection,
    /// Whether the key of an account that was connected already was replaced.
    pub(crate) replaced: bool,
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

impl From<SyncScope> for stripe_sync::model::asked::Scope {
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
    pub(crate) run: RunSummary,
    /// Whether it was made by this call.
    pub(crate) created: bool,
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

/// A page of runs, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunPage {
    pub(crate) runs: Vec<RunSummary>,
    /// Asks for the next page, as `before`.
    #[schema(required)]
    pub(crate) next: Option<String>,
    pub(crate) tallies: Tallies,
}
