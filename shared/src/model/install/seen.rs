//! The keys that were delivered for an install, remembered by their fingerprints: a replay of one must never count as a new delivery.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::install::id::InstallId;
use crate::model::time::Millis;

/// As many keys of an install are remembered: the oldest leave.
pub const MAX_SEEN: usize = 50;

/// The bytes of a fingerprint, written as hexadecimal digits. Two keys of one install that share them are not found by chance.
const BYTES: usize = 16;

/// What is remembered of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenKey {
    /// When it was delivered.
    pub at: Millis,
    /// Blnk Cloud has refused it: it may be delivered again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refused: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// A fingerprint of a key for one install: tells a key seen before from a new one without keeping the key. Keyed with nothing that
/// rotates, so that a replay is known for ever; the key itself has 128 bits and cannot be guessed from it.
#[must_use]
pub fn fingerprint(install: &InstallId, api_key: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(b"stripe-sync/api-key-fingerprint/v1\0");
    hash.update(install.as_str());
    hash.update(b"\0");
    hash.update(api_key.expose_secret());
    let whole = hash.finalize();
    hex::encode(whole.get(..BYTES).unwrap_or(&whole))
}

/// All that is remembered: also of an earlier version's set of whole fingerprints, which knew no times. They count as delivered with the
/// key that was in force: of what is not known it is never supposed that it was long ago.
pub(crate) fn all(seen: &BTreeMap<String, SeenKey>, earlier: &BTreeSet<String>, at: Millis) -> BTreeMap<String, SeenKey> {
    let mut all = seen.clone();
    for whole in earlier {
        let digits = whole.get(..2 * BYTES).unwrap_or(whole);
        all.entry(digits.to_owned()).or_insert(SeenKey { at, refused: false });
    }
    all
}

/// Lets the oldest leave, but none of those in use.
pub(crate) fn bounded(mut seen: BTreeMap<String, SeenKey>, in_use: &[&str]) -> BTreeMap<String, SeenKey> {
    while seen.len() > MAX_SEEN {
        let oldest = seen.iter().filter(|(print, _)| !in_use.contains(&print.as_str())).min_by_key(|(_, key)| key.at);
        let Some(oldest) = oldest.map(|(print, _)| print.clone()) else { break };
        seen.remove(&oldest);
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(at: i64) -> SeenKey {
        SeenKey { at: Millis(at), refused: false }
    }

    #[test]
    fn fifty_fingerprints_of_sixteen_bytes_are_kept_and_the_oldest_leave() {
        let install = InstallId::parse("instapp_1").unwrap();
        let mut seen = BTreeMap::new();
        let prints: Vec<String> = (0..300).map(|n| fingerprint(&install, &format!("blnk_test_{n}").into())).collect();
        for (at, print) in (0_i64..).zip(&prints) {
            assert_eq!(print.len(), 2 * BYTES);
            seen.insert(print.clone(), key(at));
            seen = bounded(seen, &[&prints[0]]);
            assert!(seen.len() <= MAX_SEEN && seen.contains_key(&prints[0]), "what is in use stays");
        }
        assert!(prints[251..].iter().all(|print| seen.contains_key(print)), "the newest are known");
        assert!(prints[1..251].iter().all(|print| !seen.contains_key(print)));
        let size = serde_json::to_vec(&seen).unwrap().len();
        assert!(size < 4096, "{size} bytes: one read unit");
    }

    #[test]
    fn the_set_of_an_earlier_version_is_known_by_the_same_fingerprints() {
        let install = InstallId::parse("instapp_1").unwrap();
        let print = fingerprint(&install, &"blnk_test_first".to_owned().into());
        let earlier = BTreeSet::from([format!("{print}{}", "0".repeat(32)), "f".repeat(64)]);
        let known = all(&BTreeMap::from([("a".repeat(32), key(7))]), &earlier, Millis(99));
        assert_eq!(known.len(), 3);
        assert_eq!((known[&print], known[&"a".repeat(32)]), (key(99), key(7)));
        let many = (0..80).map(|n| format!("{n:064}")).collect();
        assert!(bounded(all(&BTreeMap::new(), &many, Millis(1)), &[]).len() <= MAX_SEEN);
    }
}
