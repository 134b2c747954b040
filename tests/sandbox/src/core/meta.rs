//! `meta_data`: a flat map of JSON values, kept as text and compared by their type.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

/// Metadata as it comes in a request.
pub type MetaInput = Map<String, Value>;

/// Metadata of one row: keys shared between rows, values as canonical JSON text, sorted by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta(Vec<(Arc<str>, Box<str>)>);

impl Meta {
    /// The JSON text of one value.
    pub fn get(&self, key: &str) -> Option<&str> {
        let at = self.find(key).ok()?;
        Some(&self.0[at].1)
    }

    /// Sets one value, given as JSON text.
    pub fn set(&mut self, key: Arc<str>, value: Box<str>) {
        match self.find(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// Takes one key out.
    pub fn remove(&mut self, key: &str) {
        if let Ok(at) = self.find(key) {
            self.0.remove(at);
        }
    }

    /// Keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &str)> {
        self.0.iter().map(|(key, value)| (key, &**value))
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| (**own).cmp(key))
    }
}

impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            let value: &RawValue =
                serde_json::from_str(value).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(&**key, value)?;
        }
        map.end()
    }
}

/// The JSON text under which a value is stored: keys sorted, numbers as they come out of a 64-bit
/// float.
///
/// Core reads metadata into floats: integers beyond 2^53 lose digits there, and so they do here.
pub fn canonical(value: &Value) -> Box<str> {
    through_floats(value).to_string().into_boxed_str()
}

/// A value whose numbers were read into 64-bit floats.
pub fn through_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(through_float(number)),
        Value::Array(items) => Value::Array(items.iter().map(through_floats).collect()),
        Value::Object(map) => {
            let entries = map.iter().map(|(k, v)| (k.clone(), through_floats(v)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

fn through_float(number: &Number) -> Number {
    let float = number.to_string().parse::<f64>();
    let Ok(float) = float else {
        return number.clone();
    };
    // Display never writes an exponent: a whole number comes out as its digits.
    let text = float.to_string();
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    match text.parse::<u64>() {
        Ok(whole) => whole.into(),
        Err(_) => Number::from_f64(float).unwrap_or_else(|| number.clone()),
    }
}

/// The text of a stored value as the database's `->>` gives it: a string without its quotes, `None`
/// for null.
pub fn as_text(json: &str) -> Option<String> {
    if json == "null" {
        return None;
    }
    if json.starts_with('"') {
        return serde_json::from_str(json).ok();
    }
    Some(json.to_owned())
}

/// Whether a stored value contains `wanted`, as the database's `@>` sees it: scalars by type and
/// value.
pub fn contains(stored: &str, wanted: &Value) -> bool {
    match wanted {
        Value::Object(_) | Value::Array(_) => {
            serde_json::from_str(stored).is_ok_and(|stored| value_contains(&stored, wanted))
        }
        scalar => *canonical(scalar) == *stored,
    }
}

fn value_contains(stored: &Value, wanted: &Value) -> bool {
    match (stored, wanted) {
        (Value::Object(stored), Value::Object(wanted)) => wanted.iter().all(|(key, value)| {
            let own = stored.get(key);
            own.is_some_and(|own| value_contains(own, value))
        }),
        (Value::Array(stored), Value::Array(wanted)) => {
            wanted.iter().all(|value| stored.iter().any(|own| value_contains(own, value)))
        }
        (stored, wanted) => stored == wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{as_text, canonical, contains};

    #[test]
    fn numbers_pass_through_floats_and_types_matter() {
        assert_eq!(&*canonical(&json!(9_007_199_254_740_993_i64)), "9007199254740992");
        assert_eq!(&*canonical(&json!(1.5)), "1.5");
        assert_eq!(&*canonical(&json!({"b": 1, "a": 2.0})), r#"{"a":2,"b":1}"#);
        assert!(contains("\"5\"", &json!("5")));
        assert!(!contains("\"5\"", &json!(5)));
        assert!(contains(r#"{"a":1,"b":2}"#, &json!({"a": 1})));
        assert_eq!(as_text("\"a\\\"b\"").as_deref(), Some("a\"b"));
    }
}
