//! Calls that get an undocumented answer run after run. A run waits for a better answer as for any
//! other. After several consecutive runs, a problem must say which call it is and what the answer
//! looks like.

use ulid::Ulid;

use crate::engine::context::Context;
use crate::engine::stages::problems;
use crate::engine::stop::Stop;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::SubjectKind;
use crate::model::run::unanswered::{STANDS_SECONDS, Unanswered};
use crate::model::shape::Shape;
use crate::model::time::Millis;

impl Unanswered {
    /// The state after a run has stopped for an answer.
    pub(crate) fn after(before: Option<&Self>, shape: Shape, run: Ulid, now: Millis) -> Self {
        let same = before
            .filter(|before| before.run == run && now < before.at.plus_seconds(STANDS_SECONDS));
        let runs =
            same.map_or_else(|| before.map_or(1, |before| before.runs + 1), |same| same.runs);
        Self {
            call: shape.call().to_owned(),
            seen: shape.seen(),
            runs,
            run,
            at: same.map_or(now, |same| same.at),
        }
    }

    pub(crate) fn problem(&self) -> ProblemReport {
        let cause = format!(
            "{} returned an undocumented answer in several syncs in a row: {}. Such an answer \
             proves nothing, so the sync waits.",
            self.call, self.seen
        );
        ProblemReport::new(SubjectKind::Call, &self.call, "shape", ProblemCode::UnknownShape, cause)
    }
}

/// Every call got an answer, so the problem about unanswered calls is over.
pub(crate) async fn answered(ctx: &mut Context<'_>) -> std::result::Result<(), Stop> {
    if ctx.summary.as_ref().is_none_or(|summary| summary.unanswered.is_none()) {
        return Ok(());
    }
    problems::resolve_codes(ctx, &[ProblemCode::UnknownShape], &[]).await?;
    let summaries = ctx.services.store.summaries();
    summaries.forget_unanswered(&ctx.fence.install, ctx.fence.connection).await?;
    if let Some(summary) = &mut ctx.summary {
        summary.unanswered = None;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::run::unanswered::RUNS;

    #[test]
    fn runs_are_counted_and_receives_are_not() {
        let shape = Shape::of("/balances/filter", b"{\"message\":\"ok\"}");
        let (soon, later) = (Millis(1_000), Millis(STANDS_SECONDS * 1000));
        let first = Unanswered::after(None, shape, Ulid::from_parts(1, 1), Millis(0));
        assert_eq!(Unanswered::after(Some(&first), shape, Ulid::from_parts(1, 1), soon), first);
        assert_eq!(
            Unanswered::after(Some(&first), shape, Ulid::from_parts(1, 1), later).runs,
            2,
            "it stands still"
        );
        let second = Unanswered::after(Some(&first), shape, Ulid::from_parts(2, 1), soon);
        let third = Unanswered::after(
            Some(&second),
            Shape::of("/v1/balance", b"null"),
            Ulid::from_parts(3, 1),
            soon,
        );
        assert_eq!((first.runs, second.runs, third.runs), (1, 2, RUNS));
        let report = second.problem();
        assert_eq!(
            (report.subject.as_str(), report.code),
            ("/balances/filter", ProblemCode::UnknownShape)
        );
        assert!(report.cause.contains("an object with message"), "{}", report.cause);
        assert_eq!(third.problem().subject, "/v1/balance");
    }
}
