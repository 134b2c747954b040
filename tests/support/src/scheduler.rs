//! EventBridge Scheduler with one schedule group. Nothing fires here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Called, Failed, SCHEDULE_GROUP};

/// The action of a call, from its method and path. The names in the path and the query are put into
/// the body.
pub(crate) fn call(called: &Called<'_>, mut body: Value) -> (String, Value) {
    let Some(name) = called.path.strip_prefix("/schedules/") else { return (String::new(), body) };
    let action = match called.method {
        "POST" => "CreateSchedule",
        "PUT" => "UpdateSchedule",
        "GET" => "GetSchedule",
        "DELETE" => "DeleteSchedule",
        other => other,
    };
    if !body.is_object() {
        body = json!({});
    }
    body["Name"] = json!(name);
    if let Some((_, group)) = called
        .query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "groupName")
    {
        body["GroupName"] = json!(group);
    }
    (format!("Scheduler.{action}"), body)
}

#[derive(Debug, Default)]
pub(crate) struct Schedules(BTreeMap<String, Value>);

impl Schedules {
    pub(crate) fn answer(&mut self, action: &str, body: &Value) -> Result<Value, Failed> {
        let name = body["Name"].as_str().unwrap_or_default().to_owned();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            return Err(Failed::validation(format!("{name} cannot be the name of a schedule")));
        }
        if body["GroupName"] != json!(SCHEDULE_GROUP) {
            return Err(Failed::new("ResourceNotFoundException", "no such schedule group"));
        }
        let known = self.0.contains_key(&name);
        match action {
            "CreateSchedule" if known => {
                Err(Failed::new("ConflictException", "there is one of this name"))
            }
            "CreateSchedule" => self.put(name, body),
            _ if !known => Err(Failed::new("ResourceNotFoundException", "no such schedule")),
            "UpdateSchedule" => self.put(name, body),
            "GetSchedule" => Ok(self.0.get(&name).cloned().unwrap_or_default()),
            "DeleteSchedule" => {
                self.0.remove(&name);
                Ok(json!({}))
            }
            other => Err(Failed::new("UnknownOperationException", other)),
        }
    }

    fn put(&mut self, name: String, body: &Value) -> Result<Value, Failed> {
        let text =
            |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let expression = text("/ScheduleExpression");
        // As EventBridge Scheduler checks it: six fields, and exactly one of the two day fields is
        // `?`.
        let fields: Vec<&str> =
            expression.trim_start_matches("cron(").trim_end_matches(')').split(' ').collect();
        if !expression.starts_with("cron(")
            || fields.len() != 6
            || (fields[2] == "?") == (fields[4] == "?")
        {
            return Err(Failed::validation(format!("Invalid Schedule Expression {expression}.")));
        }
        let dead_letters = text("/Target/DeadLetterConfig/Arn");
        if dead_letters.ends_with(".fifo") {
            return Err(Failed::validation("a FIFO queue cannot keep what was not delivered"));
        }
        if text("/Target/Arn").ends_with(".fifo")
            && text("/Target/SqsParameters/MessageGroupId").is_empty()
        {
            return Err(Failed::validation("MessageGroupId is required for a FIFO queue"));
        }
        if text("/Target/RoleArn").is_empty() || text("/FlexibleTimeWindow/Mode").is_empty() {
            return Err(Failed::validation("RoleArn and FlexibleTimeWindow are required"));
        }
        let age = body
            .pointer("/Target/RetryPolicy/MaximumEventAgeInSeconds")
            .and_then(Value::as_u64)
            .unwrap_or(86_400);
        if !(60..=86_400).contains(&age) {
            return Err(Failed::validation("MaximumEventAgeInSeconds is out of its range"));
        }
        let arn =
            format!("arn:aws:scheduler:us-east-1:123456789012:schedule/{SCHEDULE_GROUP}/{name}");
        self.0.insert(name, body.clone());
        Ok(json!({"ScheduleArn": arn}))
    }

    pub(crate) fn all(&self) -> BTreeMap<String, Value> {
        self.0.clone()
    }

    pub(crate) fn alter(&mut self, name: &str, member: &str, value: Value) {
        let found = self.0.get_mut(name);
        assert!(found.is_some(), "{name} is not there to be changed");
        if let Some(schedule) = found {
            schedule[member] = value;
        }
    }
}
