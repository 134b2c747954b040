//! What a run costs that has nothing to do, after years of history.

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use sandbox::faults::{CallFilter, Surface};
use serde_json::json;
use stripe_sync::model::run::request::Scope;

use crate::common::{
    LIMIT, assert_right, counter, deliver_all, last_run, manual_entry, story, work, work_with,
};

const DAY: i64 = 86_400;
/// Days of history.
const DAYS: i64 = 1_825;
/// Days with a record in each currency.
const RECENT: i64 = 40;
const CURRENCIES: [&str; 3] = ["usd", "eur", "jpy"];

/// What a run with nothing to do may cost.
const MOST_UNITS: usize = 100;
const MOST_TABLE_READS: usize = 6;
const MOST_STRIPE_READS: u64 = 3;
const MOST_LEDGER_READS: u64 = 6;

fn noon(days_ago: i64) -> i64 {
    (time::now().div_euclid(1000) / DAY - days_ago) * DAY + DAY / 2
}

/// A record on most days of five years, in three currencies.
async fn five_years(tenant: &Tenant<'_>) {
    for ago in (1..=DAYS).rev() {
        for (at, currency) in (0..).zip(CURRENCIES) {
            if ago <= RECENT || ago % 9 == at {
                tenant
                    .add(json!({"type": "charge", "amount": 5_000 + ago, "currency": currency,
                        "created": noon(ago)}))
                    .await;
            }
        }
    }
}

fn calls(tenant: &Tenant<'_>, surface: Surface) -> u64 {
    let mut filter = CallFilter { surface: Some(surface), account: None, instance: None };
    match surface {
        Surface::Stripe => filter.account = Some(tenant.account.account.clone()),
        _ => filter.instance = Some(tenant.instance.clone()),
    }
    tenant.world.sandbox.world.faults.calls(&filter).iter().map(|(_, count)| count).sum()
}

/// State: five years of history, mirrored and proven; the day's re-read of old entries is done.
/// Action: a run finds nothing new. What must hold: it reads sums of closed days and the days after
/// them, not every day the account ever had.
#[test]
fn a_run_with_nothing_to_do_reads_little_after_five_years() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_100, 0).await;
        five_years(&tenant).await;
        work(&tenant).await;
        assert_right(&tenant, "mirrored").await;
        // The figures of sixty months are made, six by each run.
        for _ in 0..11 {
            work(&tenant).await;
        }
        let (stripe, ledger) = (calls(&tenant, Surface::Stripe), calls(&tenant, Surface::Cloud));
        let wake_up = tenant.request(Scope::New).await;
        tenant.aws.forget();
        deliver_all(&tenant, LIMIT, wake_up).await;
        assert_right(&tenant, "idle").await;
        let stripe = calls(&tenant, Surface::Stripe) - stripe;
        let ledger = calls(&tenant, Surface::Cloud) - ledger;
        let mut reads: Vec<String> = tenant.aws.calls();
        reads.retain(|action| ["Query", "GetItem", "BatchGetItem"].contains(&action.as_str()));
        println!(
            "idle: {} units in {reads:?}, {stripe} at Stripe, {ledger} at the ledger",
            tenant.aws.read_units()
        );
        assert_eq!(counter(&tenant, "entries_posted"), 0);
        assert!(tenant.aws.read_units() <= MOST_UNITS, "{} units", tenant.aws.read_units());
        assert!(tenant.aws.reads() <= MOST_TABLE_READS, "{} reads", tenant.aws.reads());
        assert!(stripe <= MOST_STRIPE_READS, "{stripe} at Stripe");
        assert!(ledger <= MOST_LEDGER_READS, "{ledger} at the ledger");
    });
}

/// State: closed days. Action: Stripe lists a late record there, then nothing more happens. What
/// must hold: the day opens again with its month, both agree, and the next runs read sums again.
#[test]
fn a_late_record_opens_a_closed_day_and_the_next_run_closes_it() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_101, 0).await;
        for ago in [100, 90, 60, 30, 5, 1] {
            tenant
                .add(json!({"type": "charge", "amount": 5_000 + ago, "created": noon(ago)}))
                .await;
        }
        work(&tenant).await;
        assert_right(&tenant, "mirrored").await;
        let (sums, months) = (tenant.closed(), tenant.months());
        assert!(sums.len() == 2 && months.len() >= 2, "{sums:?} {months:?}");
        tenant.add(json!({"type": "charge", "amount": 777, "created": noon(60)})).await;
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_right(&tenant, "the late record").await;
        assert!(tenant.wrong_figures(&Default::default()).await.is_empty());
        let reopened = tenant.closed();
        assert_ne!(sums, reopened, "the sum holds the late record");
        assert_eq!(reopened.len(), 2);
        assert_ne!(months, tenant.months(), "so does its month");
        assert_eq!(months.len(), tenant.months().len());
        assert!(tenant.wrong_sums().is_empty(), "{:?}", tenant.wrong_sums());
    });
}

