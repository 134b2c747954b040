//! Statements, journals and series over stored figures: what they answer, how they add up, and how
//! few reads of the table they take.

use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;

use crate::world::{PK, World, world, world_with};

/// Reads of the table that an answer takes besides those of its session.
const MOST_READS: usize = 3;

/// What a month moved the balance by.
fn total(net: &str) -> Value {
    json!([{"b": "payments", "c": "USD", "n": net, "r": "0"}])
}

impl World {
    async fn figures(&self, date: &str, currency: &str, hour: i64, figures: Value) {
        let sk = Sk::Figures(self.present(), date, "payments", currency, hour - hour % 6);
        self.put_item(&sk, &json!({format!("h{hour:02}"): figures})).await;
    }

    /// March and its months before are closed; April has a few days.
    pub(crate) async fn books(&self) -> String {
        let bearer = self.connected().await;
        let march = json!({"c": {"charge": "3|30000|29070|fee:stripe=930",
            "payout": "1|-9070|-9070"},
            "a": {"customer_balances": "0|30000", "fees=@stripe_test_fees": "930|0",
                "payouts=@stripe_test_payouts": "9070|0"}});
        let month = |month: &str, figures: &Value| {
            let (month, figures) = (month.to_owned(), figures.clone());
            json!({"month": month, "kind": "payments", "currency": "USD", "figures": figures})
        };
        let february =
            json!({"c": {"charge": "1|5000|5000"}, "a": {"guests=@stripe_test_guests": "0|5000"}});
        for (name, figures) in [("2026-02", &february), ("2026-03", &march)] {
            let sk = Sk::Month(self.present(), name, "payments", "USD");
            self.put_item(&sk, &month(name, figures)).await;
        }
        let head = json!({"until": "2026-04-11", "subjects": 1, "months_to": "2026-04"});
        self.put_item(&Sk::ClosedHead(self.present()), &head).await;
        let totals = json!({"to": "2026-04",
            "months": {"2026-02": total("5000"), "2026-03": total("20000")}});
        self.put_item(&Sk::MonthTotals(self.present()), &totals).await;
        let charge = json!({"c": {"charge": "1|1000|950|fee:stripe=50"},
            "a": {"customer_balances": "0|1000", "fees=@stripe_test_fees": "50|0"}});
        let odd = json!({"c": {"=evil()": "1|70|70", "refund": "1|-100|-100"},
            "a": {"suspense=@stripe_test_suspense": "0|70", "unposted": "100|0"}});
        self.figures("2026-03-31", "USD", 23, march.clone()).await;
        self.figures("2026-04-01", "USD", 0, charge.clone()).await;
        self.figures("2026-04-02", "USD", 13, odd).await;
        let yen = json!({"c": {"charge": "1|500|500"}, "a": {"customer_balances": "0|500"}});
        self.figures("2026-04-02", "JPY", 5, yen).await;
        self.aws.forget();
        bearer
    }

    pub(crate) fn reads(&self) -> usize {
        self.aws.count("Query") + self.aws.count("GetItem") + self.aws.count("BatchGetItem")
    }
}

/// State: two closed months and some days after. What must hold: a closed month is answered from
/// its own item, an open one from its days; both begin where the one before ended, in at most three
/// reads.
#[tokio::test]
async fn a_month_begins_where_the_one_before_ended() {
    let world = world().await;
    let bearer = world.books().await;
    let session = {
        world.get(&bearer, "settings").await;
        world.reads()
    };
    world.aws.forget();
    let march = world.get(&bearer, "statements/2026-03").await.json();
    assert!(world.reads() - session <= MOST_READS, "{} reads", world.reads());
    let balance = &march["statements"][0];
    assert_eq!(
        (&balance["starting_balance"], &balance["ending_balance"]),
        (&json!("5000"), &json!("25000"))
    );
    assert_eq!(march["state"], "final");
    world.aws.forget();
    let april = world.get(&bearer, "statements/2026-04").await.json();
    assert!(world.reads() - session <= MOST_READS, "{} reads", world.reads());
    let usd =
        april["statements"].as_array().unwrap().iter().find(|it| it["currency"] == "USD").unwrap();
    assert_eq!(
        (&usd["starting_balance"], &usd["ending_balance"]),
        (&json!("25000"), &json!("25920"))
    );
    assert_eq!(usd["suspense"], "70");
    assert_eq!(usd["unposted"], true);
    insta::assert_json_snapshot!("statement", march);
    let both = world.get(&bearer, "statements?from=2026-03-01&to=2026-04-30").await.json();
    assert_eq!(both["statements"][1]["ending_balance"], "25920");
}

