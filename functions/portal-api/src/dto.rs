//! The shapes of the JSON API. Amounts are decimal strings of minor units; times are RFC 3339 in UTC.

use serde::{Deserialize, Serialize};
use stripe_sync::clock::Millis;
use stripe_sync::connection::{Connection, Pause};
use stripe_sync::install::Permission;
use stripe_sync::ledger::Mode;
use stripe_sync::session::Portal;
use stripe_sync::stripe::KeyKind;
use stripe_sync::sync::{self, Certificate, LineVerdict, Phase, ProblemItem, ProblemState, Run, RunError, RunState, Sum, Trigger, Verdict};
use utoipa::ToSchema;

/// A launch token to exchange.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SessionRequest {
    /// The token of the portal URL.
    pub(crate) token: String,
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
    #[schema(required)]
    last_run: Option<RunSummary>,
    #[schema(required)]
    last_proof: Option<Proof>,
    /// Open problems.
    open_problems: u64,
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

/// A run in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunSummary {
    id: String,
    trigger: Trigger,
    scope: sync::Scope,
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
    stop_requested: bool,
}

/// A run with everything known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunDetail {
    #[serde(flatten)]
    summary: RunSummary,
    pages: u64,
    customers_created: u64,
    stripe_calls: u64,
    ledger_calls: u64,
    /// `created` of the oldest record handled.
    #[schema(required)]
    oldest_reached: Option<String>,
    totals: Vec<RunTotal>,
    #[schema(required)]
    proof: Option<Proof>,
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

/// A reconciliation certificate.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proof {
    id: String,
    at: String,
    verdict: Verdict,
    lines: Vec<ProofLine>,
}

/// One balance in one currency, in minor units.
#[derive(Serialize, ToSchema)]
struct ProofLine {
    balance: String,
    mirror: String,
    currency: String,
    exponent: u32,
    /// Stripe's own figure; absent when it reports none.
    #[schema(required)]
    stripe: Option<String>,
    /// The mirror, seen from Stripe's side.
    ledger: String,
    /// What Stripe's records should have made.
    expected: String,
    /// Stripe's balance less the sum of Stripe's list.
    #[schema(required)]
    d1: Option<String>,
    /// Expected less ledger.
    d2: String,
    verdict: LineVerdict,
    #[schema(required)]
    note: Option<String>,
    records: u64,
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
    pub(crate) scope: sync::Scope,
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

/// Something that could not be posted, read or understood.
#[derive(Serialize, ToSchema)]
struct Problem {
    id: String,
    stripe_id: String,
    code: String,
    cause: String,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    state: ProblemState,
    attempts: u64,
    first_seen: String,
    last_seen: String,
    run_id: String,
}

/// A page of problems.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemPage {
    problems: Vec<Problem>,
    /// Asks for the next page, as `before`.
    #[schema(required)]
    next: Option<String>,
}

/// A failure (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemDetails {
    #[serde(rename = "type")]
    type_: String,
    title: String,
    status: u16,
    detail: String,
    /// A stable word for programs.
    code: String,
    /// Names the request in the log.
    request_id: String,
    /// The field that is wrong.
    field: Option<String>,
}

fn minor(sum: Sum) -> String {
    sum.0.to_string()
}

impl Overview {
    pub(crate) fn of(portal: &Portal, dashboard_url: Option<&str>) -> Self {
        let summary = portal.summary.as_ref();
        Self {
            install: Install {
                installed_app_id: portal.install.to_string(),
                instance_id: portal.meta.instance_id.clone(),
                organization_id: portal.meta.organization_id.clone(),
                granted_permissions: portal.meta.granted_permissions.clone(),
                installed_at: portal.meta.installed_at.unwrap_or(portal.meta.key_installed_at).rfc3339(),
            },
            session: SessionInfo { expires_at: portal.expires_at.rfc3339() },
            links: Links { dashboard_url: dashboard_url.map(str::to_owned) },
            stripe: portal.connection.as_ref().map(StripeConnection::of),
            tallies: Tallies::of(portal),
            last_run: summary.and_then(|summary| summary.last_run.as_ref()).map(RunSummary::of),
            last_proof: summary.and_then(|summary| summary.last_proof.as_ref()).map(Proof::of),
            open_problems: summary.map_or(0, |summary| summary.open_problems),
        }
    }
}

