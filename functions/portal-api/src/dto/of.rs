//! From what is stored to what is shown.

use stripe_sync::model::connection::Connection;
use stripe_sync::model::freshness::Freshness;
use stripe_sync::model::install::Meta;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::money::Sum;
use stripe_sync::model::run::Run;
use stripe_sync::model::session::Portal;
use stripe_sync::model::stripe::key::KeyKind;
use stripe_sync::model::time::Millis;

use super::{
    Install, Links, Overview, Pause, PermissionInfo, Permissions, RunDetail, RunSummary, RunTotal, SessionInfo, StripeConnection, Tallies,
    Waiting, Warning,
};
use crate::certificates::Proof;
use crate::preview::Preview;

/// What is said of a pause whose cause is gone while nothing has woken the run yet.
const KEY_REPLACED: &str = "A new key of Blnk Cloud has come. Syncing goes on by itself, with the next event of Stripe or the next scheduled \
    sync; “Sync now” goes on at once.";

pub(crate) fn minor(sum: Sum) -> String {
    sum.0.to_string()
}

impl Overview {
    pub(crate) fn of(portal: &Portal, dashboard_url: Option<&str>, freshness: Option<Freshness>, open: Option<&Run>) -> Self {
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
            stripe: portal.connection.as_ref().map(|connection| StripeConnection::of(connection, &portal.meta)),
            tallies: Tallies::of(portal),
            open_run: open.map(RunSummary::of),
            last_run: summary.and_then(|summary| summary.last_run.as_ref()).map(RunSummary::of),
            last_preview: summary.and_then(|summary| summary.last_preview).map(|id| id.to_string()),
            last_proof: summary.and_then(|summary| summary.last_proof.as_ref()).map(Proof::of),
            open_problems: summary.map_or(0, |summary| summary.open_problems),
            proof_age_seconds: freshness.map(|freshness| freshness.age_seconds),
            fresh: freshness.map(|freshness| freshness.fresh),
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
    pub(crate) fn of(connection: &Connection, meta: &Meta) -> Self {
        let mut warnings = Vec::new();
        if connection.key_kind == KeyKind::Secret {
            warnings.push(Warning {
                code: "secret_key".to_owned(),
                text: "This is a full secret key: it can do far more than this app needs. Replace it with a restricted key that can only read.".to_owned(),
            });
        }
        if connection.endpoint_seen.is_some_and(|seen| seen.is_off()) {
            warnings.push(Warning {
                code: "endpoint_off".to_owned(),
                text: "Stripe does not deliver events to this app any more: movements come with the scheduled syncs only. Set “Real time” up anew.".to_owned(),
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
            paused: connection.paused.as_ref().map(|pause| Pause {
                code: pause.code.clone(),
                reason: if pause.is_over(meta) { KEY_REPLACED.to_owned() } else { pause.reason.clone() },
            }),
            warnings,
            confirmed: connection.may_start_by_itself(),
            current_run: connection.current_run.map(|id| id.to_string()),
        }
    }
}

impl Waiting {
    fn of(waiting: &stripe_sync::model::waiting::Waiting) -> Self {
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
            shadow: run.progress.shadow,
        }
    }
}

impl RunDetail {
    pub(crate) fn of(run: &Run) -> Self {
        let counters = run.progress.counters;
        let totals = run.progress.totals.iter().filter_map(|(name, totals)| {
            let (balance, code) = name.rsplit_once('#')?;
            let currency: stripe_sync::model::money::Currency = code.parse().ok()?;
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
                    "Shadow mode: Stripe is read, previewed and compared with the ledger, and nothing is ever written to it.",
                ),
                Permission::AlertsRead => (
                    "Finds an alert again whose creation was not answered, so that none is raised twice.",
                    "After a failed call an alert may be raised a second time.",
                ),
                Permission::AlertsWrite => (
                    "Raises an alert in Blnk when the ledger and Stripe differ, a payout fails, a dispute is opened or syncs stop, and resolves it when that is over.",
                    "Nothing is raised in Blnk. Everything can be seen here, under Problems.",
                ),
            };
            PermissionInfo { scope, granted: portal.meta.grants(scope), allows, without_it }
        });
        Self {
            permissions: permissions.collect(),
            note: "Permissions are fixed when the app is installed. To change them, install the app again.",
        }
    }
}
