//! Candidates: keys that were delivered for an active install while another key was in force.
//!
//! Callbacks are not signed, so no event may replace a key that works. A new key waits as a
//! candidate, in a separate item, until Blnk Cloud refuses the current one. `META` holds the list
//! of candidates; the items hold their encrypted keys and grants.

use serde::{Deserialize, Serialize};

use crate::model::install::permission::Permission;
use crate::model::sealed::Sealed;
use crate::model::time::Millis;

/// The maximum number of candidates of an install. Each has its own place.
pub const MAX_CANDIDATES: u8 = 10;

/// A candidate in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The number of its item, below [`MAX_CANDIDATES`].
    pub place: u8,
    /// Its fingerprint.
    pub fingerprint: String,
    /// When its event arrived.
    pub arrived_at: Millis,
    /// When Blnk Cloud refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_at: Option<Millis>,
}

/// The item of a candidate, `KEY#…`: the data that applies once its key is in force.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CandidateKey {
    /// The fingerprint of the key. The item belongs to a candidate only while both have the same
    /// fingerprint.
    #[serde(default)]
    pub fingerprint: String,
    /// The encrypted key. Absent once its installation is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_key: Option<Sealed>,
    /// The part of the key that may be logged.
    #[serde(default)]
    pub api_key_prefix: String,
    /// The organization, if the event named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// The scopes granted with it.
    #[serde(default)]
    pub granted_permissions: Vec<Permission>,
}

/// The order in which candidates are tried: never refused ones first, then the newest first.
#[must_use]
pub(crate) fn in_turn(candidates: &[Candidate]) -> Vec<&Candidate> {
    let mut turn: Vec<&Candidate> = candidates.iter().rev().collect();
    turn.sort_by_key(|candidate| {
        (candidate.refused_at.is_some(), std::cmp::Reverse(candidate.arrived_at))
    });
    turn
}

/// Adds a candidate. Returns its place, and the candidate that it replaced, if any: a refused one
/// first, the oldest first.
pub(crate) fn take_in(
    candidates: &mut Vec<Candidate>,
    fingerprint: &str,
    now: Millis,
) -> (u8, Option<Candidate>) {
    if let Some(again) =
        candidates.iter_mut().find(|candidate| candidate.fingerprint == fingerprint)
    {
        (again.arrived_at, again.refused_at) = (now, None);
        return (again.place, None);
    }
    let free = (0..MAX_CANDIDATES)
        .find(|place| candidates.iter().all(|candidate| candidate.place != *place));
    let leaves = match free {
        Some(_) => None,
        None => in_turn(candidates).last().map(|candidate| (*candidate).clone()),
    };
    let place = free.or(leaves.as_ref().map(|candidate| candidate.place)).unwrap_or_default();
    candidates.retain(|candidate| candidate.place != place);
    candidates.push(Candidate {
        place,
        fingerprint: fingerprint.to_owned(),
        arrived_at: now,
        refused_at: None,
    });
    (place, leaves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_ten_wait_and_refused_ones_leave_first_then_the_oldest() {
        let mut waiting = Vec::new();
        for n in 0..10 {
            let (place, leaves) = take_in(&mut waiting, &n.to_string(), Millis(n));
            assert_eq!((i64::from(place), leaves), (n, None));
        }
        assert_eq!(
            take_in(&mut waiting, "4", Millis(20)),
            (4, None),
            "the same key again keeps its place"
        );
        waiting[7].refused_at = Some(Millis(30));
        waiting[8].refused_at = Some(Millis(30));
        let order: Vec<&str> =
            in_turn(&waiting).iter().map(|candidate| candidate.fingerprint.as_str()).collect();
        assert_eq!(order, ["4", "9", "6", "5", "3", "2", "1", "0", "8", "7"]);
        let mut left = Vec::new();
        for n in 40..45 {
            left.push(take_in(&mut waiting, &n.to_string(), Millis(n)).1.unwrap().fingerprint);
            assert_eq!(waiting.len(), 10);
        }
        assert_eq!(left, ["7", "8", "0", "1", "2"]);
        let mut places: Vec<u8> = waiting.iter().map(|candidate| candidate.place).collect();
        places.sort_unstable();
        assert_eq!(places, (0..10).collect::<Vec<u8>>());
        waiting[0].refused_at = Some(Millis(50));
        let refused = waiting[0].fingerprint.clone();
        take_in(&mut waiting, &refused, Millis(60));
        assert_eq!(
            in_turn(&waiting)[0].fingerprint,
            refused,
            "a key that was refused may come again"
        );
    }
}