/// State: a payment in each of four months; somebody posted by hand on a day of the second. Action:
/// the first sync closes what agrees. What must hold: that day and its month stay open, the later
/// months have their figures, and the open month is named, so that no statement takes it
/// for one without money.
#[test]
fn a_month_with_a_day_that_differs_is_not_forgotten_when_later_months_are_made() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_102, 0).await;
        for ago in [140, 105, 70, 35, 1] {
            tenant
                .add(json!({"type": "charge", "amount": 5_000 + ago, "created": noon(ago)}))
                .await;
        }
        work(&tenant).await;
        assert_right(&tenant, "mirrored").await;
        tenant.reconnect();
        let mut entry = manual_entry("by-hand-1", 900, "@stripe_test", "@shop");
        let at = jiff::Timestamp::from_second(noon(105)).unwrap();
        entry["effective_date"] = json!(at.to_string());
        assert!(tenant.post_by_hand(entry).await);
        work(&tenant).await;
        work(&tenant).await;
        let closed = tenant.closed();
        let head = closed.iter().find(|item| item["reopened"].is_array()).expect("a named month");
        let month = at.to_string()[..7].to_owned();
        assert_eq!(head["reopened"], json!([month]), "{head}");
        assert_eq!(head["left_open"].as_array().map(Vec::len), Some(1), "{head}");
        assert!(head["months_to"].as_str() > Some(month.as_str()), "{head}");
        assert!(tenant.months().iter().all(|item| item["month"] != json!(month)));
        assert!(tenant.wrong_sums().is_empty(), "{:?}", tenant.wrong_sums());
    });
}

/// State: closed days in two currencies, one of them with a single day. Action: somebody posts by
/// hand on old days of both. What must hold: their days open again, and what is closed adds up: the
/// sum of a currency without closed days goes.
#[test]
fn a_currency_without_closed_days_has_no_sum_any_more() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_103, 0).await;
        for (ago, currency) in [(100, "usd"), (70, "usd"), (60, "eur"), (3, "usd")] {
            tenant
                .add(json!({"type": "charge", "amount": 5_000 + ago, "currency": currency,
                    "created": noon(ago)}))
                .await;
        }
        work(&tenant).await;
        assert_right(&tenant, "mirrored").await;
        assert_eq!(tenant.closed().len(), 3, "a head and two sums");
        for (nth, (ago, currency)) in [(70, "USD"), (60, "EUR")].into_iter().enumerate() {
            let name = format!("by-hand-{nth}");
            let mut entry = manual_entry(&name, 900, "@stripe_test", "@shop");
            let at = jiff::Timestamp::from_second(noon(ago)).unwrap();
            entry["effective_date"] = json!(at.to_string());
            entry["currency"] = json!(currency);
            assert!(tenant.post_by_hand(entry).await);
        }
        for _ in 0..3 {
            work(&tenant).await;
            assert_eq!(last_run(&tenant)["verdict"], json!("mismatch"));
        }
        assert_eq!(tenant.wrong_sums(), [""; 0]);
        let head = tenant.closed().into_iter().find(|item| item["until"].is_string());
        assert_eq!(head.expect("days are closed")["subjects"], json!(1));
    });
}

/// State: a replica of the table lags behind: reads that are not strongly consistent see it empty.
/// Action: syncs mirror a year and make its months, six by each run. What must hold: nothing that a
/// worker decides depends on such a read.
#[test]
fn a_lagging_replica_changes_nothing_that_is_stored() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_104, 0).await;
        for month in 0..14 {
            tenant
                .add(json!({"type": "charge", "amount": 5_000 + month,
                    "created": noon(10 + 30 * month)}))
                .await;
        }
        tenant.aws.lag();
        for _ in 0..4 {
            work(&tenant).await;
            assert_right(&tenant, "with a lagging replica").await;
        }
        assert!(tenant.months().len() > 12, "{} months", tenant.months().len());
        assert_eq!(tenant.wrong_sums(), [""; 0]);
        assert_eq!(tenant.wrong_figures(&Default::default()).await, [""; 0]);
    });
}
