//! Statements beside Stripe's own reports, which the simulated Stripe makes by code of its own:
//! balance summary, activity by category, payouts in transit at the cut-off, and what automatic
//! payouts settled.

use std::collections::BTreeMap;
use std::time::Duration;

use histories::statements::{differences, figures, summary_differences};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::app::figures::FiguresStatus;
use stripe_sync::engine::worker;
use stripe_sync::model::period::Period;
use stripe_sync::model::run::request::Scope;

use crate::common::{LIMIT, assert_right, inject, lift, story, work};

const DAY: u64 = 86_400;
/// Two years of records with automatic payouts.
const MOVEMENTS: u32 = 700;
/// A currency for each number of decimal places, and those that Stripe treats in its own way.
const CURRENCIES: [&str; 5] = ["usd", "jpy", "kwd", "isk", "ugx"];

/// The statements of a period are those of Stripe's report. Answers the reports.
async fn assert_equal(tenant: &Tenant<'_>, period: Period) -> Vec<Value> {
    let statements = tenant.statements(period).await.unwrap();
    let reports = tenant.balance_summary(period).await;
    let differences = differences(&statements, &reports, true);
    assert!(differences.is_empty(), "{period:?}: {differences:#?}");
    let in_transit = tenant.in_transit(period).await.unwrap();
    let differences = summary_differences(&statements, &in_transit, &reports).unwrap();
    assert!(differences.is_empty(), "{period:?}: {differences:#?}");
    reports
}

/// An account of two years gets a payout, a charge, a reserve and a refund in currencies of zero,
/// two and three decimal places. Every month and a free span of days are those of Stripe's reports,
/// and the payouts in transit at a cut-off are what stands between both counts of payouts.
#[test]
fn statements_hold_what_stripes_own_reports_hold_in_every_currency() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 12_000, MOVEMENTS).await;
        let now = time::now().div_euclid(1000);
        for (days, currency) in (2_i64..).zip(CURRENCIES) {
            let created = now - days * 86_400;
            for (kind, amount, fee) in [
                ("charge", 50_100, 1_503),
                ("refund", -700, 0),
                ("reserved_funds", -900, 0),
                ("payout", -20_000, 0),
            ] {
                let spec = json!({"type": kind, "amount": amount, "fee": fee, "currency": currency,
                    "created": created, "available_on": created});
                tenant.add(spec).await;
            }
        }
        work(&tenant).await;
        let mut seen = 0;
        for month in ["2024-08", "2025-03", "2026-04", "2026-05", "2026-06", "2026-07"] {
            seen += assert_equal(&tenant, Period::month(month).unwrap()).await.len();
        }
        assert!(seen >= 6 * CURRENCIES.len() - 12, "only {seen} reports");
        // The calendar stands at 17 June: payouts of the days before are on their way.
        let period = Period::days("2026-05-20", "2026-06-14").unwrap();
        let reports = assert_equal(&tenant, period).await;
        let items = tenant.reconciling_items(period).await.unwrap();
        assert!(!items.more);
        let mut in_transit: BTreeMap<String, [i128; 2]> = BTreeMap::new();
        for report in &reports {
            let row = figures(&report["payouts_in_transit"]["end"]);
            let sums =
                in_transit.entry(report["currency"].as_str().unwrap().to_owned()).or_default();
            (sums[0], sums[1]) = (sums[0] + row[0], sums[1] - row[1]);
        }
        in_transit.retain(|_, sums| *sums != [0, 0]);
        let ours = items.items.iter().map(|(currency, items)| {
            let end = items.in_transit.at_end;
            (currency.clone(), [i128::from(end.count), end.amount])
        });
        let ours: BTreeMap<String, [i128; 2]> = ours.filter(|(_, sums)| *sums != [0, 0]).collect();
        assert!(ours.len() >= 2, "payouts of some currencies are on their way: {ours:?}");
        assert_eq!(ours, in_transit);
    });
}

