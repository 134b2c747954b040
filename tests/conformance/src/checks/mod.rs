//! The checks, by subject.

mod amounts;
mod answers;
mod bulk;
mod contention;
mod entities;
mod holds;
mod queue;
mod reads;
mod validation;

use crate::{Check, Verdict};

/// All checks, in the order they run.
pub(crate) fn all() -> Vec<Check> {
    let mut all = Vec::new();
    let parts = [
        queue::CHECKS,
        validation::CHECKS,
        amounts::CHECKS,
        bulk::CHECKS,
        entities::CHECKS,
        reads::CHECKS,
        contention::CHECKS,
        answers::CHECKS,
        holds::CHECKS,
    ];
    for part in parts {
        all.extend(part.iter().map(|(number, name, run)| Check {
            number: *number,
            name,
            run: *run,
        }));
    }
    all.sort_by_key(|check| check.number);
    all
}

/// Number, name and function of a check.
type Line = (u8, &'static str, for<'a> fn(&'a crate::Target) -> crate::Running<'a>);

fn pass(seen: impl Into<String>) -> Result<Verdict, String> {
    Ok(Verdict::Pass(seen.into()))
}
