//! Links to Stripe's dashboard.

use crate::model::ledger::Mode;

/// Stripe's dashboard finds any id by its search.
#[must_use]
pub fn object_url(id: &str, mode: Mode) -> String {
    let world = match mode {
        Mode::Live => "",
        Mode::Test => "test/",
    };
    format!("https://dashboard.stripe.com/{world}search?query={}", encoded(id))
}

/// A text as one value of a URL's query.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.extend([byte >> 4, byte & 15].map(|half| {
                char::from_digit(u32::from(half), 16).unwrap_or_default().to_ascii_uppercase()
            }));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_searched_for_in_its_own_mode() {
        let found = "https://dashboard.stripe.com/test/search?query=po_1";
        assert_eq!(object_url("po_1", Mode::Test), found);
        let odd = "https://dashboard.stripe.com/search?query=a%26b%20c";
        assert_eq!(object_url("a&b c", Mode::Live), odd);
    }
}
