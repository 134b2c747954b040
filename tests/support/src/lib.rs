//! What tests without a network need: the AWS services that the application calls, in memory behind
//! a loopback HTTP server, and captured logs.
//!
//! The SDK's clients are real and use the server as their endpoint, so signing, serialisation,
//! timeouts and retries are tested too. Every call is counted, and any call can fail, hang, or lose
//! its answer.

mod dynamo;
mod faults;
mod gateway;
mod kms;
mod local;
mod logs;
mod scheduler;
mod secrets;
mod sns;
mod sqs;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::{ConfigLoader, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub use dynamo::{attributes, plain};
pub use faults::Fault;
pub use gateway::{Call, Reply, invoke, samples};
pub use logs::{Buffer, Logs};
pub use sqs::{Delayed, Message};

/// The table of the fake: partition key `pk`, sort key `sk`.
pub const TABLE: &str = "stripe-sync-test";
/// The queue of the fake, FIFO.
pub const QUEUE_URL: &str =
    "https://sqs.us-east-1.amazonaws.com/123456789012/stripe-sync-test.fifo";
/// The standard queue of the fake, which delays messages.
pub const DELAY_QUEUE_URL: &str =
    "https://sqs.us-east-1.amazonaws.com/123456789012/stripe-sync-test-delay";
/// The KMS key of the fake.
pub const KEY_ARN: &str =
    "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
/// The topic of the fake.
pub const TOPIC_ARN: &str = "arn:aws:sns:us-east-1:123456789012:stripe-sync-test-notices";
/// The schedule group of the fake.
pub const SCHEDULE_GROUP: &str = "stripe-sync-test";
/// The content type of every answer.
const JSON: &str = "application/x-amz-json-1.0";
/// Longer than any time-out under test.
const FOREVER: Duration = Duration::from_secs(120);

/// A failure as the services report it.
#[derive(Debug)]
pub(crate) struct Failed {
    code: &'static str,
    message: String,
    more: Value,
}

impl Failed {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), more: json!({}) }
    }

    fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }
}

#[derive(Debug, Default)]
struct State {
    /// How long each call takes.
    latency: Duration,
    calls: Vec<(String, Value)>,
    /// Halves of read request units since the calls were forgotten.
    half_reads: usize,
    rules: faults::Rules,
    table: dynamo::Table,
    keys: kms::Keys,
    queue: sqs::Queue,
    secrets: secrets::Secrets,
    schedules: scheduler::Schedules,
}

/// The action of a request.
struct Called<'r> {
    /// The header `x-amz-target`, empty without it.
    target: &'r str,
    method: &'r str,
    path: &'r str,
    query: &'r str,
}

impl Called<'_> {
    /// EventBridge Scheduler has a path and a method for each action, the others a header.
    fn action_and_body(&self, body: Value) -> (String, Value) {
        if self.target.is_empty() {
            scheduler::call(self, body)
        } else {
            (self.target.to_owned(), body)
        }
    }
}

impl State {
    fn answer(&mut self, target: &str, body: &Value) -> Result<Value, Failed> {
        let (service, action) = target.split_once('.').unwrap_or_default();
        match service {
            "DynamoDB_20120810" => self.table.answer(action, body),
            "TrentService" => self.keys.answer(action, body),
            "AmazonSQS" => self.queue.answer(action, body),
            "Scheduler" => self.schedules.answer(action, body),
            "secretsmanager" => self.secrets.answer(action, body),
            "SNS" => sns::answer(action, body),
            _ => Err(Failed::new(
                "UnknownOperationException",
                format!("{target} is not served here"),
            )),
        }
    }

