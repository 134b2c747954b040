use super::*;

use crate::model::ledger::Mode;
use crate::model::time::Millis;

/// 2026-03-01T12:00:00Z.
const NOW: Millis = Millis(1_772_366_400_000);
const DAY: i64 = 86_400;
const TODAY: i64 = 1_772_323_200;
const UUID: &str = "txn_5b1d4c0e-9a57-4f3b-8f0c-2d6e7a93c1e4";

fn owner() -> Owner {
    Owner::new("acct_1", Mode::Test).unwrap()
}

fn parse(text: &str) -> Option<Query> {
    Query::parse(text, NOW)
}

fn amount(minor: u64, currency: &str, from: i64, to: i64) -> Query {
    Query::Amount(AmountQuery { minor, currency: currency.parse().unwrap(), from, to })
}

#[test]
fn a_text_is_read_as_what_it_is() {
    let id = str::to_owned;
    let last = (TODAY - 91 * DAY, TODAY + DAY);
    for (text, expected) in [
        ("txn_1Abc", Query::Movement(id("txn_1Abc"))),
        ("  ch_3Q ", Query::Object(id("ch_3Q"))),
        ("py_1", Query::Object(id("py_1"))),
        ("re_1", Query::Object(id("re_1"))),
        ("du_1", Query::Object(id("du_1"))),
        ("dp_1", Query::Object(id("dp_1"))),
        ("po_1", Query::Object(id("po_1"))),
        ("tr_1", Query::Object(id("tr_1"))),
        ("pi_1", Query::PaymentIntent(id("pi_1"))),
        ("cus_1", Query::Customer(id("cus_1"))),
        ("in_1", Query::Invoice(id("in_1"))),
        (UUID, Query::LedgerTransaction(id(UUID))),
        (
            "stripe:acct_1:test:txn_1:amount",
            Query::Reference(id("stripe:acct_1:test:txn_1:amount")),
        ),
        ("ada@example.com", Query::Email(id("ada@example.com"))),
        ("1,234.50 usd", amount(123_450, "USD", last.0, last.1)),
        ("1,234,567.5 usd", amount(123_456_750, "USD", last.0, last.1)),
        ("12,34,567.00 INR", amount(123_456_700, "INR", last.0, last.1)),
        ("1,234 USD", amount(123_400, "USD", last.0, last.1)),
        ("1,234 JPY", amount(1234, "JPY", last.0, last.1)),
        ("12,05 EUR", amount(1205, "EUR", last.0, last.1)),
        ("12,5\u{a0}EUR", amount(1250, "EUR", last.0, last.1)),
        ("1.234,56 EUR", amount(123_456, "EUR", last.0, last.1)),
        ("1.234.567,8 EUR", amount(123_456_780, "EUR", last.0, last.1)),
        ("12,050.125 KWD", amount(12_050_125, "KWD", last.0, last.1)),
        ("JPY -500", amount(500, "JPY", last.0, last.1)),
        ("1.234 KWD 2026-03-01 2026-03-01", amount(1234, "KWD", TODAY, TODAY + DAY)),
    ] {
        assert_eq!(parse(text), Some(expected), "{text}");
    }
    for text in [
        "",
        " ",
        "charge",
        "ch_",
        "xx_1",
        "ch_1;drop",
        "txn_5b1d-1",
        "@stripe",
        "a@b@c",
        "12.05",
        "12.345 USD",
        "12,3456 USD",
        "1,23,45 USD",
        "12,34.50 USD",
        "1.234.567 USD",
        "1,5 JPY",
        ",5 EUR",
        "12, EUR",
        // A point in one language and a thousand in another.
        "12,050 KWD",
        "5 USD 9999-12-30 9999-12-31",
        "0 USD",
        "12 USD 2026-01-01 2026-04-03",
        "12 USD 2026-03-02 2026-03-01",
        "12 USD today tomorrow",
        "ch_1\u{7}",
        "one two three",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
    assert_eq!(parse(&"x".repeat(400)), None);
}

#[test]
fn an_amount_in_fields_is_in_minor_units_and_spans_at_most_92_days() {
    let fields = |minor, from, to| Query::amount(minor, "usd", from, to);
    let quarter = fields("1205", "2025-12-30", "2026-03-31");
    assert_eq!(quarter, Some(amount(1205, "USD", TODAY - 61 * DAY, TODAY + 31 * DAY)));
    for (minor, from, to) in [
        ("1205", "2025-12-29", "2026-03-31"),
        ("12.05", "2026-03-01", "2026-03-01"),
        ("-5", "2026-03-01", "2026-03-01"),
        ("0", "2026-03-01", "2026-03-01"),
        ("", "2026-03-01", "2026-03-01"),
        ("5", "2026-3-1", "2026-03-01"),
    ] {
        assert_eq!(fields(minor, from, to), None, "{minor} {from} {to}");
    }
}

#[test]
fn every_plan_stays_within_its_calls() {
    for (text, stripe, ledger) in [
        ("txn_1", 1, 2),
        ("ch_1", 3, 2),
        ("py_1", 3, 2),
        ("re_1", 2, 2),
        ("du_1", 2, 2),
        ("po_1", 2, 2),
        ("tr_1", 1, 2),
        ("pi_1", 1, 2),
        ("cus_1", 1, 2),
        ("in_1", 0, 0),
        (UUID, 3, 3),
        ("stripe:acct_1:test:txn_1:fee:stripe", 1, 2),
        ("stripe:acct_1:test:payments:USD:opening", 0, 2),
        ("stripe:acct_2:test:txn_1:amount", 0, 0),
        ("stripe:acct_1:live:payments:USD:opening", 0, 0),
        ("stripe:nonsense", 0, 0),
        ("ada@example.com", 3, 2),
        ("5 USD", 3, 3),
    ] {
        let plan = parse(text).unwrap().plan(&owner());
        let calls = plan.iter().map(Step::calls);
        let sum = calls.fold((0, 0), |sum, calls| (sum.0 + calls.0, sum.1 + calls.1));
        assert_eq!(sum, (stripe, ledger), "{text}: {plan:?}");
        assert!(sum.0 <= MAX_CALLS && sum.1 <= MAX_CALLS, "{text}");
    }
}

#[test]
fn the_state_of_a_movement_follows_from_its_entries_and_its_time() {
    use MovementState::{
        BeforeTheStart, NotMirroredYet, NotPosted, NothingToPost, PartlyPosted, Posted,
    };
    let reach = MirroredRange { from: Some(100), watermark: Some(200) };
    for (created, expected, posted, state) in [
        (150, 2, 2, Posted),
        (250, 2, 2, Posted),
        (50, 2, 2, Posted),
        (150, 2, 1, PartlyPosted),
        (150, 2, 0, NotPosted),
        (99, 2, 0, BeforeTheStart),
        (100, 2, 0, NotPosted),
        (199, 2, 0, NotPosted),
        (200, 2, 0, NotMirroredYet),
        (150, 0, 0, NothingToPost),
    ] {
        assert_eq!(MovementState::of(created, expected, posted, reach), state, "{created}");
    }
    let never = MirroredRange { from: None, watermark: None };
    assert_eq!(MovementState::of(1, 1, 0, never), NotMirroredYet);
}

#[test]
fn a_search_states_its_outcome_plainly() {
    use MovementState::{BeforeTheStart, NotMirroredYet, Posted};
    for (states, else_, more, outcome) in [
        (vec![], false, false, SearchOutcome::NotFound),
        (vec![], true, false, SearchOutcome::Found),
        (vec![Posted], false, false, SearchOutcome::Found),
        (vec![Posted, NotMirroredYet], false, false, SearchOutcome::Found),
        (vec![NotMirroredYet], false, false, SearchOutcome::NotMirroredYet),
        (vec![BeforeTheStart], false, false, SearchOutcome::BeforeTheStart),
        (vec![Posted], false, true, SearchOutcome::TooMany),
        (vec![], true, true, SearchOutcome::TooMany),
    ] {
        assert_eq!(SearchOutcome::of(&states, else_, more), outcome, "{states:?}");
    }
}
