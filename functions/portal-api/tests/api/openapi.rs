//! The OpenAPI document describes the routes, and what a failure says.

use portal_api::router::document;
use serde_json::json;
use stripe_sync::model::error::details::{AccountInUse, EndpointAtStripe};
use stripe_sync::model::error::{Details, Error, MissingPermission};
use stripe_sync::platform::web::problem;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

fn written() -> String {
    let mut text = document().to_pretty_json().unwrap();
    text.push('\n');
    text
}

/// The document beside the code is the one the code makes. To bring it up to date: `make openapi`.
#[test]
fn the_committed_document_describes_the_routes() {
    assert_eq!(
        std::fs::read_to_string(DOCUMENT).unwrap_or_default(),
        written(),
        "run `make openapi`"
    );
}

/// A refusal that says all it can is what the document declares, member by member. (No `..`: a new
/// member has to be listed here.)
#[test]
fn every_member_of_a_failure_is_declared() {
    let endpoint = EndpointAtStripe {
        id: "we_1".into(),
        url: "https://a.example".into(),
        status: "enabled".into(),
        created: None,
    };
    let everything = Details {
        field: Some("prefix"),
        missing: vec![MissingPermission { resource: "account", permission: None }],
        permission: Some("rak_webhook_write".into()),
        key_url: Some("https://stripe.example/key".into()),
        limit: true,
        endpoints: vec![endpoint],
        endpoints_url: Some("https://stripe.example/endpoints"),
        accounts: vec![AccountInUse {
            indicator: "@stripe".into(),
            currency: "EUR".into(),
            entries: 1,
        }],
        prefix: Some("@stripe_eu".into()),
    };
    let serialized = json!(problem(&Error::refused("refused", "Refused.").with(everything), "1"));

    let document = json!(document());
    let schemas = &document["components"]["schemas"];
    let parts = schemas["ProblemDetails"]["allOf"].as_array().unwrap().iter().map(
        |part| match part["$ref"].as_str() {
            Some(name) => &schemas[name.rsplit('/').next().unwrap()],
            None => part,
        },
    );
    let declared: Vec<_> = parts.flat_map(|part| part["properties"].as_object().unwrap()).collect();
    let mut names: Vec<_> = declared.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(serialized.as_object().unwrap().keys().collect::<Vec<_>>(), names);
    assert!(
        declared.iter().all(|(_, schema)| schema["type"].is_string()),
        "none of them is ever null: {declared:?}"
    );

    // One that has nothing more to say leaves all that out.
    let plain = json!(problem(&Error::NotFound, "1"));
    assert_eq!(
        plain.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["code", "detail", "request_id", "status", "title", "type"]
    );
}

#[test]
#[ignore = "writes openapi.json: `make openapi`"]
fn write_the_document() {
    std::fs::write(DOCUMENT, written()).unwrap();
}
