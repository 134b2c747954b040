//! A part of Stripe's list that could not be read limits the certificate: no line of it can be a
//! match.

use std::collections::BTreeMap;

use crate::engine::stages::proof::judge::CONNECT_RESERVED;
use crate::model::certificate::{Certificate, Line, LineVerdict, Verdict};
use crate::model::run::hole::UnreadableRanges;
use crate::model::summary::DifferenceWatch;

/// Withdraws what a certificate cannot know: which balance and currency a hole affects, and so
/// whether any line agrees. `waits` says why the opening is not in the ledger yet. Differences in
/// hours without a hole stay.
pub(crate) fn limit_to_what_was_read(
    certificate: &mut Certificate,
    holes: &UnreadableRanges,
    waits: Option<&str>,
    watch: &mut BTreeMap<String, DifferenceWatch>,
) {
    let Some(why) = holes.why().or_else(|| waits.map(str::to_owned)) else { return };
    let read_only = certificate.read_only;
    for line in certificate.lines.iter_mut().filter(|line| line.balance != CONNECT_RESERVED) {
        line.incomplete = true;
        // In read-only mode every hour differs, which says nothing.
        let stands = line.is_ledger_at_fault() && !read_only;
        line.note = Some(match line.note.take().filter(|_| stands) {
            Some(note) => format!("{note} {why}"),
            None => why.clone(),
        });
        if !stands {
            line.verdict = LineVerdict::Inconclusive;
        }
    }
    // What the list lacks is no difference within Stripe's own figures.
    watch.clear();
    let any = |verdict| certificate.lines.iter().any(|line: &Line| line.verdict == verdict);
    certificate.verdict =
        if any(LineVerdict::Mismatch) { Verdict::Mismatch } else { Verdict::Inconclusive };
}
