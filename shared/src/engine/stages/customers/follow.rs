//! Keeps identities in step with their Stripe customers: with what pages contain, and with what
//! events hint at.

use std::collections::{BTreeSet, HashMap};

use crate::engine::context;
use crate::engine::context::Context;
use crate::engine::stages::customers::identity::{Profile, change};
use crate::engine::stages::customers::needed::{Customers, Ensured, Needed};
use crate::engine::stages::problems;
use crate::engine::stop::Stop;
use crate::engine::suspects::trial::{Called, Calls, Tried, each};
use crate::model::ledger::rfc3339;
use crate::model::problem::ProblemReport;
use crate::model::problem::item::SubjectKind;
use crate::model::run::step::Step;
use crate::model::stripe::types::Customer;
use crate::model::suspect::record::{CallKind, name};
use crate::platform::blnk::{BlnkError, Identity, IdentityUpdate, MAX_LOOKUP_VALUES, Probe};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::customers::CustomerHint;
use crate::platform::stripe::{StripeClient, StripeError};

/// Customers that one run reads because of event hints. More wait for the next run.
const HINTS_A_RUN: i32 = 100;

/// A customer whose identity is out of date.
struct OutdatedIdentity<'c> {
    customer: &'c Customer,
    before: &'c Profile,
    next: Profile,
    /// When the customer was deleted, if that is not recorded yet.
    deleted_at: Option<String>,
}

/// The result of updating identities.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    /// Number of identities changed.
    pub(crate) changed: u64,
    /// Updates that the ledger refused.
    pub(crate) problems: Vec<ProblemReport>,
    /// Ids of problems that may exist and are over.
    pub(crate) settled: Vec<String>,
}

impl Customers<'_> {
    /// Updates the identities of customers that a page contains, as far as this app created them.
    pub(crate) async fn follow(
        &self,
        ensured: &Ensured,
        created: Option<i64>,
    ) -> Result<Followed, Stop> {
        let personal = self.settings.personal_data;
        let mut behind = Vec::new();
        for (id, (object, _)) in &ensured.seen.0 {
            let (Some(customer), Some(before)) = (object, ensured.profiles.get(id)) else {
                continue;
            };
            let next = before.following(customer, personal);
            // An identity that does not exist yet is created first.
            if self.suspects.facts(CallKind::IdentityCreate, id).is_some() {
                continue;
            }
            let like = next.deleted == before.deleted && before.behind(&next).is_empty();
            if like && self.suspects.facts(CallKind::IdentityUpdate, id).is_some() {
                // The failed change is no longer needed: Stripe has reverted it.
                self.suspects.succeeded(CallKind::IdentityUpdate, id).await?;
            }
            if before.is_own(self.owner) && !like {
                let gone = next.deleted && !before.deleted;
                // A page does not say when; an event does.
                let deleted_at = gone
                    .then(|| rfc3339(created.unwrap_or_else(|| clock::now().seconds())))
                    .transpose()?;
                behind.push(OutdatedIdentity { customer, before, next, deleted_at });
            }
        }
        if behind.is_empty() {
            return Ok(Followed::default());
        }
        let mut held: HashMap<String, Identity> = HashMap::new();
        for part in behind.chunks(MAX_LOOKUP_VALUES) {
            let ids: Vec<&str> =
                part.iter().map(|behind| behind.next.identity_id.as_str()).collect();
            let rows = self.blnk.identities(&ids, self.deadline).await?;
            held.extend(rows.into_iter().map(|row| (row.identity_id.clone(), row)));
        }
        let updates = Updates { of: self, held };
        let mut tried = Tried::default();
        let ended =
            Box::pin(each(self.suspects, &updates, behind.iter().collect(), &mut tried)).await;
        let mut followed = Followed::default();
        let mut kept = Vec::new();
        for (behind, outcome) in tried.done {
            match outcome {
                UpdateOutcome::Changed => followed.changed += 1,
                UpdateOutcome::Same => {}
                // Checked again when Stripe next reports the customer.
                UpdateOutcome::Gone => continue,
                UpdateOutcome::Refused(why) => {
                    let facts = self
                        .suspects
                        .refused(CallKind::IdentityUpdate, &behind.customer.id)
                        .await?;
                    let report = ProblemReport::identity(&behind.customer.id, &why);
                    followed.problems.push(ProblemReport {
                        suspect: Some(name(facts.kind, &facts.subject)),
                        ..report
                    });
                    continue;
                }
            }
            followed.settled.push(ProblemReport::identity(&behind.customer.id, "").id);
            kept.push(&behind.next);
        }
        Box::pin(self.write(std::iter::empty(), kept.into_iter())).await?;
        followed.problems.extend(tried.aside.iter().map(|(_, facts)| facts.to_report()));
        ended.map(|()| followed)
    }
}

