//! The figures of a preview: bounded in size, balanced in every currency, and how long a sync would
//! take.

use proptest::prelude::*;

use crate::engine::stages::preview::*;
use crate::model::connection::tests;
use crate::model::money::Sum;
use crate::model::preview::PayoutsToAddUp;
use crate::model::stripe::resource::CUSTOMERS;
use crate::platform::store::runs;
use crate::platform::table::item;

fn usd() -> Currency {
    "USD".parse().unwrap()
}

#[test]
fn the_figures_stay_small_and_say_what_they_leave_out() {
    let mut preview = Preview::default();
    for at in 0..MAX_ACCOUNTS as u64 + 5 {
        preview.side(&format!("@a{at}"), usd(), 1);
    }
    assert_eq!((preview.accounts.len(), preview.accounts_left_out), (MAX_ACCOUNTS, 5));
    preview.side("@a0", usd(), -3);
    let first = preview.accounts["@a0#USD"];
    assert_eq!(
        (first.entries, first.debits, first.credits),
        (2, Sum(1), Sum(3)),
        "an existing row is still counted"
    );
    let long = "x".repeat(1000);
    for at in 0..MAX_UNKNOWN as u64 + 2 {
        preview.unclassified(&kind([&format!("{at}"), &long, &long]), usd(), -5);
    }
    assert_eq!((preview.unknown.len(), preview.unknown_left_out), (MAX_UNKNOWN, 2));
    assert!(preview.unknown.keys().all(|kind| kind.chars().count() <= MAX_KIND));
    (0..10_000).for_each(|at| {
        preview.customers.add(&format!("a{at}"));
        preview.customer_balances.add(&format!("b{at}"));
        for (name, expected) in [
            ("c", ExpectedCustomer::There),
            ("d", ExpectedCustomer::Matched),
            ("e", ExpectedCustomer::Open),
        ] {
            preview.add_customer(&format!("{name}{at}"), expected);
        }
    });
    let item: crate::platform::table::attribute::Item = serde_dynamo::to_item(&preview).unwrap();
    let back: Preview = item::from_item(item).unwrap();
    assert_eq!(back, preview);
    assert!(
        serde_json::to_string(&preview).unwrap().len() < 200_000,
        "an item of the table holds 400 kB"
    );
}

proptest! {
    #[test]
    fn debits_equal_credits_in_every_currency(movements in proptest::collection::vec((any::<i64>(),
        any::<bool>()), 1..60)) {
        let mut preview = Preview::default();
        for (moved, customer) in movements.into_iter().filter(|(moved, _)| *moved != 0) {
            let moved = i128::from(moved);
            preview.side("@stripe", usd(), moved);
            preview.side(if customer { CUSTOMERS } else { "@stripe_fees" }, usd(), -moved);
        }
        let (debits, credits) = preview.accounts.values().fold((0, 0), |sums: (i128, i128),
            row| (sums.0 + row.debits.0, sums.1 + row.credits.0));
        prop_assert_eq!(debits, credits);
    }
}

#[test]
fn the_time_follows_the_speed_that_was_measured() {
    let mut preview = Preview { entries: 10_000, entries_there: 5_000, ..Preview::default() };
    preview.estimate(50, true, None);
    assert_eq!(
        (preview.seconds, preview.stripe_calls),
        (5_000 / DEFAULT_RATE, 54),
        "one of them to see that there are no payouts"
    );
    preview.payouts = PayoutsToAddUp { tracked: 7, older: 4 };
    preview.estimate(50, true, None);
    assert_eq!(preview.stripe_calls, 53 + 7 + 5);
    preview.estimate(50, false, None);
    assert_eq!(preview.stripe_calls, 53, "a later sync adds up what becomes complete in it");
    preview.payouts = PayoutsToAddUp { tracked: 700, older: 400 };
    preview.estimate(50, true, None);
    assert_eq!(preview.stripe_calls, 53 + 20 + 10, "the rest is for later runs");
    let request = crate::platform::store::runs::Request {
        id: ulid::Ulid::from_parts(1, 1),
        trigger: crate::model::run::request::Trigger::Manual,
        scope: crate::model::run::request::Scope::New,
        now: crate::model::time::Millis(0),
        launch: None,
        retention_seconds: 0,
    };
    let mut last = runs::new_run(&tests::connection(), &request);
    last.state = RunState::Completed;
    (last.started_at, last.finished_at) =
        (Some(crate::model::time::Millis(0)), Some(crate::model::time::Millis(20_000)));
    last.progress.counters.entries_posted = 2_000;
    preview.estimate(50, false, Some(&last));
    assert_eq!(preview.seconds, 50, "a hundred a second");
    last.progress.counters.entries_posted = MEASURABLE - 1;
    preview.estimate(50, false, Some(&last));
    assert_eq!(preview.seconds, 5_000 / DEFAULT_RATE, "a small run measures nothing");
}
