//! What the stories share: running one, delivering messages, injecting faults, reading what is
//! stored.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::certificate::Certificate;
use stripe_sync::model::run::request::Scope;
use stripe_sync::platform::queue::message::WakeUp;

const STACK: usize = 256 * 1024 * 1024;
/// Enough for a run.
pub(crate) const LIMIT: Duration = Duration::from_secs(40);
/// A run that needs more messages than this does not end.
const MAX_MESSAGES: usize = 40;

/// Runs a story on a thread with a clock of its own.
pub(crate) fn story<F: Future<Output = ()> + 'static>(test: impl FnOnce() -> F + Send + 'static) {
    story_with(time::run, test);
}

/// The same with another clock.
pub(crate) fn story_with<F: Future<Output = ()> + 'static>(
    run: fn(F),
    test: impl FnOnce() -> F + Send + 'static,
) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || run(test())).unwrap();
    thread.join().unwrap();
}

/// Requests a run and gives its messages to a worker until none is left.
pub(crate) async fn work(tenant: &Tenant<'_>) {
    work_with(tenant, LIMIT, Scope::New).await;
}

/// The same, with workers that stop after `limit` and a run of `scope`. Returns how many messages
/// it took.
pub(crate) async fn work_with(tenant: &Tenant<'_>, limit: Duration, scope: Scope) -> usize {
    let first = tenant.request(scope).await;
    deliver_all(tenant, limit, first).await
}

/// Gives a worker a message and those that follow from it. Returns how many there were.
pub(crate) async fn deliver_all(
    tenant: &Tenant<'_>,
    limit: Duration,
    first: Option<WakeUp>,
) -> usize {
    let mut messages: Vec<_> = first.into_iter().collect();
    let mut taken = tenant.aws.messages().len();
    for given in 0..MAX_MESSAGES {
        let Some(wake_up) = messages.pop() else { return given };
        worker::handle(&tenant.worker(limit), &wake_up, "m").await.unwrap();
        // Delayed messages are delivered when they are due.
        while tenant.aws.messages().len() == taken && tenant.deliver_next_delayed().await {}
        let sent = tenant.aws.messages();
        messages.extend(
            sent.into_iter().skip(taken).map(|sent| serde_json::from_value(sent.body).unwrap()),
        );
        taken = tenant.aws.messages().len();
    }
    panic!("the run does not end: {:?}", tenant.runs().last());
}

/// Injects a fault into the calls for this install. Returns its id.
pub(crate) fn inject(tenant: &Tenant<'_>, mut fault: Value) -> u64 {
    let scope =
        if fault["surface"] == "stripe" { &tenant.account.account } else { &tenant.instance };
    fault["scope"] = json!(scope);
    tenant.world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap())
}

/// How often a fault has hit.
pub(crate) fn hits(tenant: &Tenant<'_>, fault: u64) -> u64 {
    tenant.world.sandbox.world.faults.list().iter().find(|known| known.id == fault).unwrap().hits
}

/// Lifts a fault. Returns how often it hit.
pub(crate) fn lift(tenant: &Tenant<'_>, fault: u64) -> u64 {
    let hits = hits(tenant, fault);
    tenant.world.sandbox.world.faults.remove(Some(fault));
    hits
}

/// Sets the objects that Stripe fails to render, and how.
pub(crate) async fn set_unrenderable(tenant: &Tenant<'_>, objects: Value) {
    let path = format!("/accounts/{}/settings", tenant.account.account);
    let (status, answer) =
        tenant.world.control_stripe(&path, json!({"unrenderable": objects})).await;
    assert_eq!(status, 204, "{answer}");
}

/// An entry in USD that someone posts by hand.
pub(crate) fn manual_entry(reference: &str, amount: i64, source: &str, destination: &str) -> Value {
    json!({"reference": reference, "precise_amount": amount, "precision": 100, "currency": "USD",
        "source": source,
        "destination": destination, "description": "by hand", "allow_overdraft": true,
        "skip_queue": true})
}

/// The newest run, as it is stored.
pub(crate) fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

/// A counter of the newest run.
pub(crate) fn counter(tenant: &Tenant<'_>, name: &str) -> u64 {
    let run = last_run(tenant);
    let value = &run["progress"]["counters"][name];
    if value.is_null() {
        // A run that came to a match stores no zeros.
        assert_eq!(run["progress"]["phase"], json!("done"), "{run}");
        return 0;
    }
    value.as_u64().unwrap()
}

/// The newest certificate.
pub(crate) fn last_certificate(tenant: &Tenant<'_>) -> Certificate {
    tenant.certificates().pop().unwrap()
}

/// The codes of the open problems.
pub(crate) fn problem_codes(tenant: &Tenant<'_>) -> Vec<String> {
    tenant.problems().into_iter().map(|(code, _)| code).collect()
}

/// Both sides agree, the last run says so, and no problem is open.
pub(crate) async fn assert_right(tenant: &Tenant<'_>, when: &str) {
    let snapshot = tenant.snapshot().await;
    assert!(snapshot.agrees(), "{when}: {:?} {:?}", snapshot.differences, snapshot.stripe_offsets);
    let run = last_run(tenant);
    assert_eq!(
        (&run["state"], &run["verdict"]),
        (&json!("completed"), &json!("match")),
        "{when}: {run}"
    );
    assert_eq!(tenant.problems(), [], "{when}");
}
