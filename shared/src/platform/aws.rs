//! AWS clients, created once at a cold start. Operation time-outs are shorter than the functions'
//! own, so that a hanging service becomes a 503 within Blnk Cloud's ten seconds.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use crate::platform::config::Environment;

/// The time limit of one KMS operation with its retries.
pub const KMS_TIMEOUT: Duration = Duration::from_millis(2500);

/// The time limit of one DynamoDB operation with its retries.
pub const DYNAMODB_TIMEOUT: Duration = Duration::from_millis(2500);

/// The time limit of one SQS operation with its retries.
pub const SQS_TIMEOUT: Duration = Duration::from_secs(2);

/// The time limit of one SNS operation with its retries.
pub const SNS_TIMEOUT: Duration = Duration::from_secs(2);

/// The time limit of one Secrets Manager operation with its retries.
pub const SECRETS_TIMEOUT: Duration = Duration::from_millis(1500);

/// The time limit of one EventBridge Scheduler operation with its retries.
pub const SCHEDULER_TIMEOUT: Duration = Duration::from_millis(1500);

/// The time limit for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The attempts of one operation, within its time limit.
const MAX_ATTEMPTS: u32 = 3;

/// The settings shared by all clients. Region, credentials and endpoint come from the loaded
/// configuration.
#[must_use]
pub fn defaults() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::v2026_01_12()).retry_config(
        RetryConfig::standard()
            .with_max_attempts(MAX_ATTEMPTS)
            .with_initial_backoff(Duration::from_millis(50)),
    )
}

/// Loads region and credentials from the Lambda environment. No network request is made before the
/// first call.
pub async fn sdk_config(env: &mut Environment) -> SdkConfig {
    defaults().region(Region::new(env.region())).load().await
}

/// A single write that conflicted with a transaction on its item had no effect, and is retried. By
/// default, the SDK treats this as final.
#[derive(Debug)]
struct WriteConflicts;

impl ClassifyRetry for WriteConflicts {
    fn name(&self) -> &'static str {
        "write conflicts with a transaction"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context
            .output_or_error()
            .and_then(Result::err)
            .and_then(|error| error.as_operation_error());
        let conflict = error.is_some_and(|error| {
            error.downcast_ref().is_some_and(UpdateItemError::is_transaction_conflict_exception)
                || error
                    .downcast_ref()
                    .is_some_and(DeleteItemError::is_transaction_conflict_exception)
                || error.downcast_ref().is_some_and(PutItemError::is_transaction_conflict_exception)
        });
        if conflict { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }
}

fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_timeout(operation)
        .operation_attempt_timeout(operation / 2 + CONNECT_TIMEOUT / 4)
        .build()
}

/// The DynamoDB client.
#[must_use]
pub fn dynamodb(sdk: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::config::Builder::from(sdk)
        .timeout_config(timeouts(DYNAMODB_TIMEOUT))
        .retry_classifier(WriteConflicts);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// The KMS client.
#[must_use]
pub fn kms(sdk: &SdkConfig) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::from_conf(
        aws_sdk_kms::config::Builder::from(sdk).timeout_config(timeouts(KMS_TIMEOUT)).build(),
    )
}

/// The SQS client.
#[must_use]
pub fn sqs(sdk: &SdkConfig) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::from_conf(
        aws_sdk_sqs::config::Builder::from(sdk).timeout_config(timeouts(SQS_TIMEOUT)).build(),
    )
}

/// The SNS client.
#[must_use]
pub fn sns(sdk: &SdkConfig) -> aws_sdk_sns::Client {
    aws_sdk_sns::Client::from_conf(
        aws_sdk_sns::config::Builder::from(sdk).timeout_config(timeouts(SNS_TIMEOUT)).build(),
    )
}

/// The Secrets Manager client.
#[must_use]
pub fn secrets_manager(sdk: &SdkConfig) -> aws_sdk_secretsmanager::Client {
    aws_sdk_secretsmanager::Client::from_conf(
        aws_sdk_secretsmanager::config::Builder::from(sdk)
            .timeout_config(timeouts(SECRETS_TIMEOUT))
            .build(),
    )
}

/// The EventBridge Scheduler client.
#[must_use]
pub fn scheduler(sdk: &SdkConfig) -> aws_sdk_scheduler::Client {
    let config =
        aws_sdk_scheduler::config::Builder::from(sdk).timeout_config(timeouts(SCHEDULER_TIMEOUT));
    aws_sdk_scheduler::Client::from_conf(config.build())
}
