//! A part of Stripe's list of which nothing can be had, and what follows from it for the proof: nothing is judged there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ledger::{SECONDS_PER_DAY, hour_of, rfc3339};
use crate::sync::certificate::{Certificate, Line, LineVerdict, Verdict};
use crate::sync::proof::{CONNECT_RESERVED, D1Watch};

const SECONDS_PER_HOUR: i64 = 3600;

/// What is between two records of Stripe's list and cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// The record before it, the next newer one; absent at the beginning of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The record behind it; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// When the record before it was made, Unix seconds.
    pub newest: i64,
    /// When the record behind it was made.
    pub oldest: i64,
}

impl Hole {
    /// Its name among the problems: it is the same hole as long as the record before it is the same.
    pub(in crate::sync) fn subject(&self) -> String {
        format!("page_after_{}", self.after.as_deref().unwrap_or("nothing"))
    }

    /// Whether something may lie in it that was made in a span of time, the end not included.
    const fn touches(&self, from: i64, to: i64) -> bool {
        self.oldest < to && self.newest >= from
    }

    /// From when to when it is, for people.
    pub(in crate::sync) fn span(&self) -> String {
        let shown = |second: i64| rfc3339(second).unwrap_or_default();
        format!("{} to {}", shown(self.oldest), shown(self.newest))
    }
}

/// The holes of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::sync) struct Holes(pub(in crate::sync) Vec<Hole>);

impl Holes {
    /// Whether an hour may hold what cannot be had.
    pub(in crate::sync) fn in_hour(&self, begins: i64) -> bool {
        let hour = hour_of(begins);
        self.0.iter().any(|hole| hole.touches(hour, hour.saturating_add(SECONDS_PER_HOUR)))
    }

    /// The same of a UTC day.
    pub(in crate::sync) fn in_day(&self, midnight: i64) -> bool {
        self.0.iter().any(|hole| hole.touches(midnight, midnight.saturating_add(SECONDS_PER_DAY)))
    }

    /// Why no line can be a match; nothing when there is no hole.
    fn why(&self) -> Option<String> {
        let spans: Vec<String> = self.0.iter().take(MAX_SPANS).map(Hole::span).collect();
        let more = if self.0.len() > MAX_SPANS { ", and elsewhere" } else { "" };
        (!spans.is_empty())
            .then(|| format!("Stripe cannot list all its records of {}{more}: what lies there is not judged.", spans.join(", ")))
    }
}

/// Holes that one note names.
const MAX_SPANS: usize = 3;

/// Takes back what a certificate cannot know: which balance and currency a hole is about, and so whether any line agrees. `waits` says why
/// what is before the start is not in the ledger yet. What differs in hours without a hole stays said.
pub(in crate::sync) fn veil(certificate: &mut Certificate, holes: &Holes, waits: Option<&str>, watch: &mut BTreeMap<String, D1Watch>) {
    let Some(why) = holes.why().or_else(|| waits.map(str::to_owned)) else { return };
    let shadow = certificate.shadow;
    for line in certificate.lines.iter_mut().filter(|line| line.balance != CONNECT_RESERVED) {
        line.incomplete = true;
        // Without the right to write every hour differs, and none of them says anything.
        let stands = line.is_ledger_at_fault() && !shadow;
        line.note = Some(match line.note.take().filter(|_| stands) {
            Some(note) => format!("{note} {why}"),
            None => why.clone(),
        });
        if !stands {
            line.verdict = LineVerdict::Inconclusive;
        }
    }
    // What the list lacks is no difference of Stripe's own figures.
    watch.clear();
    let any = |verdict| certificate.lines.iter().any(|line: &Line| line.verdict == verdict);
    certificate.verdict = if any(LineVerdict::Mismatch) { Verdict::Mismatch } else { Verdict::Inconclusive };
}
