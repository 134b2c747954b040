//! The queue's event source as AWS runs it: message groups in parallel, one message of a group at a
//! time. The local AWS handles the messages of a FIFO queue one after another, whatever their
//! group, so that one slow install would delay every test.
//!
//! Delayed messages stay with the local AWS: it passes them on to this queue.
//!
//! Tests share the dispatcher. The first one disables the local AWS's own mapping, and the last one
//! enables it again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde_json::{Value, json};

use crate::stack::variable;
use crate::{Aws, Lambda, Stack, Step};

/// How many workers run at once: as many as two cores can run.
const WORKERS: usize = 6;
/// The pause between two polls of an empty queue.
const POLL: Duration = Duration::from_millis(50);
/// A message whose worker died is delivered again after this many seconds. The queue's own
/// visibility timeout covers a worker that may still live; here the end of the invocation is known.
const REDELIVERED_AFTER_SECONDS: i32 = 1;

static ALONE: Mutex<()> = Mutex::new(());
static SHARED: tokio::sync::Mutex<Weak<Dispatcher>> = tokio::sync::Mutex::const_new(Weak::new());

/// One invocation of a worker.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The message's body.
    pub body: String,
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Option<Instant>,
    /// Whether the message was acknowledged.
    pub acknowledged: bool,
}

#[derive(Debug, Default)]
struct Book {
    /// The function of a group, where it is not the deployed one.
    routes: HashMap<String, String>,
    invocations: HashMap<String, Vec<Invocation>>,
}

/// Delivers the work queue's messages to workers.
#[derive(Debug)]
pub struct Dispatcher {
    book: Arc<Mutex<Book>>,
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Dispatcher {
    /// The dispatcher that all tests of this process share.
    ///
    /// # Errors
    /// When the local AWS's own mapping cannot be switched off.
    pub async fn shared(stack: &Stack) -> Step<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return Ok(running);
        }
        let lambda = Lambda::of(stack)?;
        let mapping = lambda.worker_mapping().await?;
        let (book, stop) =
            (Arc::new(Mutex::new(Book::default())), Arc::new(AtomicBool::new(false)));
        let feed = Feed {
            stack: stack.clone(),
            queue: variable("QUEUE_URL")?,
            worker: variable("SYNC_WORKER_FUNCTION")?,
            book: book.clone(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stopped, (ready, began)) = (stop.clone(), tokio::sync::oneshot::channel());
        // A thread of its own: each test has a runtime that ends with it.
        let thread = std::thread::spawn(move || {
            // One that ends switches the mapping on again before the next one switches it off.
            let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
            runtime.block_on(async {
                let off = lambda.enable_mapping(&mapping, false).await;
                let works = off.is_ok();
                let _ = ready.send(off);
                if works {
                    feed.run(&stopped).await;
                }
                if let Err(error) = lambda.enable_mapping(&mapping, true).await {
                    eprintln!("the worker's event source could not be switched on again: {error}");
                }
            });
        });
        began.await??;
        let dispatcher = Arc::new(Self { book, stop, thread: Mutex::new(Some(thread)) });
        *shared = Arc::downgrade(&dispatcher);
        Ok(dispatcher)
    }

    /// Lets another function handle an install's messages.
    pub fn route(&self, install: &str, function: &str) {
        lock(&self.book).routes.insert(install.to_owned(), function.to_owned());
    }

    /// The invocations for an install's group so far.
    #[must_use]
    pub fn invocations(&self, install: &str) -> Vec<Invocation> {
        lock(&self.book).invocations.get(install).cloned().unwrap_or_default()
    }

    /// Whether a worker runs for an install.
    #[must_use]
    pub fn busy(&self, install: &str) -> bool {
        self.invocations(install).iter().any(|invocation| invocation.ended.is_none())
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Clone)]
struct Feed {
    stack: Stack,
    queue: String,
    worker: String,
    book: Arc<Mutex<Book>>,
}

impl Feed {
    async fn run(&self, stop: &AtomicBool) {
        let aws = Aws::owner(&self.stack).await;
        let Ok(lambda) = Lambda::of(&self.stack) else { return };
        let mut at_work = tokio::task::JoinSet::new();
        while !stop.load(Ordering::Relaxed) {
            while at_work.try_join_next().is_some() {}
            let message = if at_work.len() < WORKERS { self.receive(&aws).await } else { None };
            match message {
                Some(message) => {
                    let (feed, aws, lambda) = (self.clone(), aws.clone(), lambda.clone());
                    at_work.spawn(async move { feed.work(&aws, &lambda, message).await });
                }
                None => tokio::time::sleep(POLL).await,
            }
        }
        // Running workers end and their messages are acknowledged: none is delivered again in
        // another test.
        while at_work.join_next().await.is_some() {}
    }

    async fn receive(&self, aws: &Aws) -> Option<Message> {
        let request = aws.sqs.receive_message().queue_url(&self.queue).max_number_of_messages(1);
        let answer = request
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .ok()?;
        answer.messages.unwrap_or_default().into_iter().next()
    }

    async fn work(&self, aws: &Aws, lambda: &Lambda, message: Message) {
        let attributes = message.attributes.clone().unwrap_or_default();
        let group = attributes
            .get(&MessageSystemAttributeName::MessageGroupId)
            .cloned()
            .unwrap_or_default();
        let body = message.body.clone().unwrap_or_default();
        let (function, at) = {
            let mut book = lock(&self.book);
            let invocations = book.invocations.entry(group.clone()).or_default();
            invocations.push(Invocation {
                body: body.clone(),
                began: Instant::now(),
                ended: None,
                acknowledged: false,
            });
            let at = invocations.len() - 1;
            (book.routes.get(&group).cloned().unwrap_or_else(|| self.worker.clone()), at)
        };
        let id = message.message_id.clone().unwrap_or_default();
        let outcome = lambda.invoke(&function, &event(&id, &body)).await;
        let acknowledged = outcome.is_ok_and(|invoked| invoked.acknowledged());
        let handle = message.receipt_handle.unwrap_or_default();
        let settled = if acknowledged {
            aws.sqs
                .delete_message()
                .queue_url(&self.queue)
                .receipt_handle(handle)
                .send()
                .await
                .is_ok()
        } else {
            let again =
                aws.sqs.change_message_visibility().queue_url(&self.queue).receipt_handle(handle);
            again.visibility_timeout(REDELIVERED_AFTER_SECONDS).send().await.is_ok()
        };
        if let Some(invocation) =
            lock(&self.book).invocations.get_mut(&group).and_then(|all| all.get_mut(at))
        {
            invocation.ended = Some(Instant::now());
            invocation.acknowledged = acknowledged && settled;
        }
    }
}

/// A batch of one message, as the queue's event source sends it.
#[must_use]
pub fn event(id: &str, body: &str) -> Value {
    json!({"Records": [{"messageId": id, "receiptHandle": id, "body": body,
        "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {},
        "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:test.fifo",
        "awsRegion": "us-east-1"}]})
}
