//! Certificates of past days, thinned by the runs that follow.

use std::time::Duration;

use histories::chain;
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::certificate::kept::StoredCertificate;

use crate::common::{assert_right, last_run, manual_entry, story, work};

const HOURS_BETWEEN: u64 = 5;

/// How many of the chain are whole, and how many are thinned.
fn counted(chain: &[StoredCertificate]) -> (usize, usize) {
    let whole = chain.iter().filter(|kept| kept.whole().is_some()).count();
    (whole, chain.len() - whole)
}

async fn days(tenant: &Tenant<'_>, runs: u32) {
    for _ in 0..runs {
        work(tenant).await;
        assert_eq!(chain::fault(&tenant.chain(), time::now()), None);
        time::jump(Duration::from_secs(HOURS_BETWEEN * 3_600));
    }
}

/// State: an account that matches for three days. Then somebody posts by hand, and it does not
/// match for three more. What must hold: the chain keeps all its hashes; matches between matches
/// are thinned once they are two days old, and nothing else is; a run thins once a day.
#[test]
fn old_matches_are_thinned_and_everything_else_stays() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_200, 0).await;
        tenant.add(json!({"type": "charge", "amount": 5_000})).await;
        days(&tenant, 14).await;
        assert!(tenant.post_by_hand(manual_entry("by-hand-1", 900, "@stripe_test", "@shop")).await);
        days(&tenant, 18).await;
        assert_eq!(last_run(&tenant)["verdict"], json!("mismatch"));
        let chain = tenant.chain();
        let (whole, thinned) = counted(&chain);
        assert!(thinned >= 6, "{whole} whole, {thinned} thinned");
        let mismatches: Vec<&StoredCertificate> =
            chain.iter().filter(|kept| kept.verdict() == Verdict::Mismatch).collect();
        assert!(mismatches.len() >= 17 && mismatches.iter().all(|kept| kept.whole().is_some()));
        // What is due is done: a run that follows at once reads no certificate.
        work(&tenant).await;
        tenant.aws.forget();
        work(&tenant).await;
        let of_certificates = tenant
            .aws
            .bodies("Query")
            .iter()
            .filter(|query| query.to_string().contains("PROOF#"))
            .count();
        assert_eq!(of_certificates, 0);
    });
}

/// State: an account that matches for a week. What must hold: both sides agree to the end, and what
/// is left of the chain is what an auditor needs.
#[test]
fn a_week_without_anything_leaves_one_whole_certificate_a_day() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_201, 0).await;
        tenant.add(json!({"type": "charge", "amount": 5_000})).await;
        days(&tenant, 34).await;
        work(&tenant).await;
        assert_right(&tenant, "after a week").await;
        let chain = tenant.chain();
        assert_eq!(chain::fault(&chain, time::now()), None);
        let old = chain.iter().filter(|kept| kept.at().0 < time::now() - 4 * 86_400_000);
        let old: Vec<StoredCertificate> = old.cloned().collect();
        let (whole, thinned) = counted(&old);
        // The first, and the last of each day.
        assert!(whole <= 5 && thinned >= 10, "{whole} whole, {thinned} thinned");
    });
}
