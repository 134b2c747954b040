//! A FIFO queue that keeps all messages, and a standard queue that delays them.

use serde_json::{Value, json};

use crate::{DELAY_QUEUE_URL, Failed, QUEUE_URL};

/// The longest delay of SQS.
const LONGEST_DELAY_SECONDS: i64 = 900;

/// A sent message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its message group.
    pub group: String,
    /// Its deduplication id.
    pub deduplication_id: String,
    /// Its body.
    pub body: Value,
}

/// A message sent to the delay queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delayed {
    /// For how many seconds the queue delays it.
    pub seconds: i64,
    /// Its body.
    pub body: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    sent: Vec<Message>,
    delayed: Vec<Delayed>,
}

impl Queue {
    pub(crate) fn answer(&mut self, action: &str, body: &Value) -> Result<Value, Failed> {
        if action != "SendMessage" {
            return Err(Failed::new("UnknownOperationException", action));
        }
        if body["QueueUrl"] == json!(DELAY_QUEUE_URL) {
            return self.delay(body);
        }
        if body["QueueUrl"] != json!(QUEUE_URL) {
            return Err(Failed::new("QueueDoesNotExist", "no such queue"));
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (group, deduplication_id) = (text("MessageGroupId"), text("MessageDeduplicationId"));
        for id in [&group, &deduplication_id] {
            if id.is_empty() || id.len() > 128 || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Failed::new(
                    "InvalidParameterValue",
                    format!("{id} cannot be a group or a deduplication id"),
                ));
            }
        }
        if !self.sent.iter().any(|sent| sent.deduplication_id == deduplication_id) {
            let body = serde_json::from_str(&text("MessageBody")).unwrap_or(Value::Null);
            self.sent.push(Message { group, deduplication_id, body });
        }
        Ok(json!({"MessageId": format!("message-{}", self.sent.len()), "MD5OfMessageBody": "0",
                "SequenceNumber": self.sent.len().to_string()}))
    }

    fn delay(&mut self, body: &Value) -> Result<Value, Failed> {
        let seconds = body["DelaySeconds"].as_i64().unwrap_or_default();
        if !(0..=LONGEST_DELAY_SECONDS).contains(&seconds) {
            return Err(Failed::new("InvalidParameterValue", format!("{seconds} s is no delay")));
        }
        let text = body["MessageBody"].as_str().unwrap_or_default();
        self.delayed
            .push(Delayed { seconds, body: serde_json::from_str(text).unwrap_or(Value::Null) });
        Ok(json!({"MessageId": format!("delayed-{}", self.delayed.len()), "MD5OfMessageBody": "0"}))
    }

    /// The bodies of the delayed messages that were not taken.
    pub(crate) fn delayed(&self) -> Vec<Value> {
        self.delayed.iter().map(|message| message.body.clone()).collect()
    }

    /// The delayed messages that were sent since the last call.
    pub(crate) fn take_delayed(&mut self) -> Vec<Delayed> {
        std::mem::take(&mut self.delayed)
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.sent.clone()
    }
}
