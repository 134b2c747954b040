//! Names that must never change, collide or be ambiguous: accounts, references, identities.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::tests::*;

#[test]
fn each_balance_type_has_a_mirror_of_its_own() {
    let mirror = |balance_type: Option<&str>, type_: &str| {
        chart().mirror(&BalanceKind::of(balance_type, type_))
    };
    assert_eq!(mirror(Some("payments"), "issuing_transaction"), "@stripe");
    assert_eq!(mirror(Some("issuing"), "topup"), "@stripe_issuing");
    assert_eq!(
        mirror(Some("refund_and_dispute_prefunding"), "refund"),
        "@stripe_refund_and_dispute_prefunding"
    );
    assert_eq!(mirror(Some("risk_reserved"), "reserve_hold"), "@stripe_balance_risk_reserved");
    assert_eq!(
        mirror(Some("settlement_reserved"), "charge"),
        "@stripe_balance_settlement_reserved"
    );
    // Before balances had a name.
    assert_eq!(mirror(None, "issuing_authorization_hold"), "@stripe_issuing");
    assert_eq!(mirror(Some(""), "issuing_dispute"), "@stripe_issuing");
    assert_eq!(mirror(None, "charge"), "@stripe");
    // Unusual names stay distinct and are valid in an account's name.
    assert_eq!(mirror(Some("a b"), "charge"), "@stripe_balance_a-20b");
    assert_ne!(mirror(Some("a-20b"), "charge"), mirror(Some("a b"), "charge"));
    assert_ne!(mirror(Some("Payments"), "charge"), "@stripe");
}

#[test]
fn no_offset_account_is_a_mirror_and_no_two_accounts_share_a_name() {
    for chart in [
        Chart::for_mode(Mode::Live),
        Chart::for_mode(Mode::Test),
        Chart::new("@stripe_eu").expect("a chart"),
    ] {
        let names = chart.names();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.len() >= Account::ALL.len() + 3);
        assert!(Account::ALL.iter().all(|account| !chart.is_mirror(&chart.account(*account))));
        assert!(chart.known_mirrors().iter().all(|mirror| chart.is_mirror(mirror)));
        assert!(chart.is_mirror(&chart.mirror(&BalanceKind::from_name("unheard_of"))));
    }
    let (live, test) = (Chart::for_mode(Mode::Live).names(), Chart::for_mode(Mode::Test).names());
    assert!(live.iter().all(|name| !test.contains(name)), "play money never meets real money");
    for bad in
        ["", "@", "stripe", "@str ipe", "@stripe_", "@a:b", "@ä", &format!("@{}", "x".repeat(64))]
    {
        assert_eq!(Chart::new(bad), Err(LedgerError::InvalidPrefix), "{bad}");
    }
}

#[test]
fn a_reference_reads_back_and_never_looks_like_one_of_the_ledgers_own() {
    for kind in LegKind::ALL {
        let reference =
            Reference::new(&owner(), "txn_3Q0Card-Individual_q", kind).expect("a reference");
        let text = reference.to_string();
        assert!(text.starts_with("stripe:acct_1Q0LedgrFxAbc001:test:txn_3Q0Card-Individual_q:"));
        assert_eq!(text.parse(), Ok(reference));
        let last = text.rsplit(['_', '-']).next().expect("a last part");
        assert!(
            !text.ends_with("_q") && !text.ends_with("_refund") && last.parse::<u64>().is_err(),
            "{text}"
        );
    }
    let text = "stripe:acct_1:live:txn_1:fee:tax";
    let reference: Reference = text.parse().expect("a reference");
    assert_eq!(
        (reference.owner().to_string().as_str(), reference.transaction(), reference.leg_kind()),
        ("acct_1:live", "txn_1", LegKind::FeeTax)
    );
    for foreign in [
        "",
        "stripe:",
        "stripe:acct_1:live:txn_1",
        "stripe:acct_1:live:txn_1:tax",
        "stripe:acct_1:real:txn_1:amount",
        "stripe:acct_1:live::amount",
        "stripe:acct_1:live:txn_1:amount_q",
        "Stripe:acct_1:live:txn_1:amount",
        "stripe:acct_1:live:payments:USD:opening",
    ] {
        assert_eq!(foreign.parse::<Reference>(), Err(LedgerError::InvalidId), "{foreign}");
    }
}

