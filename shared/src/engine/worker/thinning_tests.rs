//! Certificates that runs issue, and that later runs thin, in a table.

use serde_json::json;
use test_support::TABLE;
use ulid::Ulid;

use crate::engine::run::thin::decide;
use crate::engine::worker::fence_tests::world::{World, world};
use crate::model::certificate::kept::StoredCertificate;
use crate::model::certificate::tests::of_three_currencies;
use crate::model::certificate::thinning::{Reached, horizon};
use crate::model::certificate::{Certificate, Verdict};
use crate::model::run::progress::{Progress, Walk};
use crate::model::run::step::Step;
use crate::model::run::{Run, RunState};
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::certificates::kept_in;
use crate::platform::store::connected::PK;
use crate::platform::store::runs::close::CloseOutcome;
use crate::platform::store::runs::ending::Ending;
use crate::platform::table::attribute::Item;
use crate::platform::table::item::known_item;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::units::size_of_item;

const HOUR_MS: i64 = 3_600_000;
/// A UTC midnight.
const MIDNIGHT: i64 = 20_000 * 24 * HOUR_MS;

impl World {
    /// A run that ends with a certificate and has come so far with thinning.
    pub(crate) async fn issue(&self, certificate: Certificate, thinned: Option<Reached>) -> Run {
        let run = self.run().await;
        let (fence, run) = self.claim(&run).await;
        let now = certificate.at.plus_seconds(2);
        let progress = Progress { thinned, ..Progress::default() };
        let run = Run { progress, ..run };
        let ending = Ending { certificate: Some(certificate), ..Ending::of(RunState::Completed) };
        let closed = self.store.runs().close(&fence, &run, ending, now, 0, clock::new_ulid()).await;
        assert_eq!(closed.unwrap(), CloseOutcome::Done(None));
        run
    }

    pub(crate) async fn get(&self, sk: &Sk<'_>) -> Item {
        let get = self.store.client.get_item().table_name(TABLE);
        get.set_key(Some(key(&self.install, sk))).send().await.unwrap().item.unwrap()
    }

    /// All certificates, oldest first, each with its size in the table.
    async fn chain(&self) -> Vec<(StoredCertificate, usize)> {
        let prefix = ItemKind::Proof.of_connection(self.connection.connection);
        let items = self.store.items(&self.install, &prefix).await.unwrap();
        let of = |item: Item| (kept_in(item.clone()).unwrap().unwrap(), size_of_item(&item));
        items.into_iter().map(of).collect()
    }

    async fn summary(&self) -> Summary {
        let summaries = self.store.summaries();
        summaries.get(&self.install, self.connection.connection).await.unwrap()
    }
}

fn at(hours: i64) -> Millis {
    Millis(MIDNIGHT + hours * HOUR_MS)
}

/// State: certificates of three days, every four hours, one a mismatch. Action: a worker whose run
/// belongs to another one thins, then the right one does. What must hold: the first changes
/// nothing; then the lines of those between stay with the same hashes; another run finds nothing to
/// do.
#[tokio::test]
async fn a_run_thins_what_is_old_and_only_while_it_is_its_own() {
    let world = world().await;
    for nth in 0..18 {
        let verdict = if nth == 9 { Verdict::Mismatch } else { Verdict::Match };
        let certificate = of_three_currencies(at(nth * 4), u64::try_from(nth).unwrap());
        world.issue(Certificate { verdict, ..certificate }, None).await;
    }
    let before = world.chain().await;
    let reached = world.summary().await.thinned.unwrap();
    assert_eq!(reached.after, before[0].0.id(), "from the first certificate on");
    let now = at(5 * 24);
    let run = world.run().await;
    let (mut stale, _) = world.claim(&run).await;
    let (mut fence, _) = world.claim(&run).await;
    let horizon = horizon(now);
    assert_eq!(horizon, at(3 * 24));
    let (units, moved) = decide(&world.store, &fence, reached, horizon).await.unwrap();
    let progress = Progress { thinned: Some(moved), ..Progress::default() };
    let runs = world.store.runs();
    assert!(!runs.checkpoint(&mut stale, &progress, units.clone()).await.unwrap());
    assert_eq!(world.chain().await, before, "a worker that lost its run thins nothing");
    assert!(runs.checkpoint(&mut fence, &progress, units).await.unwrap());
    let after = world.chain().await;
    for ((old, _), (new, size)) in before.iter().zip(&after) {
        assert_eq!((old.id(), old.previous(), old.hash()), (new.id(), new.previous(), new.hash()));
        assert!(new.verifies());
        assert!(*size <= if new.whole().is_some() { 900 } else { 260 }, "{size}");
    }
    let whole: Vec<usize> = (0..18).filter(|nth| after[*nth].0.whole().is_some()).collect();
    assert_eq!(whole, [0, 5, 8, 9, 10, 11, 17], "the first, last of days, around the mismatch");
    assert!(!moved.is_due(horizon), "once a day is enough");
    let (again, _) = decide(&world.store, &fence, reached, horizon).await.unwrap();
    assert!(again.is_empty());
}

