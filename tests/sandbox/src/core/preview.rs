//! Dry runs: what a post would do, told without doing it.

mod working;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use self::working::{Projection, Working, raw};
use super::error::{self, classify};
use super::inflight::{Action, released};
use super::posting::Refusal;
use super::request::Post;
use super::split;
use super::state::State;

/// What a post would do. Sums are texts: in minor units they may be beyond 2^53.
#[derive(Debug, Serialize)]
pub struct Preview {
    dry_run: bool,
    would_apply: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<Rejection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    reference: String,
    currency: String,
    amount: Box<RawValue>,
    precise_amount: String,
    precision: i64,
    #[serde(serialize_with = "null_when_empty")]
    balances: Vec<Projection>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    legs: Vec<Leg>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// A list that was never begun, as Go writes it.
fn null_when_empty<T: Serialize, S: Serializer>(
    list: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if list.is_empty() { serializer.serialize_none() } else { list.serialize(serializer) }
}

#[derive(Debug, Serialize)]
struct Rejection {
    code: &'static str,
    reason: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct Leg {
    identifier: String,
    role: &'static str,
    precise_amount: String,
    amount: Box<RawValue>,
}

/// What a bulk would do.
#[derive(Debug, Serialize)]
pub struct BulkPreview {
    dry_run: bool,
    would_apply: bool,
    cumulative: bool,
    atomic: bool,
    results: Vec<Preview>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    balances: Vec<Projection>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl Preview {
    fn of(post: &Post) -> Self {
        Self {
            dry_run: true,
            would_apply: true,
            rejection: None,
            operation: None,
            status: Some(if post.inflight { "INFLIGHT" } else { "APPLIED" }),
            reference: post.reference.clone(),
            currency: post.currency.clone(),
            amount: raw(post.amount, post.precision),
            precise_amount: post.amount.to_string(),
            precision: post.precision,
            balances: Vec::new(),
            legs: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn reject(&mut self, refusal: &Refusal) {
        let message = refusal.typed_text();
        let reason = if message.contains("insufficient funds") {
            "insufficient_funds"
        } else if message.contains("overdraft limit") {
            "overdraft_limit"
        } else {
            "other"
        };
        (self.would_apply, self.status) = (false, None);
        let code = classify(&message).unwrap_or(error::TXN_VALIDATION);
        self.rejection.get_or_insert(Rejection { code, reason, message });
    }

    /// Whether it would apply.
    pub fn would_apply(&self) -> bool {
        self.would_apply
    }
}

impl BulkPreview {
    /// Adds a remark.
    pub fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }
}

impl State {
    /// What a post would do.
    ///
    /// # Errors
    /// An unknown balance; a split that cannot be read.
    pub fn preview(&self, post: &Post) -> Result<Preview, Refusal> {
        let mut working = Working::new(self);
        let mut preview = self.preview_item(post, &mut working, post.skip_queue)?;
        if preview.balances.is_empty() {
            if !preview.would_apply {
                working.touched.iter_mut().for_each(|touched| touched.now = touched.before);
            }
            preview.balances = working.projections();
        }
        if post.dates.scheduled_for.is_some() {
            preview.notes.push(
                "scheduled_for is ignored in a dry run; the projection shows the \
                    effect as if applied now"
                    .to_owned(),
            );
        }
        self.note_currencies(post, &working, &mut preview);
        Ok(preview)
    }

    fn preview_item(
        &self,
        post: &Post,
        working: &mut Working<'_>,
        cumulative: bool,
    ) -> Result<Preview, Refusal> {
        let mut preview = Preview::of(post);
        let split = split::legs(post).map_err(Refusal::Said)?;
        if split.is_empty()
            && let Err(refusal) = working.post(post)?
        {
            preview.reject(&refusal);
        }
        for leg in split {
            let mut own = Working::new(self);
            let outcome = if cumulative { working.post(&leg)? } else { own.post(&leg)? };
            preview.balances.extend(own.projections());
            match outcome {
                Ok(()) => {
                    let (role, identifier) = if post.sources.is_empty() {
                        ("destination", leg.destination)
                    } else {
                        ("source", leg.source)
                    };
                    let amount = raw(leg.amount, leg.precision);
                    preview.legs.push(Leg {
                        identifier,
                        role,
                        precise_amount: leg.amount.to_string(),
                        amount,
                    });
                }
                Err(refusal) => {
                    preview.reject(&refusal);
                    if cumulative {
                        break;
                    }
                }
            }
        }
        if self.references.contains_key(post.reference.as_str()) {
            preview.rejection = None;
            preview.reject(&Refusal::Duplicate(post.reference.clone()));
        }
        Ok(preview)
    }

    fn note_currencies(&self, post: &Post, working: &Working<'_>, preview: &mut Preview) {
        for touched in working.touched.iter().filter(|touched| touched.currency != post.currency) {
            preview.notes.push(format!(
                "currency mismatch: transaction is {} but {} balance {} is {}; the ledger applies \
                 this as raw minor units",
                post.currency, touched.role, touched.id, touched.currency
            ));
        }
    }

    /// What a bulk would do: item after item on the same balances with `skip_queue`, each on its
    /// own without.
    ///
    /// # Errors
    /// As [`Self::preview`], for any item.
    pub fn preview_bulk(
        &self,
        posts: &[Post],
        cumulative: bool,
        atomic: bool,
    ) -> Result<BulkPreview, Refusal> {
        let mut working = Working::new(self);
        let mut seen = std::collections::HashSet::new();
        let mut results = Vec::with_capacity(posts.len());
        for post in posts {
            let repeated = !seen.insert(post.reference.as_str())
                || self.references.contains_key(post.reference.as_str());
            let preview = if repeated {
                let mut preview = Preview::of(post);
                preview.reject(&Refusal::Duplicate(post.reference.clone()));
                preview
            } else if cumulative {
                self.preview_item(post, &mut working, true)?
            } else {
                self.preview(post)?
            };
            results.push(preview);
        }
        let mut notes = Vec::new();
        if !cumulative {
            notes.push(
                "items are dispatched concurrently unless skip_queue is set, so each item \
                    is projected independently against current balances and real execution order is \
                    not guaranteed"
                    .to_owned(),
            );
        }
        if atomic {
            notes.push(
                "an atomic batch compensates on failure by voiding or refunding \
                    already-applied items rather than rolling back, and that compensation can itself \
                    fail"
                    .to_owned(),
            );
        }
        let would_apply = results.iter().all(Preview::would_apply);
        let balances = if cumulative { working.projections() } else { Vec::new() };
        Ok(BulkPreview { dry_run: true, would_apply, cumulative, atomic, results, balances, notes })
    }

    /// What a refund of these rows would do.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub fn preview_refund(&self, id: &str, rows: &[u32]) -> Result<Preview, Refusal> {
        let mut working = Working::new(self);
        let mut preview = Preview::of(&Post::default());
        (preview.precision, preview.status) = (0, None);
        let (mut total, mut refused) = (0, Vec::new());
        for row in rows {
            let moved = match self.refund_post(*row, &super::refund::RefundOptions::default()) {
                Ok((post, _)) => working.post(&post)?.map(|()| post),
                Err(refusal) => Err(refusal),
            };
            match moved {
                Ok(post) => {
                    total += post.amount;
                    if rows.len() > 1 {
                        let (identifier, amount) = (
                            format!("txn_{}", self.txn(*row).id),
                            raw(post.amount, post.precision),
                        );
                        preview.legs.push(Leg {
                            identifier,
                            role: "source",
                            precise_amount: post.amount.to_string(),
                            amount,
                        });
                    }
                    preview.status = Some(if post.inflight { "INFLIGHT" } else { "APPLIED" });
                    (preview.currency, preview.precision, preview.reference) =
                        (post.currency, post.precision, post.reference);
                }
                Err(refusal) => refused.push(refusal.typed_text()),
            }
        }
        if !refused.is_empty() {
            preview.reject(&Refusal::Said(format!(
                "error occurred during processing: [{}]",
                refused.join(" ")
            )));
        }
        (preview.precise_amount, preview.amount) =
            (total.to_string(), raw(total, preview.precision));
        preview.balances = working.projections();
        preview.notes.push(match rows {
            [row] => format!("projected refund of transaction txn_{}", self.txn(*row).id),
            _ => format!("projected refund of {} refundable transactions under {id}", rows.len()),
        });
        Ok(preview)
    }

    /// What a commit or void of these holds would do.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub fn preview_action(&self, holds: &[u32], action: Action) -> Result<Preview, Refusal> {
        let mut working = Working::new(self);
        let mut preview = Preview::of(&Post::default());
        preview.operation = Some(action.name());
        preview.status = Some(if action == Action::Void { "VOID" } else { "APPLIED" });
        let mut total = 0;
        for hold in holds {
            let txn = self.txn(*hold);
            let side = |balance| self.balance(balance).id.clone();
            let from = working.resolve(&side(txn.source), &txn.currency, "source")?;
            let to = working.resolve(&side(txn.destination), &txn.currency, "destination")?;
            (preview.currency, preview.precision) = (txn.currency.to_string(), txn.precision);
            match self.amount_of(*hold, action) {
                Ok(amount) => {
                    total += amount;
                    let (a, b) = released(
                        action,
                        amount,
                        working.touched[from].now,
                        working.touched[to].now,
                    );
                    (working.touched[from].now, working.touched[to].now) = (a, b);
                }
                Err(refusal) => preview.reject(&refusal),
            }
        }
        (preview.precise_amount, preview.amount) =
            (total.to_string(), raw(total, preview.precision));
        preview.balances = working.projections();
        Ok(preview)
    }
}
