//! Secrets with a current and a previous version.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::Failed;

#[derive(Debug, Default)]
pub(crate) struct Secrets(HashMap<String, (String, Option<String>)>);

impl Secrets {
    pub(crate) fn set(&mut self, name: &str, current: &str, previous: Option<&str>) -> String {
        let arn = format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}");
        self.0.insert(arn.clone(), (current.to_owned(), previous.map(str::to_owned)));
        arn
    }

    pub(crate) fn answer(&self, action: &str, body: &Value) -> Result<Value, Failed> {
        if action != "GetSecretValue" {
            return Err(Failed::new("UnknownOperationException", action));
        }
        let found = body["SecretId"].as_str().and_then(|arn| self.0.get(arn));
        let value = found.and_then(|(current, previous)| match body["VersionStage"].as_str() {
            None | Some("AWSCURRENT") => Some(current.as_str()),
            Some("AWSPREVIOUS") => previous.as_deref(),
            Some(_) => None,
        });
        let value = value
            .ok_or_else(|| Failed::new("ResourceNotFoundException", "no such secret or version"))?;
        Ok(json!({"ARN": body["SecretId"], "SecretString": value}))
    }
}
