use proptest::prelude::*;

use super::*;
use crate::model::ledger::{CategoryFigures, LegKind};
use crate::model::reconciling::Amounts;

fn breakdown() -> impl Strategy<Value = Breakdown> {
    let category = prop::sample::select(vec![
        "charge",
        "refund",
        "payout",
        "payout_reversal",
        "payout_minimum_balance_hold",
        "fee",
        "risk_reserved_funds",
        "dispute",
        "something_new",
    ]);
    let figures = (0_u64..9, -9_000_i128..9_000, -90_i128..90);
    let account = prop::sample::select(vec![
        Offset::UNPOSTED,
        Offset::CUSTOMER_BALANCE,
        Offset { role: Role::Account(Account::Fees), name: Some("@stripe_fees".to_owned()) },
        Offset {
            role: Role::Account(Account::Suspense),
            name: Some("@stripe_suspense".to_owned()),
        },
    ]);
    let accounts = prop::collection::btree_map(account, (0_i128..9_000, 0_i128..9_000), 0..4);
    (prop::collection::btree_map(category, figures, 0..7), accounts).prop_map(|(by, accounts)| {
        let mut breakdown = Breakdown::default();
        for (category, (count, gross, fee)) in by {
            let fees = BTreeMap::from([(LegKind::FeeStripe, fee)]);
            let figures = CategoryFigures { count, gross, fees, net: gross - fee };
            breakdown.categories.insert(category.to_owned(), figures);
        }
        for (offset, (debit, credit)) in accounts {
            breakdown.accounts.insert(offset, Movement { debit, credit });
        }
        breakdown
    })
}

fn usd() -> Subject {
    (BalanceKind::Payments, "USD".parse().unwrap())
}

proptest! {
    /// Whatever the figures: the rows add up from one balance to the next, and two months in a row
    /// are the statement of both together.
    #[test]
    fn a_statement_adds_up_and_months_add_up(
        before in breakdown(),
        first in breakdown(),
        second in breakdown(),
    ) {
        let before_all = BalanceBefore::of(&before).unwrap();
        let one = Statement::of(&usd(), before_all, &first).unwrap();
        prop_assert_eq!(
            one.starting_balance + one.activity_total.net + one.payouts.net + one.opening,
            one.ending_balance
        );
        prop_assert_eq!(one.activity_total.gross - one.activity_total.fee, one.activity_total.net);
        prop_assert!(!one.activity.contains_key("payout"));
        let mut until = before.clone();
        until.merge(&first).unwrap();
        let two = Statement::of(&usd(), BalanceBefore::of(&until).unwrap(), &second).unwrap();
        prop_assert_eq!(two.starting_balance, one.ending_balance);
        let mut both = first;
        both.merge(&second).unwrap();
        let whole = Statement::of(&usd(), before_all, &both).unwrap();
        prop_assert_eq!(whole.ending_balance, two.ending_balance);
        prop_assert_eq!(whole.reserved, two.reserved);
        prop_assert_eq!(two.reserved_before, one.reserved);
        prop_assert_eq!(
            whole.activity_total.net,
            one.activity_total.net + two.activity_total.net
        );
    }

    /// Whatever the figures, and whatever is in transit: Stripe's rows add up too, and its ending
    /// balance is that of the statement with reserves and payouts in transit.
    #[test]
    fn stripes_own_summary_adds_up(
        before in breakdown(),
        period in breakdown(),
        transit in (0_i128..9_000, 0_i128..9_000),
    ) {
        let statement = Statement::of(&usd(), BalanceBefore::of(&before).unwrap(), &period).unwrap();
        let amounts = |amount| Amounts { count: 1, amount };
        let transit = InTransit { at_start: amounts(transit.0), at_end: amounts(transit.1) };
        let summary = statement.balance_summary(&transit).unwrap();
        prop_assert_eq!(
            summary.starting_balance + summary.activity + summary.payouts + summary.opening,
            summary.ending_balance
        );
        prop_assert_eq!(
            summary.ending_balance,
            statement.ending_balance + statement.reserved + transit.at_end.amount
        );
        let reserves = statement.activity.iter().filter(|(category, _)| is_reserve(category));
        let reserves: i128 = reserves.map(|(_, row)| row.net).sum();
        prop_assert_eq!(summary.activity, statement.activity_total.net - reserves);
    }

    /// Whatever the figures: in each currency debits equal credits, and nothing unposted is in it.
    #[test]
    fn a_journal_balances_in_each_currency(one in breakdown(), other in breakdown()) {
        let eur = (BalanceKind::Issuing, "EUR".parse().unwrap());
        let figures = BySubject::from([(usd(), one), (eur, other)]);
        let lines = journal(&Chart::for_mode(crate::model::ledger::Mode::Live), &figures).unwrap();
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        for line in &lines {
            *sums.entry(line.currency).or_default() += line.debit - line.credit;
            prop_assert!(line.role != "unposted");
        }
        prop_assert!(sums.values().all(|sum| *sum == 0));
    }

    /// The parts of a point add up to what the balance moved by.
    #[test]
    fn a_point_adds_up(figures in breakdown()) {
        let point = Point::of(&figures);
        let parts = point.pay_ins
            + point.refunds
            + point.disputes
            + point.fees
            + point.payouts
            + point.other;
        prop_assert_eq!(parts, point.net);
        prop_assert_eq!(point.net, figures.net().unwrap());
    }
}