/// A record of the last day of June is listed a week later. The weekly run finds it, and the
/// statement of June, which is not final yet, holds it as Stripe's report does; July begins where
/// June ends. Weeks later June is closed and still the same.
#[test]
fn a_late_record_enters_the_statement_of_its_month() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 12_001, 0).await;
        for currency in CURRENCIES {
            tenant.add(json!({"type": "charge", "amount": 900, "currency": currency})).await;
        }
        work(&tenant).await;
        time::jump(Duration::from_secs(15 * DAY));
        work(&tenant).await;
        let late = json!({"type": "charge", "amount": 70, "currency": "kwd",
            "created": time::now().div_euclid(1000) - 2 * 86_400,
            "visible_after_ms": 5 * DAY * 1000});
        tenant.add(late).await;
        let [june, july] = ["2026-06", "2026-07"].map(|month| Period::month(month).unwrap());
        let kwd_charges = |reports: &[Value]| {
            let kwd = reports.iter().find(|report| report["currency"] == "KWD").unwrap();
            figures(&kwd["activity"]["charge"])
        };
        assert_eq!(kwd_charges(&assert_equal(&tenant, june).await)[..2], [1, 900]);
        for _ in 0..8 {
            time::jump(Duration::from_secs(DAY + 60));
            work(&tenant).await;
        }
        assert_eq!(kwd_charges(&assert_equal(&tenant, june).await)[..2], [2, 970]);
        assert_equal(&tenant, july).await;
        time::jump(Duration::from_secs(20 * DAY));
        work(&tenant).await;
        assert_eq!(kwd_charges(&assert_equal(&tenant, june).await)[..2], [2, 970]);
    });
}

/// June is final. In August Stripe lists records of June that nobody saw before, and a person reads
/// the whole history again. Stripe stops answering before both sides are compared: June is open,
/// says that it was opened again, and holds the records as Stripe's report does. Once both sides
/// agree it is final again, and July, which begins where June ends, closes in its time.
#[test]
fn late_records_open_a_final_month_until_both_sides_agree_again() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 12_003, 0).await;
        for currency in CURRENCIES {
            tenant.add(json!({"type": "charge", "amount": 900, "currency": currency})).await;
            let created = time::now().div_euclid(1000) + 86_400;
            let late = json!({"type": "charge", "amount": 70, "currency": currency, "fee": 3,
                "created": created, "visible_after_ms": 55 * DAY * 1000});
            tenant.add(late).await;
        }
        work(&tenant).await;
        time::jump(Duration::from_secs(35 * DAY));
        work(&tenant).await;
        let [june, july] = ["2026-06", "2026-07"].map(|month| Period::month(month).unwrap());
        let standing = async |period| tenant.standing(period).await.unwrap().unwrap();
        assert_eq!(standing(june).await, FiguresStatus::Final);
        let charges = |reports: &[Value]| -> i128 {
            reports.iter().map(|report| figures(&report["activity"]["charge"])[0]).sum()
        };
        assert_eq!(charges(&assert_equal(&tenant, june).await), 5);

        time::jump(Duration::from_secs(25 * DAY));
        // The walk reads one page and posts. What it reads again after that gets no answer.
        let silent = json!({"surface": "stripe", "route": "/v1/balance_transactions", "skip": 1,
            "times": 0, "status": 500});
        let silent = inject(&tenant, silent);
        let first = tenant.request(Scope::Everything).await.unwrap();
        worker::handle(&tenant.worker(LIMIT), &first, "m").await.unwrap();
        assert_eq!(standing(june).await, FiguresStatus::Reopened);
        assert_eq!(charges(&assert_equal(&tenant, june).await), 10);
        assert_equal(&tenant, july).await;

        lift(&tenant, silent);
        work(&tenant).await;
        assert_right(&tenant, "both sides agree again").await;
        assert_eq!(standing(june).await, FiguresStatus::Final);
        assert_eq!(charges(&assert_equal(&tenant, june).await), 10);
        time::jump(Duration::from_secs(5 * DAY));
        work(&tenant).await;
        for month in [june, july] {
            assert_eq!(standing(month).await, FiguresStatus::Final, "{month:?}");
            assert_equal(&tenant, month).await;
        }
    });
}

