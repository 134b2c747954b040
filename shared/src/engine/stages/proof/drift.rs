//! Records the causes of differences as problems. Each has a recommended action, and a person may
//! dismiss it.

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::certificate::{Cause, CauseKind, Certificate, Line};
use crate::model::money::Sum;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::{MissingEntries, SubjectKind};

/// Distinguishes these problems from others about the same entry.
const ASPECT: &str = "drift";

/// The problem for a cause, if there is not one already.
fn to_report(cause: &Cause, line: &Line) -> Option<ProblemReport> {
    let (code, text) = match cause.kind {
        CauseKind::Foreign => {
            (ProblemCode::ForeignEntry, "Somebody else posted this entry to the mirror.")
        }
        CauseKind::Unlisted => (
            ProblemCode::EntryUnlisted,
            "The ledger has this entry of ours, and Stripe lists no record for it.",
        ),
        CauseKind::Different => (
            ProblemCode::EntryChanged,
            "The ledger's entry is not what Stripe's record should have made.",
        ),
        CauseKind::Missing => (
            ProblemCode::EntryMissing,
            "Stripe lists this record, and the ledger has no entry for it.",
        ),
        CauseKind::BeforeStart => return None,
    };
    if cause.problem.is_some() {
        return None;
    }
    let moved = |sum: Option<Sum>| sum.map_or(0, |sum| sum.0);
    let (expected, found) = (moved(cause.expected), moved(cause.found));
    let missing = MissingEntries {
        balance: line.balance.clone(),
        currency: line.currency.clone(),
        debit: Sum(expected.max(0) - found.max(0)),
        credit: Sum(found.min(0) - expected.min(0)),
    };
    let leg = cause.reference.rsplit(':').next().unwrap_or_default();
    let (kind, subject, aspect) = match &cause.stripe_id {
        // A missing entry can be posted by reading the record again.
        Some(record) if cause.kind == CauseKind::Missing => {
            (SubjectKind::Record, record.as_str(), format!("{ASPECT}-{leg}"))
        }
        _ => (
            SubjectKind::Entry,
            cause.ledger_id.as_deref().unwrap_or(&cause.reference),
            ASPECT.to_owned(),
        ),
    };
    Some(ProblemReport {
        references: vec![cause.reference.clone()],
        entry_ids: cause.ledger_id.iter().cloned().collect(),
        missing: Some(missing),
        ..ProblemReport::new(kind, subject, &aspect, code, text)
            .of(expected - found, line.currency.clone())
    })
}

/// The problems for the causes in a certificate.
fn problems(certificate: &Certificate) -> Vec<ProblemReport> {
    let line = |cause: &Cause| {
        certificate
            .lines
            .iter()
            .find(|line| line.mirror == cause.mirror && line.currency == cause.currency)
    };
    certificate.causes.iter().filter_map(|cause| to_report(cause, line(cause)?)).collect()
}

/// Records the causes in a certificate as problems. Problems that are no longer named are resolved,
/// if all causes were named.
pub(crate) async fn stand_as_problems(
    ctx: &mut Context<'_>,
    certificate: &Certificate,
    all_named: bool,
) -> Result<(), Stop> {
    let reports = problems(certificate);
    ctx.progress.counters.problems +=
        crate::engine::stages::problems::record(ctx, &reports).await?;
    if all_named { resolve_except(ctx, &reports).await } else { Ok(()) }
}

/// Resolves the problems of this kind except these.
pub(crate) async fn resolve_except(
    ctx: &mut Context<'_>,
    reports: &[ProblemReport],
) -> Result<(), Stop> {
    crate::engine::stages::problems::resolve_codes(ctx, &ProblemCode::DRIFT, reports).await
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    use crate::model::problem::explained::ExplainedAll;

    use crate::model::problem::item::{ProblemItem, ProblemState};

    fn certificate(debits: (i128, i128), credits: (i128, i128), causes: Vec<Cause>) -> Certificate {
        let line: Line =
            serde_json::from_value(serde_json::json!({"balance": "payments", "mirror": "@stripe",
                "currency": "USD", "exponent": 2,
            "ledger": "0", "expected": "0", "d2": "0",
            "debits": [debits.0.to_string(), debits.1.to_string()],
            "credits": [credits.0.to_string(), credits.1.to_string()], "records": 1,
            "verdict": "mismatch"}))
            .unwrap();
        let at = crate::model::time::Millis(1);
        let certificate = Certificate::new(
            Ulid::nil(),
            Ulid::nil(),
            at,
            crate::model::certificate::Verdict::Mismatch,
            vec![line],
            0,
        );
        Certificate { causes, ..certificate }
    }

    fn cause(kind: CauseKind, id: &str, expected: Option<i128>, found: Option<i128>) -> Cause {
        let sums = [expected, found].map(|sum| sum.map(Sum));
        Cause {
            kind,
            mirror: "@stripe".into(),
            currency: "USD".into(),
            reference: format!("ref-{id}"),
            stripe_id: None,
            ledger_id: Some(id.into()),
            expected: sums[0],
            found: sums[1],
            at: None,
            problem: None,
        }
    }

    /// Someone posts to the mirror by hand and reverses it with another entry. A third entry has a
    /// wrong amount. Once a person has dismissed all three, the difference equals the dismissed
    /// amount to the minor unit.
    #[test]
    fn what_is_named_can_be_dismissed_to_the_minor_unit() {
        let causes = vec![
            cause(CauseKind::Foreign, "in", None, Some(500)),
            cause(CauseKind::Foreign, "back", None, Some(-500)),
            cause(CauseKind::Different, "off", Some(70), Some(-30)),
        ];
        let certificate = certificate((1_070, 1_500), (200, 730), causes);
        let reports = problems(&certificate);
        assert_eq!(
            reports.iter().map(|report| (report.code.clone(), report.amount)).collect::<Vec<_>>(),
            [
                (ProblemCode::ForeignEntry, Some(-500)),
                (ProblemCode::ForeignEntry, Some(500)),
                (ProblemCode::EntryChanged, Some(100))
            ]
        );
        let mut explained = ExplainedAll::default();
        for (at, report) in reports.iter().enumerate() {
            assert!(!explained.dismissed(&certificate.lines[0]), "only all of them are all");
            explained.add(&ProblemItem::dismissed_for_test(report, at));
        }
        assert!(explained.dismissed(&certificate.lines[0]), "{explained:?}");
        assert_eq!(ProblemState::Dismissed, ProblemItem::dismissed_for_test(&reports[0], 0).state);
    }

    #[test]
    fn a_cause_that_is_already_a_problem_is_not_reported_again() {
        let known = Cause {
            problem: Some("txn_1:amount".into()),
            ..cause(CauseKind::Missing, "x", Some(5), None)
        };
        let before = cause(CauseKind::BeforeStart, "2026-01-01:debits", Some(5), None);
        assert_eq!(problems(&certificate((5, 0), (0, 0), vec![known, before])), []);
    }
}
