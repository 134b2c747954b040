//! The keys that were delivered for an install, remembered by their fingerprints: a replay of one
//! must never count as a new delivery.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::install::id::InstallId;
use crate::model::time::Millis;

/// The number of keys of an install that are remembered. The oldest are dropped.
pub const MAX_SEEN: usize = 50;

/// The bytes of a fingerprint, which is written in hexadecimal. A chance collision of two keys of
/// one install is negligible.
const BYTES: usize = 16;

/// What is remembered about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenKey {
    /// When it was delivered.
    pub at: Millis,
    /// Blnk Cloud has refused it, so it may be delivered again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refused: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The fingerprint of a key for one install: it recognizes a known key without storing it. It uses
/// no secret that rotates, so a replay is recognized forever. The key itself has 128 bits and
/// cannot be guessed from it.
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

/// All remembered keys, including an earlier version's set of whole fingerprints without times.
/// Those count as delivered together with the key that was in force: an unknown time must never
/// count as long ago.
pub(crate) fn all(
    seen: &BTreeMap<String, SeenKey>,
    earlier: &BTreeSet<String>,
    at: Millis,
) -> BTreeMap<String, SeenKey> {
    let mut all = seen.clone();
    for whole in earlier {
        let digits = whole.get(..2 * BYTES).unwrap_or(whole);
        all.entry(digits.to_owned()).or_insert(SeenKey { at, refused: false });
    }
    all
}

/// Drops the oldest keys, but none that is in use.
pub(crate) fn bounded(
    mut seen: BTreeMap<String, SeenKey>,
    in_use: &[&str],
) -> BTreeMap<String, SeenKey> {
    while seen.len() > MAX_SEEN {
        let oldest = seen
            .iter()
            .filter(|(print, _)| !in_use.contains(&print.as_str()))
            .min_by_key(|(_, key)| key.at);
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
        let prints: Vec<String> =
            (0..300).map(|n| fingerprint(&install, &format!("blnk_test_{n}").into())).collect();
        for (at, print) in (0_i64..).zip(&prints) {
            assert_eq!(print.len(), 2 * BYTES);
            seen.insert(print.clone(), key(at));
            seen = bounded(seen, &[&prints[0]]);
            assert!(
                seen.len() <= MAX_SEEN && seen.contains_key(&prints[0]),
                "what is in use stays"
            );
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
