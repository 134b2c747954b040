//! Texts from other parties: decoded even when broken, and limited to what a ledger can store.

use std::borrow::Cow;

/// The replacement for anything that cannot be decoded.
const UNDECODABLE: char = '\u{fffd}';

/// The same character as a JSON escape.
const UNDECODABLE_ESCAPED: &[u8] = b"\\ufffd";

/// The bytes of `\u` and four digits.
const ESCAPE: usize = 6;

/// Whether a ledger can store a character: it is neither a control character nor the replacement
/// character.
fn is_storable_char(character: char) -> bool {
    !character.is_control() && character != UNDECODABLE
}

/// Whether a ledger can store a text unchanged.
pub(crate) fn is_storable(text: &str) -> bool {
    text.chars().all(is_storable_char)
}

/// Removes from a text what a ledger cannot store. Line breaks and tabs become spaces, the rest is
/// dropped.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if is_storable(text) {
        return Cow::Borrowed(text);
    }
    let kept = |character: char| match character {
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' => Some(' '),
        other => Some(other).filter(|other| is_storable_char(*other)),
    };
    Cow::Owned(text.chars().filter_map(kept).collect())
}

/// Repairs JSON so that every text can be decoded. Invalid UTF-8, unpaired surrogates, unknown
/// escapes and bare control characters in texts would otherwise make the whole unreadable. Valid
/// JSON stays unchanged.
pub(crate) fn mended(body: Vec<u8>) -> Vec<u8> {
    let body = match String::from_utf8(body) {
        Ok(text) => text.into_bytes(),
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned().into_bytes(),
    };
    let mut mended = Vec::with_capacity(body.len());
    let (mut rest, mut in_text) = (body.as_slice(), false);
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'\\' if in_text => {
                let (written, taken) = escape(rest);
                mended.extend_from_slice(written);
                rest = rest.get(taken..).unwrap_or_default();
                continue;
            }
            0..=0x1f if in_text => mended.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            b'"' => {
                in_text = !in_text;
                mended.push(*byte);
            }
            other => mended.push(*other),
        }
        rest = after;
    }
    mended
}

/// The replacement for the escape at the start of a text, and its length in bytes.
fn escape(text: &[u8]) -> (&[u8], usize) {
    match text.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
            (text.get(..2).unwrap_or_default(), 2)
        }
        Some(b'u') => match code(text) {
            Some(0xd800..=0xdbff) => match code(text.get(ESCAPE..).unwrap_or_default()) {
                Some(0xdc00..=0xdfff) => (text.get(..2 * ESCAPE).unwrap_or_default(), 2 * ESCAPE),
                _ => (UNDECODABLE_ESCAPED, ESCAPE),
            },
            Some(0xdc00..=0xdfff) => (UNDECODABLE_ESCAPED, ESCAPE),
            Some(_) => (text.get(..ESCAPE).unwrap_or_default(), ESCAPE),
            None => (UNDECODABLE_ESCAPED, 1),
        },
        _ => (UNDECODABLE_ESCAPED, 1),
    }
}

/// The code unit of a `\u` escape.
fn code(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use serde_json::Value;

    use super::*;

    #[test]
    fn only_characters_that_cannot_be_stored_are_removed_from_a_text() {
        for (text, kept) in [
            ("Ada\u{0} Lovelace", "Ada Lovelace"),
            ("\u{0}", ""),
            ("12 St James's\r\n\tSquare", "12 St James's   Square"),
            ("a\u{7f}b\u{80}c\u{9f}d\u{85}e\u{1b}[0m\u{fffd}", "abcd e[0m"),
            ("Zoë 李 👩‍👩‍👧 \u{202e}x\u{feff}", "Zoë 李 👩‍👩‍👧 \u{202e}x\u{feff}"),
        ] {
            assert_eq!(storable(text), kept, "{text:?}");
        }
        assert!(matches!(storable("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn json_with_one_undecodable_text_is_read_and_the_text_too() {
        let read = |body: &[u8]| {
            serde_json::from_slice::<Value>(&mended(body.to_vec()))
                .unwrap_or_else(|error| panic!("{body:?}: {error}"))
        };
        for (sent, name) in [
            ("A\\ud83d", "A\u{fffd}"),
            ("\\ude00B", "\u{fffd}B"),
            ("\\ud83d\\u0041", "\u{fffd}A"),
            ("\\ud83d\\ude00", "😀"),
            ("\\ud83d\\ud83d\\ude00", "\u{fffd}😀"),
            ("\\\\ud83d", "\\ud83d"),
            ("\\uD83", "\u{fffd}uD83"),
            ("\\x41", "\u{fffd}x41"),
            ("a\nb\u{0}", "a\nb\u{0}"),
            ("\\u0000\\\"", "\u{0}\""),
        ] {
            let body = format!("{{\n\t\"name\": \"{sent}\", \"net\": -12}}");
            let value = read(body.as_bytes());
            assert_eq!(
                (value["name"].as_str(), value["net"].as_i64()),
                (Some(name), Some(-12)),
                "{sent}"
            );
        }
        assert_eq!(read(b"{\"name\":\"J\xf6rg\"}")["name"], "J\u{fffd}rg");
        for broken in ["", "{\"a\":\"\\", "{\"a\":\"\\u", "<html>\\ud800</html>"] {
            assert!(serde_json::from_slice::<Value>(&mended(broken.into())).is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_made_storable_once_and_for_all(text in any::<String>()) {
            let kept = storable(&text);
            assert!(is_storable(&kept));
            assert_eq!(storable(&kept), kept);
        }

        #[test]
        fn sound_json_is_not_changed(text in any::<String>(), other in any::<String>()) {
            let value = serde_json::json!({text: other});
            for body in [serde_json::to_vec(&value).unwrap(),
                serde_json::to_vec_pretty(&value).unwrap()] {
                assert_eq!(mended(body.clone()), body);
            }
        }

        #[test]
        fn a_text_that_cannot_be_decoded_hides_no_other_field(junk in any::<Vec<u8>>()) {
            let junk: Vec<u8> = junk.into_iter().filter(|byte| !b"\"\\".contains(byte)).collect();
            let body = [b"{\"name\":\"".as_slice(), &junk, b"\\ud800\",\"net\":5}"].concat();
            let read: Value = serde_json::from_slice(&mended(body)).unwrap();
            assert_eq!(read["net"], 5);
        }
    }
}
