//! Metrics, written as log lines in CloudWatch's embedded metric format. The only dimension is the
//! deployment. An install is named only in the log, because each value of a dimension is a separate
//! metric that costs money and is kept forever.

use serde_json::json;

use crate::model::time::Millis;
use crate::platform::queue::message::SweepCounts;
use crate::platform::telemetry;

/// The namespace of all metrics. The alarms of `template.yaml` use it too.
const NAMESPACE: &str = "StripeSync";

/// The log line of a finished round of the sweep.
///
/// Lambda's filter treats it like any other line, and drops one below the deployment's level, or
/// without level or time. So its level is the lowest that is kept.
#[must_use]
pub fn swept(stack: &str, found: SweepCounts, now: Millis) -> String {
    line(stack, found, now, telemetry::lowest_kept())
}

fn line(stack: &str, found: SweepCounts, now: Millis, level: &str) -> String {
    let values = [
        ("SweptInstalls", "Count", found.installs),
        ("StaleInstalls", "Count", found.stale),
        ("PausedInstalls", "Count", found.paused),
        ("StuckRuns", "Count", found.stuck),
        ("UnfinishedCleanUps", "Count", found.clean_ups),
        ("RepairedSchedules", "Count", found.schedules),
        ("UnreadableInstalls", "Count", found.failed),
        (
            "OldestProofAge",
            "Seconds",
            u64::try_from(found.oldest_proof_seconds).unwrap_or_default(),
        ),
        (
            "OldestMatchAge",
            "Seconds",
            u64::try_from(found.oldest_match_seconds).unwrap_or_default(),
        ),
    ];
    let metrics: Vec<_> =
        values.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let mut line = json!({
        "_aws": {"Timestamp": now.0,
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["Stack"]],
                "Metrics": metrics}]},
        "timestamp": now.rfc3339(),
        "level": level,
        "Stack": stack,
    });
    for (name, _, value) in values {
        line[name] = json!(value);
    }
    line.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_that_is_declared_has_its_value_beside_it() {
        let found = SweepCounts {
            installs: 9,
            stale: 2,
            oldest_proof_seconds: 7_300,
            ..SweepCounts::default()
        };
        let line: serde_json::Value =
            serde_json::from_str(&swept("stack-1", found, Millis(1_760_000_000_000))).unwrap();
        assert_eq!(
            (&line["Stack"], &line["StaleInstalls"], &line["OldestProofAge"]),
            (&json!("stack-1"), &json!(2), &json!(7_300))
        );
        let declared = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Dimensions"], json!([["Stack"]]));
        for level in ["INFO", "WARN", "ERROR", "FATAL"] {
            let line: serde_json::Value = serde_json::from_str(&super::line(
                "stack-1",
                found,
                Millis(1_760_000_000_000),
                level,
            ))
            .unwrap();
            assert_eq!(
                (&line["level"], &line["timestamp"]),
                (&json!(level), &json!("2025-10-09T08:53:20.000Z"))
            );
        }
        for metric in declared["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
        }
    }
}
