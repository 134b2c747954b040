//! Stripe's API keys, classified by their prefixes.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::model::ledger::Mode;

/// Stripe documents no maximum. Ids have at most 255 characters, and no key in use comes close.
const LONGEST_KEY: usize = 255;

/// Fewer characters after the prefix are a typing error, and the last four would reveal too much.
const SHORTEST_SECRET_PART: usize = 8;

const SHOWN_AT_THE_END: usize = 4;

/// The permissions of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Only what its owner granted it: what we ask for.
    Restricted,
    /// Everything: more than a mirror needs.
    Secret,
}

/// A key that can read an account.
#[derive(Clone)]
pub struct StripeKey {
    /// Restricted or secret.
    pub kind: KeyKind,
    /// Test or live.
    pub mode: Mode,
    /// The public prefix, for example `rk_test_`. May be shown.
    pub prefix: &'static str,
    /// The last four characters, which Stripe's dashboard shows too.
    pub last4: String,
    /// The whole key.
    pub secret: SecretString,
}

/// Why a text is not a key that this application accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// A publishable key, which can read nothing.
    #[error("this is a publishable key, which cannot read an account")]
    Publishable,
    /// Not a key of a known form.
    #[error("this is not a Stripe key: one begins with rk_test_, rk_live_, sk_test_ or sk_live_")]
    Malformed,
}

const PREFIXES: [(&str, KeyKind, Mode); 4] = [
    ("rk_test_", KeyKind::Restricted, Mode::Test),
    ("rk_live_", KeyKind::Restricted, Mode::Live),
    ("sk_test_", KeyKind::Secret, Mode::Test),
    ("sk_live_", KeyKind::Secret, Mode::Live),
];

impl StripeKey {
    /// Parses a key as a person pastes it. Surrounding white space is ignored.
    ///
    /// # Errors
    ///
    /// [`KeyRefused::Publishable`] for a `pk_…` key, [`KeyRefused::Malformed`] for anything else
    /// that is not a restricted or secret key.
    pub fn parse(text: &str) -> Result<Self, KeyRefused> {
        let text = text.trim();
        if text.starts_with("pk_") {
            return Err(KeyRefused::Publishable);
        }
        let known = PREFIXES.iter().find(|(prefix, ..)| text.starts_with(prefix));
        let &(prefix, kind, mode) = known.ok_or(KeyRefused::Malformed)?;
        let secret_part = &text[prefix.len()..];
        let long_enough = secret_part.len() >= SHORTEST_SECRET_PART && text.len() <= LONGEST_KEY;
        if !long_enough || !secret_part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(KeyRefused::Malformed);
        }
        let last4 = secret_part[secret_part.len() - SHOWN_AT_THE_END..].to_owned();
        Ok(Self { kind, mode, prefix, last4, secret: SecretString::from(text) })
    }

    /// Whether another key is identical.
    pub fn is_same(&self, other: &SecretString) -> bool {
        use subtle::ConstantTimeEq;
        self.secret.expose_secret().as_bytes().ct_eq(other.expose_secret().as_bytes()).into()
    }
}

impl fmt::Debug for StripeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StripeKey({}…{})", self.prefix, self.last4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_readable_kinds_of_keys_are_distinguished_by_prefix() {
        for (prefix, kind, mode) in PREFIXES {
            let text = format!("  {prefix}51Abcdefgh0WXYZ\n");
            let key = StripeKey::parse(&text).unwrap();
            assert_eq!(
                (key.kind, key.mode, key.prefix, key.last4.as_str()),
                (kind, mode, prefix, "WXYZ")
            );
            assert_eq!(key.secret.expose_secret(), text.trim());
            assert!(
                key.is_same(&SecretString::from(text.trim()))
                    && !key.is_same(&SecretString::from("rk_test_other000"))
            );
            assert!(
                !format!("{key:?} {:?}", key.secret).contains("Abcdefgh"),
                "no Debug output holds the secret part"
            );
        }
    }

    #[test]
    fn a_key_that_cannot_read_an_account_is_refused_with_the_reason() {
        assert_eq!(
            StripeKey::parse("pk_live_51Abcdefgh0WXYZ").unwrap_err(),
            KeyRefused::Publishable
        );
        let long = format!("rk_test_{}", "a".repeat(300));
        for bad in [
            "",
            "rk_test_",
            "rk_test_short",
            "sk_org_live_abcdefgh",
            "whsec_abcdefghijkl",
            "RK_TEST_abcdefgh0",
            "rk_test_with space0",
            "rk_test_abc\r\ninjected: x",
            "rk_test_ünïcödé00",
            "Bearer rk_test_abcdefgh0",
            &long,
        ] {
            assert_eq!(StripeKey::parse(bad).unwrap_err(), KeyRefused::Malformed, "{bad:?}");
        }
    }
}
