use strum::IntoEnumIterator as _;

use super::*;

/// Each kind is found again by the key of one of its items, and no key belongs to two kinds.
#[test]
fn a_sort_key_identifies_exactly_one_kind() {
    let (connection, id) = (Ulid::from_parts(1, 1), Ulid::from_parts(1, 2));
    let keys = [
        Sk::Meta,
        Sk::Stripe,
        Sk::Cleanup("01GEN"),
        Sk::Summary,
        Sk::Settings,
        Sk::Opening(connection, "payments", "USD"),
        Sk::OpeningDay(connection, "2026-01-01", "payments", "USD"),
        Sk::OpeningRecord(connection, "txn_1"),
        Sk::Event("evt_1"),
        Sk::Signed(connection, id),
        Sk::Object(connection, "po_1"),
        Sk::Hint(connection, "po_1"),
        Sk::Reads(connection),
        Sk::Payouts(connection),
        Sk::Payout(connection, "po_1"),
        Sk::PayoutLine(connection, "2026-01-01T00:00:00Z", "po_1"),
        Sk::Suspect(connection, "entry", "txn_1"),
        Sk::Alert(connection, "drift"),
        Sk::NoticeStanding(connection, "stale"),
        Sk::NoticeMessage(connection, id),
        Sk::NoticeTest(connection),
        Sk::Launch(id),
        Sk::Run(connection, id),
        Sk::Problem(connection, "txn_1:record"),
        Sk::Customer(connection, "cus_1", "USD"),
        Sk::Profile(connection, "cus_1"),
        Sk::Changed(connection, "cus_1"),
        Sk::Day(connection, "2026-01-01", "payments", "USD"),
        Sk::Figures(connection, "2026-01-01", "payments", "USD", 18),
        Sk::Backfill(connection),
        Sk::Closed(connection, "payments", "USD"),
        Sk::ClosedHead(connection),
        Sk::Month(connection, "2026-01", "payments", "USD"),
        Sk::MonthTotals(connection),
        Sk::Proof(connection, id),
        Sk::Key(3),
        Sk::Activity(id),
    ];
    for key in &keys {
        assert_eq!(ItemKind::of(&key.to_string()), Some(key.kind()), "{key}");
    }
    for kind in ItemKind::iter() {
        assert!(keys.iter().any(|key| key.kind() == kind), "{kind:?} has no key here");
    }
    for unknown in ["UNHEARD#2026-01-01#payments#USD", "METADATA", "DAYS", ""] {
        assert_eq!(ItemKind::of(unknown), None, "{unknown}");
    }
}

#[test]
fn ids_that_merchants_choose_make_keys_of_their_own() {
    let connection = Ulid::from(7_u128);
    let own = Sk::Customer(connection, "cus_1", "USD").to_string();
    assert_eq!(own, format!("CUSTOMER#{connection}#cus_1#USD"));
    assert_ne!(Sk::Profile(connection, "cus_1#USD").to_string(), own);
    assert_ne!(
        Sk::Customer(connection, "cus_1#USD", "EUR").to_string(),
        Sk::Customer(connection, "cus_1", "USD#EUR").to_string()
    );
    assert_eq!(
        Sk::Profile(connection, "ann@example.org/7").to_string(),
        format!("CUSTOMER#{connection}#ann@example.org/7")
    );
}
