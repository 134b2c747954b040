//! The chain of certificates as an auditor looks at it: each names the one before, each verifies,
//! and none is thinned that must stay whole.

use std::collections::BTreeSet;

use serde_json::Value;
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::certificate::kept::StoredCertificate;

const DAY_MS: i64 = 86_400_000;
/// The members of a thinned certificate's document.
const LINE: [&str; 8] = ["at", "body", "hash", "id", "previous", "thinned", "verdict", "version"];

/// What is wrong with a chain, oldest first, at a time in Unix milliseconds.
#[must_use]
pub fn fault(chain: &[StoredCertificate], now: i64) -> Option<String> {
    let of = |at: usize, what: &str| Some(format!("certificate {}: {what}", chain[at].id()));
    for (at, kept) in chain.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &chain[before]);
        if kept.previous() != before.and_then(StoredCertificate::hash) {
            return of(at, "it does not name the certificate before it");
        }
        if !kept.verifies() {
            return of(at, "its hash is not that of its content");
        }
        if kept.whole().is_some() {
            continue;
        }
        let (Some(before), Some(after)) = (before, chain.get(at + 1)) else {
            return of(at, "the first or the last is thinned");
        };
        let day = |kept: &StoredCertificate| kept.at().0.div_euclid(DAY_MS);
        if [before, kept, after].iter().any(|kept| kept.verdict() != Verdict::Match) {
            return of(at, "it is thinned beside something else than a match");
        }
        if day(after) != day(kept) {
            return of(at, "the last of a day is thinned");
        }
        if now - kept.at().0 < 2 * DAY_MS {
            return of(at, "one of the last two days is thinned");
        }
        let document = kept.document().unwrap_or_default();
        let names: BTreeSet<&str> =
            document.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        if names != BTreeSet::from(LINE) || document["thinned"] != Value::Bool(true) {
            return of(at, "it does not say that it is thinned");
        }
    }
    None
}
