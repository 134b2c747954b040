//! The parts that Stripe's objects share: references that may be expanded, and fields that may be
//! absent, `null` or of another shape.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::text::is_storable;

/// A reference that Stripe sends as an id, or as the object when the request expanded it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expandable<T> {
    /// Only the id.
    Id(String),
    /// The whole object.
    Object(Box<T>),
}

/// An object that has an id.
pub trait Identified {
    /// The object's Stripe id.
    fn id(&self) -> &str;
}

impl<T: Identified> Expandable<T> {
    /// The id, however the reference was sent.
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

impl<T> Expandable<T> {
    /// The object, if it was expanded.
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdOrObject<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for IdOrObject<T> {
            type Value = Expandable<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id or an expanded object")
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Self::Value, E> {
                if is_id(id) {
                    Ok(Expandable::Id(id.to_owned()))
                } else {
                    Err(E::custom("an id was expected"))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
                    .map(|object| Expandable::Object(Box::new(object)))
            }
        }

        deserializer.deserialize_any(IdOrObject(PhantomData))
    }
}

/// The id of a referenced object of which nothing else is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct IdOnly(pub String);

impl<'de> Deserialize<'de> for IdOnly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Named {
            #[serde(deserialize_with = "id")]
            id: String,
        }
        Ok(Self(match Expandable::<Named>::deserialize(deserializer)? {
            Expandable::Id(id) => id,
            Expandable::Object(object) => object.id,
        }))
    }
}

/// Whether a text can be an id. A ledger that cannot store it would store another id.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && is_storable(text)
}

/// The id of an object.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_id(&text) { Ok(text) } else { Err(D::Error::custom("an id was expected")) }
}

/// Stripe leaves optional fields out and sends nullable ones as `null`; both mean "nothing".
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Decodes a field that is not needed to post a record. An unexpected shape counts as absent.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str::<Option<T>>(raw.get()).ok()).flatten())
}

/// Like [`lenient`], for a type whose default means "nothing".
pub(crate) fn lenient_or_default<
    'de,
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
>(
    deserializer: D,
) -> Result<T, D::Error> {
    lenient(deserializer).map(Option::unwrap_or_default)
}

/// A JSON number as the text that was sent, so that no float ever holds it. Anything else is not a
/// rate.
pub(crate) fn number_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    let is_number = |text: &&str| text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    Ok(raw.as_ref().map(|raw| raw.get()).filter(is_number).map(str::to_owned))
}
