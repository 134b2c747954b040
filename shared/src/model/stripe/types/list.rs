//! Pages of Stripe's lists. Each object is decoded separately: an unreadable one hides none of the
//! others.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::model::stripe::types::parts::lenient;

/// The longest id that Stripe uses.
const MAX_ID_CHARS: usize = 255;

/// One page of a Stripe list, newest object first.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T> {
    /// The objects of this page that could be read.
    pub data: Vec<T>,
    /// The objects that could not be read.
    pub unread: Vec<Unread>,
    /// Whether older objects follow. Only `false` ends a walk; an empty page does not.
    pub has_more: bool,
    last_id: Option<String>,
}

impl<T> List<T> {
    /// Creates a page from its parts.
    pub(crate) const fn of(
        data: Vec<T>,
        unread: Vec<Unread>,
        has_more: bool,
        last_id: Option<String>,
    ) -> Self {
        Self { data, unread, has_more, last_id }
    }

    /// The id of the last object, readable or not. The next page continues after it.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// The objects that could not be read, without those at the end of the previous page: a page
    /// requested after the last readable object repeats them.
    #[must_use]
    pub fn unread_after(&self, cursor: Option<&str>) -> &[Unread] {
        let repeated =
            self.unread.iter().rposition(|row| row.id.is_some() && row.id.as_deref() == cursor);
        self.unread.get(repeated.map_or(0, |at| at + 1)..).unwrap_or_default()
    }
}

/// An object of a list that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its Stripe id, if that can be read.
    pub id: Option<String>,
    /// Its net in minor units and its currency, if both can be read.
    pub net: Option<(i64, String)>,
    /// A hash of the whole object, which identifies objects without an id.
    pub fingerprint: String,
}

#[derive(Default, Deserialize)]
struct PartialRecord {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    net: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    currency: Option<String>,
}

impl PartialRecord {
    fn of(raw: &RawValue) -> Self {
        let mut partial: Self = serde_json::from_str(raw.get()).unwrap_or_default();
        partial.id = partial.id.filter(|id| is_id(id));
        partial
    }
}

/// Whether a text looks like one of Stripe's ids.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_ID_CHARS
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Unread {
    fn of(raw: &RawValue) -> Self {
        let partial = PartialRecord::of(raw);
        let hash = Sha256::digest(raw.get().as_bytes());
        let fingerprint =
            hash.iter().take(size_of::<u64>()).map(|byte| format!("{byte:02x}")).collect();
        Self { id: partial.id, net: partial.net.zip(partial.currency), fingerprint }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct StripePage {
            object: String,
            data: Vec<Box<RawValue>>,
            has_more: bool,
        }
        let page = StripePage::deserialize(deserializer)?;
        if page.object != "list" {
            return Err(D::Error::custom("a list was expected"));
        }
        let last_id = page.data.iter().rev().find_map(|raw| PartialRecord::of(raw).id);
        if page.has_more && !page.data.is_empty() && last_id.is_none() {
            return Err(D::Error::custom(
                "a page of objects without ids, after which nothing can be asked for",
            ));
        }
        let (mut data, mut unread) = (Vec::with_capacity(page.data.len()), Vec::new());
        for raw in &page.data {
            match serde_json::from_str(raw.get()) {
                Ok(object) => data.push(object),
                Err(_) => unread.push(Unread::of(raw)),
            }
        }
        Ok(Self { data, unread, has_more: page.has_more, last_id })
    }
}

/// Stripe's largest page.
pub const MAX_PAGE: u8 = 100;
