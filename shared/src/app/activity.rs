//! The audit trail of an installation.

use ulid::Ulid;

use crate::model::activity::Kind;
use crate::model::error::{Error, Result};
use crate::model::session::Portal;
use crate::model::time::{Millis, ulid_time};
use crate::platform::store::activity::{AuditEntry, MAX_ACTIVITY_LOOKED_AT};
use crate::platform::store::span::Span;
use crate::platform::table::Store;

/// Entries that one export holds at most.
pub const MAX_EXPORTED: usize = 5_000;

/// Reads of the table that one export makes at most.
const MAX_EXPORT_READS: usize = 20;

/// Which entries are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditQuery {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// The first UTC day: its midnight, Unix seconds.
    pub from: Option<i64>,
    /// The last UTC day, likewise.
    pub to: Option<i64>,
    /// Older than this entry.
    pub before: Option<Ulid>,
}

/// A page of the trail.
#[derive(Debug)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins.
    pub next: Option<Ulid>,
    /// When this installation began, if its id shows that.
    pub since: Option<Millis>,
}

/// A page of the audit trail of the present installation, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn page(
    store: &Store,
    portal: &Portal,
    wanted: &AuditQuery,
    limit: i32,
) -> Result<AuditPage> {
    let since = began(portal);
    let span = span(wanted, since);
    let page = store.activity().page(&portal.install, &span, wanted.kind, limit).await?;
    Ok(AuditPage { entries: page.entries, next: page.next, since })
}

/// All wanted entries, newest first.
///
/// # Errors
/// [`Error::Refused`] when there are too many, [`Error::Unavailable`].
pub async fn export(
    store: &Store,
    portal: &Portal,
    wanted: &AuditQuery,
) -> Result<Vec<AuditEntry>> {
    let mut entries = Vec::new();
    let mut wanted = *wanted;
    for _ in 0..MAX_EXPORT_READS {
        let span = span(&wanted, began(portal));
        let page = store
            .activity()
            .page(&portal.install, &span, wanted.kind, MAX_ACTIVITY_LOOKED_AT)
            .await?;
        entries.extend(page.entries);
        if entries.len() > MAX_EXPORTED {
            break;
        }
        wanted.before = page.next;
        if page.next.is_none() {
            return Ok(entries);
        }
    }
    Err(Error::refused(
        "too_many_entries",
        format!("There are more than {MAX_EXPORTED} entries to look at. Choose a shorter span."),
    ))
}

/// When the current installation began. Its id is created at that time, and the ids of entries hold
/// their times: older entries belong to an earlier installation.
fn began(portal: &Portal) -> Option<Millis> {
    portal.generation.parse().ok().map(ulid_time)
}

fn span(wanted: &AuditQuery, since: Option<Millis>) -> Span {
    let days = Span::of_days(wanted.from, wanted.to);
    Span { from: days.from.max(since), before: wanted.before, ..days }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::ledger::SECONDS_PER_DAY;

    #[test]
    fn a_span_never_begins_before_the_installation_and_ends_with_its_last_day() {
        let wanted = AuditQuery { from: Some(0), to: Some(86_400), ..AuditQuery::default() };
        let day = SECONDS_PER_DAY * 1000;
        let bounded = span(&wanted, Some(Millis(5)));
        assert_eq!((bounded.from, bounded.until), (Some(Millis(5)), Some(Millis(2 * day))));
        let later = AuditQuery { from: Some(86_400), ..AuditQuery::default() };
        assert_eq!(span(&later, Some(Millis(5))).from, Some(Millis(day)));
        assert_eq!(span(&AuditQuery::default(), None).from, None);
    }
}
