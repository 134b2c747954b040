//! Which certificates are thinned: those that say what both their neighbours say, and say it of a
//! match. Pure.
//!
//! Whole for ever stay
//!
//! - the last of each UTC day, and so the last of each month;
//! - the first with a new verdict, and the last before it;
//! - each that is more than a match: with a cause, an open problem, a line that was not compared in
//!   full, or issued without the right to write;
//! - each of a layout before version 3, and the first of version 3;
//! - each whose hash, or whose place in the chain, does not verify;
//! - all of the last [`WHOLE_HOURS`].

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::certificate::kept::Kept;
use crate::model::certificate::{Certificate, LineVerdict, VERSION, Verdict};
use crate::model::time::{Millis, ulid_time};

/// The certificates of the last hours stay whole.
pub const WHOLE_HOURS: i64 = 48;

const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;

/// How far the certificates of a connection are thinned. It is stored with the summary, so that a
/// run knows without a read whether there is anything to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Up to and including this certificate, what becomes of each is decided.
    pub after: Ulid,
    /// Before this instant nothing is left to decide.
    pub until: Millis,
}

impl Reached {
    /// Begins at the first certificate of the layout that can be thinned, which stays whole.
    #[must_use]
    pub fn beginning(first: Ulid) -> Self {
        Self { after: first, until: ulid_time(first) }
    }

    /// Whether certificates before a horizon are still to be decided.
    #[must_use]
    pub fn is_due(&self, horizon: Millis) -> bool {
        horizon > self.until
    }

    /// After a stretch that was read from here on. `more`: it ends there, and more lies before the
    /// horizon.
    #[must_use]
    pub fn moved(self, stretch: &[Kept], more: Option<Ulid>, horizon: Millis) -> Self {
        let Some(end) = more else {
            // The last one is the last of its day.
            let after = stretch.last().map_or(self.after, Kept::id);
            return Self { after: after.max(self.after), until: horizon };
        };
        // What becomes of the last depends on the one after it.
        let decided = stretch.iter().rev().nth(1).map_or(end, Kept::id);
        Self { after: if decided > self.after { decided } else { end }, ..self }
    }
}

/// Certificates before this instant may be thinned: a UTC midnight, so that the last one before it
/// is the last of its day.
#[must_use]
pub const fn horizon(now: Millis) -> Millis {
    let at = now.plus_seconds(-WHOLE_HOURS * SECONDS_PER_HOUR).seconds();
    Millis::from_seconds(at - at.rem_euclid(SECONDS_PER_DAY))
}

/// The certificates of a stretch of the chain that are thinned. The stretch is in the order of the
/// chain. Its first and its last stay as they are: their neighbours are not known.
#[must_use]
pub fn to_thin(stretch: &[Kept]) -> Vec<&Certificate> {
    let inner = stretch.windows(3).filter_map(|window| match window {
        [before, Kept::Whole(certificate), after] if may_go(before, certificate, after) => {
            Some(certificate.as_ref())
        }
        _ => None,
    });
    inner.collect()
}

fn may_go(before: &Kept, certificate: &Certificate, after: &Kept) -> bool {
    let linked = certificate.previous.as_deref() == before.hash()
        && after.previous() == certificate.hash.as_deref();
    linked
        && certificate.version == VERSION
        && says_only_match(certificate)
        && before.verdict() == Verdict::Match
        && after.verdict() == Verdict::Match
        && day_of(certificate.at) == day_of(after.at())
        && certificate.verifies()
}

/// Whether a certificate says that everything matches, and nothing else.
#[must_use]
pub fn says_only_match(certificate: &Certificate) -> bool {
    let plain = |verdict| matches!(verdict, LineVerdict::Match | LineVerdict::NotCompared);
    certificate.verdict == Verdict::Match
        && !certificate.read_only
        && certificate.causes.is_empty()
        && !certificate.more_causes
        && certificate.open_problems == 0
        && certificate
            .lines
            .iter()
            .all(|line| plain(line.verdict) && !line.incomplete && line.hours.differing == 0)
}

const fn day_of(at: Millis) -> i64 {
    at.seconds().div_euclid(SECONDS_PER_DAY)
}

#[cfg(test)]
mod tests;
