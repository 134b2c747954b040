//! Before the first write: the preview of a sync, and a person's consent to what is far beyond the usual.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use stripe_sync::app::connect::connector::require;
use stripe_sync::model::activity::{Activity, Kind};
use stripe_sync::model::approval::Conflict;
use stripe_sync::model::asked::{Scope, Trigger};
use stripe_sync::model::error::Error;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::money::Currency;
use stripe_sync::model::run::Run;
use stripe_sync::model::session::{Portal, session_over};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::message::{Reason, WakeUp};
use stripe_sync::platform::store::runs::{Request, Requested};
use stripe_sync::platform::web::{ApiResult, ProblemDetails};
use utoipa::ToSchema;

use crate::api::{Authenticated, connection, json_body, parse_id};
use crate::dto::of::minor;
use crate::dto::{RunStarted, RunSummary};
use crate::handler::State;
use crate::settings::day;

/// What a sync would make of the whole history. Amounts are in minor units.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// Entries that the movements make.
    entries: u64,
    /// Those of them that are in the ledger already.
    entries_there: u64,
    /// The UTC date from which movements are posted; nothing for the whole history.
    #[schema(required)]
    start: Option<String>,
    /// Movements before that date: one opening entry for each balance and currency stands for them.
    records_before: u64,
    accounts: Vec<PreviewAccount>,
    /// Sides of entries on accounts that are not listed, because there are too many.
    accounts_left_out: u64,
    /// Customers whose identities are to be made; none when all payments share one account.
    customers: Count,
    /// Customers whose identities are in the ledger already.
    customers_there: Count,
    /// Customers who are attached to an identity that has their e-mail address.
    customers_matched: Count,
    /// Customers of whom only the sync will show whether they are attached to one: beyond the look-ups of a preview, or with the address
    /// of another new customer.
    customers_open: Count,
    /// Balances for customers: one for each currency.
    customer_balances: Count,
    unknown: Vec<PreviewUnknown>,
    /// Movements that no rule knows, of kinds that are not listed, because there are too many.
    unknown_left_out: u64,
    /// Movements that cannot be mirrored as they stand.
    unreadable: u64,
    /// What else there is to know.
    findings: Vec<PreviewFinding>,
    /// The oldest movement.
    #[schema(required)]
    first: Option<String>,
    /// The newest movement.
    #[schema(required)]
    last: Option<String>,
    /// What stands against writing; a sync refuses as long as there is any.
    conflicts: Vec<PreviewConflict>,
    /// About how long the sync takes, in seconds; absent while the preview is being made.
    #[schema(required)]
    seconds: Option<u64>,
    /// Requests to Stripe that it needs; absent while the preview is being made.
    #[schema(required)]
    stripe_calls: Option<u64>,
}

/// An account in one currency after the sync.
#[derive(Serialize, ToSchema)]
struct PreviewAccount {
    /// Its indicator in the ledger; `customers` stands for all customers' balances together.
    account: String,
    currency: String,
    exponent: u32,
    entries: u64,
    debits: String,
    credits: String,
    /// Credits less debits, as the ledger has it. A mirror's is minus Stripe's.
    balance: String,
}

/// How many.
#[derive(Serialize, ToSchema)]
struct Count {
    count: u64,
    /// Whether that is exact, or a close estimate.
    exact: bool,
}

/// Movements of a kind that no rule knows: they go to the suspense account.
#[derive(Serialize, ToSchema)]
struct PreviewUnknown {
    /// What Stripe calls them.
    kind: String,
    records: u64,
    amounts: Vec<PreviewAmount>,
}

/// A sum.
#[derive(Serialize, ToSchema)]
struct PreviewAmount {
    currency: String,
    exponent: u32,
    amount: String,
}

/// Something to know about movements that are mirrored all the same.
#[derive(Serialize, ToSchema)]
struct PreviewFinding {
    /// The code of the problem that each will be.
    code: String,
    records: u64,
}

/// The ledger keeps a currency in another way than Stripe does.
#[derive(Serialize, ToSchema)]
struct PreviewConflict {
    currency: String,
    /// Minor units in one unit, as Stripe sends them.
    ours: u64,
    /// The precision in the ledger that disagrees; absent when the difference is another.
    #[schema(required)]
    theirs: Option<u64>,
    /// An entry that disagrees.
    #[schema(required)]
    transaction_id: Option<String>,
    text: String,
}

fn named<T: Copy>(figures: (&String, &T)) -> Option<(String, Currency, T)> {
    let (account, code) = figures.0.rsplit_once('#')?;
    Some((account.to_owned(), code.parse().ok()?, *figures.1))
}