/// Changes identities. Idempotent.
struct Updates<'c> {
    of: &'c Customers<'c>,
    held: HashMap<String, Identity>,
}

impl<'c> Calls for Updates<'c> {
    type Key = &'c OutdatedIdentity<'c>;
    type Output = UpdateOutcome;
    type Error = BlnkError;

    fn kind(&self) -> CallKind {
        CallKind::IdentityUpdate
    }

    fn subject(&self, behind: Self::Key) -> String {
        behind.customer.id.clone()
    }

    async fn call(&self, behind: Self::Key) -> Called<UpdateOutcome, BlnkError> {
        let Some(held) = self.held.get(&behind.next.identity_id) else {
            tracing::warn!(install = %self.of.fence.install, identity = behind.next.identity_id,
                "identity not found in the ledger");
            return (Ok(UpdateOutcome::Gone), None);
        };
        let parts: BTreeSet<_> = behind.before.behind(&behind.next);
        let change =
            change(self.of.owner, held, behind.customer, &parts, behind.deleted_at.as_deref());
        if change.is_empty() {
            return (Ok(UpdateOutcome::Same), None);
        }
        let blnk = self.of.blnk.alone();
        let answer =
            blnk.update_identity(&behind.next.identity_id, &change, self.of.deadline).await;
        let outcome = answer.map(|update| match update {
            IdentityUpdate::Done => UpdateOutcome::Changed,
            IdentityUpdate::Gone => UpdateOutcome::Gone,
            IdentityUpdate::Refused(why) => UpdateOutcome::Refused(why),
        });
        (outcome, blnk.last_failure())
    }

    async fn answers(&self) -> bool {
        self.of.blnk.answers(Probe::UpdateIdentity, self.of.deadline).await
    }

    fn deadline(&self) -> Deadline {
        self.of.deadline
    }
}

/// A customer as Stripe shows it.
#[derive(Debug)]
pub(crate) enum CustomerRead {
    Customer(Box<Customer>),
    Unknown,
    /// The key lacks the permission. Holds the permission's name at Stripe.
    Forbidden(Option<String>),
}

impl CustomerRead {
    /// The customer, if it is readable.
    pub(crate) fn customer(&self) -> Option<&Customer> {
        if let Self::Customer(customer) = self { Some(customer) } else { None }
    }
}

/// Reads customers at Stripe.
pub(crate) struct ReadCustomers<'c> {
    pub(crate) stripe: &'c StripeClient,
    pub(crate) deadline: Deadline,
}

/// An id that no customer ever has.
const NOBODY: &str = "cus_000000000000";

impl<'c> Calls for ReadCustomers<'c> {
    type Key = &'c str;
    type Output = CustomerRead;
    type Error = StripeError;

    fn kind(&self) -> CallKind {
        CallKind::CustomerRead
    }

    fn subject(&self, customer: &'c str) -> String {
        customer.to_owned()
    }

    async fn call(&self, customer: &'c str) -> Called<Self::Output, StripeError> {
        let stripe = self.stripe.alone();
        let read = match stripe.customer(customer, self.deadline).await {
            Ok(Some(customer)) => Ok(CustomerRead::Customer(Box::new(customer))),
            Ok(None) => Ok(CustomerRead::Unknown),
            // The pages will contain the customer sooner or later.
            Err(StripeError::Forbidden { permission }) => Ok(CustomerRead::Forbidden(permission)),
            Err(error) => Err(error),
        };
        (read, stripe.last_failure())
    }

    async fn answers(&self) -> bool {
        self.stripe.alone().customer(NOBODY, self.deadline).await.is_ok()
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }
}

#[derive(Debug)]
enum UpdateOutcome {
    Changed,
    Same,
    Gone,
    Refused(String),
}

pub(crate) fn customers_of<'j>(ctx: &'j Context<'_>) -> Customers<'j> {
    Customers {
        store: &ctx.services.store,
        blnk: &ctx.blnk,
        fence: &ctx.fence,
        owner: &ctx.owner,
        settings: &ctx.settings,
        ledger_id: ctx.ledger_id.as_deref().unwrap_or_default(),
        suspects: &ctx.suspects,
        deadline: ctx.deadline,
    }
}

