//! A span of items whose ids start with their creation time.

use ulid::Ulid;

use crate::model::ledger::SECONDS_PER_DAY;
use crate::model::time::Millis;

/// A span of items by creation time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// Not older than this.
    pub from: Option<Millis>,
    /// Older than this.
    pub until: Option<Millis>,
    /// Older than this item.
    pub before: Option<Ulid>,
}

impl Span {
    /// UTC days by their midnights (Unix seconds), both included; an absent day sets no bound.
    #[must_use]
    pub fn of_days(first: Option<i64>, last: Option<i64>) -> Self {
        let end = |day: i64| Millis::from_seconds(day.saturating_add(SECONDS_PER_DAY));
        Self { from: first.map(Millis::from_seconds), until: last.map(end), before: None }
    }

    /// The first and the last id of the span, both included. `None` when it is empty.
    pub(crate) fn ids(&self) -> Option<(Ulid, Ulid)> {
        let first = self.from.map_or(Ulid::nil(), first_of);
        let by_time = self.until.map(first_of);
        // Ids are 128-bit numbers: the last one before another is one less.
        let end = [by_time, self.before].into_iter().flatten().min();
        let last = match end {
            Some(end) => Ulid(end.0.checked_sub(1)?),
            None => Ulid(u128::MAX),
        };
        (first <= last).then_some((first, last))
    }
}

/// The smallest id of a millisecond.
fn first_of(at: Millis) -> Ulid {
    Ulid::from_parts(u64::try_from(at.0).unwrap_or_default(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_a_span_are_bounded_by_times_and_by_the_entry_before() {
        let entry = Ulid::from_parts(50, 7);
        for (from, until, before, expected) in [
            (None, None, None, Some((0, u128::MAX))),
            (Some(10), None, Some(entry), Some((first_of(Millis(10)).0, entry.0 - 1))),
            (
                Some(10),
                Some(20),
                Some(entry),
                Some((first_of(Millis(10)).0, first_of(Millis(20)).0 - 1)),
            ),
            (Some(20), Some(20), None, None),
            (None, None, Some(Ulid::nil()), None),
        ] {
            let span = Span { from: from.map(Millis), until: until.map(Millis), before };
            let ids = span.ids().map(|(first, last)| (first.0, last.0));
            assert_eq!(ids, expected, "{span:?}");
        }
    }
}
