//! Who owns a ledger: it mirrors one Stripe account in one mode, in accounts that nobody else posts
//! to.

use std::time::Duration;

use it::{Stack, Step};
use serde_json::{Value, json};

/// A small sync and its proof.
const LIMIT: Duration = Duration::from_secs(40);

#[tokio::test]
async fn a_second_account_is_refused_during_and_after_the_first_connection() -> Step {
    let stack = Stack::from_environment()?;
    let sandbox = stack.sandbox();
    let (ours, other) =
        (sandbox.stripe_account(21, 20).await?, sandbox.stripe_account(22, 20).await?);
    let live = sandbox
        .stripe_account_like(
            json!({"id": ours.account, "seed": 21, "movements": 20, "mode": "live"}),
        )
        .await?;
    let (install, portal) = stack.opened(json!({})).await?;
    portal.connect(&ours.restricted_key).await?;
    for key in [&other.restricted_key, &live.restricted_key] {
        let problem =
            stack.paste_key(&portal, key).await?.refused(409, "other_account_connected")?;
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.contains(&ours.account)),
            "{problem}"
        );
    }
    let run = portal.finished(&portal.sync("new").await?, LIMIT, |_| {}).await?;
    assert_eq!(run["verdict"], "match", "{run}");

    // After a disconnect, and even for another install in the same instance, the ledger knows which
    // account it mirrors.
    assert_eq!(portal.call("DELETE", "/stripe", None).await?.0, 204);
    let problem = stack
        .paste_key(&portal, &other.restricted_key)
        .await?
        .refused(409, "ledger_owned_by_other")?;
    assert!(
        problem["detail"].as_str().is_some_and(|detail| detail.contains(&ours.account)),
        "{problem}"
    );
    let (_, second) = stack.opened(json!({"instance_id": install.instance_id})).await?;
    stack.paste_key(&second, &other.restricted_key).await?.refused(409, "ledger_owned_by_other")?;
    assert_eq!(second.ok("GET", "/overview", None).await?["stripe"], Value::Null);

    // The same account finds its own accounts again; its live mode has others.
    second.connect(&ours.restricted_key).await?;
    assert_eq!(
        portal.connect(&live.restricted_key).await?.pointer("/stripe/mirror"),
        Some(&json!("@stripe"))
    );
    Ok(())
}

#[tokio::test]
async fn a_connect_to_accounts_with_foreign_entries_is_refused_and_names_them() -> Step {
    let stack = Stack::from_environment()?;
    let sandbox = stack.sandbox();
    let stripe = sandbox.stripe_account(23, 20).await?;
    let (install, portal) = stack.opened(json!({})).await?;
    let post = |at: usize, source: &str, destination: &str, currency: &str| {
        json!({"precise_amount": 1200, "precision": 100, "currency": currency,
            "reference": format!("theirs-{at}"), "source": source,
            "destination": destination, "allow_overdraft": true, "skip_queue": true,
            "description": "someone else's"})
    };
    // Other accounts do not matter, however similar their names are.
    sandbox
        .core(
            &install.instance_id,
            "POST",
            "/transactions",
            Some(post(0, "@world", "@stripes", "USD")),
        )
        .await?;
    sandbox
        .core(
            &install.instance_id,
            "POST",
            "/transactions",
            Some(post(1, "@world", "@stripe", "USD")),
        )
        .await?;
    for (at, mirror, currency) in
        [(2, "@stripe_test", "USD"), (3, "@stripe_test", "USD"), (4, "@stripe_test_fees", "EUR")]
    {
        sandbox
            .core(
                &install.instance_id,
                "POST",
                "/transactions",
                Some(post(at, "@world", mirror, currency)),
            )
            .await?;
    }
    let problem = stack
        .paste_key(&portal, &stripe.restricted_key)
        .await?
        .refused(409, "accounts_not_free")?;
    let mut named: Vec<(String, u64)> = Vec::new();
    for account in problem["accounts"].as_array().into_iter().flatten() {
        named.push((
            format!(
                "{} {}",
                account["indicator"].as_str().unwrap_or_default(),
                account["currency"].as_str().unwrap_or_default()
            ),
            account["entries"].as_u64().unwrap_or_default(),
        ));
    }
    named.sort();
    assert_eq!(
        named,
        [("@stripe_test USD".to_owned(), 2), ("@stripe_test_fees EUR".to_owned(), 1)]
    );
    for (name, _) in &named {
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.contains(name.as_str())),
            "{problem}"
        );
    }
    assert_eq!(portal.ok("GET", "/overview", None).await?["stripe"], Value::Null);
    Ok(())
}
