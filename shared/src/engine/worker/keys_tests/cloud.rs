//! Blnk Cloud, as far as it answers for keys.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::json;
use wiremock::{Request, Respond, ResponseTemplate};

/// The keys that Blnk Cloud knows.
#[derive(Debug, Default)]
pub(crate) struct Cloud {
    pub(crate) alive: BTreeSet<String>,
    pub(crate) away: bool,
}

pub(crate) struct Answers(pub(crate) Arc<Mutex<Cloud>>);

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let cloud = self.0.lock().unwrap();
        let key = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let key = key.strip_prefix("Bearer ").unwrap_or_default();
        match (cloud.away, cloud.alive.contains(key)) {
            (true, _) => ResponseTemplate::new(503),
            (false, true) => {
                ResponseTemplate::new(200).set_body_json(json!({"data": [], "total": 0}))
            }
            (false, false) => {
                ResponseTemplate::new(401).set_body_json(json!({"error": "Invalid API key"}))
            }
        }
    }
}
