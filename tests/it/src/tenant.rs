//! One customer of the app: a Stripe account, an install with its own instance and ledger, and an
//! open portal.

mod builder;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{
    Aws, Books, Dispatcher, Failure, Install, ManualEntry, Portal, Sandbox, Stack, Step,
    StripeAccount, aws,
};

pub use self::builder::TenantBuilder;

/// The longest time that a run of a test may take.
pub const LIMIT: Duration = Duration::from_secs(240);
const POLL: Duration = Duration::from_millis(50);

/// A customer of the app.
#[derive(Debug)]
pub struct Tenant {
    /// The stack.
    pub stack: Stack,
    /// The simulators.
    pub sandbox: Sandbox,
    /// The local AWS, with all permissions.
    pub aws: Aws,
    /// Workers for all tests.
    pub dispatcher: Arc<Dispatcher>,
    /// The seed of the account's history.
    pub seed: u64,
    /// The Stripe account.
    pub account: StripeAccount,
    /// The install.
    pub install: Install,
    /// The portal.
    pub portal: Portal,
}

impl Tenant {
    /// The install's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.install.installed_app_id
    }

    /// Opens the portal again.
    ///
    /// # Errors
    /// When the launch is refused.
    pub async fn launch(&mut self) -> Step {
        self.portal = open(&self.stack, &self.sandbox, self.id()).await?;
        Ok(())
    }

    /// Runs a sync to its end.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn sync(&self, scope: &str) -> Step<Value> {
        let id = self.portal.sync(scope).await?;
        self.portal.finished(&id, LIMIT, |_| {}).await
    }

    /// Makes a preview to its end.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn preview(&self) -> Step<Value> {
        let answer = self.portal.ok("POST", "/preview", None).await?;
        let id = answer.pointer("/run/id").and_then(Value::as_str).unwrap_or_default();
        self.portal.finished(id, LIMIT, |_| {}).await
    }

    /// Posts an entry that is not the app's, through Core's own API. Returns its id.
    ///
    /// # Errors
    /// When Core refuses.
    pub async fn post_by_hand(&self, entry: ManualEntry) -> Step<String> {
        let made = self
            .sandbox
            .core(&self.install.instance_id, "POST", "/transactions", Some(entry.into()))
            .await?;
        Ok(text(&made, "transaction_id"))
    }

    /// Lets the platform deliver the install again, with a new key and all permissions.
    ///
    /// # Errors
    /// When the install is not active afterwards.
    pub async fn reinstall(&self) -> Step {
        let spec = json!({"installed_app_id": self.id(), "instance_id": self.install.instance_id});
        let install = self.sandbox.install_like(spec).await?;
        if install.status == "active" {
            Ok(())
        } else {
            Err(Failure::from(format!("the install is {}", install.status)))
        }
    }

    /// Slows down every bulk post, so that a test can act during a run. Returns the fault's id.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn slow_bulks(&self, delay_ms: u64) -> Step<u64> {
        let slow = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk",
            "delay_ms": delay_ms, "times": 0});
        self.fault(slow).await
    }

    /// The present time, in Unix seconds.
    ///
    /// # Errors
    /// When the clock is before 1970.
    #[expect(clippy::disallowed_methods, reason = "records are made for the present time")]
    pub fn now(&self) -> Step<i64> {
        Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?)
    }

    /// Both sides of the books.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub async fn books(&self) -> Step<Books> {
        Books::read(&self.stack, &self.account, &self.install.instance_id).await
    }

    /// Asserts that a run ended in a match and that the books agree.
    ///
    /// # Errors
    /// When the books cannot be read.
    ///
    /// # Panics
    /// When they do not.
    #[track_caller]
    pub fn assert_match(&self, run: &Value) -> impl Future<Output = Step<Books>> {
        assert_eq!(
            run.get("verdict").and_then(Value::as_str),
            Some("match"),
            "seed {}: {run}",
            self.seed
        );
        let state = text(run, "state");
        assert!(state.starts_with("completed"), "seed {}: {run}", self.seed);
        async {
            let books = self.books().await?;
            books.assert_equal(self.seed);
            let (named, with_legs) = books.distinct_records();
            assert_eq!(
                (named, books.entries.len()),
                (with_legs, books.legs()),
                "seed {}: distinct records and entries",
                self.seed
            );
            Ok(books)
        }
    }

    /// Injects a fault into the calls for this customer. Returns its id.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn fault(&self, mut fault: Value) -> Step<u64> {
        let stripe = text(&fault, "surface") == "stripe";
        let (name, value) = if stripe {
            ("account", &self.account.account)
        } else {
            ("instance", &self.install.instance_id)
        };
        fault[name] = json!(value);
        let made = self.sandbox.fault(fault).await?;
        Ok(made.get("id").and_then(Value::as_u64).unwrap_or_default())
    }

    /// How often a fault has hit so far.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn hits(&self, fault: u64) -> Step<u64> {
        let all = self.sandbox.call("GET", "/faults", None).await?;
        let ours = |known: &&Value| known.get("id").and_then(Value::as_u64) == Some(fault);
        let faults = all.get("faults").and_then(Value::as_array).into_iter().flatten();
        Ok(faults
            .into_iter()
            .find(ours)
            .and_then(|known| known.get("hits")?.as_u64())
            .unwrap_or_default())
    }

    /// Lifts a fault.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn lift(&self, fault: u64) -> Step {
        self.sandbox.call("DELETE", &format!("/faults/{fault}"), None).await.map(drop)
    }

    /// Adds records to the Stripe account.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn add(&self, records: impl Into<Value>) -> Step<Value> {
        self.sandbox.add_records(&self.account.account, records.into()).await
    }

    /// Reads Stripe's API with the account's full key.
    ///
    /// # Errors
    /// When Stripe refuses.
    pub async fn at_stripe(&self, path: &str) -> Step<Value> {
        let url = format!("{}{path}", self.stack.stripe);
        let request = self.stack.http.get(url).bearer_auth(&self.account.secret_key);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// How many calls to Stripe and how many to the ledger something makes, with its answer.
    ///
    /// # Errors
    /// When it fails, or the control refuses.
    pub async fn counted<T>(&self, call: impl Future<Output = Step<T>>) -> Step<(T, (u64, u64))> {
        let made = async || -> Step<(u64, u64)> {
            let stripe = self.stripe_calls().await?.values().sum();
            Ok((stripe, self.cloud_calls().await?.values().sum()))
        };
        let before = made().await?;
        let answer = call.await?;
        let after = made().await?;
        Ok((answer, (after.0 - before.0, after.1 - before.1)))
    }

    /// Calls to Stripe for this account so far, by `METHOD route`.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn stripe_calls(&self) -> Step<BTreeMap<String, u64>> {
        self.sandbox.calls(&format!("surface=stripe&account={}", self.account.account)).await
    }

    /// Calls to Blnk Cloud for this instance so far, by `METHOD route`.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn cloud_calls(&self) -> Step<BTreeMap<String, u64>> {
        self.sandbox.calls(&format!("surface=cloud&instance={}", self.install.instance_id)).await
    }

    /// Waits until a run has handled this many records.
    ///
    /// # Errors
    /// When it ends before, or takes too long.
    pub async fn underway(&self, run: &str, records: u64) -> Step<Value> {
        self.until(run, |seen| number(seen, "records") >= records).await
    }

    /// Waits until a run is in the expected state.
    ///
    /// # Errors
    /// When it ends before, or takes too long.
    pub async fn until(&self, run: &str, expected: impl Fn(&Value) -> bool) -> Step<Value> {
        let began = Instant::now();
        loop {
            let seen = self.portal.run(run).await?;
            if expected(&seen) {
                return Ok(seen);
            }
            let over = !matches!(text(&seen, "state").as_str(), "queued" | "running");
            if over || began.elapsed() > LIMIT {
                return Err(Failure::from(format!(
                    "the run did not reach the expected state: {seen}"
                )));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until no worker runs for this install, and none has been called for a while.
    pub async fn quiet(&self) {
        let mut since = Instant::now();
        let mut known = 0;
        while since.elapsed() < Duration::from_secs(2) {
            let made = self.dispatcher.invocations(self.id()).len();
            if self.dispatcher.busy(self.id()) || made != known {
                (since, known) = (Instant::now(), made);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The states of all runs in the table, including those of former connections.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn stored_runs(&self) -> Step<Vec<String>> {
        let items = self.aws.partition(self.id()).await?;
        Ok(items
            .iter()
            .filter(|item| aws::text(item, "sk").starts_with("RUN#"))
            .map(|item| aws::text(item, "state").to_owned())
            .collect())
    }

    /// A run's state, verdict and number of records, read from the table without a session.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn stored(&self, run: &str) -> Step<Option<Value>> {
        let items = self.aws.partition(self.id()).await?;
        let Some(item) = items.iter().find(|item| {
            aws::text(item, "sk").ends_with(run) && aws::text(item, "sk").starts_with("RUN#")
        }) else {
            return Ok(None);
        };
        let counters = item
            .get("progress")
            .and_then(|progress| progress.as_m().ok()?.get("counters")?.as_m().ok());
        let records = counters
            .and_then(|counters| counters.get("records")?.as_n().ok()?.parse::<u64>().ok())
            .unwrap_or_default();
        Ok(Some(json!({"state": aws::text(item, "state"), "verdict": aws::text(item, "verdict"),
                "records": records})))
    }

    /// The generation of the installation, which wake-ups name.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn generation(&self) -> Step<String> {
        let meta = self.aws.item(self.id(), "META").await?.ok_or("no install")?;
        Ok(aws::text(&meta, "generation").to_owned())
    }
}

async fn open(stack: &Stack, sandbox: &Sandbox, install: &str) -> Step<Portal> {
    let url = sandbox
        .launch(install)
        .await?
        .map_err(|status| Failure::from(format!("the launch was refused: {status}")))?;
    Portal::open(stack, &url).await
}

/// A text of an answer; empty when it is missing.
#[must_use]
pub fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A number of an answer; zero when it is missing.
#[must_use]
pub fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}
