//! A connection of a version before the stored figures gets them beside its ordinary runs.

use std::path::Path;

use histories::image::Image;
use histories::tenant::Tenant;
use histories::world::World;
use serde_json::json;
use stripe_sync::model::certificate::Verdict;

use crate::common::{counter, last_run, story, work};

/// Runs after which the figures must be complete.
const MOST_RUNS: usize = 30;

/// Both sides agree, and the last run says so. Some of the generated movements are of types that no
/// rule knows, so runs complete with problems.
async fn assert_match(tenant: &Tenant<'_>, when: &str) {
    let snapshot = tenant.snapshot().await;
    assert!(snapshot.agrees(), "{when}: {:?}", snapshot.differences);
    let run = last_run(tenant);
    assert_eq!(run["verdict"], "match", "{when}: {run}");
}

/// Ordinary runs of this version, each with a new payment, until the figures of the past are
/// complete. Each run syncs what is new and issues a certificate that both sides match, and the
/// chain of certificates has no gap. At the end the figures equal those of the raw records.
/// Returns how many runs it took.
async fn assert_completes(tenant: &Tenant<'_>) -> usize {
    assert_ne!(tenant.connection()["figures_complete"], true, "nothing is to be made");
    let mut runs = 0;
    while tenant.connection()["figures_complete"] != true {
        runs += 1;
        assert!(runs <= MOST_RUNS, "the figures are not complete after {MOST_RUNS} runs");
        tenant.add(json!({"type": "charge", "amount": 1_000 + runs})).await;
        let before = tenant.certificates().len();
        work(tenant).await;
        assert_match(tenant, &format!("run {runs} of the upgrade")).await;
        assert!(counter(tenant, "entries_posted") > 0, "run {runs}");
        assert_eq!(tenant.certificates().len(), before + 1, "run {runs}");
    }
    let certificates = tenant.certificates();
    for pair in certificates.windows(2) {
        assert_eq!(pair[1].previous, pair[0].hash);
        assert_eq!(pair[1].verdict, Verdict::Match);
    }
    assert!(tenant.wrong_figures(&Default::default()).await.is_empty());
    assert!(tenant.wrong_sums().is_empty(), "{:?}", tenant.wrong_sums());
    runs
}

/// State: the table and the ledger that the last version without figures left, after it mirrored
/// 20,000 movements. Action and what must hold: as [`assert_completes`] says, and each certificate
/// which that version issued is unchanged.
#[test]
fn an_image_of_the_last_version_without_figures_becomes_complete_without_a_gap() {
    story(|| async {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/table-images");
        let image = Image::read(&folder.join("2d999d9-mirrored.json.gz"));
        let world = World::start().await;
        let tenant = Tenant::of_image(&world, &image).await;
        let issued = tenant.certificates();
        assert!(issued.len() > 1, "{} issued none", image.written_by);
        let runs = assert_completes(&tenant).await;
        assert!(runs > 1, "the figures of {} movements were made in one run", image.movements);
        assert!(tenant.certificates().starts_with(&issued), "a certificate changed");
    });
}
