//! One FIFO queue that keeps what was sent.

use serde_json::{Value, json};

use crate::{Failed, QUEUE_URL};

/// A message as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its message group.
    pub group: String,
    /// Its deduplication id.
    pub deduplication_id: String,
    /// Its body.
    pub body: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Queue(Vec<Message>);

impl Queue {
    pub(crate) fn answer(&mut self, action: &str, body: &Value) -> Result<Value, Failed> {
        if action != "SendMessage" {
            return Err(Failed::new("UnknownOperationException", action));
        }
        if body["QueueUrl"] != json!(QUEUE_URL) {
            return Err(Failed::new("QueueDoesNotExist", "no such queue"));
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (group, deduplication_id) = (text("MessageGroupId"), text("MessageDeduplicationId"));
        for id in [&group, &deduplication_id] {
            if id.is_empty() || id.len() > 128 || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Failed::new("InvalidParameterValue", format!("{id} cannot be a group or a deduplication id")));
            }
        }
        if !self.0.iter().any(|sent| sent.deduplication_id == deduplication_id) {
            let body = serde_json::from_str(&text("MessageBody")).unwrap_or(Value::Null);
            self.0.push(Message { group, deduplication_id, body });
        }
        Ok(json!({"MessageId": format!("message-{}", self.0.len()), "MD5OfMessageBody": "0", "SequenceNumber": self.0.len().to_string()}))
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.0.clone()
    }
}
