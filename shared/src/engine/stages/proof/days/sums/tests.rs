//! The days' figures: read again in turns, counted once, and the same however many workers add them
//! up.

use crate::engine::stages::proof::days::sums::*;
use crate::model::money::Sum;
use crate::platform::store::days::{FIGURES, Hour, MATURING, OPENINGS};
use crate::platform::table::attribute::{attr, s, to_attr};

/// However many days there are, consecutive runs read all of them again, each within its budget,
/// and then start from the beginning.
#[test]
fn agreed_hours_are_read_again_in_turns() {
    let items: Vec<Item> = (1..=9)
        .map(|day| {
            Item::from([(attr::SK.to_owned(), s(format!("{PREFIX}2026-01-0{day}#payments#USD")))])
        })
        .collect();
    let figures = Figures { legs: 140, ..Figures::default() };
    let days = || -> Vec<DayHours> {
        let day = || DayHours {
            kind: BalanceKind::Payments,
            currency: "USD".parse().unwrap(),
            hours: vec![Hour::new(0, figures, Some(digest_text(0)))],
        };
        items.iter().map(|_| day()).collect()
    };
    let run = |depth, after| {
        let (mut reread, mut days) = (Reread::of(depth, after), days());
        // Two reads of the table, because a page boundary may fall anywhere.
        let (first, second) = days.split_at_mut(4);
        reread.clear_marks(&items[..4], first);
        reread.clear_marks(&items[4..], second);
        let read: Vec<usize> = days
            .iter()
            .enumerate()
            .filter(|(_, day)| !day.hours[0].agreed())
            .map(|(at, _)| at)
            .collect();
        (read, reread.next())
    };
    let (mut after, mut turns) = (None, Vec::new());
    for _ in 0..5 {
        let (read, next) = run(Depth::Hour, after);
        turns.push(read);
        after = next;
    }
    assert_eq!(
        turns,
        [vec![0, 1], vec![2, 3], vec![4, 5], vec![6, 7], vec![8]],
        "two days fit the budget"
    );
    assert_eq!(
        (after, run(Depth::TwoDays, None)),
        (None, ((0..9).collect(), None)),
        "then from the beginning; a day's budget holds all"
    );
    assert_eq!(
        run(Depth::Fortnight, Some("DAY#d".to_owned())).0.len(),
        9,
        "once a week nothing is taken on trust"
    );
}

/// A day that is larger than the budget of any run waits for the daily one, which takes it whole.
#[test]
fn a_day_beyond_the_budget_is_left_to_the_daily_run() {
    let items =
        [Item::from([(attr::SK.to_owned(), s(format!("{PREFIX}2026-01-01#payments#USD")))])];
    let read = |depth, legs| {
        let figures = Figures { legs, ..Figures::default() };
        let mut days = [DayHours {
            kind: BalanceKind::Payments,
            currency: "USD".parse().unwrap(),
            hours: vec![Hour::new(0, figures, Some(digest_text(0)))],
        }];
        let mut reread = Reread::of(depth, Some("DAY#c#2025".to_owned()));
        reread.clear_marks(&items, &mut days);
        (!days[0].hours[0].agreed(), reread.next().is_some())
    };
    assert_eq!(read(Depth::Hour, REREAD_LEGS), (true, false));
    assert_eq!(read(Depth::Hour, REREAD_LEGS + 1), (false, true), "the place stays");
    assert_eq!(read(Depth::TwoDays, DAILY_REREAD_LEGS + 1), (true, false));
}

const PREFIX: &str = "DAY#c#";

fn day(subject: &str, hour: u32, debit: i128, later: &[(i64, i128)]) -> Item {
    let figures = Figures { records: 1, legs: 1, debit, credit: 2, digest: u128::MAX / 3 };
    let later: BTreeMap<String, Sum> =
        later.iter().map(|(when, net)| (when.to_string(), Sum(*net))).collect();
    Item::from([
        (attr::SK.to_owned(), s(format!("{PREFIX}2026-01-01#{subject}"))),
        (format!("{FIGURES}{hour:02}"), to_attr(&figures).unwrap()),
        (format!("{MATURING}{hour:02}"), to_attr(&later).unwrap()),
    ])
}

#[test]
fn an_opening_counts_in_its_hour_whatever_a_walk_writes_there() {
    let mut whole = day("payments#USD", 23, 10, &[]);
    let opening = Figures { records: 0, legs: 1, debit: 500, credit: 0, digest: 7 };
    whole.insert(format!("{OPENINGS}23"), to_attr(&opening).unwrap());
    let alone: Item = whole
        .iter()
        .filter(|(name, _)| !name.starts_with('h'))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let figures = |item: &Item| DayHours::of(item, PREFIX).unwrap().hours[0].figures;
    assert_eq!((figures(&alone), figures(&whole).debit, figures(&whole).legs), (opening, 510, 2));
    assert_eq!(figures(&whole).digest, (u128::MAX / 3).wrapping_add(7));
}

#[test]
fn days_added_by_two_workers_are_the_days_added_by_one() {
    let days = [
        day("payments#USD", 0, 10, &[]),
        day("payments#JPY", 5, 7, &[]),
        day("issuing#USD", 23, 4, &[(100, -3), (200, -1)]),
        day("payments#USD", 1, i128::from(i64::MAX), &[]),
        day("issuing#USD", 2, 0, &[(200, -5)]),
    ];
    let mut whole = DaySums::default();
    let add = |adding: &mut DaySums, item: &Item, at| {
        DayHours::of(item, PREFIX).and_then(|day| adding.add(sort_key(item), &day, at))
    };
    days.iter().for_each(|day| add(&mut whole, day, 50).unwrap());
    for split in 0..=days.len() {
        let mut first = DaySums::default();
        days[..split].iter().for_each(|day| add(&mut first, day, 50).unwrap());
        let mut second: DaySums =
            serde_dynamo::from_attribute_value(to_attr(&first).unwrap()).unwrap();
        days[split..].iter().for_each(|day| add(&mut second, day, 150).unwrap());
        assert_eq!(second.expected(150), whole.expected(150), "split at {split}");
    }
    let sums = whole.expected(150);
    let usd = || "USD".parse::<Currency>().unwrap();
    assert_eq!(sums[&(BalanceKind::Payments, usd())].figures.debit, 10 + i128::from(i64::MAX));
    assert_eq!(
        (
            sums[&(BalanceKind::Issuing, usd())].pending,
            whole.expected(200)[&(BalanceKind::Issuing, usd())].pending
        ),
        (-6, 0)
    );
    assert!(
        add(&mut whole, &day("payments#", 0, 1, &[]), 0).is_err(),
        "a key that names no currency is damage, not zero"
    );
}

/// State: more old days differ than may be left open. What must hold: the sums, which a run stores
/// with its progress, do not grow with their number.
#[test]
fn days_that_cannot_close_do_not_fill_the_item_of_a_run() {
    let mut sums = DaySums { closes_to: Some("2026-02-01".to_owned()), ..DaySums::default() };
    let day = DayHours {
        kind: BalanceKind::Payments,
        currency: "USD".parse().unwrap(),
        hours: vec![Hour::new(0, Figures { legs: 1, ..Figures::default() }, None)],
    };
    for number in 0..10_000 {
        let sk = format!("{PREFIX}2026-01-{:02}#payments#C{number}", 1 + number % 28);
        sums.add(&sk, &day, 0).unwrap();
    }
    assert_eq!(sums.left_open.len(), MAX_LEFT_OPEN + 1, "one too many closes nothing");
}
