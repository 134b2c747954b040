//! Stripe's own reports: they add up among themselves, and to the balance.

use serde_json::Value;

use crate::world::World;

const MOVEMENTS: u32 = 900;
/// The end of history is in the middle of November 2026's first day.
const MONTHS: [(&str, &str); 3] =
    [("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")];

fn number(report: &Value, place: &str) -> i64 {
    report.pointer(place).and_then(Value::as_i64).unwrap()
}

fn of<'r>(reports: &'r Value, currency: &str) -> &'r Value {
    let mut reports = reports.as_array().unwrap().iter();
    reports.find(|it| it["balance"] == "payments" && it["currency"] == currency).unwrap()
}

/// Each month begins where the one before ended, and what happened explains the difference. The
/// last balance is the one of the API, with the payouts on their way and the reserves that it has
/// no more.
#[tokio::test]
async fn months_add_up_to_the_balance() {
    let world = World::start().await;
    let account = world.account(3, MOVEMENTS);
    let reports = format!("/stripe/accounts/{}/reports", account.account);
    for currency in ["USD", "EUR", "JPY"] {
        let mut before: Option<Value> = None;
        for (from, to) in MONTHS {
            let path = format!("{reports}/balance-summary?from={from}&to={to}");
            let all = world.ok("", &path).await;
            let report = of(&all, currency);
            let (starting, ending) =
                (number(report, "/starting_balance"), number(report, "/ending_balance"));
            let moved = number(report, "/activity_total/net") + number(report, "/payouts/net");
            assert_eq!(starting + moved, ending, "{currency} {from}");
            let rows = report["activity"].as_object().unwrap().values();
            let counted: i64 = rows.map(|row| row["count"].as_i64().unwrap()).sum();
            assert_eq!(counted, number(report, "/activity_total/count"));
            if let Some(before) = &before {
                assert_eq!(starting, number(before, "/ending_balance"), "{currency} {from}");
                for row in ["payouts_in_transit", "reserved"] {
                    assert_eq!(report[row]["start"], before[row]["end"], "{currency} {from} {row}");
                }
            }
            before = Some(report.clone());
        }
        let last = before.unwrap();
        let balance = world.ok(&account.restricted_key, "/v1/balance").await;
        let list = |name: &str| -> i64 {
            let rows = balance[name].as_array().unwrap().iter();
            let own = rows.filter(|row| row["currency"] == currency.to_lowercase());
            own.map(|row| row["amount"].as_i64().unwrap()).sum()
        };
        let outside =
            number(&last, "/payouts_in_transit/end/net") + number(&last, "/reserved/end/net");
        assert_eq!(number(&last, "/ending_balance") + outside, list("available") + list("pending"));
    }
}

/// What a payout settled is its own amount, and its members are those that the API lists.
#[tokio::test]
async fn what_payouts_settled_is_their_amount() {
    let world = World::start().await;
    let account = world.account(3, MOVEMENTS);
    let path = format!("/stripe/accounts/{}/reports/payout-reconciliation", account.account);
    let reports = world.ok("", &path).await;
    let reports = reports.as_array().unwrap();
    assert!(reports.len() > 10, "{} payouts", reports.len());
    for report in reports {
        let id = report["payout"].as_str().unwrap();
        let payout = world.ok(&account.restricted_key, &format!("/v1/payouts/{id}")).await;
        let rows = report["members"].as_object().unwrap().values();
        let rows = rows.flat_map(|rows| rows.as_object().unwrap().values());
        let net: i64 = rows.map(|row| row["net"].as_i64().unwrap()).sum();
        assert_eq!(net, payout["amount"].as_i64().unwrap(), "{id}");
        assert_eq!(payout["reconciliation_status"], "completed");
    }
}

#[tokio::test]
async fn days_in_no_order_are_refused() {
    let world = World::start().await;
    let account = world.account(3, 0);
    let reports = format!("/stripe/accounts/{}/reports", account.account);
    for days in ["?from=2026-03-02&to=2026-03-01", "?from=2026-03-02", ""] {
        let url = format!("{}{reports}/balance-summary{days}", world.url);
        let status = world.http.get(url).send().await.unwrap().status().as_u16();
        assert!([400, 422].contains(&status), "{days}: {status}");
    }
}
