//! Redemptions by id: a page that lost the response retries with the same id, and that counts once.

use crate::model::error::{Error, Result};

/// Fewer characters could collide with the id of another page.
pub(crate) const SHORTEST: usize = 16;

/// More characters would only fill the launch's item.
pub(crate) const LONGEST: usize = 64;

/// The ids under which a launch was redeemed, a string set.
pub(crate) const IDS: &str = "redemption_ids";

/// The idempotency key of a redemption, chosen by the page that requests it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionId(pub(crate) String);

impl RedemptionId {
    /// Parses an id as the page sends it.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for an invalid id.
    pub fn parse(text: &str) -> Result<Self> {
        let plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if plain && (SHORTEST..=LONGEST).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::field("redemption_id", "`redemption_id` is not the id of a redemption."))
        }
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redemption_id_is_long_enough_to_be_unique_and_short_enough_to_store() {
        for text in ["0123456789abcdef", "01JD0000-0000_000000LAUNCH", &"x".repeat(64)] {
            assert!(RedemptionId::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "short",
            "0123456789abcde#",
            "0123456789 abcdef",
            "0123456789äbcdef",
            &"x".repeat(65),
        ] {
            assert!(RedemptionId::parse(text).is_err(), "{text}");
        }
    }
}