/// State: an install of an earlier version. What must hold: its certificates stay whole, the first
/// of the new layout names the last of them, and thinning begins there. How far a run came is kept
/// with the summary.
#[tokio::test]
async fn thinning_begins_at_the_first_certificate_that_can_be_thinned() {
    let world = world().await;
    let mut old = Certificate { version: 2, ..of_three_currencies(at(-8), 1) };
    old.seal(None).unwrap();
    let mut summary = Summary::new(world.connection.connection);
    summary.last_proof = Some(old.clone());
    let put = world.store.summaries().put(&world.install, &summary, true).unwrap();
    assert!(world.store.transact(vec![put]).await.unwrap().done());
    world.issue(of_three_currencies(at(0), 2), None).await;
    let chain = world.chain().await;
    assert_eq!(chain[0].0.previous(), old.hash.as_deref());
    let first = world.summary().await.thinned.unwrap();
    assert_eq!(first, Reached::beginning(chain[0].0.id()));
    let moved = Reached { after: Ulid::from_parts(1, 1), until: at(1) };
    world.issue(of_three_currencies(at(4), 3), Some(moved)).await;
    world.issue(of_three_currencies(at(8), 4), None).await;
    assert_eq!(world.summary().await.thinned, Some(moved));
}

/// State: among old certificates one that holds an attribute of a newer version, one that was
/// changed, and one that is nothing that this version knows. Action: thin. What must hold: all of
/// them stay as they are, and so do those beside what was changed; the rest is thinned.
#[tokio::test]
async fn a_certificate_of_a_newer_version_or_a_changed_one_is_not_touched() {
    let world = world().await;
    let mut sks = Vec::new();
    for nth in 0..12 {
        let certificate = of_three_currencies(at(nth), u64::try_from(nth).unwrap());
        sks.push(Sk::Proof(world.connection.connection, certificate.id).to_string());
        world.issue(certificate, None).await;
    }
    world.aws.alter(PK, &sks[2], "from_the_future", json!({"S": "kept"}));
    world.aws.alter(PK, &sks[5], "at", json!({"N": "1"}));
    world.aws.alter(PK, &sks[8], "schema", json!({"N": "3"}));
    let run = world.run().await;
    let (mut fence, _) = world.claim(&run).await;
    let reached = world.summary().await.thinned.unwrap();
    let (units, _) = decide(&world.store, &fence, reached, at(24)).await.unwrap();
    let progress = Progress::default();
    assert!(world.store.runs().checkpoint(&mut fence, &progress, units).await.unwrap());
    let thinned: Vec<usize> = (0..12)
        .filter(|nth| world.aws.item(PK, &sks[*nth]).unwrap().get("thinned").is_some())
        .collect();
    assert_eq!(thinned, [1, 3, 6, 10], "4 is followed by another day, 7 and 9 by a gap");
    assert_eq!(world.aws.item(PK, &sks[2]).unwrap()["from_the_future"], "kept");
}

/// State: a run that came to a match. What must hold: of its progress stays what people are shown,
/// and reading it back gives that.
#[tokio::test]
async fn a_matched_run_keeps_the_progress_that_the_portal_shows() {
    let world = world().await;
    let run = world.run().await;
    let (mut fence, run) = world.claim(&run).await;
    let mut progress = Progress {
        read_began_at: Some(at(0)),
        walk: Walk::new(Some(7_200), 10_800),
        walks: 2,
        oldest_reached: Some(7_300),
        batch: Some(500),
        ..Progress::default()
    };
    progress.pass(Step::Customers);
    progress.counters.pages = 3;
    assert!(world.store.runs().checkpoint(&mut fence, &progress, Vec::new()).await.unwrap());
    let ending = Ending {
        certificate: Some(of_three_currencies(at(0), 1)),
        ..Ending::of(RunState::Completed)
    };
    let before = Run { progress, ..run };
    let runs = world.store.runs();
    runs.close(&fence, &before, ending, at(1), 0, clock::new_ulid()).await.unwrap();
    let stored = world.stored(&before);
    assert_eq!(
        stored["progress"],
        json!({"phase": "done", "counters": {"pages": 3}, "oldest_reached": 7_300})
    );
    assert!(["error", "approvals", "touched_at"].iter().all(|name| stored.get(name).is_none()));
    let read = runs.get(&world.install, before.connection, before.id).await.unwrap().unwrap();
    assert_eq!(
        (read.progress.counters, read.state),
        (before.progress.counters, RunState::Completed)
    );
}

/// What an earlier version does with the items of this layout: nothing, since it does not know the
/// word of the verdict.
#[tokio::test]
async fn an_earlier_version_leaves_new_certificates_alone() {
    let world = world().await;
    let certificate = of_three_currencies(at(0), 1);
    let sk = Sk::Proof(world.connection.connection, certificate.id);
    world.issue(certificate, None).await;
    let read: Option<Certificate> = known_item(world.get(&sk).await).unwrap();
    assert_eq!(read, None);
}