impl Tallies {
    pub(crate) fn of(portal: &Portal) -> Self {
        let ended = portal.summary.as_ref().map(|summary| summary.tallies).unwrap_or_default();
        let in_progress = u64::from(portal.connection.as_ref().is_some_and(|connection| connection.current_run.is_some()));
        Self { all: ended.completed + ended.failed + in_progress, completed: ended.completed, in_progress, failed: ended.failed }
    }
}

impl StripeConnection {
    pub(crate) fn of(connection: &Connection) -> Self {
        let mut warnings = Vec::new();
        if connection.key_kind == KeyKind::Secret {
            warnings.push(Warning {
                code: "secret_key".to_owned(),
                text: "This is a full secret key: it can do far more than this app needs. Replace it with a restricted key that can only read.".to_owned(),
            });
        }
        Self {
            account_id: connection.account_id.clone(),
            display_name: connection.display_name.clone(),
            mode: connection.mode,
            key_kind: connection.key_kind,
            key_prefix: connection.key_prefix.clone(),
            key_last4: connection.key_last4.clone(),
            connected_at: connection.connected_at.rfc3339(),
            mirror: connection.mirror.clone(),
            paused: connection.paused.clone(),
            warnings,
            current_run: connection.current_run.map(|id| id.to_string()),
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
            stop_requested: run.stop_requested,
        }
    }
}

impl RunDetail {
    pub(crate) fn of(run: &Run) -> Self {
        let counters = run.progress.counters;
        let totals = run.progress.totals.iter().filter_map(|(name, totals)| {
            let (balance, code) = name.rsplit_once('#')?;
            let currency: stripe_sync::money::Currency = code.parse().ok()?;
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
            stripe_calls: counters.stripe_calls,
            ledger_calls: counters.ledger_calls,
            oldest_reached: run.progress.oldest_reached.map(|at| Millis::from_seconds(at).rfc3339()),
            totals: totals.collect(),
            proof: run.proof.as_ref().map(Proof::of),
        }
    }
}

impl Proof {
    fn of(certificate: &Certificate) -> Self {
        let lines = certificate.lines.iter().map(|line| ProofLine {
            balance: line.balance.clone(),
            mirror: line.mirror.clone(),
            currency: line.currency.clone(),
            exponent: line.exponent,
            stripe: line.stripe.map(minor),
            ledger: minor(line.ledger),
            expected: minor(line.expected),
            d1: line.d1.map(minor),
            d2: minor(line.d2),
            verdict: line.verdict,
            note: line.note.clone(),
            records: line.records,
        });
        Self { id: certificate.id.to_string(), at: certificate.at.rfc3339(), verdict: certificate.verdict, lines: lines.collect() }
    }
}

impl ProblemPage {
    pub(crate) fn of(page: sync::ProblemPage) -> Self {
        Self { problems: page.problems.into_iter().map(Problem::of).collect(), next: page.next }
    }
}

impl Problem {
    fn of(item: ProblemItem) -> Self {
        let exponent = item.currency.as_deref().and_then(|code| code.parse().ok()).map_or(2, stripe_sync::money::Currency::exponent);
        Self {
            id: item.id,
            stripe_id: item.stripe_id,
            code: item.code,
            cause: item.cause,
            amount: item.amount.map(minor),
            currency: item.currency,
            exponent,
            state: item.state,
            attempts: item.attempts,
            first_seen: item.first_seen.rfc3339(),
            last_seen: item.last_seen.rfc3339(),
            run_id: item.run.to_string(),
        }
    }
}

impl Permissions {
    pub(crate) fn of(portal: &Portal) -> Self {
        let permissions = Permission::ALL.into_iter().map(|scope| {
            let (allows, without_it) = match scope {
                Permission::DataRead => (
                    "Reads balances, transactions and identities of the ledger: to find what is there already, and for the proof.",
                    "No Stripe account can be connected and nothing can be synced or proven.",
                ),
                Permission::DataWrite => (
                    "Posts Stripe's movements to the ledger and makes identities and balances for customers.",
                    "A Stripe account can be connected, but nothing can be synced.",
                ),
                Permission::AlertsRead => ("Reads alerts of the ledger.", "Nothing is missing today: alerts are not used yet."),
                Permission::AlertsWrite => ("Raises alerts in the ledger.", "Nothing is missing today: alerts are not used yet."),
            };
            PermissionInfo { scope, granted: portal.meta.grants(scope), allows, without_it }
        });
        Self {
            permissions: permissions.collect(),
            note: "Permissions are fixed when the app is installed. To change them, install the app again.",
        }
    }
}
