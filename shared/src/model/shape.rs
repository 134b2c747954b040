//! The shapes of successful responses from Stripe and Blnk. A response in an undocumented shape is
//! not an answer: the absence of a value in it proves nothing, so nothing may be created because of
//! it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;

/// The maximum length of the kept member names, in bytes.
const MAX_NAMES: usize = 64;

/// The maximum length of one member name. A longer name could be personal data.
const MAX_NAME: usize = 24;

/// The members that report an error, whatever the status.
const ERRORS: [&str; 3] = ["error", "errors", "error_detail"];

/// A successful response in an undocumented shape: the call and the shape. It holds no value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    call: &'static str,
    seen: Seen,
}

/// The shape of a response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    NoJson,
    Value(&'static str),
    Object(MemberNames),
    Row(MemberNames),
}

/// The member names of an object that look like plain words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct MemberNames {
    text: [u8; MAX_NAMES],
    length: u8,
    /// Some names are left out.
    more: bool,
}

impl MemberNames {
    fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut kept = Self { text: [0; MAX_NAMES], length: 0, more: false };
        for name in names {
            let word = (1..=MAX_NAME).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
            kept.more |= !(word && kept.push(name));
        }
        kept
    }

    fn push(&mut self, name: &str) -> bool {
        let between = if self.length == 0 { "" } else { ", " };
        let (from, size) = (usize::from(self.length), between.len() + name.len());
        let (Some(room), Ok(length)) =
            (self.text.get_mut(from..from + size), u8::try_from(from + size))
        else {
            return false;
        };
        room.iter_mut()
            .zip(between.bytes().chain(name.bytes()))
            .for_each(|(kept, byte)| *kept = byte);
        self.length = length;
        true
    }
}

impl fmt::Display for MemberNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .text
            .get(..usize::from(self.length))
            .and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or_default();
        match (names, self.more) {
            ("", false) => f.write_str("no member"),
            ("", true) => f.write_str("members that are no words"),
            (names, false) => f.write_str(names),
            (names, true) => write!(f, "{names} and more"),
        }
    }
}

impl Shape {
    /// The shape of a response body to a call.
    pub(crate) fn of(call: &'static str, body: &[u8]) -> Self {
        let seen = match serde_json::from_slice::<&RawValue>(body) {
            Ok(value) => match value.get().bytes().next() {
                Some(b'{') => Seen::Object(names(value.get().as_bytes())),
                Some(b'[') => Seen::Value("an array"),
                Some(b'"') => Seen::Value("a text"),
                Some(b'n') => Seen::Value("null"),
                Some(b't' | b'f') => Seen::Value("a truth value"),
                _ => Seen::Value("a number"),
            },
            Err(_) => Seen::NoJson,
        };
        Self { call, seen }
    }

    /// The shape of a list row that could not be decoded.
    pub(crate) fn of_row(call: &'static str, row: &RawValue) -> Self {
        let row = row.get().as_bytes();
        let seen = if row.first() == Some(&b'{') {
            Seen::Row(names(row))
        } else {
            Seen::Value("a list of something else than objects")
        };
        Self { call, seen }
    }

    /// The call.
    #[must_use]
    pub fn call(&self) -> &'static str {
        self.call
    }

    /// A description of the shape. The member names are the only part that the other side has
    /// written.
    #[must_use]
    pub fn seen(&self) -> String {
        match self.seen {
            Seen::NoJson => "something else than JSON".to_owned(),
            Seen::Value(kind) => kind.to_owned(),
            Seen::Object(names) => format!("an object with {names}"),
            Seen::Row(names) => format!("a list with a row of {names}"),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered in an unknown shape: {}", self.call, self.seen())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({self})")
    }
}

/// The last undocumented shape that made a call fail. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NotedShape(Arc<Mutex<Option<Shape>>>);

