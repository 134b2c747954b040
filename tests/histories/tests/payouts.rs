//! Automatic payouts: what each one settled, its own record among it, adds up to zero, and how many reads that takes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::payout::PayoutsProven;

const MOVEMENTS: u32 = 1_500;
const DAY: u64 = 86_400;
/// Reads of a run in which nothing happened.
const IDLE: u64 = 3;
/// Re-reads of a day.
const ALLOWED: u64 = 40;
/// Reads for older payouts in the first run, and those of the payouts that are followed.
const BESIDE_THE_FIRST: u64 = 10 + 20;

/// Stripe's automatic payouts that took place and whose members can be told.
async fn complete(tenant: &Tenant<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = tenant.world.stripe(&tenant.account.secret_key, &format!("/v1/payouts?limit=100{after}")).await;
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
        payout["automatic"] == json!(true) && payout["reconciliation_status"] == json!("completed") && took_place
    });
    all
}

fn proven(tenant: &Tenant<'_>) -> PayoutsProven {
    tenant.certificates().pop().unwrap().payouts.unwrap()
}

fn reads(tenant: &Tenant<'_>) -> u64 {
    tenant.runs().pop().unwrap().1["progress"]["counters"]["stripe_calls"].as_u64().unwrap()
}

/// An account with two years of payouts, one of which got a member too many. The first sync adds up a few, an idle one none, and each day
/// some more, inside the day's allowance; in the end each is added up once, and the certificate names the one that is left with something.
/// That is no difference of the books, and they stay a match.
#[test]
fn every_automatic_payout_is_added_up_once_inside_the_days_allowance() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_000, MOVEMENTS).await;
        let all = complete(&tenant).await;
        let odd = all.iter().filter(|payout| payout["currency"] == json!("usd")).nth(20).unwrap();
        let (odd, made) = (odd["id"].as_str().unwrap(), odd["created"].as_i64().unwrap());
        tenant.add(json!({"type": "adjustment", "amount": 7, "created": made - 60, "payout": odd})).await;

        work(&tenant).await;
        let first = proven(&tenant);
        assert!(first.older_to_come && first.zero >= 5, "{first:?}");
        assert!(reads(&tenant) <= u64::from(MOVEMENTS.div_ceil(100)) + 5 + BESIDE_THE_FIRST, "{}", reads(&tenant));
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
        let left: Vec<_> = end.remainders.iter().map(|left| (left.payout.as_str(), left.currency.as_str(), left.net.0)).collect();
        assert_eq!(left, [(odd, "USD", 7)]);
        let look = tenant.look().await;
        assert!(look.agrees(), "{:?} {:?}", look.wrong, look.off);
        assert_eq!(tenant.certificates().pop().unwrap().verdict, Verdict::Match, "a remainder is no difference of the books");
        // Another day adds nothing up again.
        time::jump(Duration::from_secs(DAY));
        work(&tenant).await;
        assert_eq!(proven(&tenant), end);
    });
}
