//! A stored encrypted secret. Separate from the vault, so that stored types can contain one.

use serde::{Deserialize, Serialize};

/// An encrypted secret, as stored. It holds nothing readable. The bytes are base64 so that the item
/// stays legible in a console.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Sealed {
    pub(crate) v: u8,
    pub(crate) wrapped_key: String,
    pub(crate) nonce: String,
    pub(crate) ciphertext: String,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}
