//! Tells an enumeration's variant that only a newer version knows from every other reason why an
//! item does not parse.
//!
//! `serde_dynamo` reports both as text. So an item that it cannot read is read once more, with an
//! error type that keeps the difference.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::value::{
    MapAccessDeserializer, MapDeserializer, SeqDeserializer, StringDeserializer,
};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::platform::table::attribute::Item;

/// A variant that an enumeration of this version does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown variant {0:?}")]
pub(crate) struct UnknownVariant(pub(crate) String);

/// The unknown variant because of which an item does not parse. Nothing if there is another reason.
pub(crate) fn unknown_variant<T: DeserializeOwned>(item: Item) -> Option<UnknownVariant> {
    match T::deserialize(Value(AttributeValue::M(item))) {
        Err(Unreadable::Variant(variant)) => Some(variant),
        Ok(_) | Err(Unreadable::Other(_)) => None,
    }
}

/// Why an item does not parse.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error(transparent)]
    Variant(UnknownVariant),
    #[error("{0}")]
    Other(String),
}

impl serde::de::Error for Unreadable {
    fn custom<T: Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Self::Variant(UnknownVariant(variant.to_owned()))
    }
}

/// An attribute's value.
struct Value(AttributeValue);

/// The name of an attribute in a map. It may represent a number.
struct Name(String);

type Result<T> = std::result::Result<T, Unreadable>;

impl IntoDeserializer<'_, Unreadable> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl IntoDeserializer<'_, Unreadable> for Name {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn other(message: impl Display) -> Unreadable {
    serde::de::Error::custom(message)
}

/// Visits a number as the smallest kind that holds it.
fn number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value> {
    if let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    if let Ok(number) = text.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = text.parse::<i128>() {
        return visitor.visit_i128(number);
    }
    visitor.visit_f64(text.parse().map_err(other)?)
}

impl<'de> Deserializer<'de> for Value {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let list = |values: Vec<AttributeValue>, visitor: V| {
            SeqDeserializer::new(values.into_iter().map(Value)).deserialize_any(visitor)
        };
        match self.0 {
            AttributeValue::S(text) => visitor.visit_string(text),
            AttributeValue::N(text) => number(&text, visitor),
            AttributeValue::Bool(value) => visitor.visit_bool(value),
            AttributeValue::Null(_) => visitor.visit_unit(),
            AttributeValue::B(bytes) => visitor.visit_byte_buf(bytes.into_inner()),
            AttributeValue::L(values) => list(values, visitor),
            AttributeValue::Ss(texts) => {
                list(texts.into_iter().map(AttributeValue::S).collect(), visitor)
            }
            AttributeValue::Ns(texts) => {
                list(texts.into_iter().map(AttributeValue::N).collect(), visitor)
            }
            AttributeValue::M(map) => {
                let entries = map.into_iter().map(|(name, value)| (Name(name), Value(value)));
                MapDeserializer::new(entries).deserialize_any(visitor)
            }
            _ => Err(other("an attribute of an unknown type")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if matches!(self.0, AttributeValue::Null(_)) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.0 {
            AttributeValue::S(word) => {
                visitor.visit_enum(StringDeserializer::<Unreadable>::new(word))
            }
            AttributeValue::M(map) => {
                let entries = map.into_iter().map(|(name, value)| (Name(name), Value(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(entries)))
            }
            _ => Err(other("neither a word nor a map")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A number as the name of an attribute.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            number(&self.0, visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Name {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(self.0)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(StringDeserializer::<Unreadable>::new(self.0))
    }

    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::{Value as Json, json};

    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Plain,
        With { number: u64 },
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Inner {
        kind: Kind,
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Stored {
        hours: BTreeMap<u8, i128>,
        #[serde(default)]
        maybe: Option<Kind>,
        list: Vec<Kind>,
        #[serde(flatten)]
        inner: Inner,
    }

    fn stored(list: &Json, kind: &Json, maybe: &Json) -> Option<UnknownVariant> {
        let value = json!({"hours": {"7": 1}, "list": list, "kind": kind, "maybe": maybe});
        unknown_variant::<Stored>(serde_dynamo::to_item(value).unwrap())
    }

    #[test]
    fn an_unknown_variant_is_found_wherever_it_is_and_nothing_else_is_one() {
        let plain = json!("plain");
        let variant = |name: &str| Some(UnknownVariant(name.to_owned()));
        let with = json!({"with": {"number": 5}});
        assert_eq!(stored(&json!(["plain", with]), &plain, &Json::Null), None);
        assert_eq!(stored(&json!(["plain", "odd"]), &plain, &Json::Null), variant("odd"));
        assert_eq!(stored(&json!([{"odd": {"number": 5}}]), &plain, &Json::Null), variant("odd"));
        assert_eq!(stored(&json!([]), &json!("odd"), &Json::Null), variant("odd"), "flattened");
        assert_eq!(stored(&json!([]), &plain, &json!("odd")), variant("odd"), "optional");
        assert_eq!(stored(&json!([{"with": {"number": "many"}}]), &plain, &Json::Null), None);
        assert_eq!(stored(&json!("unknown variant `odd`"), &plain, &Json::Null), None);
    }
}