/// What stands between a statement and Stripe's own report is beside it: reserves, and payouts in
/// transit at both ends. With them the rows of Stripe's balance summary add up.
#[tokio::test]
async fn a_statement_leads_to_stripes_own_balance_summary() {
    let world = world().await;
    let bearer = world.books().await;
    let reserve = json!({"c": {"risk_reserved_funds": "1|-300|-300"},
        "a": {"reserves=@stripe_test_reserves": "300|0"}});
    world.figures("2026-04-03", "USD", 9, reserve).await;
    for (id, created, arrival) in [
        ("po_1", "2026-03-30T08:00:00Z", "2026-04-02T00:00:00Z"),
        ("po_2", "2026-04-29T08:00:00Z", "2026-05-04T00:00:00Z"),
    ] {
        world.payout_line(id, created, arrival, "paid").await;
    }
    let april = world.get(&bearer, "statements/2026-04").await.json();
    let usd =
        april["statements"].as_array().unwrap().iter().find(|it| it["currency"] == "USD").unwrap();
    assert_eq!(usd["ending_balance"], "25620");
    insta::assert_json_snapshot!("statement_reconciliation", usd["reconciliation"]);
    let table = world.get(&bearer, "statements.csv?from=2026-04-01&to=2026-04-30").await.text();
    let net = |row: &str| -> i64 {
        let line = table.lines().find(|line| line.contains(&format!(",USD,{row},"))).unwrap();
        line.rsplit(',').next().unwrap().replace('.', "").parse().unwrap()
    };
    let moved = net("stripe_activity") + net("stripe_payouts") + net("stripe_opening");
    assert_eq!(net("stripe_starting_balance") + moved, net("stripe_ending_balance"));
    assert_eq!(
        net("ending_balance") + net("reserved") + net("payouts_in_transit_at_end"),
        net("stripe_ending_balance")
    );
    let yen = april["statements"].as_array().unwrap().iter().find(|it| it["currency"] == "JPY");
    let none = &yen.unwrap()["reconciliation"]["payouts_in_transit_at_end"];
    assert_eq!(none, &json!({"count": 0, "amount": "0"}));
    // While payouts of an earlier version are still being listed, nothing is said of them.
    let place = Sk::Payouts(world.present());
    world.put_item(&place, &json!({"revision": 1, "catch_up": {"listing": "po_9"}})).await;
    let april = world.get(&bearer, "statements/2026-04").await.json();
    assert!(april["statements"][0]["reconciliation"].is_null(), "{april}");
    let table = world.get(&bearer, "statements.csv?from=2026-04-01&to=2026-04-30").await.text();
    assert!(!table.contains("stripe_ending_balance") && table.contains(",reserved,"), "{table}");
}

/// The totals of the months stand for what lies before a period, and never for a month that was
/// opened again or for days that no month holds.
#[tokio::test]
async fn the_balance_before_a_period_comes_from_the_totals_of_the_months() {
    let world = world().await;
    let bearer = world.books().await;
    let session = {
        world.get(&bearer, "settings").await;
        world.reads()
    };
    for path in [
        "statements/2026-03",
        "statements/2026-04",
        "statements?from=2026-03-31&to=2026-04-30",
        "statements?from=2026-03-01&to=2026-04-02",
        "statements.csv?from=2026-03-15&to=2026-04-02",
    ] {
        world.aws.forget();
        assert_eq!(world.get(&bearer, path).await.status, 200);
        let reads = world.reads() - session;
        assert!(reads <= MOST_READS, "{path}: {reads} reads");
    }
    let with = world.get(&bearer, "statements?from=2026-03-31&to=2026-04-30").await.json();
    // Totals of another state of the months are not believed.
    let totals = Sk::MonthTotals(world.present());
    let stored = world.aws.item(PK, &totals.to_string()).unwrap();
    let wrong = json!({"to": "2026-03", "months": {"2026-02": total("77")}});
    world.put_item(&totals, &wrong).await;
    let without = world.get(&bearer, "statements?from=2026-03-31&to=2026-04-30").await.json();
    assert_eq!(with, without);
    // February is open again: its days count, of which there are none here.
    let known = json!({"to": stored["to"], "months": stored["months"]});
    world.put_item(&totals, &known).await;
    let reopened = json!({"SS": ["2026-02"]});
    world.aws.alter(PK, &Sk::ClosedHead(world.present()).to_string(), "reopened", reopened);
    let open = world.get(&bearer, "statements/2026-03").await.json();
    assert_eq!(open["statements"][0]["starting_balance"], "0");
}

