//! A part of Stripe's list that cannot be read. The proof judges nothing there.

use serde::{Deserialize, Serialize};

use crate::model::ledger::SECONDS_PER_HOUR;
use crate::model::ledger::{SECONDS_PER_DAY, hour_of, rfc3339};

/// The maximum number of holes that one note names.
pub(crate) const MAX_SPANS: usize = 3;

/// The unreadable part between two records of Stripe's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableRange {
    /// The next newer record before it. Absent at the beginning of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The next older record after it. Absent at the end of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// When the record before it was created, Unix seconds.
    pub newest: i64,
    /// When the record after it was created, Unix seconds.
    pub oldest: i64,
}

impl UnreadableRange {
    /// Its name among the problems. It is the same hole while the record before it is the same.
    pub(crate) fn subject(&self) -> String {
        format!("page_after_{}", self.after.as_deref().unwrap_or("nothing"))
    }

    /// Whether it may contain something created in a span of time, the end excluded.
    const fn touches(&self, from: i64, to: i64) -> bool {
        self.oldest < to && self.newest >= from
    }

    /// Its time span, for people.
    pub(crate) fn span(&self) -> String {
        let shown = |second: i64| rfc3339(second).unwrap_or_default();
        format!("{} to {}", shown(self.oldest), shown(self.newest))
    }
}

/// The holes of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UnreadableRanges(pub(crate) Vec<UnreadableRange>);

impl UnreadableRanges {
    /// Whether the hour may contain unreadable records.
    pub(crate) fn in_hour(&self, begins: i64) -> bool {
        let hour = hour_of(begins);
        self.0.iter().any(|hole| hole.touches(hour, hour.saturating_add(SECONDS_PER_HOUR)))
    }

    /// Whether the UTC day may contain unreadable records.
    pub(crate) fn in_day(&self, midnight: i64) -> bool {
        self.0.iter().any(|hole| hole.touches(midnight, midnight.saturating_add(SECONDS_PER_DAY)))
    }

    /// Why no line can be a match. `None` when there is no hole.
    pub(crate) fn why(&self) -> Option<String> {
        let spans: Vec<String> = self.0.iter().take(MAX_SPANS).map(UnreadableRange::span).collect();
        let more = if self.0.len() > MAX_SPANS { ", and elsewhere" } else { "" };
        (!spans.is_empty()).then(|| {
            format!(
                "Stripe cannot list all its records of {}{more}: what lies there is not judged.",
                spans.join(", ")
            )
        })
    }
}
