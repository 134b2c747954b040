//! Sums of closed days and of months, added up afresh from the days' own items. It uses no code of
//! the app.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Records, legs, debits, credits and the digest modulo 2^128.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    records: u64,
    legs: u64,
    debit: i128,
    credit: i128,
    digest: u128,
}

impl Sum {
    fn add(&mut self, figures: &Value) {
        let text = |name: &str| figures[name].as_str().unwrap_or_default();
        self.records += figures["records"].as_u64().unwrap_or_default();
        self.legs += figures["legs"].as_u64().unwrap_or_default();
        self.debit += text("debit").parse::<i128>().unwrap_or_default();
        self.credit += text("credit").parse::<i128>().unwrap_or_default();
        let digest = u128::from_str_radix(text("digest"), 16).unwrap_or_default();
        self.digest = self.digest.wrapping_add(digest);
    }
}

/// What the parts of a sort key are: kind, connection, date or month, balance, currency.
fn parts(item: &Value) -> Vec<&str> {
    item["sk"].as_str().unwrap_or_default().split('#').collect()
}

/// What does not add up.
pub(crate) fn wrong(
    closed: &[Value],
    months: &[Value],
    days: &[Value],
    figures: &[Value],
) -> Vec<String> {
    let mut found = Vec::new();
    let head = closed.iter().find(|item| parts(item).last() == Some(&"head"));
    let until = head.and_then(|head| head["until"].as_str());
    let left_open: BTreeSet<&str> = head
        .and_then(|head| head["left_open"].as_array())
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if let Some(until) = until {
        let mut fresh: BTreeMap<(String, String), Sum> = BTreeMap::new();
        for day in days {
            let sk = day["sk"].as_str().unwrap_or_default();
            let &[_, _, date, balance, currency] = parts(day).as_slice() else { continue };
            if date >= until || left_open.contains(sk) {
                continue;
            }
            let sum = fresh.entry((balance.to_owned(), currency.to_owned())).or_default();
            let hours = day.as_object().into_iter().flatten();
            let is_figures = |name: &str| {
                name.len() == 3
                    && (name.starts_with('h') || name.starts_with('o'))
                    && name[1..].parse::<u32>().is_ok()
            };
            hours.filter(|(name, _)| is_figures(name)).for_each(|(_, figures)| sum.add(figures));
        }
        let mut stored: BTreeMap<(String, String), Sum> = BTreeMap::new();
        for item in closed {
            let &[_, _, balance, currency] = parts(item).as_slice() else { continue };
            let sum = stored.entry((balance.to_owned(), currency.to_owned())).or_default();
            sum.add(&item["figures"]);
        }
        if fresh != stored {
            found.push(format!("closed sums are {stored:?}, should be {fresh:?}"));
        }
    }
    let months_to = head.and_then(|head| head["months_to"].as_str()).unwrap_or_default();
    let reopened: BTreeSet<&str> = head
        .and_then(|head| head["reopened"].as_array())
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fresh = months_of(figures.iter().filter_map(|item| {
        let &[_, _, date, balance, currency, _] = parts(item).as_slice() else { return None };
        let month = date.get(..7)?;
        let made = month < months_to && !reopened.contains(month);
        let hours = item.as_object()?.iter();
        let hours = hours.filter(|(name, _)| name.len() == 3).map(|(_, value)| value);
        made.then(|| ((month, balance, currency), hours.collect::<Vec<_>>()))
    }));
    let stored = months_of(months.iter().filter_map(|item| {
        let &[_, _, month, balance, currency] = parts(item).as_slice() else { return None };
        Some(((month, balance, currency), vec![&item["figures"]]))
    }));
    if fresh != stored {
        found.push(format!("months are {stored:?}, should be {fresh:?}"));
    }
    if let Some(wrong) = wrong_totals(head, months, &stored, months_to, &reopened) {
        found.push(wrong);
    }
    found
}

/// What is wrong with the totals of months: they are not the nets of the months.
fn wrong_totals(
    head: Option<&Value>,
    months: &[Value],
    stored: &Months,
    months_to: &str,
    reopened: &BTreeSet<&str>,
) -> Option<String> {
    let totals = months.iter().find(|item| parts(item).last() == Some(&"totals"));
    // An earlier version of the app made months without them.
    let made = |item: Option<&Value>| item.and_then(|item| item.get("made")).cloned();
    let counted = head.and_then(|head| head.get("months_made")).cloned();
    if let Some(totals) = totals.filter(|totals| made(Some(totals)) == counted) {
        // Those of a month that is open again are not used, and are replaced when it is made.
        let is_made = |month: &str| month < months_to && !reopened.contains(month);
        let mut kept = nets_of(&totals["months"]);
        kept.retain(|(month, ..), _| is_made(month));
        let nets: BTreeMap<_, _> =
            stored.iter().map(|(key, sums)| (key.clone(), net(sums))).collect();
        if kept != nets {
            return Some(format!("the totals of months are {kept:?}, should be {nets:?}"));
        }
    }
    None
}

/// The net of all categories: the third number of each.
fn net(sums: &BTreeMap<String, BTreeMap<String, i128>>) -> i128 {
    let categories = sums.iter().filter(|(name, _)| name.starts_with("c "));
    categories.filter_map(|(_, numbers)| numbers.get("2")).sum()
}

/// The nets of totals, by month, balance and currency.
fn nets_of(months: &Value) -> BTreeMap<(String, String, String), i128> {
    let mut nets = BTreeMap::new();
    for (month, totals) in months.as_object().into_iter().flatten() {
        for total in totals.as_array().into_iter().flatten() {
            let text = |name: &str| total[name].as_str().unwrap_or_default().to_owned();
            let net = text("n").parse().unwrap_or(i128::MIN);
            nets.insert((month.clone(), text("b"), text("c")), net);
        }
    }
    nets
}

/// By month, balance and currency: the numbers of every category and account, added up by place.
type Months = BTreeMap<(String, String, String), BTreeMap<String, BTreeMap<String, i128>>>;

fn months_of<'v>(
    items: impl Iterator<Item = ((&'v str, &'v str, &'v str), Vec<&'v Value>)>,
) -> Months {
    let mut months = Months::new();
    for ((month, balance, currency), hours) in items {
        let key = (month.to_owned(), balance.to_owned(), currency.to_owned());
        let sums = months.entry(key).or_default();
        for hour in hours {
            for part in ["c", "a"] {
                for (name, text) in hour[part].as_object().into_iter().flatten() {
                    let numbers = sums.entry(format!("{part} {name}")).or_default();
                    for (at, number) in text.as_str().unwrap_or_default().split('|').enumerate() {
                        let (place, number) = match number.split_once('=') {
                            Some((kind, number)) => (kind.to_owned(), number),
                            None => (at.to_string(), number),
                        };
                        *numbers.entry(place).or_default() += number.parse().unwrap_or(i128::MIN);
                    }
                }
            }
        }
        for numbers in sums.values_mut() {
            numbers.retain(|place, number| *number != 0 || place.len() == 1);
        }
    }
    months
}