#[test]
fn an_id_that_could_break_a_reference_is_refused() {
    for bad in ["", "txn:1", "txn 1", "txn/1", "txn_ü", "txn,1", "a|b", "x\n", &"x".repeat(256)] {
        assert!(Reference::new(&owner(), bad, LegKind::Amount).is_err(), "{bad:?}");
        assert!(Owner::new(bad, Mode::Live).is_err(), "{bad:?}");
        let mut transaction = record("charge", "charge", 1);
        transaction.id = bad.to_owned();
        assert_eq!(
            mirror(&transaction, &chart(), &ChargeAccounts::none()),
            Err(LedgerError::InvalidId),
            "{bad:?}"
        );
    }
}

/// A reinstalled app, and a later version, must find today's identities.
#[test]
fn identities_are_the_same_for_ever_and_apart_for_each_account_and_mode() {
    let id = identity_id(&owner(), "cus_T0IndividualAda");
    assert_eq!(id, "idt_a6e11693-84aa-5abf-bde5-a1b3c1d2a256");
    let live = Owner::new(owner().account(), Mode::Live).expect("an owner");
    let other = Owner::new("acct_2", Mode::Test).expect("an owner");
    let ids = [
        id,
        identity_id(&live, "cus_T0IndividualAda"),
        identity_id(&other, "cus_T0IndividualAda"),
        identity_id(&owner(), "cus_2"),
    ];
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

proptest! {
    /// Two balances never share a mirror, whatever Stripe calls them, and a stored name reads back
    /// unchanged.
    #[test]
    fn balance_names_are_injective_and_survive_storage(a in ".{0,12}", b in ".{0,12}") {
        let (kind_a, kind_b) = (BalanceKind::from_name(&a), BalanceKind::from_name(&b));
        prop_assert_eq!(a == b, chart().mirror(&kind_a) == chart().mirror(&kind_b));
        prop_assert!(!chart().mirror(&kind_a).contains(char::is_whitespace));
        if !a.is_empty() {
            let stored = serde_json::to_string(&kind_a).expect("json");
            prop_assert_eq!(serde_json::from_str::<BalanceKind>(&stored).expect("a kind"), kind_a);
        }
    }

    /// Any text is either exactly a reference or refused.
    #[test]
    fn parsing_never_invents_a_reference(text in "(stripe:)?[a-z_:-]{0,20}(:live|:test)?:[a-z_]{0,5}(:amount|:fee:tax|:fee)?") {
        if let Ok(reference) = text.parse::<Reference>() {
            prop_assert_eq!(reference.to_string(), text);
        }
    }
}

#[test]
fn charts_whose_names_could_meet_are_known_beforehand() {
    let chart = |prefix: &str| Chart::new(prefix).unwrap();
    for (one, other) in [
        ("@stripe", "@stripe"),
        ("@stripe", "@stripe_fees"),
        ("@stripe", "@stripe_issuing"),
        ("@stripe", "@stripe_balance_x"),
        ("@a_payout", "@a_payout_payouts"),
    ] {
        assert!(
            chart(one).meets(&chart(other)) && chart(other).meets(&chart(one)),
            "{one} and {other}"
        );
    }
    for (one, other) in [
        ("@stripe", "@stripe_test"),
        ("@stripe", "@stripe_eu"),
        ("@stripe_eu", "@stripe_eu2"),
        ("@stripe", "@stripes"),
    ] {
        assert!(
            !chart(one).meets(&chart(other)) && !chart(other).meets(&chart(one)),
            "{one} and {other}"
        );
        let (ours, theirs) = (chart(one).names(), chart(other).names());
        assert!(ours.iter().all(|name| !theirs.contains(name)), "{one} and {other}");
    }
}
