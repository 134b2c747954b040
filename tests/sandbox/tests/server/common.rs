//! A sandbox for each test, on free ports.

use clap::Parser;
use sandbox::args::Args;
use sandbox::server::{self, Running};
use serde_json::Value;

/// A running sandbox and a client for it.
pub(crate) struct Sandbox {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
}

/// Starts a sandbox; `extra` are further command line arguments.
pub(crate) async fn start(extra: &[&str]) -> Sandbox {
    start_with(10, extra).await
}

/// Starts a sandbox whose default account has so many movements.
pub(crate) async fn start_with(movements: u32, extra: &[&str]) -> Sandbox {
    let ports = ["dashboard", "cloud", "stripe", "control", "core"];
    let ports = ports.iter().flat_map(|port| [format!("--{port}-port"), "0".to_owned()]);
    let words = ["sandbox".to_owned(), format!("--movements={movements}")];
    let extra = extra.iter().map(|word| (*word).to_owned());
    let args = Args::parse_from(words.into_iter().chain(ports).chain(extra));
    Sandbox { running: server::start(args).await.unwrap(), http: reqwest::Client::new() }
}

impl Sandbox {
    pub(crate) fn core(&self, path: &str) -> String {
        format!("{}{path}", self.running.world.urls.core)
    }

    pub(crate) fn cloud(&self, path: &str) -> String {
        format!("{}{path}", self.running.world.urls.cloud)
    }

    pub(crate) fn control(&self, path: &str) -> String {
        format!("{}{path}", self.running.world.urls.control)
    }

    /// A call to the default instance's ledger.
    pub(crate) async fn core_post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(self.core(path)).header("X-Blnk-Key", "core_test_key");
        answer(request.json(body)).await
    }

    /// A call to the control API.
    pub(crate) async fn control_post(&self, path: &str, body: &Value) -> Value {
        let (status, body) = answer(self.http.post(self.control(path)).json(body)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

/// Sends a request and reads the JSON of the answer.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
