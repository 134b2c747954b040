//! What stories on one install share.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use serde_json::json;
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use stripe_sync::platform::queue::message::WakeUp;

const STACK: usize = 256 * 1024 * 1024;
/// Enough for a run.
pub(crate) const LIMIT: Duration = Duration::from_secs(40);
/// Messages until a run must have ended.
const MAX_MESSAGES: usize = 40;

/// Runs a story on a thread whose clock it has for itself.
pub(crate) fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || time::run(test())).unwrap();
    thread.join().unwrap();
}

/// Gives a run's messages to a worker until none is left.
#[allow(dead_code, reason = "not every file of stories asks for it")]
pub(crate) async fn work(tenant: &Tenant<'_>) {
    work_with(tenant, LIMIT, Scope::New).await;
}

/// The same, with workers that stop after a while and a run of a scope; answers how many messages it took.
pub(crate) async fn work_with(tenant: &Tenant<'_>, limit: Duration, scope: Scope) -> usize {
    let first = tenant.request(scope).await;
    pass(tenant, limit, first).await
}

/// Gives a worker a message and those that follow from it; answers how many there were.
pub(crate) async fn pass(tenant: &Tenant<'_>, limit: Duration, first: Option<WakeUp>) -> usize {
    let mut messages: Vec<_> = first.into_iter().collect();
    let mut taken = tenant.aws.messages().len();
    for given in 0..MAX_MESSAGES {
        let Some(wake_up) = messages.pop() else { return given };
        worker::handle(&tenant.worker(limit), &wake_up, "m").await.unwrap();
        // What waits is given to the queue in its time.
        while tenant.aws.messages().len() == taken && tenant.pass_next_on().await {}
        let sent = tenant.aws.messages();
        messages.extend(sent.into_iter().skip(taken).map(|sent| serde_json::from_value(sent.body).unwrap()));
        taken = tenant.aws.messages().len();
    }
    panic!("the run does not end: {:?}", tenant.runs().last());
}

#[allow(dead_code, reason = "not every file of stories asks for it")]
pub(crate) async fn assert_right(tenant: &Tenant<'_>, how: &str) {
    let look = tenant.look().await;
    assert!(look.agrees(), "{how}: {:?} {:?}", look.wrong, look.off);
    let (_, run) = tenant.runs().pop().unwrap();
    assert_eq!((&run["state"], &run["verdict"]), (&json!("completed"), &json!("match")), "{how}: {run}");
    assert_eq!(tenant.problems(), [], "{how}");
}