    /// Handles a call. Returns status and body of the answer, or nothing when it hangs.
    fn serve(&mut self, called: &Called<'_>, body: &[u8]) -> Option<(u16, String)> {
        let (target, body) = match sns::call(body) {
            Some((action, body)) => (format!("SNS.{action}"), body),
            None => called.action_and_body(serde_json::from_slice(body).unwrap_or_default()),
        };
        let action =
            target.split_once('.').map(|(_, action)| action.to_owned()).unwrap_or_default();
        let fault = self.rules.take(&action);
        let answer = match fault {
            None => reply(self.answer(&target, &body)),
            Some(Fault::Hang) => {
                self.calls.push((action, body));
                return None;
            }
            Some(Fault::Status(status, code)) => {
                (status, json!({"__type": code, "message": "injected fault"}).to_string())
            }
            Some(Fault::Conflict) => reply(Err(dynamo::passing(&body, "TransactionConflict"))),
            Some(Fault::Throttled) => reply(Err(dynamo::passing(&body, "ThrottlingError"))),
            Some(Fault::Unprocessed) => reply(self.table.batch_get_the_first(&body)),
            Some(Fault::LostAnswer) => {
                // The call takes effect, but the caller gets no answer.
                let _ = self.answer(&target, &body);
                (
                    500,
                    json!({"__type": "InternalServerError", "message": "the answer was lost"})
                        .to_string(),
                )
            }
        };
        let answer = if target == sns::PUBLISH && answer.0 == 200 {
            (200, sns::PUBLISHED.to_owned())
        } else {
            answer
        };
        self.half_reads += dynamo::half_read_units(&action, &body, &answer.1);
        self.calls.push((action, body));
        Some(answer)
    }
}

/// The services. Dropping it stops the server.
#[derive(Debug)]
pub struct Aws {
    state: Arc<Mutex<State>>,
    /// Absent when the clients call the services directly.
    server: Option<MockServer>,
}

#[derive(Debug)]
struct Answers(Arc<Mutex<State>>);

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let target = request
            .headers
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let called = Called {
            target,
            method: request.method.as_str(),
            path: request.url.path(),
            query: request.url.query().unwrap_or_default(),
        };
        match lock(&self.0).serve(&called, &request.body) {
            Some((status, body)) => ResponseTemplate::new(status).set_body_raw(body, JSON),
            None => ResponseTemplate::new(200).set_body_raw("{}", JSON).set_delay(FOREVER),
        }
    }
}