/// A part of a closed month is answered from its days: the days before it count as what was before.
#[tokio::test]
async fn a_part_of_a_closed_month_is_answered_from_its_days() {
    let world = world().await;
    let bearer = world.books().await;
    let day = world.get(&bearer, "statements?from=2026-03-31&to=2026-03-31").await.json();
    assert_eq!(day["statements"][0]["starting_balance"], "5000");
    assert_eq!(day["statements"][0]["ending_balance"], "25000");
}

/// The journal balances in each currency, leaves out what is not in the ledger, and its table holds
/// no formula; amounts are in major units.
#[tokio::test]
async fn a_journal_balances_in_each_currency_and_its_table_holds_no_formula() {
    let world = world().await;
    let bearer = world.books().await;
    let journal = world.get(&bearer, "journal?from=2026-04-01&to=2026-04-30").await.json();
    let mut sums = std::collections::BTreeMap::new();
    for line in journal["lines"].as_array().unwrap() {
        let amount = |side: &str| line[side].as_str().unwrap().parse::<i128>().unwrap();
        *sums.entry(line["currency"].as_str().unwrap()).or_insert(0) +=
            amount("debit") - amount("credit");
        assert_ne!(line["role"], "unposted");
    }
    assert_eq!(sums.into_iter().collect::<Vec<_>>(), [("JPY", 0), ("USD", 0)]);
    let table = world.get(&bearer, "journal.csv?from=2026-04-01&to=2026-04-30&by=day").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    insta::assert_snapshot!("journal_table", table.text().replace('\r', ""));
    let statement = world.get(&bearer, "statements.csv?from=2026-04-01&to=2026-04-30").await.text();
    assert!(statement.contains("'=evil()"), "{statement}");
    assert!(statement.contains(",JPY,ending_balance,,,,,500\r\n"), "{statement}");
    assert!(statement.starts_with("from,to,time_zone,balance,currency,row,"), "{statement}");
    assert_eq!(statement.matches('\n').count(), statement.matches("\r\n").count(), "RFC 4180");
    assert_eq!(table.text().matches('\n').count(), table.text().matches("\r\n").count());
    for path in ["journal.csv", "statements.csv"] {
        let empty =
            world.get(&bearer, &format!("{path}?from=2019-01-01&to=2019-01-02")).await.text();
        assert_eq!(empty.lines().count(), 1, "the columns are named without a row: {empty}");
    }
}

/// A chart and its calendar take three reads; points add up; one currency can be asked for.
#[tokio::test]
async fn a_series_takes_three_reads_and_its_points_add_up() {
    let world = world().await;
    let bearer = world.books().await;
    let session = {
        world.get(&bearer, "settings").await;
        world.reads()
    };
    world.aws.forget();
    let series =
        world.get(&bearer, "series?from=2026-03-30&to=2026-04-30&currency=usd").await.json();
    assert!(world.reads() - session <= MOST_READS, "{} reads", world.reads());
    assert_eq!(series["currencies"].as_array().unwrap().len(), 1);
    insta::assert_json_snapshot!("series", series);
    world.aws.forget();
    let years = world.get(&bearer, "series?from=2026-01-01&to=2026-12-31").await.json();
    assert!(world.reads() - session <= MOST_READS);
    assert_eq!(years["step"], "month");
    assert_eq!(years["currencies"][1]["points"][1]["net"], "20000");
}

/// A month in another time zone is refused with what to ask for instead; so are wrong periods, and
/// a session that may not read data.
#[tokio::test]
async fn a_report_that_cannot_be_made_is_refused_with_a_reason() {
    let world = world().await;
    let bearer = world.books().await;
    let zone = world.get(&bearer, "statements/2026-03?time_zone=Europe/Berlin").await;
    assert_eq!(zone.status, 400);
    let mut document = zone.json();
    document["request_id"] = json!("[id]");
    insta::assert_json_snapshot!("statement_in_another_zone", document);
    for path in [
        "statements/2026-13",
        "statements/march",
        "statements?from=2026-01-01&to=2026-12-31",
        "statements?from=2026-03-02&to=2026-03-01",
        "statements?from=2026-03-02",
        "journal?from=2026-03-01&to=2026-03-02&by=hour",
        "series?from=2000-01-01&to=2026-03-01",
    ] {
        assert_eq!(world.get(&bearer, path).await.status, 400, "{path}");
    }
    let world = world_with(&["data:write"]).await;
    let bearer = world.session().await;
    assert_eq!(world.get(&bearer, "statements/2026-03").await.status, 403);
}
