//! The connection to Stripe: a key with a fault is refused, with its fault named, before anything
//! is stored.

use it::aws::{sort_keys, text};
use it::{Answer, Aws, Portal, Sandbox, Stack, Step};
use serde_json::{Value, json};

/// The permissions that a sync needs, and the resource of each. Reading the account is not needed:
/// Stripe names it in its refusal.
const NEEDED: [(&str, &str); 4] = [
    ("rak_charge_read", "charges"),
    ("rak_customer_read", "customers"),
    ("rak_dispute_read", "disputes"),
    ("rak_payout_read", "payouts"),
];

async fn key(sandbox: &Sandbox, account: &str, spec: Value) -> Step<String> {
    let made =
        sandbox.call("POST", &format!("/stripe/accounts/{account}/keys"), Some(spec)).await?;
    Ok(made["key"].as_str().unwrap_or_default().to_owned())
}

async fn shown(portal: &Portal) -> Step<Value> {
    Ok(portal.ok("GET", "/overview", None).await?["stripe"].clone())
}

/// A refusal that repeats no more of the key than may be shown.
fn refused(answer: &Answer, key: &str, status: u16, code: &str) -> Step<Value> {
    let problem = answer.refused(status, code)?;
    assert!(key.len() < 16 || !answer.text.contains(&key[10..]), "the key is repeated: {problem}");
    Ok(problem)
}

/// A restricted key without a permission: all missing permissions are named at once.
async fn missing_permissions_are_named(stack: &Stack, portal: &Portal, account: &str) -> Step {
    let sandbox = stack.sandbox();
    for (permission, resource) in NEEDED {
        let without = key(
            &sandbox,
            account,
            json!({"permissions": {permission.trim_start_matches("rak_"): false}}),
        )
        .await?;
        let problem =
            refused(&stack.paste_key(portal, &without).await?, &without, 422, "missing_rights")?;
        let missing = problem["missing"].as_array().cloned().unwrap_or_default();
        assert!(
            missing.iter().any(|one| one["right"] == permission && one["resource"] == resource),
            "{permission}: {problem}"
        );
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.contains(permission)),
            "{problem}"
        );
    }
    let little = key(&sandbox, account, json!({"permissions": {"balance_read": true}})).await?;
    let problem =
        refused(&stack.paste_key(portal, &little).await?, &little, 422, "missing_rights")?;
    let resources: Vec<&str> = problem["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["resource"].as_str())
        .collect();
    assert_eq!(
        resources,
        ["balance_transactions", "charges", "customers", "refunds", "disputes", "payouts"]
    );
    Ok(())
}

#[tokio::test]
async fn a_key_with_a_fault_is_refused_and_nothing_is_stored() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let stripe = sandbox.stripe_account(11, 20).await?;
    let (install, portal) = stack.opened(json!({})).await?;
    let before = sort_keys(&aws.partition(&install.installed_app_id).await?);

    // Faults that the key itself shows: Stripe is not called.
    refused(
        &stack.paste_key(&portal, &stripe.publishable_key).await?,
        &stripe.publishable_key,
        422,
        "publishable_key",
    )?;
    let cut = &stripe.restricted_key[..12];
    let secret_url = format!("https://dashboard.stripe.com/{}", stripe.restricted_key);
    for malformed in ["", "whsec_0123456789abcdef", "rk_test_with space 0123", cut, &secret_url] {
        refused(&stack.paste_key(&portal, malformed).await?, malformed, 422, "malformed_key")?;
    }
    for body in [json!({}), json!({"key": 7}), json!({"Key": stripe.restricted_key})] {
        let answer = stack.portal_call(portal.bearer(), "POST", "/stripe", Some(body)).await?;
        refused(&answer, &stripe.restricted_key, 400, "bad_request")?;
    }
    assert_eq!(
        sandbox.calls(&format!("surface=stripe&account={}", stripe.account)).await?.len(),
        0
    );

    // Faults that only Stripe knows.
    let unknown = "rk_test_51NobodyKnowsThisKey0123456789";
    refused(&stack.paste_key(&portal, unknown).await?, unknown, 422, "invalid_key")?;
    let expired = key(&sandbox, &stripe.account, json!({})).await?;
    sandbox
        .call("DELETE", &format!("/stripe/accounts/{}/keys/{expired}", stripe.account), None)
        .await?;
    refused(&stack.paste_key(&portal, &expired).await?, &expired, 422, "invalid_key")?;

    missing_permissions_are_named(&stack, &portal, &stripe.account).await?;

    // When Stripe fails, the key is not checked and not stored.
    sandbox
        .fault(json!({"surface": "stripe", "account": stripe.account, "route": "/v1/payouts",
            "times": 0, "status": 500}))
        .await?;
    refused(
        &stack.paste_key(&portal, &stripe.restricted_key).await?,
        &stripe.restricted_key,
        503,
        "unavailable",
    )?;
    assert_eq!(shown(&portal).await?, Value::Null);
    assert_eq!(
        sort_keys(&aws.partition(&install.installed_app_id).await?),
        before,
        "nothing was stored"
    );
    Ok(())
}