impl Preview {
    /// Of a run that is a preview, as far as it has come.
    pub(crate) fn of(run: &Run) -> Option<Self> {
        let found = run.progress.preview.as_ref()?;
        let accounts = found.accounts.iter().filter_map(named).map(|(account, currency, figures)| PreviewAccount {
            account,
            currency: currency.to_string(),
            exponent: currency.exponent(),
            entries: figures.entries,
            debits: minor(figures.debits),
            credits: minor(figures.credits),
            balance: minor(stripe_sync::model::money::Sum(figures.credits.0.saturating_sub(figures.debits.0))),
        });
        let done = |figure: u64| Some(figure).filter(|figure| *figure > 0);
        Some(Self {
            entries: found.entries,
            entries_there: found.entries_there,
            start: day(found.start),
            records_before: found.records_before,
            accounts: accounts.collect(),
            accounts_left_out: found.accounts_left_out,
            customers: Count::of(&found.customers),
            customers_there: Count::of(&found.customers_there),
            customers_matched: Count::of(&found.customers_matched),
            customers_open: Count::of(&found.customers_open),
            customer_balances: Count::of(&found.customer_balances),
            unknown: found.unknown.iter().map(PreviewUnknown::of).collect(),
            unknown_left_out: found.unknown_left_out,
            unreadable: found.unreadable,
            findings: found.findings.iter().map(|(code, records)| PreviewFinding { code: code.clone(), records: *records }).collect(),
            first: found.first.map(|at| Millis::from_seconds(at).rfc3339()),
            last: found.last.map(|at| Millis::from_seconds(at).rfc3339()),
            conflicts: found.conflicts.iter().map(PreviewConflict::of).collect(),
            seconds: done(found.seconds),
            stripe_calls: done(found.stripe_calls),
        })
    }
}

impl Count {
    fn of(names: &stripe_sync::model::distinct::Distinct) -> Self {
        let (count, exact) = names.count();
        Self { count, exact }
    }
}

impl PreviewUnknown {
    fn of((kind, figures): (&String, &stripe_sync::model::preview::UnknownKind)) -> Self {
        let amounts = figures.amounts.iter().map(|(currency, amount)| PreviewAmount {
            currency: currency.to_string(),
            exponent: currency.exponent(),
            amount: minor(*amount),
        });
        Self { kind: kind.clone(), records: figures.records, amounts: amounts.collect() }
    }
}

impl PreviewConflict {
    fn of(conflict: &Conflict) -> Self {
        Self {
            currency: conflict.currency.to_string(),
            ours: conflict.ours,
            theirs: conflict.theirs,
            transaction_id: conflict.transaction.clone(),
            text: conflict.text.clone(),
        }
    }
}

/// Starts a preview of a sync: the whole history is read and counted, and nothing written. It is shown with its run.
#[utoipa::path(post, path = "/portal/api/preview", responses(
    (status = 202, body = RunStarted), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn start_preview(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult {
    require(&portal, Permission::DataRead)?;
    let connection = connection(&portal)?;
    let store = &state.connector.store;
    let request = Request {
        id: clock::new_ulid(),
        trigger: Trigger::Manual,
        scope: Scope::Preview,
        now: clock::now(),
        launch: Some(portal.launch),
        retention_seconds: state.limits.retention_days * 86_400,
    };
    let (run, created) = match store.runs().request(&portal.install, connection, &request).await? {
        Requested::Created(run) => (*run, true),
        Requested::Open(open) => {
            let run = store.runs().get(&portal.install, connection.connection, open).await?;
            let run = run.ok_or_else(|| Error::internal("an open run that is gone"))?;
            if !run.is_preview() {
                return Err(Error::conflict("run_open", "A sync is under way. A preview can be made when it has ended.").into());
            }
            if connection.paused.is_some() {
                store.runs().lift_pause(&portal.install, connection.connection).await?;
            }
            (run, false)
        }
        Requested::Uninstalled => return Err(session_over().into()),
        Requested::Gone => return Err(Error::conflict("changed_meanwhile", "The connection was changed meanwhile. Look again.").into()),
    };
    wake(&state, &portal, &run, &format!("preview:{}", request.id)).await?;
    tracing::info!(install = %portal.install, run = %run.id, created, "preview requested");
    Ok((StatusCode::ACCEPTED, Json(RunStarted { run: RunSummary::of(&run), created })).into_response())
}

/// A consent.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ApproveRequest {
    /// What the run waits for, as its error names it: `fuse_size`, `fuse_currency` or `fuse_amount`.
    code: String,
}

/// Consents to what a run waits for, and lets it go on. The consent reaches no further than what its error told.
#[utoipa::path(post, path = "/portal/api/runs/{id}/approve", params(("id" = String, Path)), request_body = ApproveRequest, responses(
    (status = 202, body = RunSummary), (status = 403, body = ProblemDetails), (status = 404, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn approve_run(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
    body: axum::body::Body,
) -> ApiResult {
    require(&portal, Permission::DataWrite)?;
    let ApproveRequest { code } = json_body(body).await?;
    let connection = connection(&portal)?;
    let (id, now, activity) = (parse_id(&id)?, clock::now(), clock::new_ulid());
    let trail = Activity {
        kind: Kind::FuseApproved,
        at: now,
        launch_id: Some(portal.launch.to_string()),
        subject: Some(id.to_string()),
        ttl: now.seconds() + state.limits.retention_days * 86_400,
    };
    let run = state.connector.store.runs().approve(&portal.install, connection, id, &code, (activity, &trail)).await?;
    wake(&state, &portal, &run, &format!("approve:{activity}")).await?;
    tracing::info!(install = %portal.install, run = %run.id, code, "approved");
    Ok((StatusCode::ACCEPTED, Json(RunSummary::of(&run))).into_response())
}

/// Wakes a worker for a run; it asks for no other.
async fn wake(state: &State, portal: &Portal, run: &Run, deduplication_id: &str) -> Result<(), Error> {
    let wake_up = WakeUp {
        install: portal.install.clone(),
        generation: portal.generation.clone(),
        reason: Reason::Continue,
        run: Some(run.id.to_string()),
        at: None,
    };
    state.connector.queue.send(&wake_up, deduplication_id).await
}
