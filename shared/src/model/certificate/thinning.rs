//! Which certificates are thinned: matches between two matches that add nothing. Pure.
//!
//! These are never thinned:
//!
//! - the last of each UTC day, and so the last of each month;
//! - the first with a new verdict, and the last before it;
//! - each that is more than a match: with a cause, an open problem, a line that was not compared in
//!   full, or issued without the permission to write;
//! - each of a layout before version 3, and the first of version 3;
//! - each whose hash, or whose place in the chain, does not verify;
//! - all of the last [`WHOLE_HOURS`].

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::certificate::kept::StoredCertificate;
use crate::model::certificate::{Certificate, LineVerdict, VERSION, Verdict};
use crate::model::time::{Millis, ulid_time};

/// The certificates of the last hours stay whole.
pub const WHOLE_HOURS: i64 = 48;

const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;

/// The progress of thinning the certificates of a connection. It is stored with the summary, so
/// that a run knows without a read whether there is work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Every certificate up to this one is decided.
    pub after: Ulid,
    /// No certificate before this instant is undecided.
    pub until: Millis,
}

impl Reached {
    /// Starts at the first certificate with a layout that can be thinned. That one stays whole.
    #[must_use]
    pub fn beginning(first: Ulid) -> Self {
        Self { after: first, until: ulid_time(first) }
    }

    /// Whether certificates before a horizon are undecided.
    #[must_use]
    pub fn is_due(&self, horizon: Millis) -> bool {
        horizon > self.until
    }

    /// The progress after a segment that starts here. `more` is where the segment ends, if more
    /// certificates precede the horizon.
    #[must_use]
    pub fn moved(self, segment: &[StoredCertificate], more: Option<Ulid>, horizon: Millis) -> Self {
        let Some(end) = more else {
            // The last one is the last of its day.
            let after = segment.last().map_or(self.after, StoredCertificate::id);
            return Self { after: after.max(self.after), until: horizon };
        };
        // The last one depends on the certificate after it.
        let decided = segment.iter().rev().nth(1).map_or(end, StoredCertificate::id);
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

/// The certificates to thin in a segment of the chain, which is in chain order. The first and the
/// last are kept: their neighbours are unknown.
#[must_use]
pub fn to_thin(segment: &[StoredCertificate]) -> Vec<&Certificate> {
    let inner = segment.windows(3).filter_map(|window| match window {
        [before, StoredCertificate::Whole(certificate), after]
            if may_go(before, certificate, after) =>
        {
            Some(certificate.as_ref())
        }
        _ => None,
    });
    inner.collect()
}

fn may_go(
    before: &StoredCertificate,
    certificate: &Certificate,
    after: &StoredCertificate,
) -> bool {
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

/// Whether a certificate states that everything matches, and nothing else.
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
