//! Certificates as the API lists and exports them.

use it::tenant::{number, text};
use it::{Step, Tenant};
use serde_json::Value;

/// The certificates of an install form a chain that anyone can check, and each can be exported.
#[tokio::test(flavor = "multi_thread")]
async fn certificates_form_a_chain_and_can_be_exported() -> Step {
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
        let document =
            tenant.portal.ok("GET", &format!("/certificates/{id}/document"), None).await?;
        assert_eq!(
            hash(&document),
            text(&document, "hash"),
            "the hash covers the line and the body's hash"
        );
        if let Some(later) = later {
            assert_eq!(later, text(&document, "hash"), "each certificate names the one before");
        }
        later = document.get("previous").and_then(Value::as_str).map(str::to_owned);
        let table = tenant.portal.ok("GET", &format!("/certificates/{id}/table"), None).await?;
        let table = table.as_str().unwrap_or_default();
        let lines = document.get("lines").and_then(Value::as_array).map_or(0, Vec::len);
        let rows =
            |kind: &str| table.lines().filter(|row| row.split(',').nth(4) == Some(kind)).count();
        assert_eq!(
            (rows("certificate"), rows("line"), rows("payouts"), rows("cause")),
            (1, lines, 1, 0),
            "{table}"
        );
        assert!(document.get("lines").and_then(Value::as_array).is_some_and(|lines| {
            lines
                .iter()
                .all(|line| line.get("hours").is_some_and(|hours| number(hours, "differing") == 0))
        }));
    }
    assert_eq!(later, None, "the first certificate names none");
    Ok(())
}

/// The hash as an auditor computes it: of the line, and of the body by its own hash.
fn hash(document: &Value) -> String {
    const LINE: [&str; 5] = ["id", "at", "verdict", "previous", "body"];
    let (mut line, mut body) = (document.clone(), document.clone());
    if let (Some(line), Some(body)) = (line.as_object_mut(), body.as_object_mut()) {
        line.retain(|name, _| LINE.contains(&name.as_str()));
        body.retain(|name, _| name != "hash" && !LINE.contains(&name.as_str()));
    }
    assert_eq!(text(document, "body"), sha256(&body), "the body has its own hash");
    sha256(&line)
}

/// The hash of JSON with sorted keys and no white space.
fn sha256(value: &Value) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(value.to_string().as_bytes()))
}
