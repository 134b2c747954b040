#[path = "tests/connecting.rs"]
mod connecting;
#[path = "tests/distance.rs"]
mod distance;
#[path = "tests/page.rs"]
mod page;
#[path = "tests/preview.rs"]
mod preview;
#[path = "tests/problems.rs"]
mod problems;
#[path = "tests/runs.rs"]
mod runs;
#[path = "tests/sessions.rs"]
mod sessions;
#[path = "tests/settings.rs"]
mod settings;
#[path = "tests/webhook.rs"]
mod webhook;
#[path = "tests/world.rs"]
mod world;

use super::document;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

fn written() -> String {
    let mut text = document().to_pretty_json().unwrap();
    text.push('\n');
    text
}

/// The document beside the code is the one the code makes. To bring it up to date: `make openapi`.
#[test]
fn the_committed_document_describes_the_routes() {
    assert_eq!(std::fs::read_to_string(DOCUMENT).unwrap_or_default(), written(), "run `make openapi`");
}

#[test]
#[ignore = "writes openapi.json: `make openapi`"]
fn write_the_document() {
    std::fs::write(DOCUMENT, written()).unwrap();
}
