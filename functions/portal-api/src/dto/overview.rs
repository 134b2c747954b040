//! The data of the first screen.

use serde::Serialize;
use stripe_sync::app::overview::Latest;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::session::Portal;
use stripe_sync::model::time::Millis;
use utoipa::ToSchema;

use crate::dto::certificates::Proof;
use crate::dto::connection::StripeConnection;
use crate::dto::runs::{RunSummary, Tallies};

/// The data of the overview screen.
#[derive(Serialize, ToSchema)]
pub(crate) struct Overview {
    install: Install,
    session: SessionInfo,
    links: Links,
    #[schema(required)]
    stripe: Option<StripeConnection>,
    tallies: Tallies,
    /// The open run in its current state.
    #[schema(required)]
    open_run: Option<RunSummary>,
    #[schema(required)]
    last_run: Option<RunSummary>,
    #[schema(required)]
    last_proof: Option<Proof>,
    /// The run of the latest preview.
    #[schema(required)]
    last_preview: Option<String>,
    /// The number of open problems.
    open_problems: u64,
    /// The age of the newest proof. Absent until the first sync begins.
    #[schema(required)]
    proof_age_seconds: Option<i64>,
    /// Whether that age is at most twice the sync interval.
    #[schema(required)]
    fresh: Option<bool>,
    /// When the schedule starts the next sync. Absent while it starts none: it is off, syncing is
    /// paused, the first sync was not started yet, or `data:read` is missing.
    #[schema(required)]
    next_sync_at: Option<String>,
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

/// The session of the call.
#[derive(Serialize, ToSchema)]
struct SessionInfo {
    expires_at: String,
}

/// Links to the dashboard.
#[derive(Serialize, ToSchema)]
struct Links {
    /// The dashboard's base URL. Absent when none is configured.
    #[schema(required)]
    dashboard_url: Option<String>,
}

impl Overview {
    pub(crate) fn of(portal: &Portal, dashboard_url: Option<&str>, latest: &Latest) -> Self {
        let summary = portal.summary.as_ref();
        Self {
            install: Install {
                installed_app_id: portal.install.to_string(),
                instance_id: portal.meta.instance_id.clone(),
                organization_id: portal.meta.organization_id.clone(),
                granted_permissions: portal.meta.granted_permissions.clone(),
                installed_at: portal
                    .meta
                    .installed_at
                    .unwrap_or(portal.meta.key_installed_at)
                    .rfc3339(),
            },
            session: SessionInfo { expires_at: portal.expires_at.rfc3339() },
            links: Links { dashboard_url: dashboard_url.map(str::to_owned) },
            stripe: portal
                .connection
                .as_ref()
                .map(|connection| StripeConnection::of(connection, &portal.meta)),
            tallies: Tallies::of(portal, latest.open_run.as_ref()),
            open_run: latest.open_run.as_ref().map(RunSummary::of),
            last_run: summary.and_then(|summary| summary.last_run.as_ref()).map(RunSummary::of),
            last_preview: summary.and_then(|summary| summary.last_preview).map(|id| id.to_string()),
            last_proof: summary.and_then(|summary| summary.last_proof.as_ref()).map(Proof::of),
            open_problems: summary.map_or(0, |summary| summary.open_problems),
            proof_age_seconds: latest.freshness.map(|freshness| freshness.age_seconds),
            fresh: latest.freshness.map(|freshness| freshness.fresh),
            next_sync_at: latest.next_sync.map(Millis::rfc3339),
        }
    }
}
