//! How final figures are, and what a calendar says of days.

use serde_json::{Value, json};
use stripe_sync::model::ledger::Figures;
use stripe_sync::platform::table::keys::Sk;

use crate::world::{PK, World, world};

/// 2026-04-02T13:00:00Z.
const AN_HOUR_OF_APRIL: i64 = 1_775_134_800;

impl World {
    /// The last proof found the ledger to differ in an hour.
    async fn differs_at(&self, hour: i64) {
        let slice = json!({"kind": "payments", "currency": "USD", "hour": hour});
        let figures = Figures::default();
        let summary = json!({"connection": self.present().to_string(),
            "differing": [{"slice": slice, "expected": figures, "found": figures}]});
        self.put_item(&Sk::Summary, &summary).await;
    }

    /// Changes an attribute of what is closed.
    fn closed(&self, attribute: &str, value: Value) {
        self.aws.alter(PK, &Sk::ClosedHead(self.present()).to_string(), attribute, value);
    }
}

fn standing(answer: &Value) -> [&Value; 3] {
    ["state", "reason", "closes_on"].map(|name| &answer[name])
}

/// State: the period ended longer ago than late records are waited for, and is not closed. What
/// must hold: a known difference is the reason, also where a day counts as closed; without one, the
/// answer says that no sync has compared it, and names no day in the past.
#[tokio::test]
async fn a_period_that_should_be_closed_says_why_it_is_not() {
    let world = world().await;
    let bearer = world.books().await;
    let april = "statements?from=2026-04-01&to=2026-04-12";
    let closed = "statements?from=2026-04-01&to=2026-04-10";
    let answer = world.get(&bearer, april).await.json();
    assert_eq!(standing(&answer), [&json!("open"), &json!("not_compared"), &Value::Null]);
    assert_eq!(world.get(&bearer, closed).await.json()["state"], "final");
    world.differs_at(AN_HOUR_OF_APRIL).await;
    for period in [april, closed] {
        let answer = world.get(&bearer, period).await.json();
        let expected = [&json!("open"), &json!("ledger_differs"), &Value::Null];
        assert_eq!(standing(&answer), expected, "{period}");
    }
    let march = world.get(&bearer, "statements/2026-03").await.json();
    assert_eq!(march["state"], "final", "the difference is in April");
}

/// State: days are closed but for one that could not be compared, or did not agree. What must hold:
/// a calendar shows that day as open, as differing if the last proof says so, and never as a match.
#[tokio::test]
async fn a_day_that_was_left_open_is_no_match_in_a_calendar() {
    let world = world().await;
    let bearer = world.books().await;
    let day = format!("DAY#{}#2026-04-02#payments#USD", world.present());
    world.closed("left_open", json!({"L": [{"S": day}]}));
    let calendar = async |date: &str| {
        let series = world.get(&bearer, "series?from=2026-04-01&to=2026-04-10").await.json();
        let days = series["days"].as_array().unwrap();
        days.iter().find(|day| day["date"] == date).unwrap()["state"].clone()
    };
    assert_eq!(calendar("2026-04-01").await, "match");
    assert_eq!(calendar("2026-04-02").await, "open");
    world.differs_at(AN_HOUR_OF_APRIL).await;
    assert_eq!(calendar("2026-04-02").await, "differs");
}

/// State: a run opens a month again between the two reads of an answer, so that the month's item is
/// gone although the first read names it as made. What must hold: the answer has the money of its
/// days, and is not final.
#[tokio::test]
async fn a_month_that_is_opened_while_it_is_read_is_answered_from_its_days() {
    let world = world().await;
    let bearer = world.books().await;
    let month = Sk::Month(world.present(), "2026-03", "payments", "USD").to_string();
    world.aws.remove(PK, &month);
    let march = world.get(&bearer, "statements/2026-03").await.json();
    let usd = &march["statements"][0];
    assert_eq!((&march["state"], &march["reason"]), (&json!("open"), &json!("reopened")));
    assert_eq!([&usd["starting_balance"], &usd["ending_balance"]], ["5000", "25000"]);
    let journal = world.get(&bearer, "journal?from=2026-03-01&to=2026-03-31").await.json();
    assert!(!journal["lines"].as_array().unwrap().is_empty(), "{journal}");
}

/// State: a month was just made, and a replica of the table does not have it yet. What must hold:
/// the answer has its money.
#[tokio::test]
async fn an_answer_does_not_depend_on_a_replica_that_lags_behind() {
    let world = world().await;
    world.aws.lag();
    let bearer = world.books().await;
    let march = world.get(&bearer, "statements/2026-03").await.json();
    assert_eq!(march["statements"][0]["ending_balance"], "25000");
    let april = world.get(&bearer, "statements/2026-04").await.json();
    let usd = april["statements"].as_array().unwrap().iter().find(|it| it["currency"] == "USD");
    assert_eq!(usd.unwrap()["ending_balance"], "25920");
}

/// State: connected. Action: periods at the calendar's end. What must hold: they are refused, and
/// no failure of this app is reported.
#[tokio::test]
async fn a_date_after_which_there_is_none_is_refused() {
    let world = world().await;
    let bearer = world.books().await;
    for path in [
        "statements/9999-12",
        "statements?from=9999-12-30&to=9999-12-31",
        "statements.csv?from=9999-12-01&to=9999-12-31",
        "journal?from=9999-12-30&to=9999-12-31",
        "series?from=9999-12-30&to=9999-12-31",
        "reconciling-items?from=9999-12-30&to=9999-12-31",
    ] {
        let reply = world.get(&bearer, path).await;
        assert_eq!(reply.status, 400, "{path}: {}", reply.text());
    }
}
