//! When the circuit breaker asks a person, and how far an approval reaches.

use crate::engine::stages::guard::*;
use crate::model::approval::{FLOOR, Usual, is_approval_code};
use crate::platform::table::attribute;

fn usual(sizes: &[u64], currencies: &[&str]) -> Usual {
    Usual { sizes: sizes.to_vec(), currencies: set(currencies) }
}

fn set(codes: &[&str]) -> BTreeSet<Currency> {
    codes.iter().map(|code| code.parse().unwrap()).collect()
}

#[test]
fn a_run_ten_times_the_usual_asks_and_an_approval_reaches_so_far_and_no_further() {
    let mut approvals = Approvals::default();
    let small = CircuitBreaker::new(&usual(&[0, 3, 900], &[]), true);
    assert_eq!(
        (small.usual, small.size(FLOOR, &approvals)),
        (3, None),
        "a small account may have a busy day"
    );
    let mut large = CircuitBreaker::new(&usual(&[400, 300, 10_000], &[]), true);
    large.fresh = 3_950;
    assert_eq!(large.size(50, &approvals), None);
    let asked = large.size(51, &approvals).unwrap();
    assert_eq!(asked, ApprovalNeeded::Size { limit: 4_000, usual: 400, allows: 40_000 });
    assert!(asked.reason().contains("4000") && asked.reason().contains("400"));
    approvals.grant(&asked);
    large.fresh = 39_900;
    assert_eq!(large.size(100, &approvals), None);
    assert!(large.size(101, &approvals).is_some(), "beyond what was shown it asks again");
    let whole = CircuitBreaker::new(&usual(&[1], &["usd"]), false);
    assert_eq!(
        whole.size(u64::MAX, &Approvals::default()),
        None,
        "a whole history, or a first run, has no usual"
    );
    assert!(
        CircuitBreaker::new(&Usual::default(), true)
            .size(FLOOR + 1, &Approvals::default())
            .is_some(),
        "the run after the first has"
    );
}

#[test]
fn a_currency_never_met_asks_once_and_only_when_something_is_known() {
    let mut approvals = Approvals::default();
    let guard = CircuitBreaker::new(&usual(&[], &["usd"]), true);
    assert_eq!(guard.currencies(&set(&["usd"]), &approvals), None);
    let asked = guard.currencies(&set(&["usd", "eur", "jpy"]), &approvals).unwrap();
    assert_eq!(asked, ApprovalNeeded::Currency { currencies: set(&["eur", "jpy"]) });
    approvals.grant(&asked);
    assert_eq!(guard.currencies(&set(&["eur"]), &approvals), None);
    assert!(
        guard.currencies(&set(&["kwd"]), &approvals).is_some(),
        "another one is another question"
    );
    assert_eq!(
        CircuitBreaker::new(&Usual::default(), true)
            .currencies(&set(&["eur"]), &Approvals::default()),
        None
    );
}

#[test]
fn the_approval_that_a_run_is_paused_for_is_stored_and_read_unchanged() {
    let amounts = BTreeMap::from([("JPY".parse().unwrap(), u64::MAX)]);
    for tripped in [
        ApprovalNeeded::Size { limit: 1, usual: 0, allows: 10 },
        ApprovalNeeded::Currency { currencies: set(&["eur"]) },
        ApprovalNeeded::Amount { amounts, record: "txn_1".into() },
    ] {
        let stored = attribute::to_attr(&tripped).unwrap();
        assert_eq!(
            serde_dynamo::from_attribute_value::<_, ApprovalNeeded>(stored).unwrap(),
            tripped
        );
        assert!(is_approval_code(tripped.code()));
        let mut approvals = Approvals::default();
        approvals.grant(&tripped);
        let stored = attribute::to_attr(&approvals).unwrap();
        assert_eq!(serde_dynamo::from_attribute_value::<_, Approvals>(stored).unwrap(), approvals);
    }
}
