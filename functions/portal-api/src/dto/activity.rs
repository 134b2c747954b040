//! The audit trail: who did what, and when.

use serde::{Deserialize, Serialize};
use stripe_sync::app::activity::{AuditPage, AuditQuery};
use stripe_sync::model::activity::Kind;
use stripe_sync::model::error::Error;
use stripe_sync::model::ledger::SECONDS_PER_DAY;
use stripe_sync::model::retention::Retention;
use stripe_sync::model::time::Millis;
use stripe_sync::platform::store::activity::AuditEntry;
use utoipa::{IntoParams, ToSchema};

use crate::dto::certificate_table::{plain, word};
use crate::dto::table::table;
use crate::extract::{page_start, utc_days};

/// An entry of the audit trail.
#[derive(Serialize, ToSchema)]
struct ActivityEntry {
    id: String,
    at: String,
    kind: Kind,
    /// What happened, for people.
    text: &'static str,
    /// Who: the launch of the portal in which it was done. Absent for what Blnk Cloud or the app
    /// did.
    #[schema(required)]
    launch_id: Option<String>,
    /// What it is about: a run, an account, a user, a problem, a revision.
    #[schema(required)]
    subject: Option<String>,
}

/// A page of the audit trail.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivityPage {
    /// Newest first. A page may hold fewer than asked for although more follow.
    entries: Vec<ActivityEntry>,
    /// Asks for the next page, as `cursor`.
    #[schema(required)]
    next: Option<String>,
    /// When this installation of the app began. What an earlier one did is not shown.
    #[schema(required)]
    installed_at: Option<String>,
    /// For how many days entries are kept.
    kept_days: i64,
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityFilter {
    /// Of this kind; of all, when it is not named.
    kind: Option<Kind>,
    /// The first UTC day, `yyyy-mm-dd`.
    from: Option<String>,
    /// The last UTC day, `yyyy-mm-dd`.
    to: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// Entries in the page.
    pub(crate) limit: Option<i32>,
}

/// Which entries are exported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityExport {
    /// Of this kind; of all, when it is not named.
    kind: Option<Kind>,
    /// The first UTC day, `yyyy-mm-dd`.
    from: Option<String>,
    /// The last UTC day, `yyyy-mm-dd`.
    to: Option<String>,
}

impl ActivityFilter {
    pub(crate) fn wanted(&self) -> Result<AuditQuery, Error> {
        let before = page_start(self.cursor.as_deref())
            .map_err(|_| Error::field("cursor", "`cursor` is not a valid `next` cursor."))?;
        wanted(self.kind, self.from.as_deref(), self.to.as_deref(), before)
    }
}

impl ActivityExport {
    pub(crate) fn wanted(&self) -> Result<AuditQuery, Error> {
        wanted(self.kind, self.from.as_deref(), self.to.as_deref(), None)
    }
}

fn wanted(
    kind: Option<Kind>,
    from: Option<&str>,
    to: Option<&str>,
    before: Option<ulid::Ulid>,
) -> Result<AuditQuery, Error> {
    let (from, to) = utc_days(from, to)?;
    Ok(AuditQuery { kind, from, to, before })
}

impl ActivityPage {
    pub(crate) fn of(shown: AuditPage, retention: Retention) -> Self {
        Self {
            entries: shown.entries.into_iter().map(ActivityEntry::of).collect(),
            next: shown.next.map(|id| id.to_string()),
            installed_at: shown.since.map(Millis::rfc3339),
            kept_days: retention.seconds() / SECONDS_PER_DAY,
        }
    }
}

impl ActivityEntry {
    fn of(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.activity.at.rfc3339(),
            kind: entry.activity.kind,
            text: entry.activity.kind.text(),
            launch_id: entry.activity.launch_id,
            subject: entry.activity.subject,
        }
    }
}

/// The entries as a table for spreadsheets.
pub(crate) fn csv_of(entries: Vec<AuditEntry>) -> Result<String, csv::Error> {
    let cell = |text: Option<String>| text.map(|text| plain(&text)).unwrap_or_default();
    let row = |entry: AuditEntry| {
        let shown = ActivityEntry::of(entry);
        [
            shown.id,
            shown.at,
            word(&shown.kind),
            shown.text.to_owned(),
            cell(shown.launch_id),
            cell(shown.subject),
        ]
    };
    let columns = ["id", "at", "kind", "text", "launch_id", "subject"];
    table(&columns, entries.into_iter().map(row))
}
