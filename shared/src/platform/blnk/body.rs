//! Request bodies: everything that is sent to the ledger passes through here.
//!
//! Characters that a ledger cannot store are removed from texts that people read. In an id, a
//! reference or a filter value, removing them would change its meaning, so the request is refused
//! instead.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};

use crate::model::text::{is_storable, storable};
use crate::platform::blnk::error::{BlnkError, RefusalCode};

/// The fields whose values are texts. Every other field is sent unchanged or refused.
const TEXTS: [&str; 14] = [
    "name",
    "title",
    "description",
    "identity_type",
    "first_name",
    "last_name",
    "organization_name",
    "email_address",
    "phone_number",
    "street",
    "city",
    "state",
    "post_code",
    "country",
];

/// The object whose values are also texts, except the ids in it.
const META_DATA: &str = "meta_data";

const ID_ENDING: &str = "_id";

const REFUSED: &str =
    "A field that must be taken as it is holds characters that a ledger cannot store.";

/// Encodes a value as a request body.
///
/// # Errors
/// [`RefusalCode::Unstorable`] when a value that must not be changed cannot be stored as it is;
/// [`BlnkError::Malformed`].
pub(crate) fn encode(value: &impl Serialize) -> Result<Vec<u8>, BlnkError> {
    let mut body = Vec::new();
    match value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut body, Storable::default()))
    {
        Ok(()) => Ok(body),
        Err(error) if error.is_io() => Err(unstorable()),
        Err(_) => Err(BlnkError::Malformed { what: "a request that is not JSON" }),
    }
}

/// The refusal of a value that a ledger cannot store.
pub(crate) fn unstorable() -> BlnkError {
    BlnkError::Refused {
        code: RefusalCode::Unstorable,
        message: REFUSED.to_owned(),
        retry_after: None,
    }
}

/// Writes compact JSON.
#[derive(Default)]
struct Storable {
    /// The names of the members being written, outermost first.
    path: Vec<String>,
    in_name: bool,
}

impl Storable {
    fn is_text(&self) -> bool {
        let Some((name, around)) = self.path.split_last() else { return false };
        if around.iter().any(|name| name == META_DATA) {
            !name.ends_with(ID_ENDING)
        } else {
            TEXTS.contains(&name.as_str())
        }
    }

    /// The part of a text that is written.
    fn kept<'t>(&self, part: &'t str) -> io::Result<std::borrow::Cow<'t, str>> {
        if is_storable(part) || (!self.in_name && self.is_text()) {
            Ok(storable(part))
        } else {
            Err(io::ErrorKind::InvalidData.into())
        }
    }
}

impl Formatter for Storable {
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.path.push(String::new());
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.path.pop();
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.in_name = true;
        if let Some(name) = self.path.last_mut() {
            name.clear();
        }
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_name = false;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if let Some(name) = self.path.last_mut().filter(|_| self.in_name) {
            name.push_str(fragment);
        }
        writer.write_all(self.kept(fragment)?.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let control = match escape {
            CharEscape::Quote => return writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => return writer.write_all(b"\\\\"),
            CharEscape::Solidus => return writer.write_all(b"/"),
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        };
        let mut buffer = [0; 4];
        let kept = self.kept(control.encode_utf8(&mut buffer))?;
        writer.write_all(kept.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use serde_json::{Value, json};

    use super::*;

    fn sent(value: &Value) -> Option<Value> {
        let bytes = encode(value).ok()?;
        Some(serde_json::from_slice(&bytes).unwrap())
    }

    #[test]
    fn texts_lose_what_cannot_be_stored() {
        let given = json!({"transactions": [{"reference": "stripe:acct_1:test:txn_1:amount",
            "precise_amount": 5, "description": "a\u{0}b\nc",
            "meta_data": {"stripe_type": "x\u{7f}",
                "deep": {"list": ["\u{fffd}y", 1, null, true, "quote\"\\/"]}, "n": -1}}]});
        let kept = json!({"transactions": [{"reference": "stripe:acct_1:test:txn_1:amount",
            "precise_amount": 5, "description": "ab c",
            "meta_data": {"stripe_type": "x", "deep": {"list": ["y", 1, null, true, "quote\"\\/"]},
                "n": -1}}]});
        assert_eq!(sent(&given), Some(kept));
        let person = json!({"identity_id": "idt_1", "first_name": "A\u{0}da", "street": "1\u{1}",
            "meta_data": {}});
        assert_eq!(
            sent(&person),
            Some(
                json!({"identity_id": "idt_1", "first_name": "Ada", "street": "1", "meta_data": {}})
            )
        );
    }

    #[test]
    fn an_id_a_reference_and_the_value_of_a_filter_are_refused_and_never_changed() {
        for exact in [
            json!({"identity_id": "idt_\u{0}1"}),
            json!({"transactions": [{"reference": "r\u{0}"}]}),
            json!({"source": "@a\u{80}"}),
            json!({"filters": [{"field": "email_address", "operator": "ilike",
                "value": "a\u{0}@b"}]}),
            json!({"filters": [{"field": "reference", "operator": "in",
                "values": ["a", "b\u{fffd}"]}]}),
            json!({"meta_data": {"stripe_customer_id": "cus_\n1"}}),
            json!({"meta_data": {"a\u{0}b": "x"}}),
        ] {
            assert_eq!(encode(&exact), Err(unstorable()), "{exact}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_sent_as_what_can_be_stored_of_it(text in any::<String>(),
            amount in any::<u64>()) {
            let sent = sent(&json!({"description": text, "precise_amount": amount,
                "meta_data": {"k": text}})).unwrap();
            let kept = storable(&text);
            assert_eq!(sent, json!({"description": kept, "precise_amount": amount,
                "meta_data": {"k": kept}}));
        }

        #[test]
        fn any_id_is_sent_as_it_is_or_not_at_all(id in any::<String>()) {
            match sent(&json!({"balance_id": id})) {
                Some(sent) => assert_eq!(sent, json!({"balance_id": id})),
                None => assert!(!is_storable(&id)),
            }
        }
    }
}
