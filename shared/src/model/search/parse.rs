//! Reads what a person types into the search field.

use uuid::Uuid;

use crate::model::ledger::{REFERENCE_PREFIX, SECONDS_PER_DAY, day_from, day_of, utc_date};
use crate::model::money::Currency;
use crate::model::search::{AmountQuery, Query};
use crate::model::time::Millis;

/// The longest text that is searched for.
const MAX_QUERY: usize = 300;

/// The longest span of a search for an amount, days.
const MAX_SPAN_DAYS: i64 = 92;

/// Objects of Stripe whose movements are found by their ids.
const OBJECTS: [&str; 16] = [
    "ch", "py", "re", "pyr", "dp", "du", "po", "tr", "trr", "fee", "fr", "tu", "ipi", "iauth",
    "rsv", "rt",
];

impl Query {
    /// Parses a search text: an id, a reference, an e-mail address, or an amount with its currency
    /// and optionally the first and the last day. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str, now: Millis) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_QUERY || text.chars().any(char::is_control) {
            return None;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            [word] if word.starts_with(REFERENCE_PREFIX) => Some(Self::Reference(word.to_owned())),
            [word] if word.contains('@') => is_email(word).then(|| Self::Email(word.to_owned())),
            [word] => of_id(word),
            [one, other] => amount(one, other, last_days(now)),
            [one, other, from, to] => amount(one, other, days(from, to)?),
            _ => None,
        }
    }

    /// An amount of minor units in a span of days, both included.
    #[must_use]
    pub fn amount(minor: &str, currency: &str, from: &str, to: &str) -> Option<Self> {
        let plain = minor.bytes().all(|byte| byte.is_ascii_digit());
        let minor = Some(minor).filter(|_| plain)?.parse().ok().filter(|minor| *minor > 0)?;
        let DaySpan { from, to } = days(from, to)?;
        Some(Self::Amount(AmountQuery { minor, currency: currency_of(currency)?, from, to }))
    }
}

fn of_id(word: &str) -> Option<Query> {
    let (prefix, rest) = word.split_once('_')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if prefix == "txn" && rest.contains('-') {
        return Uuid::parse_str(rest).ok().map(|_| Query::LedgerTransaction(word.to_owned()));
    }
    if rest.is_empty() || !rest.bytes().all(plain) {
        return None;
    }
    let id = word.to_owned();
    match prefix {
        "txn" => Some(Query::Movement(id)),
        "pi" => Some(Query::PaymentIntent(id)),
        "cus" => Some(Query::Customer(id)),
        "in" => Some(Query::Invoice(id)),
        prefix if OBJECTS.contains(&prefix) => Some(Query::Object(id)),
        _ => None,
    }
}

fn is_email(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// `12.05 USD` or `USD 12.05`, with or without a sign and marks between thousands; `12,05 EUR` too.
fn amount(one: &str, other: &str, span: DaySpan) -> Option<Query> {
    let (figure, currency) = match currency_of(other) {
        Some(currency) => (one, currency),
        None => (other, currency_of(one)?),
    };
    let figure = plain(figure.trim_start_matches(['-', '−', '+']), currency)?;
    let minor = currency.minor_of(&figure).filter(|minor| *minor > 0)?;
    Some(Query::Amount(AmountQuery { minor, currency, from: span.from, to: span.to }))
}

/// A figure with a point for its decimals and nothing between its thousands. Languages write the
/// two marks the other way round, so a figure that can be read in two ways is refused: another
/// amount would be found.
fn plain(figure: &str, currency: Currency) -> Option<String> {
    let Some(comma) = figure.rfind(',') else { return without_marks(figure, None, '.') };
    let one_comma = figure.find(',') == Some(comma);
    match figure.rfind('.') {
        Some(point) if comma < point => without_marks(figure, Some(','), '.'),
        Some(_) => without_marks(figure, Some('.'), ','),
        None if !one_comma => without_marks(figure, Some(','), '.'),
        None if figure.len() - comma != 1 + THOUSANDS => without_marks(figure, None, ','),
        None if currency.exponent() as usize == THOUSANDS => None,
        None => without_marks(figure, Some(','), '.'),
    }
}

/// Digits between two marks of thousands.
const THOUSANDS: usize = 3;

/// Removes the thousands separators, if they are in valid positions, and replaces the decimal mark
/// by a point.
fn without_marks(figure: &str, between: Option<char>, decimal: char) -> Option<String> {
    let (units, decimals) =
        figure.split_once(decimal).map_or((figure, None), |(units, it)| (units, Some(it)));
    let groups: Vec<&str> = match between {
        Some(between) => units.split(between).collect(),
        None => vec![units],
    };
    // Some languages write groups of two before the last one: 12,34,567.
    let (last, before) = groups.split_last()?;
    let well_placed = before.is_empty()
        || (last.len() == THOUSANDS && before.iter().all(|it| (1..=THOUSANDS).contains(&it.len())));
    let decimals = decimals.map(|decimals| format!(".{decimals}")).unwrap_or_default();
    well_placed.then(|| groups.concat() + &decimals)
}

fn currency_of(text: &str) -> Option<Currency> {
    text.parse().ok()
}

/// A span of days, in Unix seconds.
#[derive(Clone, Copy)]
struct DaySpan {
    /// The first second.
    from: i64,
    /// The second after the last one.
    to: i64,
}

fn days(from: &str, to: &str) -> Option<DaySpan> {
    let (from, to) = (day_from(from)?, day_from(to)?.checked_add(SECONDS_PER_DAY)?);
    // The calendar ends somewhere: a search needs the instant after its last day.
    utc_date(to).ok()?;
    let length = (to - from) / SECONDS_PER_DAY;
    (1..=MAX_SPAN_DAYS).contains(&length).then_some(DaySpan { from, to })
}

/// The longest span that ends today.
fn last_days(now: Millis) -> DaySpan {
    let to = day_of(now.seconds()).saturating_add(SECONDS_PER_DAY);
    DaySpan { from: to.saturating_sub(MAX_SPAN_DAYS * SECONDS_PER_DAY), to }
}