#[tokio::test]
async fn a_connection_shows_its_account_accepts_another_key_and_is_deleted() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let stripe = sandbox.stripe_account(12, 20).await?;
    let (install, portal) = stack.opened(json!({})).await?;
    let id = &install.installed_app_id;

    // A full secret key works, with a warning.
    let connected = portal.connect(&format!("  {}\n", stripe.secret_key)).await?;
    assert_eq!(connected["replaced"], false);
    let first = shown(&portal).await?;
    assert_eq!(first, connected["stripe"]);
    assert_eq!(
        (&first["account_id"], &first["mode"], &first["mirror"]),
        (&json!(stripe.account), &json!("test"), &json!("@stripe_test"))
    );
    assert_eq!(
        (&first["key_kind"], first["key_last4"].as_str()),
        (&json!("secret"), stripe.secret_key.get(stripe.secret_key.len() - 4..))
    );
    assert_eq!(first["warnings"].as_array().map(Vec::len), Some(1), "{first}");
    let stored = aws.item(id, "STRIPE").await?.unwrap_or_default();

    // A restricted key of the same account replaces it: the same connection, without the warning.
    let replaced = portal.connect(&stripe.restricted_key).await?;
    assert_eq!(replaced["replaced"], true);
    let second = shown(&portal).await?;
    assert_eq!(
        (&second["key_kind"], &second["warnings"], &second["connected_at"]),
        (&json!("restricted"), &json!([]), &first["connected_at"])
    );
    let now = aws.item(id, "STRIPE").await?.unwrap_or_default();
    assert_eq!(text(&now, "connection"), text(&stored, "connection"));
    assert_ne!(now["sealed_key"], stored["sealed_key"]);
    assert!(portal.sync("new").await.is_ok(), "the new key is in use");

    // Disconnected: the key is gone with the connection; posted entries stay.
    assert_eq!(portal.call("DELETE", "/stripe", None).await?.0, 204);
    assert_eq!((shown(&portal).await?, aws.item(id, "STRIPE").await?), (Value::Null, None));
    stack
        .portal_call(portal.bearer(), "DELETE", "/stripe", None)
        .await?
        .refused(409, "not_connected")?;
    stack
        .portal_call(portal.bearer(), "POST", "/runs", Some(json!({"scope": "new"})))
        .await?
        .refused(409, "not_connected")?;
    portal.connect(&stripe.restricted_key).await?;
    let again = aws.item(id, "STRIPE").await?.unwrap_or_default();
    assert_ne!(text(&again, "connection"), text(&stored, "connection"), "a new connection");
    Ok(())
}

#[tokio::test]
async fn two_concurrent_connects_leave_one_connection() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let (one, two) = (sandbox.stripe_account(13, 20).await?, sandbox.stripe_account(14, 20).await?);
    let (install, portal) = stack.opened(json!({})).await?;
    let (first, second) = futures::try_join!(
        stack.paste_key(&portal, &one.restricted_key),
        stack.paste_key(&portal, &two.restricted_key)
    )?;
    let won = if first.status == 200 { &one.account } else { &two.account };
    let lost = if first.status == 200 { &second } else { &first };
    assert_eq!(lost.status, 409, "{}", lost.text);
    assert_eq!(shown(&portal).await?["account_id"], json!(won));
    let stored = aws.item(&install.installed_app_id, "STRIPE").await?.unwrap_or_default();
    assert_eq!(text(&stored, "account_id"), won);
    Ok(())
}
