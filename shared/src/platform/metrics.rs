//! Metrics, written as log lines in CloudWatch's embedded metric format. The one dimension is the deployment: an install is named in the
//! log alone, since each value of a dimension is a metric of its own that is paid for and never ends.

use serde_json::json;

use crate::model::time::Millis;
use crate::platform::queue::message::SweepCounts;
use crate::platform::telemetry;

/// The namespace of all metrics; the alarms of `template.yaml` name it too.
const NAMESPACE: &str = "StripeSync";

/// The line of a round of the sweep that has ended.
///
/// Lambda's filter reads it like any other line, and drops one of a lower level than the deployment's, or with no level or time: its
/// level is the lowest that is kept.
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
        ("OldestProofAge", "Seconds", u64::try_from(found.oldest_proof_seconds).unwrap_or_default()),
        ("OldestMatchAge", "Seconds", u64::try_from(found.oldest_match_seconds).unwrap_or_default()),
    ];
    let metrics: Vec<_> = values.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let mut line = json!({
        "_aws": {"Timestamp": now.0, "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": metrics}]},
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
        let found = SweepCounts { installs: 9, stale: 2, oldest_proof_seconds: 7_300, ..SweepCounts::default() };
        let line: serde_json::Value = serde_json::from_str(&swept("stack-1", found, Millis(1_760_000_000_000))).unwrap();
        assert_eq!((&line["Stack"], &line["StaleInstalls"], &line["OldestProofAge"]), (&json!("stack-1"), &json!(2), &json!(7_300)));
        let declared = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Dimensions"], json!([["Stack"]]));
        for level in ["INFO", "WARN", "ERROR", "FATAL"] {
            let line: serde_json::Value = serde_json::from_str(&super::line("stack-1", found, Millis(1_760_000_000_000), level)).unwrap();
            assert_eq!((&line["level"], &line["timestamp"]), (&json!(level), &json!("2025-10-09T08:53:20.000Z")));
        }
        for metric in declared["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
        }
    }
}