impl NotedShape {
    /// Records the shape that made a call fail, if any.
    pub(crate) fn note(&self, shape: Option<Shape>) {
        if shape.is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = shape;
        }
    }

    /// Returns and clears what was recorded since the last call.
    pub(crate) fn take(&self) -> Option<Shape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn names(object: &[u8]) -> MemberNames {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(object).unwrap_or_default();
    MemberNames::of(members.keys().map(String::as_str))
}

/// The members of an object that reports no error.
pub(crate) struct JsonMembers<'b>(BTreeMap<String, &'b RawValue>);

impl<'b> JsonMembers<'b> {
    /// The members of a body. `None` when it is not an object, or reports an error.
    pub(crate) fn of(body: &'b [u8]) -> Option<Self> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_slice(body).ok()?;
        (!ERRORS.iter().any(|name| members.contains_key(*name))).then_some(Self(members))
    }

    /// A member as sent.
    pub(crate) fn raw(&self, name: &str) -> Option<&'b RawValue> {
        self.0.get(name).copied()
    }

    /// A member that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    /// A member that is an id: a string that is not empty.
    pub(crate) fn id(&self, name: &str) -> Option<String> {
        self.text(name).filter(|id| !id.is_empty())
    }

    /// Whether a member is an array.
    pub(crate) fn is_array(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|raw| raw.get().starts_with('['))
    }

    /// Whether a member is a boolean.
    pub(crate) fn is_bool(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|raw| matches!(raw.get(), "true" | "false"))
    }
}

/// The elements of an array, each as sent.
pub(crate) fn elements(array: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(array).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn seen(body: &str) -> String {
        Shape::of("/balances/filter", body.as_bytes()).to_string()
    }

    #[test]
    fn the_call_and_the_names_seen_are_told_and_no_value_is() {
        for (body, text) in [
            ("{\"message\":\"ann@example.com\"}", "an object with message"),
            ("{\"total\":5,\"error\":{\"code\":1}}", "an object with error, total"),
            ("{}", "an object with no member"),
            ("{\"ann@example.com\":1}", "an object with members that are no words"),
            ("{\"a\":1,\"ann@example.com\":1}", "an object with a and more"),
            ("null", "null"),
            ("[]", "an array"),
            ("\"x\"", "a text"),
            ("5", "a number"),
            ("true", "a truth value"),
            ("<html>Service suspended</html>", "something else than JSON"),
            ("", "something else than JSON"),
            ("{\"data\":", "something else than JSON"),
        ] {
            assert_eq!(
                seen(body),
                format!("/balances/filter was answered in an unknown shape: {text}"),
                "{body}"
            );
        }
        let row: &RawValue = serde_json::from_str("{\"id\":7,\"name\":\"Ann\"}").unwrap();
        assert_eq!(Shape::of_row("/x", row).seen(), "a list with a row of id, name");
    }

    #[test]
    fn an_object_that_reports_an_error_has_no_members() {
        for body in [
            "{\"data\":[],\"error\":null}",
            "{\"errors\":[],\"data\":[]}",
            "{\"data\":[],\"error_detail\":{}}",
            "[]",
            "null",
            "x",
        ] {
            assert!(JsonMembers::of(body.as_bytes()).is_none(), "{body}");
        }
        let members =
            JsonMembers::of(b" {\"data\":[1],\"has_more\":false,\"id\":\"\",\"object\":\"list\"} ")
                .unwrap();
        assert!(
            members.is_array("data") && members.is_bool("has_more") && members.id("id").is_none()
        );
        assert_eq!(members.text("object").as_deref(), Some("list"));
    }

    proptest! {
        #[test]
        fn any_body_has_a_shape_of_bounded_length(body in any::<Vec<u8>>(),
            names in any::<Vec<String>>()) {
            assert!(Shape::of("/x", &body).seen().len() < 200);
            let object: BTreeMap<String, u8> = names.into_iter().map(|name| (name, 1)).collect();
            let text = Shape::of("/x", &serde_json::to_vec(&object).unwrap()).seen();
            assert!(text.len() < 200 && text.is_ascii(), "{text}");
        }
    }
}
