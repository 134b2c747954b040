//! Keys at rest: sealed for one install and one purpose, and useless elsewhere.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use it::aws::{Item, text};
use it::{Aws, Install, Portal, Sandbox, Stack, Step, StripeAccount};
use serde_json::{Value, json};

/// A small sync and its proof.
const LIMIT: Duration = Duration::from_secs(40);
/// How many characters at the start and at the end of a key may be shown.
const SHOWN: (usize, usize) = (14, 4);

/// Every form in which a text may appear in an item: as it is, in hexadecimal, reversed, and in
/// base64 with each of the three alignments.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        secret.chars().rev().collect(),
    ];
    for skipped in 0..3 {
        let whole = (secret.len() - skipped) / 3 * 3;
        forms.push(STANDARD_NO_PAD.encode(&secret.as_bytes()[skipped..skipped + whole]));
    }
    forms
}

/// All bytes of an attribute, whatever its type, as one text.
fn flat(value: &AttributeValue, into: &mut String) {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => into.push_str(text),
        AttributeValue::B(bytes) => into.push_str(&String::from_utf8_lossy(bytes.as_ref())),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => {
            texts.iter().for_each(|text| into.push_str(text));
        }
        AttributeValue::L(values) => values.iter().for_each(|value| flat(value, into)),
        AttributeValue::M(fields) => fields.iter().for_each(|(name, value)| {
            into.push_str(name);
            flat(value, into);
        }),
        _ => {}
    }
    into.push('\n');
}

#[tokio::test]
async fn no_item_of_an_install_holds_a_readable_key() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let stripe = sandbox.stripe_account(51, 40).await?;
    let (install, portal) = stack.opened(json!({})).await?;
    portal.connect(&stripe.restricted_key).await?;
    let run = portal.finished(&portal.sync("new").await?, LIMIT, |_| {}).await?;
    assert_eq!(run["verdict"], "match", "{run}");

    let items = aws.partition(&install.installed_app_id).await?;
    let mut stored = String::new();
    for item in &items {
        item.values().for_each(|value| flat(value, &mut stored));
    }
    // The search works: it finds the parts that may be shown, and the sealed keys.
    assert!(
        items.len() > 10
            && stored.contains(&stripe.account)
            && stored.contains("rk_test_")
            && stored.matches("wrapped_key").count() == 2
    );
    for key in [install.api_key.as_deref().unwrap_or_default(), &stripe.restricted_key] {
        let secret = &key[SHOWN.0..key.len() - SHOWN.1];
        assert!(secret.len() >= 12);
        for form in forms(key).into_iter().chain(forms(secret)) {
            assert!(!stored.contains(&form), "a key is stored: {}…", &form[..6]);
        }
    }
    // No base64 text decodes to a key.
    for word in stored
        .split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c))
        .filter(|word| word.len() >= 16)
    {
        let decoded = STANDARD.decode(word).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&decoded).contains("_test_"), "an encoded key: {word}");
    }
    Ok(())
}

/// An install with a connected account of its own.
struct Tenant {
    stripe: StripeAccount,
    install: Install,
    portal: Portal,
}

impl Tenant {
    async fn new(stack: &Stack, seed: u64) -> Step<Self> {
        let stripe = stack.sandbox().stripe_account(seed, 20).await?;
        let (install, portal) = stack.opened(json!({})).await?;
        portal.connect(&stripe.restricted_key).await?;
        Ok(Self { stripe, install, portal })
    }

    async fn item(&self, aws: &Aws, sk: &str) -> Step<Item> {
        Ok(aws.item(&self.install.installed_app_id, sk).await?.ok_or_else(|| format!("no {sk}"))?)
    }

    /// How many outside calls were made for this tenant.
    async fn calls(&self, sandbox: &Sandbox) -> Step<u64> {
        let ledger =
            sandbox.calls(&format!("surface=cloud&instance={}", self.install.instance_id)).await?;
        let stripe =
            sandbox.calls(&format!("surface=stripe&account={}", self.stripe.account)).await?;
        Ok(ledger.values().chain(stripe.values()).sum())
    }
}

/// The item with the sealed key of another item.
fn with_key_of(item: &Item, other: &Item) -> Item {
    let mut forged = item.clone();
    forged.extend(other.get("sealed_key").map(|sealed| ("sealed_key".to_owned(), sealed.clone())));
    forged
}

