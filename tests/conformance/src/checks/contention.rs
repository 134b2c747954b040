//! Concurrent posts on one balance.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Target, Version, ensure};

const POSTS: i64 = 20;
/// Rounds of retries before contention counts as a failure.
const ROUNDS: usize = 10;

pub(super) const CHECKS: &[Line] =
    &[(45, "parallel posts on one balance are all applied once", |t| Box::pin(parallel(t)))];

async fn parallel(t: &Target) -> Outcome {
    let hot = json!({"source": t.name("hot")});
    let mut open: Vec<Value> = (0..POSTS).map(|at| t.direct(&format!("45-{at}"), &hot)).collect();
    let mut busy = 0;
    for round in 0..ROUNDS {
        let answers = join_all(open.iter().map(|body| t.transaction(body))).await;
        let mut left = Vec::new();
        for (body, answer) in open.into_iter().zip(answers) {
            let answer = answer?;
            match answer.status {
                201 => {}
                409 if round > 0 && answer.message().contains("already been used") => {}
                409 | 423 => left.push(body),
                400 if t.version == Version::Legacy => left.push(body),
                _ => return Err(answer.line()),
            }
        }
        busy += left.len();
        open = left;
        if open.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure(open.is_empty(), || format!("{} posts never succeeded", open.len()))?;
    let references: Vec<_> = (0..POSTS).map(|at| t.reference(&format!("45-{at}"))).collect();
    let rows = t.rows(&references).await?.len();
    let sum = t.sum("hot").await?;
    ensure(i64::try_from(rows) == Ok(POSTS) && sum == -1050 * POSTS, || {
        format!("{rows} rows, balance {sum}")
    })?;
    pass(format!("{POSTS} rows, balance exact, {busy} answers 423 or 409"))
}
