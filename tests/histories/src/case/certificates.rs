//! Each new certificate, checked against what the oracle saw.

use stripe_sync::model::certificate::{Certificate, Verdict};
use stripe_sync::model::time::ulid_time;

use super::{Case, Checked, State};
use crate::chain;
use crate::judge::{self, Evidence};
use crate::oracle::Snapshot;
use crate::tally::Tally;
use crate::time;

impl Case<'_> {
    /// Judges the certificates that are new.
    pub(super) async fn judge_certificates(&self, faulty: bool) -> Checked {
        let chain = self.tenant.chain();
        if let Some(fault) = chain::fault(&chain, time::now()) {
            return Err(fault);
        }
        if chain.len() == self.state.borrow().judged {
            return Ok(());
        }
        let now = self.tenant.snapshot().await;
        let mut state = self.state.borrow_mut();
        let new = state.judged.min(chain.len());
        state.judged = chain.len();
        for kept in chain.iter().skip(new) {
            let Some(certificate) = kept.whole() else {
                return Err(format!("certificate {} was thinned at once", kept.id()));
            };
            let faults = faults_of(certificate, &state, &now, faulty);
            count(&mut state.tally, certificate);
            if !faults.is_empty() {
                return Err(format!(
                    "certificate {} ({:?}): {}",
                    certificate.id,
                    certificate.verdict,
                    faults.join("; ")
                ));
            }
        }
        Ok(())
    }
}

fn faults_of(
    certificate: &Certificate,
    state: &State,
    now: &Snapshot,
    faulty: bool,
) -> Vec<String> {
    let since = state.snapshots.iter().filter(|snapshot| snapshot.at >= certificate.at.0);
    let snapshots: Vec<Snapshot> = since.chain([now]).cloned().collect();
    // A run that began under faults does not try twice what it set aside.
    let began_quietly = ulid_time(certificate.run).0 >= state.quiet_since;
    let evidence = Evidence {
        snapshots: &snapshots,
        planted: &state.planted,
        offset_periods: &state.offset_periods,
        quiet: !faulty && !state.had_faults && state.changes == 0 && began_quietly,
    };
    judge::faults(certificate, &evidence)
}

fn count(tally: &mut Tally, certificate: &Certificate) {
    tally.certificates += 1;
    match certificate.verdict {
        Verdict::Match => tally.matches += 1,
        Verdict::Mismatch => tally.mismatches += 1,
        Verdict::Inconclusive => tally.inconclusive += 1,
    }
}