#[tokio::test]
async fn a_sealed_key_copied_to_another_install_or_purpose_cannot_be_opened() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let (ours, theirs) = (Tenant::new(&stack, 52).await?, Tenant::new(&stack, 53).await?);
    let (meta, connection) = (ours.item(&aws, "META").await?, ours.item(&aws, "STRIPE").await?);
    let other = (theirs.item(&aws, "META").await?, theirs.item(&aws, "STRIPE").await?);
    assert_eq!(ours.portal.call("DELETE", "/stripe", None).await?.0, 204);
    let ledger_calls = async || -> Step<u64> {
        let ours =
            sandbox.calls(&format!("surface=cloud&instance={}", ours.install.instance_id)).await?;
        let theirs = sandbox
            .calls(&format!("surface=cloud&instance={}", theirs.install.instance_id))
            .await?;
        Ok(ours.values().chain(theirs.values()).sum())
    };

    // Connecting reads the ledger with the install's key. With another install's envelope, or one
    // for another purpose, it must fail before it calls the ledger.
    let before = ledger_calls().await?;
    for forged in [
        with_key_of(&meta, &other.0),
        with_key_of(&meta, &connection),
        with_key_of(&meta, &other.1),
    ] {
        aws.put(forged).await?;
        let answer = stack.paste_key(&ours.portal, &ours.stripe.restricted_key).await?;
        let problem = answer.refused(500, "internal")?;
        assert_eq!(
            (problem["detail"].as_str(), answer.text.contains("_test_")),
            (Some("Internal error."), false),
            "it reveals nothing: {problem}"
        );
    }
    assert_eq!(ledger_calls().await?, before, "no call was made with a wrong key");
    assert_eq!(ours.portal.ok("GET", "/overview", None).await?["stripe"], Value::Null);
    aws.put(meta.clone()).await?;
    ours.portal.connect(&ours.stripe.restricted_key).await?;

    // The worker opens both keys before its first call.
    let genuine = ours.item(&aws, "STRIPE").await?;
    aws.put(with_key_of(&genuine, &other.1)).await?;
    let before = (ours.calls(&sandbox).await?, theirs.calls(&sandbox).await?);
    let run = ours.portal.sync("new").await?;
    let sk = format!("RUN#{}#{run}", text(&genuine, "connection"));
    let id = &ours.install.installed_app_id;
    let attempted = |item: Option<&Item>| {
        item.and_then(|item| item.get("attempt")?.as_n().ok()?.parse::<u32>().ok())
            .is_some_and(|attempt| attempt > 0)
    };
    aws.until(id, &sk, attempted).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seen = ours.portal.run(&run).await?;
    assert_ne!(seen["state"], "completed", "{seen}");
    assert_eq!(
        (ours.calls(&sandbox).await?, theirs.calls(&sandbox).await?),
        before,
        "no call was made with a wrong key"
    );

    // With its own key the same install works again: only the envelope was wrong.
    assert_eq!(ours.portal.call("DELETE", "/stripe", None).await?.0, 204);
    ours.portal.connect(&ours.stripe.restricted_key).await?;
    assert!(ours.calls(&sandbox).await? > before.0);
    Ok(())
}

#[tokio::test]
async fn a_damaged_envelope_is_an_internal_error() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let tenant = Tenant::new(&stack, 54).await?;
    assert_eq!(tenant.portal.call("DELETE", "/stripe", None).await?.0, 204);
    let meta = tenant.item(&aws, "META").await?;
    let sealed =
        meta.get("sealed_key").and_then(|sealed| sealed.as_m().ok()).cloned().unwrap_or_default();
    let ledger = format!("surface=cloud&instance={}", tenant.install.instance_id);
    let before = sandbox.calls(&ledger).await?;
    for field in ["ciphertext", "nonce", "wrapped_key"] {
        let mut bytes = STANDARD.decode(text(&sealed, field))?;
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        let mut damaged = sealed.clone();
        damaged.insert(field.to_owned(), AttributeValue::S(STANDARD.encode(&bytes)));
        let mut item = meta.clone();
        item.insert("sealed_key".to_owned(), AttributeValue::M(damaged));
        aws.put(item).await?;
        stack
            .paste_key(&tenant.portal, &tenant.stripe.restricted_key)
            .await?
            .refused(500, "internal")
            .map_err(|error| format!("{field}: {error}"))?;
    }
    assert_eq!(sandbox.calls(&ledger).await?, before);
    Ok(())
}
