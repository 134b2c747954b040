//! Clients of the local AWS, with the owner's permissions or with those of a function's role.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::{Failure, Stack, Step};

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// The longest wait for the effect of a message.
const PATIENCE: Duration = Duration::from_secs(20);
/// The pause between two reads.
const POLL: Duration = Duration::from_millis(100);

/// Clients of the local AWS under one identity.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The table's service.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The keys' service.
    pub kms: aws_sdk_kms::Client,
    /// The schedules' service.
    pub scheduler: aws_sdk_scheduler::Client,
    /// The queues' service.
    pub sqs: aws_sdk_sqs::Client,
    /// The secrets' service.
    pub secrets: aws_sdk_secretsmanager::Client,
    config: SdkConfig,
    stack: Stack,
}

impl Aws {
    /// With all permissions, as the account's owner.
    pub async fn owner(stack: &Stack) -> Self {
        Self::with(aws_config::defaults(BehaviorVersion::latest()).load().await, stack)
    }

    fn with(config: SdkConfig, stack: &Stack) -> Self {
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            scheduler: aws_sdk_scheduler::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            config,
            stack: stack.clone(),
        }
    }

    /// With the policies of a function's role. Only Lambda may assume such a role, so its trust
    /// policy is widened for a moment.
    ///
    /// # Errors
    /// When the role cannot be assumed.
    pub async fn as_role(&self, arn: &str) -> Step<Self> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let trust = |principals: Value| {
            json!({"Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": principals,
                    "Action": "sts:AssumeRole"}]})
        };
        let lambda = json!({"Service": "lambda.amazonaws.com"});
        let account = arn.split(':').nth(4).unwrap_or_default();
        let widened = json!({"Service": "lambda.amazonaws.com",
            "AWS": format!("arn:aws:iam::{account}:root")});
        self.trust(name, &trust(widened)).await?;
        let taken = self
            .query(
                "sts",
                &[
                    ("Action", "AssumeRole"),
                    ("Version", "2011-06-15"),
                    ("RoleArn", arn),
                    ("RoleSessionName", "test"),
                ],
            )
            .await;
        self.trust(name, &trust(lambda)).await?;
        let text = taken?;
        let field = |name: &str| {
            let begin = text.split_once(&format!("<{name}>"))?.1;
            Some(begin.split_once('<')?.0.to_owned())
        };
        let (Some(id), Some(secret), token) =
            (field("AccessKeyId"), field("SecretAccessKey"), field("SessionToken"))
        else {
            return Err(format!("no credentials of {name}: {text}").into());
        };
        let credentials =
            SharedCredentialsProvider::new(Credentials::new(id, secret, token, None, "role"));
        Ok(Self::with(
            self.config.to_builder().credentials_provider(credentials).build(),
            &self.stack,
        ))
    }

    async fn trust(&self, role: &str, policy: &Value) -> Step {
        let policy = policy.to_string();
        let form = [
            ("Action", "UpdateAssumeRolePolicy"),
            ("Version", "2010-05-08"),
            ("RoleName", role),
            ("PolicyDocument", policy.as_str()),
        ];
        self.query("iam", &form).await.map(drop)
    }

    /// A call to a service without a client here. The local AWS reads the account from the header
    /// and checks no signature.
    async fn query(&self, service: &str, form: &[(&str, &str)]) -> Step<String> {
        self.sent(
            self.stack
                .http
                .post(&self.stack.aws)
                .header("authorization", signed(service))
                .form(form),
        )
        .await
    }

    async fn sent(&self, request: reqwest::RequestBuilder) -> Step<String> {
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if status.is_success() {
            Ok(text)
        } else {
            Err(format!("the local AWS: {status} {text}").into())
        }
    }

    /// Every line that a function has logged so far.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub async fn log_lines(&self, function: &str) -> Step<Vec<String>> {
        let mut lines = Vec::new();
        let mut next = Value::Null;
        loop {
            let mut wanted = json!({"logGroupName": format!("/aws/lambda/{function}")});
            if !next.is_null() {
                wanted["nextToken"] = next;
            }
            let request =
                self.stack.http.post(&self.stack.aws).header("authorization", signed("logs"));
            let request = request
                .header("x-amz-target", "Logs_20140328.FilterLogEvents")
                .header("content-type", "application/x-amz-json-1.1");
            let page: Value =
                serde_json::from_str(&self.sent(request.body(wanted.to_string())).await?)?;
            let events = page.get("events").and_then(Value::as_array).into_iter().flatten();
            lines.extend(
                events.filter_map(|event| Some(event.get("message")?.as_str()?.to_owned())),
            );
            next = page.get("nextToken").cloned().unwrap_or_default();
            if next.is_null() {
                return Ok(lines);
            }
        }
    }

    /// One item of an install.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn item(&self, install: &str, sk: &str) -> Step<Option<Item>> {
        Ok(self
            .dynamodb
            .get_item()
            .table_name(&self.stack.table)
            .set_key(Some(key(install, sk)))
            .consistent_read(true)
            .send()
            .await?
            .item)
    }

    /// All items of an install.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn partition(&self, install: &str) -> Step<Vec<Item>> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .dynamodb
                .query()
                .table_name(&self.stack.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(format!("INSTALL#{install}")))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// Writes an item as it is.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn put(&self, item: Item) -> Step {
        self.dynamodb.put_item().table_name(&self.stack.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// Waits until an item is as expected.
    ///
    /// # Errors
    /// The item, when it does not become so in time.
    pub async fn until(
        &self,
        install: &str,
        sk: &str,
        wanted: impl Fn(Option<&Item>) -> bool,
    ) -> Step<Option<Item>> {
        self.until_within(PATIENCE, install, sk, wanted).await
    }

    /// The same, with another longest wait.
    ///
    /// # Errors
    /// The item, when it does not become so in time.
    pub async fn until_within(
        &self,
        patience: Duration,
        install: &str,
        sk: &str,
        wanted: impl Fn(Option<&Item>) -> bool,
    ) -> Step<Option<Item>> {
        let began = Instant::now();
        loop {
            let item = self.item(install, sk).await?;
            if wanted(item.as_ref()) {
                return Ok(item);
            }
            if began.elapsed() > patience {
                return Err(Failure::from(format!(
                    "{sk} of {install} did not become as wanted: {item:?}"
                )));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// An `Authorization` header that names the account's owner.
fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    )
}

/// The key of an item.
#[must_use]
pub fn key(install: &str, sk: &str) -> Item {
    Item::from([
        ("pk".to_owned(), AttributeValue::S(format!("INSTALL#{install}"))),
        ("sk".to_owned(), AttributeValue::S(sk.to_owned())),
    ])
}

/// A text attribute of an item.
#[must_use]
pub fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// The sort keys of items.
#[must_use]
pub fn sort_keys(items: &[Item]) -> Vec<String> {
    let mut keys: Vec<String> = items.iter().map(|item| text(item, "sk").to_owned()).collect();
    keys.sort();
    keys
}

/// `ok`, or the code of the refusal.
pub fn outcome<T, E: ProvideErrorMetadata>(result: &Result<T, E>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().unwrap_or("no answer").to_owned(),
    }
}
