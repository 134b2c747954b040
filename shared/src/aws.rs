//! AWS clients, built once at a cold start. Operation time-outs lie below the functions' own, so that a hanging service becomes an
//! honest 503 inside Blnk Cloud's ten seconds.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

/// One KMS operation with its retries.
pub const KMS_TIMEOUT: Duration = Duration::from_millis(2500);
/// One DynamoDB operation with its retries.
pub const DYNAMODB_TIMEOUT: Duration = Duration::from_millis(2500);
/// One SQS operation with its retries.
pub const SQS_TIMEOUT: Duration = Duration::from_secs(2);
/// One Secrets Manager operation with its retries.
pub const SECRETS_TIMEOUT: Duration = Duration::from_millis(1500);
/// Opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Attempts of one operation, inside its time-out.
const MAX_ATTEMPTS: u32 = 3;

/// Region and credentials from the Lambda's environment.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(Duration::from_millis(50)))
        .load()
        .await
}

fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(operation).operation_attempt_timeout(operation / 2 + CONNECT_TIMEOUT / 4).build()
}

/// The DynamoDB client.
#[must_use]
pub fn dynamodb(sdk: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::from_conf(aws_sdk_dynamodb::config::Builder::from(sdk).timeout_config(timeouts(DYNAMODB_TIMEOUT)).build())
}

/// The KMS client.
#[must_use]
pub fn kms(sdk: &SdkConfig) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::from_conf(aws_sdk_kms::config::Builder::from(sdk).timeout_config(timeouts(KMS_TIMEOUT)).build())
}

/// The SQS client.
#[must_use]
pub fn sqs(sdk: &SdkConfig) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::from_conf(aws_sdk_sqs::config::Builder::from(sdk).timeout_config(timeouts(SQS_TIMEOUT)).build())
}

/// The Secrets Manager client.
#[must_use]
pub fn secrets_manager(sdk: &SdkConfig) -> aws_sdk_secretsmanager::Client {
    aws_sdk_secretsmanager::Client::from_conf(
        aws_sdk_secretsmanager::config::Builder::from(sdk).timeout_config(timeouts(SECRETS_TIMEOUT)).build(),
    )
}
