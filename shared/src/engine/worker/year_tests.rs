//! What an install keeps after a year of syncs, on a virtual clock.

use crate::engine::worker::fence_tests::world::{World, world};
use crate::model::certificate::Certificate;
use crate::model::certificate::kept::{StoredCertificate, Thinned};
use crate::model::certificate::tests::of_three_currencies;
use crate::model::certificate::thinning::{Reached, horizon, to_thin};
use crate::model::install::id::InstallId;
use crate::model::money::Sum;
use crate::model::retention::Retention;
use crate::model::run::progress::{Counters, Progress, Totals};
use crate::model::run::{Run, RunState};
use crate::model::time::{Millis, ulid_time};
use crate::platform::clock;
use crate::platform::store::certificates::stored::{thinned_item, to_stored};
use crate::platform::store::runs::close::CloseOutcome;
use crate::platform::store::runs::ending::Ending;
use crate::platform::table::keys::Sk;
use crate::platform::table::units::size_of_item;

/// Every 15 minutes.
const A_DAY: i64 = 96;
const DAYS: i64 = 365;
/// DynamoDB removes an item up to two days after its time.
const REMOVED_LATE_DAYS: i64 = 2;
/// The last hours that stay whole, up to a midnight.
const WHOLE_DAYS: i64 = 3;
/// What the year may take.
const MOST: usize = 15_000_000;
/// A UTC midnight.
const MIDNIGHT: i64 = 20_000 * 86_400_000;
/// As long an id as Blnk Cloud gives.
const INSTALL: &str = "instapp_6f1c2d9e-3b7a-4c55-9d0e-1f2a3b4c5d6e";

/// The line of a certificate that verifies: that was just looked at, and takes most of the time.
fn line_of(certificate: &Certificate) -> Thinned {
    let Certificate { version, id, at, verdict, previous, body, hash, .. } = certificate.clone();
    Thinned { version, id, at, verdict, previous, body: body.unwrap(), hash: hash.unwrap() }
}

/// The certificates that are left of a year: how many are whole, how many bytes those are, and the
/// same of lines.
fn certificates() -> ((usize, usize), (usize, usize)) {
    let mut kept: Vec<StoredCertificate> = Vec::new();
    let mut before: Option<Certificate> = None;
    let mut reached = None;
    let mut decided = 0;
    for nth in 0..DAYS * A_DAY {
        let at = Millis(MIDNIGHT + nth * 86_400_000 / A_DAY);
        let mut certificate = of_three_currencies(at, u64::try_from(nth).unwrap());
        // A line is as large whatever the certificate held. Those that stay whole hold everything.
        let stays = nth == 0 || nth % A_DAY == A_DAY - 1 || nth >= (DAYS - WHOLE_DAYS) * A_DAY;
        certificate.lines.truncate(if stays { 3 } else { 0 });
        certificate.seal(before.as_ref()).unwrap();
        let begun = reached.unwrap_or_else(|| Reached::beginning(certificate.id));
        before = Some(certificate.clone());
        kept.push(StoredCertificate::Whole(Box::new(certificate)));
        let horizon = horizon(at);
        reached = Some(begun);
        if !begun.is_due(horizon) {
            continue;
        }
        // As a run reads it: from the last one that is decided to the horizon.
        let end =
            decided + kept[decided..].iter().take_while(|it| ulid_time(it.id()) < horizon).count();
        let segment = &kept[decided..end];
        let moved = begun.moved(segment, None, horizon);
        let thin: Vec<_> = to_thin(segment).iter().map(|it| it.id).collect();
        for line in kept[decided..end].iter_mut().filter(|it| thin.contains(&it.id())) {
            *line = StoredCertificate::Thinned(line_of(line.whole().unwrap()));
        }
        decided = end - 1;
        reached = Some(moved);
    }
    let install = InstallId::parse(INSTALL).unwrap();
    let (mut whole, mut lines) = ((0, 0), (0, 0));
    for kept in &kept {
        let sk = Sk::Proof(kept.id(), kept.id());
        let (of, item) = match kept {
            StoredCertificate::Whole(it) => (&mut whole, to_stored(&install, &sk, it)),
            StoredCertificate::Thinned(line) => (&mut lines, thinned_item(&install, &sk, line)),
        };
        *of = (of.0 + 1, of.1 + size_of_item(&item.unwrap()));
    }
    (whole, lines)
}

/// The bytes of a run that ended with a match, in the table.
async fn run(world: &World, nth: u64, progress: Progress) -> usize {
    let run = world.run().await;
    let (mut fence, run) = world.claim(&run).await;
    assert!(world.store.runs().checkpoint(&mut fence, &progress, Vec::new()).await.unwrap());
    let certificate = of_three_currencies(Millis(MIDNIGHT), nth);
    let run = Run { progress, ..run };
    let ending = Ending { certificate: Some(certificate), ..Ending::of(RunState::Completed) };
    let expires_at = Retention::default().expiry(Millis(MIDNIGHT));
    let closed = world
        .store
        .runs()
        .close(&fence, &run, ending, Millis(MIDNIGHT), expires_at, clock::new_ulid())
        .await;
    assert_eq!(closed.unwrap(), CloseOutcome::Done(None));
    let item = world.get(&Sk::Run(run.connection, run.id)).await;
    size_of_item(&item) + INSTALL.len() - world.install.to_string().len()
}

fn counters(records: u64) -> Counters {
    Counters {
        pages: 1,
        records,
        entries_posted: 2 * records,
        stripe_calls: 4,
        ledger_calls: 9,
        ..Counters::default()
    }
}

/// State: a shop that takes payments in three currencies during half of the day, synced every 15
/// minutes. What must hold: after a year all certificates, and the runs that are not expired yet,
/// take no more than the bound.
#[tokio::test]
async fn a_year_of_syncs_every_15_minutes_is_small() {
    let world = world().await;
    let now = Millis(MIDNIGHT);
    let begun = Progress { read_began_at: Some(now), batch: Some(500), ..Progress::default() };
    let idle = Progress { counters: counters(0), ..begun.clone() };
    let totals = Totals {
        records: 3,
        gross: Sum(41_500),
        fees: Sum(1_204),
        net: Sum(40_296),
        pay_ins: Sum(41_500),
        ..Totals::default()
    };
    let of = ["EUR", "JPY", "USD"].map(|currency| (format!("payments#{currency}"), totals));
    let busy = Progress {
        counters: counters(9),
        totals: of.into(),
        oldest_reached: Some(now.seconds()),
        ..begun
    };
    let (idle, busy) = (run(&world, 1, idle).await, run(&world, 2, busy).await);
    let days = Retention::default().seconds() / 86_400 + REMOVED_LATE_DAYS;
    let half = usize::try_from(days * A_DAY / 2).unwrap();
    let runs = half * (idle + busy);
    let (whole, lines) = certificates();
    let all = runs + whole.1 + lines.1;
    println!(
        "a year: {all} bytes; {} whole certificates of {} bytes, {} lines of {}, {} runs of {idle} \
            or {busy}",
        whole.0,
        whole.1 / whole.0,
        lines.0,
        lines.1 / lines.0,
        2 * half
    );
    assert_eq!(whole.0 + lines.0, usize::try_from(DAYS * A_DAY).unwrap());
    assert!(
        (700..=900).contains(&(whole.1 / whole.0)) && lines.1 / lines.0 <= 350,
        "{whole:?} {lines:?}"
    );
    assert!(all <= MOST, "{all} bytes");
}