/// The start of a mirror is moved back. The ledger keeps the opening of the first start where it
/// was posted. Days between both starts, and every month after, are still those of Stripe's
/// reports, and say by how much the ledger's balance by date differs.
#[test]
fn days_between_a_start_and_the_one_before_it_are_those_of_stripes_reports() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 12_004, 0).await;
        let midnight = |days: i64| (time::now().div_euclid(86_400_000) - days) * 86_400;
        for days in 1..80 {
            let currency = CURRENCIES[usize::try_from(days).unwrap() % CURRENCIES.len()];
            let spec = json!({"type": "charge", "amount": 500 + days, "currency": currency,
                "fee": 7, "created": midnight(days) + 40_000});
            tenant.add(spec).await;
        }
        tenant.set_start(Some(midnight(20))).await;
        work(&tenant).await;
        tenant.set_start(Some(midnight(60))).await;
        work(&tenant).await;
        assert_eq!(tenant.start(), Some(midnight(60)));
        assert_right(&tenant, "moved back").await;
        let days = |from: i64, to: i64| {
            let date =
                |days: i64| jiff::Timestamp::from_second(midnight(days)).unwrap().to_string();
            Period::days(&date(from)[..10], &date(to)[..10]).unwrap()
        };
        for (from, to, later) in
            [(59, 22, true), (45, 30, true), (59, 21, false), (40, 5, false), (15, 1, false)]
        {
            let period = days(from, to);
            let statements = tenant.statements(period).await.unwrap();
            let reports = tenant.balance_summary(period).await;
            let differences = differences(&statements, &reports, false);
            assert!(differences.is_empty(), "{from} to {to}: {differences:#?}");
            let dated_later = statements.iter().any(|it| it.opening_dated_later != 0);
            assert_eq!(dated_later, later, "{from} to {to}");
        }
        // All of the history, and no opening any more.
        tenant.set_start(None).await;
        work(&tenant).await;
        assert_right(&tenant, "the whole history").await;
        for (from, to) in [(79, 40), (59, 21), (30, 1)] {
            let statements = tenant.statements(days(from, to)).await.unwrap();
            assert!(statements.iter().all(|statement| statement.opening == 0), "{statements:?}");
            assert_equal(&tenant, days(from, to)).await;
        }
    });
}

/// What the app says that a payout settled is what Stripe's payout reconciliation says.
#[test]
fn what_payouts_settled_is_stripes_payout_reconciliation() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 12_002, MOVEMENTS).await;
        work(&tenant).await;
        time::jump(Duration::from_secs(DAY));
        work(&tenant).await;
        let reports = tenant.payout_reconciliation().await;
        let reports: BTreeMap<&str, &Value> =
            reports.iter().map(|it| (it["payout"].as_str().unwrap(), &it["members"])).collect();
        let stored = tenant.payouts_with_members();
        assert!(stored.len() >= 5, "only {} payouts were added up", stored.len());
        for payout in &stored {
            let id = payout["id"].as_str().unwrap();
            assert_eq!(categories(&payout["members"]["totals"]), categories(reports[id]), "{id}");
        }
    });
}

/// Count, gross, fee and net by currency and category, without the payout's own record.
fn categories(members: &Value) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (currency, rows) in members.as_object().unwrap() {
        for (category, row) in rows.as_object().unwrap() {
            let text = |name: &str| row[name].to_string().trim_matches('"').to_owned();
            let row = ["count", "gross", "fee", "net"].map(text).to_vec();
            if category != "payout" {
                all.insert(format!("{currency} {category}"), row);
            }
        }
    }
    all
}
