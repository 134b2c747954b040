//! Each kind of drift is found and named, whenever it came about; and none is raised where nothing is wrong.

use it::tenant::{number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

/// Makes a drift in the customer's ledger; answers the references concerned.
async fn drift(tenant: &Tenant, kind: &str) -> Step<Vec<String>> {
    let mut spec = json!({"kind": kind, "indicator": "@stripe_test", "currency": "USD", "amount": 7});
    if kind == "missing" {
        // An old one: one of the last hour would simply be posted again.
        let books = tenant.books().await?;
        let paid = books.records.iter().filter(|record| record.currency == "usd" && record.amount > 0);
        let oldest = paid.min_by_key(|record| record.created).ok_or("no payment")?;
        spec["reference"] = json!(format!("stripe:{}:test:{}:amount", tenant.account.account, oldest.id));
    }
    let made = tenant.sandbox.call("POST", &format!("/core/instances/{}/drift", tenant.install.instance_id), Some(spec)).await?;
    let references = made.get("references").and_then(Value::as_array).into_iter().flatten();
    Ok(references.filter_map(|reference| reference.as_str().map(str::to_owned)).collect())
}

fn causes(run: &Value) -> Vec<(String, String)> {
    let causes = run.pointer("/proof/causes").and_then(Value::as_array).into_iter().flatten();
    let mut causes: Vec<_> = causes.map(|cause| (text(cause, "reference"), text(cause, "kind"))).collect();
    causes.sort_unstable();
    causes
}

fn named(references: &[String], kind: &str) -> Vec<(String, String)> {
    let mut named: Vec<_> = references.iter().map(|reference| (reference.clone(), kind.to_owned())).collect();
    named.sort_unstable();
    named
}

/// Books that agreed, and then somebody's hand in them: every kind is a mismatch at the next sync, although half of them leave every
/// balance, or even every total, as it was; and the certificate names exactly the entries at fault.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_the_ledger_is_found_and_named() -> Step {
    for (seed, kind, cause, nets_agree) in [
        (8_101, "missing", "missing", false),
        (8_102, "shifted", "different", true),
        (8_103, "in", "foreign", false),
        (8_104, "out", "foreign", false),
        (8_105, "in_and_out", "foreign", true),
        (8_106, "doubled", "foreign", false),
    ] {
        let tenant = Tenant::connected(seed, 120).await?;
        let first = tenant.sync("new").await?;
        tenant.assert_match(&first).await?;
        assert!(causes(&first).is_empty(), "{kind}: {first}");
        let again = tenant.sync("new").await?;
        assert_eq!(text(&again, "verdict"), "match", "nothing is wrong yet: {again}");
        let references = drift(&tenant, kind).await?;
        let run = tenant.sync("new").await?;
        assert_eq!(
            (text(&run, "verdict").as_str(), text(&run, "state").as_str()),
            ("mismatch", "completed_with_problems"),
            "{kind}: {run}"
        );
        assert_eq!(causes(&run), named(&references, cause), "{kind}: {run}");
        let usd = |line: &&Value| text(line, "currency") == "USD" && text(line, "balance") == "payments";
        let lines = run.pointer("/proof/lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let line = lines.iter().find(usd).cloned().unwrap_or_default();
        assert_eq!(text(&line, "d2") == "0", nets_agree, "{kind}: {line}");
        let others = lines.iter().filter(|line| text(line, "mirror") != "@stripe_test" || text(line, "currency") != "USD");
        assert!(others.clone().all(|line| text(line, "verdict") != "mismatch"), "{kind}: only one balance is at fault: {run}");
    }
    Ok(())
}

/// The certificates of an install form a chain that anybody can check, and each can be had as a file.
#[tokio::test(flavor = "multi_thread")]
async fn certificates_form_a_chain_and_can_be_taken_along() -> Step {
    let tenant = Tenant::connected(8_110, 60).await?;
    for _ in 0..3 {
        tenant.sync("new").await?;
    }
    let page = tenant.portal.ok("GET", "/certificates?limit=2", None).await?;
    let listed = page.get("certificates").and_then(Value::as_array).cloned().unwrap_or_default();
    let next = text(&page, "next");
    let rest = tenant.portal.ok("GET", &format!("/certificates?before={next}"), None).await?;
    let rest = rest.get("certificates").and_then(Value::as_array).cloned().unwrap_or_default();
    assert_eq!((listed.len(), rest.len()), (2, 1), "{page}");
    let mut later: Option<String> = None;
    for summary in listed.iter().chain(&rest) {
        let id = text(summary, "id");
        let document = tenant.portal.ok("GET", &format!("/certificates/{id}/document"), None).await?;
        assert_eq!(hash(&document), text(&document, "hash"), "the hash is that of the document without it");
        if let Some(later) = later {
            assert_eq!(later, text(&document, "hash"), "each names the one before");
        }
        later = document.get("previous").and_then(Value::as_str).map(str::to_owned);
        let table = tenant.portal.ok("GET", &format!("/certificates/{id}/table"), None).await?;
        let table = table.as_str().unwrap_or_default();
        let lines = document.get("lines").and_then(Value::as_array).map_or(0, Vec::len);
        let rows = |kind: &str| table.lines().filter(|row| row.split(',').nth(4) == Some(kind)).count();
        assert_eq!((rows("certificate"), rows("line"), rows("payouts"), rows("cause")), (1, lines, 1, 0), "{table}");
        assert!(
            document
                .get("lines")
                .and_then(Value::as_array)
                .is_some_and(|lines| lines.iter().all(|line| line.get("hours").is_some_and(|hours| number(hours, "differing") == 0)))
        );
    }
    assert_eq!(later, None, "the first names none");
    Ok(())
}

/// What an auditor would do: take the hash out, sort the keys, leave no white space.
fn hash(document: &Value) -> String {
    use sha2::{Digest, Sha256};
    let mut bare = document.clone();
    if let Some(object) = bare.as_object_mut() {
        object.remove("hash");
    }
    hex::encode(Sha256::digest(bare.to_string().as_bytes()))
}
