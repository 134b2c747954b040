//! Automatic payouts: the records of each one, with its own, sum up to zero. How many reads that
//! takes.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::payout::PayoutsProven;

use crate::common::{counter, last_certificate, story, work};

const MOVEMENTS: u32 = 1_500;
const DAY: u64 = 86_400;
/// Reads of a run in which nothing happened.
const IDLE: u64 = 3;
/// The daily allowance of reads.
const ALLOWED: u64 = 40;
/// Reads for older payouts in the first run, and those of the payouts that are followed.
const BESIDE_THE_FIRST: u64 = 10 + 20;

/// The automatic payouts that took place and whose records Stripe can list.
async fn complete(tenant: &Tenant<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = tenant
            .world
            .stripe(&tenant.account.secret_key, &format!("/v1/payouts?limit=100{after}"))
            .await;
        let page: Value = serde_json::from_slice(&page).unwrap();
        let data = page["data"].as_array().unwrap().clone();
        let last = data.last().map(|last| last["id"].as_str().unwrap().to_owned());
        all.extend(data);
        if page["has_more"] == json!(false) {
            break;
        }
        after = format!("&starting_after={}", last.unwrap());
    }
    all.retain(|payout| {
        let took_place = !["failed", "canceled"].contains(&payout["status"].as_str().unwrap());
        payout["automatic"] == json!(true)
            && payout["reconciliation_status"] == json!("completed")
            && took_place
    });
    all
}

fn proven(tenant: &Tenant<'_>) -> PayoutsProven {
    last_certificate(tenant).payouts.unwrap()
}

fn reads(tenant: &Tenant<'_>) -> u64 {
    counter(tenant, "stripe_calls")
}

/// An account has two years of payouts, and one of them has a record too many. The first sync sums
/// up a few, an idle run none, and each day some more within the daily allowance. In the end each
/// is summed up once, and the certificate names the one with a remainder. The books still match.
#[test]
fn every_automatic_payout_is_summed_up_once_within_the_daily_allowance() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_000, MOVEMENTS).await;
        let all = complete(&tenant).await;
        let odd = all.iter().filter(|payout| payout["currency"] == json!("usd")).nth(20).unwrap();
        let (odd, made) = (odd["id"].as_str().unwrap(), odd["created"].as_i64().unwrap());
        tenant
            .add(json!({"type": "adjustment", "amount": 7, "created": made - 60, "payout": odd}))
            .await;

        work(&tenant).await;
        let first = proven(&tenant);
        assert!(first.older_to_come && first.zero >= 5, "{first:?}");
        assert!(
            reads(&tenant) <= u64::from(MOVEMENTS.div_ceil(100)) + 5 + BESIDE_THE_FIRST,
            "{}",
            reads(&tenant)
        );
        work(&tenant).await;
        assert!(reads(&tenant) <= IDLE, "{} reads although nothing happened", reads(&tenant));
        assert_eq!(proven(&tenant), first);

        let mut days = 0;
        while proven(&tenant).older_to_come || proven(&tenant).waiting > 0 {
            time::jump(Duration::from_secs(DAY));
            work(&tenant).await;
            assert!(reads(&tenant) <= IDLE + ALLOWED, "{} reads in a day", reads(&tenant));
            days += 1;
            assert!(days < 30, "{:?}", proven(&tenant));
        }
        let all = complete(&tenant).await;
        let end = proven(&tenant);
        assert_eq!(end.zero, all.len() as u64 - 1, "{end:?}");
        let left: Vec<_> = end
            .remainders
            .iter()
            .map(|left| (left.payout.as_str(), left.currency.as_str(), left.net.0))
            .collect();
        assert_eq!(left, [(odd, "USD", 7)]);
        let snapshot = tenant.snapshot().await;
        assert!(snapshot.agrees(), "{:?} {:?}", snapshot.differences, snapshot.stripe_offsets);
        assert_eq!(
            last_certificate(&tenant).verdict,
            Verdict::Match,
            "a remainder is no difference between the books"
        );
        // The next day sums up nothing again.
        time::jump(Duration::from_secs(DAY));
        work(&tenant).await;
        assert_eq!(proven(&tenant), end);
    });
}