fn reply(answer: Result<Value, Failed>) -> (u16, String) {
    match answer {
        Ok(body) => (200, body.to_string()),
        Err(failed) => {
            let mut body = failed.more;
            body["__type"] = json!(failed.code);
            body["message"] = json!(failed.message);
            (400, body.to_string())
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Aws {
    /// Starts the services, empty.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let server = MockServer::builder().disable_request_recording().start().await;
        Mock::given(any()).respond_with(Answers(state.clone())).mount(&server).await;
        Self { state, server: Some(server) }
    }

    /// The same without a server: the clients call the services without a socket. A call that hangs
    /// does so on tokio's clock, which a test may have paused.
    #[must_use]
    pub fn direct() -> Self {
        Self { state: Arc::default(), server: None }
    }

    /// The configuration of clients for these services. `loader` sets everything else, as in
    /// production.
    pub async fn sdk(&self, loader: ConfigLoader) -> SdkConfig {
        let credentials = Credentials::new("AKIDEXAMPLE", "not-a-secret", None, None, "test");
        let loader = loader.region(Region::new("us-east-1")).credentials_provider(credentials);
        match &self.server {
            Some(server) => loader.endpoint_url(server.uri()).load().await,
            None => {
                loader
                    .endpoint_url("http://aws.invalid")
                    .http_client(local::client(self.state.clone()))
                    .load()
                    .await
            }
        }
    }

    /// Makes a secret with a current and a previous version. Returns its ARN.
    #[must_use]
    pub fn secret(&self, name: &str, current: &str, previous: Option<&str>) -> String {
        lock(&self.state).secrets.set(name, current, previous)
    }

    /// Lets `times` calls of an action fail, from the `nth` on (1 is the next).
    pub fn fault(&self, action: &str, nth: usize, times: usize, fault: Fault) {
        lock(&self.state).rules.add(action, nth, times, fault);
    }

    /// Lifts all faults.
    pub fn clear_faults(&self) {
        lock(&self.state).rules.clear();
    }

    /// How many calls failed because of faults.
    #[must_use]
    pub fn faults_hit(&self) -> usize {
        lock(&self.state).rules.hits()
    }

    /// The actions called since the start or the last [`Aws::forget`], in their order.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        lock(&self.state).calls.iter().map(|(action, _)| action.clone()).collect()
    }

    /// Lets each call of [`Aws::direct`] take so long, on tokio's clock.
    pub fn take(&self, latency: Duration) {
        lock(&self.state).latency = latency;
    }

    /// How often an action was called.
    #[must_use]
    pub fn count(&self, action: &str) -> usize {
        lock(&self.state).calls.iter().filter(|(called, _)| called == action).count()
    }

    /// The bodies of an action's calls.
    #[must_use]
    pub fn bodies(&self, action: &str) -> Vec<Value> {
        lock(&self.state)
            .calls
            .iter()
            .filter(|(called, _)| called == action)
            .map(|(_, body)| body.clone())
            .collect()
    }

    /// The table's read request units since the start or the last [`Aws::forget`], rounded up: as
    /// DynamoDB charges them, 4 KiB a unit, half for reads that are not strongly consistent.
    #[must_use]
    pub fn read_units(&self) -> usize {
        lock(&self.state).half_reads.div_ceil(2)
    }

    /// How often the table was read.
    #[must_use]
    pub fn reads(&self) -> usize {
        ["Query", "GetItem", "BatchGetItem"].iter().map(|action| self.count(action)).sum()
    }

    /// Forgets the calls counted so far.
    pub fn forget(&self) {
        let mut state = lock(&self.state);
        state.calls.clear();
        state.half_reads = 0;
    }

    /// From now on, reads of the table that are not strongly consistent see it as it is now: a
    /// replica lags behind. Reads of an index do not.
    pub fn lag(&self) {
        lock(&self.state).table.lag();
    }

    /// One stored item as plain JSON.
    #[must_use]
    pub fn item(&self, pk: &str, sk: &str) -> Option<Value> {
        lock(&self.state).table.item(pk, sk).map(plain)
    }

    /// All stored items of a partition whose sort key starts with `prefix`, as plain JSON, in the
    /// order of their sort keys.
    #[must_use]
    pub fn items(&self, pk: &str, prefix: &str) -> Vec<Value> {
        lock(&self.state).table.items(pk, prefix).into_iter().map(plain).collect()
    }

    /// The same items as the SDK has them.
    #[must_use]
    pub fn stored(
        &self,
        pk: &str,
        prefix: &str,
    ) -> Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
        lock(&self.state).table.items(pk, prefix).into_iter().map(attributes).collect()
    }

    /// Stores an item, given in DynamoDB's own form, without a call.
    pub fn place(&self, item: &Value) {
        lock(&self.state).table.place(item);
    }

    /// Changes a stored item's attribute, given in DynamoDB's own form; `null` removes it. The item
    /// must exist.
    pub fn alter(&self, pk: &str, sk: &str, attribute: &str, value: Value) {
        lock(&self.state).table.alter(pk, sk, attribute, value);
    }

    /// Removes the stored items of a partition whose sort key starts with `prefix`, without a call.
    pub fn remove(&self, pk: &str, prefix: &str) {
        lock(&self.state).table.remove(pk, prefix);
    }

    /// Everything stored, as text, to search for what must not be in it.
    #[must_use]
    pub fn dump(&self) -> String {
        lock(&self.state).table.dump()
    }

    /// The schedules by their names, as they were made or last changed.
    #[must_use]
    pub fn schedules(&self) -> std::collections::BTreeMap<String, Value> {
        lock(&self.state).schedules.all()
    }

    /// Changes a member of a schedule past the application.
    pub fn alter_schedule(&self, name: &str, member: &str, value: Value) {
        lock(&self.state).schedules.alter(name, member, value);
    }

    /// The messages in the queue, without those that a FIFO queue drops as duplicates.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.state).queue.messages()
    }

    /// The bodies of the messages in the delay queue that were not taken.
    #[must_use]
    pub fn delayed(&self) -> Vec<Value> {
        lock(&self.state).queue.delayed()
    }

    /// Takes the messages that were sent to the delay queue since the last call, whether they are
    /// due or not.
    #[must_use]
    pub fn take_delayed(&self) -> Vec<Delayed> {
        lock(&self.state).queue.take_delayed()
    }
}
