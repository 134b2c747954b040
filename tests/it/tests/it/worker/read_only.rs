//! Read-only mode: without write permission a run reads and compares and posts nothing. With the
//! permission it posts everything.

use it::records::charge;
use it::tenant::{number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

fn lines(run: &Value) -> Vec<Value> {
    run.pointer("/proof/lines").and_then(Value::as_array).cloned().unwrap_or_default()
}

async fn written(tenant: &Tenant) -> Step<u64> {
    Ok(tenant
        .cloud_calls()
        .await?
        .iter()
        .filter(|(call, _)| call.contains("/proxy/"))
        .map(|(_, count)| count)
        .sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_install_compares_everything_and_posts_it_once_write_is_granted() -> Step {
    let mut tenant = Tenant::builder(13_001, 400).permissions(&["data:read"]).connected().await?;
    let shown = tenant.preview().await?;
    assert_eq!(
        (text(&shown, "state").as_str(), number(&shown, "records")),
        ("completed", 400),
        "{shown}"
    );
    for (more, records) in [(0, 400), (5, 5)] {
        if more > 0 {
            tenant.add(charge(700).fee(50).customer("cus_new").count(more)).await?;
        }
        let run = tenant.sync("new").await?;
        assert_eq!(
            (text(&run, "state").as_str(), &run["read_only"], &run["proof"]["read_only"]),
            ("completed", &json!(true), &json!(true)),
            "{run}"
        );
        assert_eq!(
            (text(&run, "verdict").as_str(), number(&run, "entries_posted")),
            ("inconclusive", 0),
            "never a match: {run}"
        );
        assert!(number(&run, "records") >= records);
        let lines = lines(&run);
        assert!(
            !lines.is_empty()
                && lines
                    .iter()
                    .all(|line| line["verdict"] != "match" || line["ledger_difference"] == "0"),
            "{lines:?}"
        );
        assert!(
            lines.iter().all(|line| line["stripe_difference"].is_null() || line["stripe_difference"] == "0"),
            "Stripe's own figures are judged: {lines:?}"
        );
        assert!(lines.iter().any(|line| line["ledger_difference"] != "0"
            && line["note"].as_str().is_some_and(|note| note.contains("Not posted"))));
    }
    assert_eq!(
        (written(&tenant).await?, tenant.sandbox.entries(&tenant.install.instance_id).await?),
        (0, 0),
        "nothing is written"
    );
    let reads: u64 = tenant.stripe_calls().await?.values().sum();
    let idle = tenant.sync("new").await?;
    let gets = tenant.stripe_calls().await?.values().sum::<u64>() - reads;
    assert!(
        gets <= 3,
        "an idle read-only run does not read the history again: {gets} calls, {idle}"
    );

    // The platform delivers the install again, with write permission: the connection stays, and
    // everything is posted.
    tenant.reinstall().await?;
    tenant.launch().await?;
    let run = tenant.sync("new").await?;
    assert_eq!((&run["read_only"], &run["proof"]["read_only"]), (&json!(false), &json!(false)));
    let books = tenant.assert_match(&run).await?;
    assert!(
        number(&run, "records") >= 405 && !books.entries.is_empty(),
        "the whole history: {run}"
    );
    let idle = tenant.sync("new").await?;
    tenant.assert_match(&idle).await?;
    assert!(number(&idle, "records") < 400, "and from then on only what is new: {idle}");
    Ok(())
}