/// Reads customers that events hint at, once per run and after all pages, so that no older state
/// overwrites what is read here. A failure does not fail the run: a hint stays until it was
/// followed.
pub(crate) async fn follow_hints(ctx: &mut Context<'_>) -> Result<(), Stop> {
    ctx.progress.pass(Step::Customers);
    let hints = if ctx.known_empty.customer_hints {
        Vec::new()
    } else {
        let customers = ctx.services.store.customers();
        customers.hints(&ctx.fence.install, ctx.fence.connection, HINTS_A_RUN).await?
    };
    ctx.found_empty.customer_hints = hints.is_empty();
    if !hints.is_empty() {
        context::check(ctx).await?;
    }
    match Box::pin(follow_all(ctx, hints)).await {
        Ok(()) => Ok(()),
        Err(stop @ (Stop::Superseded | Stop::Cancel(_))) => Err(stop),
        Err(stop) => {
            tracing::info!(install = %ctx.fence.install, why = ?stop,
                "hinted customers left to the next run");
            Ok(())
        }
    }
}

async fn follow_all(ctx: &mut Context<'_>, hints: Vec<CustomerHint>) -> Result<(), Stop> {
    let by_customer: HashMap<String, CustomerHint> =
        hints.into_iter().map(|hint| (hint.customer.clone(), hint)).collect();
    let stored = customers_of(ctx).read(&[], by_customer.keys()).await?;
    let own = |customer: &str| {
        stored.profiles.get(customer).is_some_and(|profile| profile.is_own(&ctx.owner))
    };
    let (ours, others): (Vec<&str>, Vec<&str>) =
        by_customer.keys().map(String::as_str).partition(|customer| own(customer));
    let mut tried = Tried::default();
    let (stripe, suspects) = (ctx.stripe.clone(), std::sync::Arc::clone(&ctx.suspects));
    let read = ReadCustomers { stripe: &stripe, deadline: ctx.deadline };
    let ended = Box::pin(each(&suspects, &read, ours, &mut tried)).await;
    // A customer that was not read keeps its hint.
    let unread: Vec<ProblemReport> =
        tried.aside.iter().map(|(_, facts)| facts.to_report()).collect();
    ctx.progress.counters.problems += problems::record(ctx, &unread).await?;
    let found = tried
        .done
        .into_iter()
        .chain(others.into_iter().map(|customer| (customer, CustomerRead::Unknown)));
    for (customer, read) in found {
        if ctx.out_of_time() {
            break;
        }
        let Some(hint) = by_customer.get(customer) else { continue };
        Box::pin(take_in_hinted(ctx, hint, read)).await?;
        ctx.services
            .store
            .customers()
            .drop_hint(&ctx.fence.install, ctx.fence.connection, hint)
            .await?;
    }
    ended
}

async fn take_in_hinted(
    ctx: &mut Context<'_>,
    hint: &CustomerHint,
    read: CustomerRead,
) -> Result<(), Stop> {
    match read {
        CustomerRead::Forbidden(permission) => {
            let reports = [ProblemReport::not_allowed(
                SubjectKind::Object,
                &hint.customer,
                permission.as_deref(),
            )];
            ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
            return Ok(());
        }
        CustomerRead::Customer(object) => Box::pin(follow_one(ctx, hint, &object)).await?,
        CustomerRead::Unknown => {}
    }
    problems::resolve_known(
        ctx,
        &[ProblemReport::not_allowed(SubjectKind::Object, &hint.customer, None).id],
    )
    .await
}

async fn follow_one(
    ctx: &mut Context<'_>,
    hint: &CustomerHint,
    object: &Customer,
) -> Result<(), Stop> {
    let customers = customers_of(ctx);
    let stored = customers.read(&[], std::iter::once(&hint.customer)).await?;
    let mut seen = Needed::default();
    seen.see(object);
    let ensured = Ensured { profiles: stored.profiles, seen, ..Ensured::default() };
    let followed = Box::pin(customers.follow(&ensured, Some(hint.created))).await?;
    ctx.progress.counters.identities_updated += followed.changed;
    ctx.progress.counters.problems += problems::record(ctx, &followed.problems).await?;
    problems::resolve_known(ctx, &followed.settled).await
}
