//! The stored form before [`Step`]: a flag for each step.
//!
//! Older versions know only the flags. While a new version is deployed, workers of both versions
//! may continue the same run in turn, and each must find what the other has done. So the flags are
//! written beside the step, and the further of the two counts: an older worker sets flags and
//! leaves the step unchanged, or drops it.

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::{Serialize, forward_to_deserialize_any};

use crate::model::run::step::Step;

/// A flag for each step that is taken, by its stored name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct StepFlags {
    retried: bool,
    opened: bool,
    reread: bool,
    added_up: bool,
    followed: bool,
    counted_balances: bool,
}

impl StepFlags {
    /// The flags of a run whose next step is `step`.
    pub(crate) fn before(step: Step) -> Self {
        Self {
            retried: step > Step::Retry,
            opened: step > Step::Openings,
            reread: step > Step::Objects,
            added_up: step > Step::Payouts,
            followed: step > Step::Customers,
            counted_balances: step > Step::Balances,
        }
    }

    /// The next step: the one after the last flag that is set. Flags in between may be unset: older
    /// versions do not set a step that a run skips.
    pub(crate) fn next_step(self) -> Step {
        let taken = [
            (self.counted_balances, Step::Balances),
            (self.followed, Step::Customers),
            (self.added_up, Step::Payouts),
            (self.reread, Step::Objects),
            (self.opened, Step::Openings),
            (self.retried, Step::Retry),
        ];
        taken.iter().find(|(taken, _)| *taken).map_or(Step::Retry, |(_, last)| last.next())
    }

    fn named(&mut self, name: &str) -> Option<&mut bool> {
        match name {
            "retried" => Some(&mut self.retried),
            "opened" => Some(&mut self.opened),
            "reread" => Some(&mut self.reread),
            "added_up" => Some(&mut self.added_up),
            "followed" => Some(&mut self.followed),
            "counted_balances" => Some(&mut self.counted_balances),
            _ => None,
        }
    }
}

/// Deserializes a struct and extracts the flags from its fields. `#[serde(flatten)]` would do the
/// same, but would hide the names of the struct's fields, which a rewrite of its item needs.
pub(crate) struct TakingFlags<'f, D> {
    pub(crate) inner: D,
    pub(crate) flags: &'f mut StepFlags,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for TakingFlags<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(FlagVisitor { visitor, flags: self.flags })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = FlagVisitor { visitor, flags: self.flags };
        self.inner.deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct FlagVisitor<'f, V> {
    visitor: V,
    flags: &'f mut StepFlags,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for FlagVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.visitor.expecting(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(FlagMap { map, flags: self.flags })
    }
}

struct FlagMap<'f, A> {
    map: A,
    flags: &'f mut StepFlags,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FlagMap<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.map.next_key::<String>()? {
            let Some(flag) = self.flags.named(&name) else {
                return seed.deserialize(name.into_deserializer()).map(Some);
            };
            *flag = self.map.next_value()?;
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests;
