//! Cases side by side.

use std::time::Duration;

use futures::future::join_all;

use super::{Case, Checked};
use crate::tally::Tally;
use crate::time;
use crate::world::World;

/// The time after each session: less than the proof's rules look at, more than a day, more than a
/// week, a few minutes.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(16 * 60),
    Duration::from_secs(26 * 3600),
    Duration::from_secs(8 * 86_400),
    Duration::from_secs(11 * 60),
];
/// The time between the last fault and the last runs.
const REST: Duration = Duration::from_secs(26 * 3600);

/// Runs cases side by side to their ends. Returns what was done and what went wrong.
pub async fn batch(seeds: &[u64]) -> (Tally, Vec<String>) {
    let world = World::start().await;
    let cases = join_all(seeds.iter().map(|seed| Case::begin(&world, *seed))).await;
    let mut failed: Vec<Option<String>> = vec![None; cases.len()];
    for (session, pause) in (0_u64..).zip(PAUSES) {
        let under_way = cases.iter().zip(&failed).map(|(case, failed)| async move {
            match failed {
                Some(_) => Ok(()),
                None => case.session(session).await,
            }
        });
        let ended = join_all(under_way).await;
        note(&mut failed, ended, &format!("session {session}"));
        time::jump(pause);
    }
    join_all(cases.iter().map(Case::lift_faults)).await;
    // By then everything that was set aside is due again.
    time::jump(REST);
    let last = cases.iter().zip(&failed).map(|(case, failed)| async move {
        if failed.is_some() { Ok(()) } else { case.finish().await }
    });
    let ended = join_all(last).await;
    note(&mut failed, ended, "the end");
    let mut tally = Tally::default();
    for case in &cases {
        tally += case.tally();
    }
    let reports = cases.iter().zip(failed).filter_map(|(case, failed)| {
        failed.map(|why| {
            format!(
                "HISTORIES_SEED={} ({}): {why}",
                case.seed,
                if case.legacy { "Core 0.14" } else { "newest Core" }
            )
        })
    });
    (tally, reports.collect())
}

fn note(failed: &mut [Option<String>], ended: Vec<Checked>, when: &str) {
    for (failed, ended) in failed.iter_mut().zip(ended) {
        if let Err(why) = ended {
            *failed = Some(format!("{when}: {why}"));
        }
    }
}
