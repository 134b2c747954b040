//! Alerts, which are Blnk Cloud's own.

use reqwest::Method;
use serde_json::{Value, json};

use super::entry;
use crate::app::{App, Installed, installed};
use crate::common::start;

/// The path of an alert, and of what it is raised on.
fn flag(id: &str) -> String {
    format!("/alerts/flag/{id}")
}

async fn incomplete_alerts_are_refused(app: &Installed, balance: &str) {
    assert_eq!(
        app.call(Method::POST, &flag(balance), json!({"title": "t"})).await,
        (400, json!({"error": "description is required"}))
    );
    assert_eq!(
        app.call(Method::POST, &flag("general_ledger_id"), json!({"description": "d"})).await.0,
        400
    );
    assert_eq!(
        app.call(
            Method::POST,
            &flag("bln_00000000-0000-0000-0000-000000000000"),
            json!({"description": "d"})
        )
        .await
        .0,
        404
    );
}

/// Raises an alert on each of a balance, a transaction and an identity. Returns their ids.
async fn raised(app: &Installed, ids: &[String; 3]) -> Vec<String> {
    let mut alerts = Vec::new();
    for (id, kind) in ids.iter().zip(["Balance", "Transaction", "Identity"]) {
        let (status, alert) = app
            .call(Method::POST, &flag(id), json!({"title": "Drift", "description": "5 cents"}))
            .await;
        assert!((200..300).contains(&status), "{alert}");
        assert!(alert["anomaly_id"].as_str().unwrap().starts_with("ano_"));
        assert_eq!(
            (&alert["type"], &alert["status"], &alert["title"]),
            (&json!(kind), &json!("FLAGGED"), &json!("Drift"))
        );
        let affected = ["affected_balances", "affected_transactions", "affected_identities"]
            .map(|name| alert[name].as_array().unwrap().len());
        assert_eq!(affected.iter().sum::<usize>(), 1, "{alert}");
        alerts.push(alert["anomaly_id"].as_str().unwrap().to_owned());
    }
    alerts
}

async fn statuses_are_made_used_and_deleted(app: &Installed, alert: &str) {
    let resolved = json!({"name": "All good", "colour": "#10b981"});
    assert_eq!(
        app.call(Method::PUT, alert, json!({"status": "ALL_GOOD"})).await.0,
        400,
        "a status has to exist"
    );
    assert_eq!(
        app.call(
            Method::POST,
            "/alerts/statuses",
            json!({"name": "All good", "colour": "#000000"})
        )
        .await
        .0,
        400
    );
    let (status, made) = app.call(Method::POST, "/alerts/statuses", resolved.clone()).await;
    assert_eq!(
        (status, &made["key"], &made["colour"]),
        (201, &json!("ALL_GOOD"), &json!("#10B981"))
    );
    assert_eq!(app.call(Method::POST, "/alerts/statuses", resolved).await.0, 409);
    let (_, listed) = app.call(Method::GET, "/alerts/statuses", Value::Null).await;
    assert_eq!(
        (
            listed["data"].as_array().unwrap().len(),
            listed["allowed_colours"].as_array().unwrap().len()
        ),
        (1, 15)
    );

    let (status, updated) = app.call(Method::PUT, alert, json!({"status": "all_good"})).await;
    assert_eq!(
        (status, &updated["status"], &updated["description"]),
        (200, &json!("ALL_GOOD"), &json!("5 cents"))
    );
    let (status, refused) =
        app.call(Method::DELETE, "/alerts/statuses/ALL_GOOD", Value::Null).await;
    assert_eq!(status, 400);
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .starts_with("cannot delete status: 1 alert(s) use this status")
    );
    app.call(Method::PUT, alert, json!({"status": "FLAGGED"})).await;
    assert_eq!(
        app.call(Method::DELETE, "/alerts/statuses/all_good", Value::Null).await,
        (200, json!({"message": "Status deleted"}))
    );
}

async fn alerts_are_listed_newest_first(app: &Installed, alerts: &[String]) {
    let (_, all) = app.call(Method::GET, "/alerts", Value::Null).await;
    assert_eq!(
        (&all["total"], &all["data"][2]["anomaly_id"]),
        (&json!(3), &json!(alerts[0])),
        "newest first"
    );
    assert_eq!(
        app.call(Method::GET, &format!("/alerts/{}", alerts[1]), Value::Null).await.1,
        all["data"][1]
    );
    assert_eq!(
        app.call(Method::GET, "/alerts/ano_1", Value::Null).await,
        (404, json!({"error": "anomaly not found"}))
    );
}

/// Check 48: an alert needs a description, and an entry of the ledger.
#[tokio::test(flavor = "multi_thread")]
async fn c48_an_alert_lives_from_its_flag_to_its_resolution() {
    let sandbox = start(&[]).await;
    let _app = App::start(&sandbox).await;
    let app = installed(&sandbox, json!({})).await;
    let (_, posted) =
        app.call(Method::POST, "/proxy/transactions", json!(entry("checks-48"))).await;
    let (_, person) = app
        .call(
            Method::POST,
            "/proxy/identities",
            json!({"identity_type": "individual", "first_name": "A"}),
        )
        .await;
    let ids = [&posted["source"], &posted["transaction_id"], &person["identity_id"]]
        .map(|id| id.as_str().unwrap().to_owned());
    incomplete_alerts_are_refused(&app, &ids[0]).await;
    let alerts = raised(&app, &ids).await;
    statuses_are_made_used_and_deleted(&app, &flag(&alerts[0])).await;
    alerts_are_listed_newest_first(&app, &alerts).await;
    let stranger = installed(&sandbox, json!({})).await;
    assert_eq!(stranger.call(Method::GET, "/alerts", Value::Null).await.1["total"], 0);
    assert_eq!(
        stranger.call(Method::PUT, &flag(&alerts[0]), json!({"description": "mine"})).await.0,
        404
    );
}
