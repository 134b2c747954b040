//! Names and addresses of customers and guests, all from their number.

/// A person or a business.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    /// City, country, postal code.
    pub(super) place: (&'static str, &'static str, &'static str),
    first: &'static str,
    last: &'static str,
}

const FIRST: [&str; 16] = [
    "Ada", "Zoë", "Jenny", "Kofi", "Mei", "Luca", "Priya", "Noah", "Amélie", "Yuki", "Omar",
    "Ingrid", "José", "Fatima", "Ewan", "Søren",
];
const LAST: [&str; 17] = [
    "Lovelace", "Rosen", "Müller", "Mensah", "Tanaka", "Rossi", "Sharma", "O'Brien", "Dubois",
    "Haddad", "Nilsson", "García", "Kowalski", "Okafor", "MacLeod", "Nguyễn", "Jensen",
];
const TRADE: [&str; 7] = [
    "Coffee Roasters",
    "Bikes & Co.",
    "Software GmbH",
    "Studio \"Nord\"",
    "Logistics Ltd",
    "Bakery",
    "Consulting",
];
const PLACES: [(&str, &str, &str); 7] = [
    ("San Francisco", "US", "94107"),
    ("Berlin", "DE", "10117"),
    ("東京", "JP", "100-0001"),
    ("London", "GB", "EC1A 1BB"),
    ("Kuwait City", "KW", "13001"),
    ("Paris", "FR", "75001"),
    ("New York", "US", "10001"),
];

/// Element `n` of a list that never ends.
fn nth<T: Copy>(list: &[T], n: u32) -> T {
    list[n as usize % list.len()]
}

impl Person {
    /// Person number `n`.
    pub(super) fn new(n: u32) -> Self {
        Self {
            place: nth(&PLACES, n.wrapping_mul(5)),
            first: nth(&FIRST, n),
            last: nth(&LAST, n / 3),
        }
    }

    /// First and last name.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// The name of this person's business.
    pub(super) fn business(&self, n: u32) -> String {
        format!("{} {}", self.last, nth(&TRADE, n))
    }

    /// An address at a domain that exists for examples only.
    pub(super) fn email(n: u32) -> String {
        format!("customer{n}@example.com")
    }
}
