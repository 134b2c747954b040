//! What a dependency's failure, a guesser and a lost answer lead to.

use std::time::{Duration, Instant};

use serde_json::Value;
use stripe_sync::platform::vault::Purpose;
use test_support::{Call, Fault};

use crate::world::{FIRST, INSTALL, KEY, PREVIOUS, SECOND, app, install, uninstall};

/// The function's own time-out, below the platform's patience of 10 s.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(8);

#[tokio::test]
async fn a_wrong_registration_key_is_not_found_and_a_guesser_cannot_make_us_call() {
    let app = app().await;
    let to = async |key: &str, body: Value| {
        Call::new("POST", &format!("/api/callback/{key}")).json(&body).to(&app.router).await.status
    };
    assert_eq!(to(PREVIOUS, install(FIRST)).await, 200, "the previous version still works");
    app.aws.forget();
    for wrong in ["registration-key-current-0002", "x", "%00", "registration-key"] {
        assert_eq!(to(wrong, uninstall()).await, 404);
    }
    assert_eq!(app.aws.calls(), Vec::<String>::new(), "the secret was read less than 30 s ago");
    assert_eq!(app.meta()["status"], "active");

    // The secret is rotated. Thirty seconds after the last read the new key is found by reading
    // again, once.
    let _ = app.aws.secret("registration", "registration-key-rotated-0002", Some(KEY));
    let rotated = "registration-key-rotated-0002";
    assert_eq!(to(rotated, install(SECOND)).await, 404);
    pass(Duration::from_secs(31)).await;
    assert_eq!(to("guess", uninstall()).await, 404);
    assert_eq!(app.aws.count("GetSecretValue"), 2, "its current and its previous version");
    assert_eq!(to("guess", uninstall()).await, 404);
    assert_eq!(app.aws.count("GetSecretValue"), 2);
    assert_eq!(to(rotated, install(SECOND)).await, 200);
    assert_eq!(to(KEY, install(SECOND)).await, 200, "now the previous one");

    // An outage of the secrets does not turn a guesser into a caller either.
    pass(Duration::from_secs(31)).await;
    app.aws.fault("GetSecretValue", 1, 100, Fault::Status(400, "AccessDeniedException"));
    app.aws.forget();
    for _ in 0..3 {
        let status = to("guess", uninstall()).await;
        assert!(status == 404 || status == 503, "{status}");
    }
    assert_eq!(app.aws.count("GetSecretValue"), 2);
    assert_eq!(to(KEY, install(SECOND)).await, 200);
}

#[tokio::test]
async fn a_service_that_hangs_is_an_honest_503_in_time_and_the_retry_succeeds() {
    let (kms, table) = tokio::join!(app(), app());
    kms.aws.fault("GenerateDataKey", 1, 2, Fault::Hang);
    table.aws.fault("UpdateItem", 1, 2, Fault::Hang);
    let began = Instant::now();
    let body = install(FIRST);
    let (no_kms, no_table) = tokio::join!(kms.post(&body), table.post(&body));
    assert!(began.elapsed() < FUNCTION_TIMEOUT, "{:?}", began.elapsed());
    for (app, reply) in [(&kms, no_kms), (&table, no_table)] {
        assert_eq!((reply.status, reply.code().as_str()), (503, "unavailable"));
        assert!(!reply.header("retry-after").is_empty());
        assert_eq!(app.meta(), Value::Null, "nothing half-written");
    }
    for app in [&kms, &table] {
        app.accepted(&body).await;
        assert_eq!(app.meta()["status"], "active");
    }
}

#[tokio::test]
async fn a_clean_up_that_could_not_be_sent_is_sent_by_the_platforms_retry() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    app.aws.fault("SendMessage", 1, 1, Fault::Status(403, "AccessDeniedException"));
    let reply = app.post(&uninstall()).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "unavailable"));
    assert_eq!(
        app.meta()["status"],
        "uninstalled",
        "from here on nothing may act for this install"
    );
    assert!(app.cleanups().is_empty());
    app.accepted(&uninstall()).await;
    assert_eq!(app.cleanups()[0].body["generation"], app.meta()["cleanup_generation"]);
}

#[tokio::test]
async fn a_write_with_a_lost_answer_or_a_conflicting_transaction_still_succeeds() {
    let app = app().await;
    for fault in [
        Fault::LostAnswer,
        Fault::Status(400, "TransactionConflictException"),
        Fault::Status(400, "ThrottlingException"),
    ] {
        let key = format!("blnk_test_{fault:?}").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        app.aws.fault("UpdateItem", 1, 1, fault);
        app.accepted(&install(&key)).await;
        assert_eq!(app.stored_key(INSTALL, Purpose::BlnkApiKey).await.unwrap(), key, "{fault:?}");
        app.aws.fault("UpdateItem", 1, 1, fault);
        let sent = app.cleanups().len();
        app.accepted(&uninstall()).await;
        assert_eq!(app.meta()["status"], "uninstalled", "{fault:?}");
        assert_eq!(app.cleanups().len(), sent + 1, "{fault:?}");
    }
}

/// Lets time pass for everything that measures it, without waiting.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
