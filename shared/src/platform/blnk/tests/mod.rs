//! Shared parts of the read and write tests.

mod creates;
mod reads;
mod shapes;
mod updates;
mod writes;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::platform::blnk::*;
use crate::platform::http::{Deadline, RetryPolicy, client};

const KEY: &str = "blnk_test_0123456789nobodymaysee";

const INSTANCE: &str = "instance_1";

/// Retries without noticeable waits.
const QUICK: RetryPolicy = RetryPolicy::new(Duration::from_millis(4), Duration::from_millis(8), 4);

fn blnk_at(base: &str) -> BlnkClient {
    BlnkClient::new(client().unwrap(), base, SecretString::from(KEY), INSTANCE)
        .unwrap()
        .with_retry(QUICK)
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

async fn always(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(response).mount(&server).await;
    server
}

fn answer(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn core(status: u16, code: &str, message: &str) -> ResponseTemplate {
    answer(
        status,
        json!({"error": message, "batch_id": "bulk_1",
            "error_detail": {"code": code, "message": message, "details": {"batch_id": "bulk_1"}}}),
    )
}

fn shows_no_secret(shown: &str) {
    assert!(!shown.contains("nobodymaysee"), "{shown}");
}
