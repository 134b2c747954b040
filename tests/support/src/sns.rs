//! SNS with one topic: it takes what the real one takes. Its calls are forms, and its answers XML.

use serde_json::{Map, Value, json};

use crate::{Failed, TOPIC_ARN};

/// The one call.
pub(crate) const PUBLISH: &str = "SNS.Publish";

/// The answer to it.
pub(crate) const PUBLISHED: &str = "<PublishResponse \
    xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>00000000-0000-0000-0000-000000000001</MessageId></PublishResult></PublishResponse>";

/// The longest subject.
const MAX_SUBJECT: usize = 100;

/// The action and the parameters of a body that is a form.
pub(crate) fn call(body: &[u8]) -> Option<(String, Value)> {
    let form = std::str::from_utf8(body).ok().filter(|form| form.starts_with("Action="))?;
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let fields: Map<String, Value> =
        pairs.map(|(name, value)| (name.to_owned(), json!(decoded(value)))).collect();
    Some((fields.get("Action")?.as_str()?.to_owned(), Value::Object(fields)))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        (bytes, rest) = match (first, code) {
            (b'%', Some(byte)) => {
                ([bytes, vec![byte]].concat(), after.get(2..).unwrap_or_default())
            }
            (b'+', _) => ([bytes, vec![b' ']].concat(), after),
            _ => ([bytes, vec![*first]].concat(), after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn answer(action: &str, body: &Value) -> Result<Value, Failed> {
    if action != "Publish" || body["TopicArn"] != json!(TOPIC_ARN) {
        return Err(Failed::new("NotFound", "no such topic"));
    }
    let subject = body["Subject"].as_str().unwrap_or_default();
    let plain = subject.chars().all(|letter| letter.is_ascii() && !letter.is_control());
    if subject.is_empty() || subject.len() > MAX_SUBJECT || !plain {
        return Err(Failed::new("InvalidParameter", "the subject"));
    }
    Ok(json!({}))
}
