//! Counts distinct names in little memory.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// Names that are counted exactly. Beyond this number the count is an estimate, within about 2 %.
const COUNTED: usize = 2_000;

/// The number of distinct names seen: exact up to a limit, then an estimate from the smallest of
/// their hashes, in the same memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distinct {
    smallest: BTreeSet<u64>,
    more: bool,
}

impl Distinct {
    /// Counts a name. Returns whether it may be new.
    pub(crate) fn add(&mut self, name: &str) -> bool {
        let hash = head(name);
        if self.more && self.smallest.last().is_some_and(|largest| hash > *largest) {
            return false;
        }
        let new = self.smallest.insert(hash);
        if self.smallest.len() > COUNTED {
            self.smallest.pop_last();
            self.more = true;
        }
        new
    }

    /// Whether a name was certainly seen before.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.smallest.contains(&head(name))
    }

    /// The count, and whether it is exact.
    #[must_use]
    pub fn count(&self) -> (u64, bool) {
        let kept = self.smallest.len() as u64;
        match self.smallest.last() {
            // The largest of the n smallest of N evenly spread hashes is at about n/N of their
            // range.
            Some(largest) if self.more => {
                let range = u128::from(u64::MAX);
                let estimate =
                    u128::from(kept.saturating_sub(1)) * range / u128::from(*largest).max(1);
                (u64::try_from(estimate).unwrap_or(u64::MAX), false)
            }
            _ => (kept, true),
        }
    }
}

fn head(name: &str) -> u64 {
    Sha256::digest(name.as_bytes())
        .iter()
        .take(size_of::<u64>())
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// Stored as one string: a list of numbers would be several times as large.
impl Serialize for Distinct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.smallest.iter().flat_map(|hash| hash.to_be_bytes()).collect();
        let mark = if self.more { "+" } else { "=" };
        serializer.collect_str(&format_args!("{mark}{}", STANDARD_NO_PAD.encode(bytes)))
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (more, encoded) = match text.split_at_checked(1) {
            Some(("+", encoded)) => (true, encoded),
            Some(("=", encoded)) => (false, encoded),
            _ => return Err(de::Error::custom("not a count of names")),
        };
        let bytes = STANDARD_NO_PAD.decode(encoded).map_err(de::Error::custom)?;
        let (hashes, rest) = bytes.as_chunks::<{ size_of::<u64>() }>();
        if !rest.is_empty() {
            return Err(de::Error::custom("not a count of names"));
        }
        Ok(Self { smallest: hashes.iter().map(|hash| u64::from_be_bytes(*hash)).collect(), more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_counted_exactly_then_closely_in_the_same_memory() {
        let mut customers = Distinct::default();
        for at in 0..COUNTED {
            assert!(customers.add(&format!("cus_{at}")));
            assert!(!customers.add(&format!("cus_{at}")), "the same customer again is not another");
        }
        assert_eq!(customers.count(), (COUNTED as u64, true));
        let full = serde_json::to_string(&customers).unwrap().len();
        for many in [5_000_u64, 50_000, 200_000] {
            for at in 0..many {
                customers.add(&format!("cus_{at}"));
            }
            let (count, exact) = customers.count();
            assert!(!exact && count.abs_diff(many) * 100 <= many * 8, "{count} of {many}");
            assert!(serde_json::to_string(&customers).unwrap().len() <= full);
        }
        let stored =
            serde_dynamo::to_attribute_value::<_, aws_sdk_dynamodb::types::AttributeValue>(
                &customers,
            )
            .unwrap();
        assert_eq!(serde_dynamo::from_attribute_value::<_, Distinct>(stored).unwrap(), customers);
        for damaged in ["", "AAAA", "=AAA", "?"] {
            assert!(serde_json::from_value::<Distinct>(damaged.into()).is_err(), "{damaged}");
        }
    }
}
