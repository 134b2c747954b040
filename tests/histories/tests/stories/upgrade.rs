//! A connection of a version before the stored figures gets them beside its ordinary runs.

use histories::tenant::Tenant;
use histories::world::World;
use serde_json::json;
use stripe_sync::model::certificate::Verdict;

use crate::common::{counter, last_run, story, work};

/// Movements mirrored before the upgrade; `UPGRADE_MOVEMENTS=20000` is the long form.
const MOVEMENTS: u32 = 1_500;
/// Runs after which the figures must be complete, for each thousand movements and at least.
const MOST_RUNS: usize = 30;

#[expect(clippy::disallowed_methods, reason = "the option of one test")]
fn movements() -> u32 {
    std::env::var("UPGRADE_MOVEMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(MOVEMENTS)
}

/// Both sides agree, and the last run says so. Some of the generated movements are of types that no
/// rule knows, so runs complete with problems.
async fn assert_match(tenant: &Tenant<'_>, when: &str) {
    let snapshot = tenant.snapshot().await;
    assert!(snapshot.agrees(), "{when}: {:?}", snapshot.differences);
    let run = last_run(tenant);
    assert_eq!(run["verdict"], "match", "{when}: {run}");
}

/// State: a mirror of an earlier version, without figures, sums of closed days and payouts. Action:
/// ordinary runs of this version, each with a new payment. What must hold: each run syncs what is
/// new and issues a certificate that both sides match, the chain of certificates has no gap, and
/// after some runs the figures are complete and equal to those of the raw records.
#[test]
fn an_upgrade_makes_the_figures_of_the_past_without_a_gap() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 6_300, movements()).await;
        work(&tenant).await;
        assert_match(&tenant, "mirrored").await;
        tenant.forget_figures();
        let most = MOST_RUNS * usize::try_from(movements()).unwrap().div_ceil(1_000);
        let mut runs = 0;
        while tenant.connection()["figures_complete"] != true {
            runs += 1;
            assert!(runs <= most, "the figures are not complete after {most} runs");
            tenant.add(json!({"type": "charge", "amount": 1_000 + runs})).await;
            let before = tenant.certificates().len();
            work(&tenant).await;
            assert_match(&tenant, &format!("run {runs} of the upgrade")).await;
            assert!(counter(&tenant, "entries_posted") > 0, "run {runs}");
            assert_eq!(tenant.certificates().len(), before + 1, "run {runs}");
        }
        println!("upgrade: {} movements, figures complete after {runs} runs", movements());
        assert!(runs > 0, "the upgrade had nothing to do");
        let certificates = tenant.certificates();
        for pair in certificates.windows(2) {
            assert_eq!(pair[1].previous, pair[0].hash);
            assert_eq!(pair[1].verdict, Verdict::Match);
        }
        assert!(tenant.wrong_figures(&Default::default()).await.is_empty());
        assert!(tenant.wrong_sums().is_empty(), "{:?}", tenant.wrong_sums());
    });
}
