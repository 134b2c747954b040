//! Calls as API Gateway makes them (payload 2.0), through the Lambda runtime's own types.

use std::collections::BTreeMap;

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, LambdaEvent, Service};
use serde_json::{Value, json};

/// A request to a function behind the gateway.
#[derive(Debug, Clone)]
pub struct Call {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    base64: bool,
    source_ip: String,
}

impl Call {
    /// A request without a body. The path may have a query.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        let headers = BTreeMap::from([(
            "host".to_owned(),
            "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com".to_owned(),
        )]);
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body: None,
            base64: false,
            source_ip: "192.0.2.10".to_owned(),
        }
    }

    /// With a header; its name in lower case, as the gateway sends it.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// With a session.
    #[must_use]
    pub fn bearer(self, bearer: &str) -> Self {
        self.header("authorization", format!("Bearer {bearer}"))
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(body.to_string()).header("content-type", "application/json")
    }

    /// With a body as it is.
    #[must_use]
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With the body encoded, as the gateway does for binary bodies.
    #[must_use]
    pub const fn base64(mut self) -> Self {
        self.base64 = true;
        self
    }

    /// From another address.
    #[must_use]
    pub fn from(mut self, source_ip: &str) -> Self {
        source_ip.clone_into(&mut self.source_ip);
        self
    }

    /// The event that the function receives.
    #[must_use]
    pub fn event(&self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": self.headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "a1b2c3d4e5",
                "http": {"method": self.method, "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": self.source_ip, "userAgent": "test"},
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": "$default",
                "stage": "$default",
                "time": "24/Nov/2026:14:00:00 +0000",
                "timeEpoch": 1_795_528_800_000_i64,
            },
            "isBase64Encoded": self.base64,
        });
        if let Some(body) = &self.body {
            event["body"] = json!(if self.base64 { STANDARD.encode(body) } else { body.clone() });
        }
        event
    }

    /// Makes the call.
    pub async fn to(&self, router: &Router) -> Reply {
        invoke(router, self.event()).await
    }
}

/// The answer that the gateway would pass on.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, decoded.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header, empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a problem document, empty when the answer is none.
    #[must_use]
    pub fn code(&self) -> String {
        let problem = self.header("content-type") == "application/problem+json";
        self.json()["code"].as_str().filter(|_| problem).unwrap_or_default().to_owned()
    }
}

/// Hands an event to a function's router.
///
/// # Panics
/// When the event is not one of API Gateway's, or the answer cannot be sent.
#[expect(clippy::expect_used, reason = "a test must fail here")]
pub async fn invoke(router: &Router, event: Value) -> Reply {
    let request: LambdaRequest = serde_json::from_value(event).expect("an event of API Gateway");
    let mut function = Adapter::from(router.clone());
    let answer = function
        .call(LambdaEvent::new(request, Context::default()))
        .await
        .expect("a router answers always");
    let answer = serde_json::to_value(answer).expect("an answer for API Gateway");
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == json!(true) {
        STANDARD.decode(text).expect("base64")
    } else {
        text.as_bytes().to_vec()
    };
    let headers = answer["headers"]
        .as_object()
        .into_iter()
        .chain(answer["multiValueHeaders"].as_object())
        .flatten();
    let headers = headers.filter_map(|(name, value)| {
        Some((name.to_lowercase(), value.as_str().or_else(|| value[0].as_str())?.to_owned()))
    });
    Reply {
        status: answer["statusCode"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or_default(),
        headers: headers.collect(),
        body,
    }
}

/// The sample events of a function, by file name: those in `folder` whose names start with
/// `prefix`.
///
/// # Panics
/// When they cannot be read.
#[must_use]
#[expect(clippy::expect_used, reason = "a test must fail here")]
pub fn samples(folder: &str, prefix: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).expect("the folder of the sample events");
    let mut found: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix) && name.ends_with(".json"))
        .map(|name| {
            (std::fs::read_to_string(format!("{folder}/{name}")).expect("a sample event"), name)
        })
        .map(|(text, name)| (name, text))
        .collect();
    found.sort();
    found
}
