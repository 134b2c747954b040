//! How a ledger behaves where a real one depends on its version, its load or its luck. Each
//! instance has its own.

use std::str::FromStr;
use std::time::Duration;

use rand::RngExt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::version::Version;

/// How long Core waits for a lock before it answers 423, in milliseconds.
const LOCK_WAIT_MS: u64 = 3000;
/// How long a queued transaction without a child lies before it is replayed, in milliseconds.
const RECOVERY_MS: u64 = 2 * 60 * 60 * 1000;
/// Status of the answer to an identity that exists, as the source has it; the documentation says
/// 409.
const IDENTITY_DUP_STATUS: u16 = 400;

/// A time to wait: `30`, or anything in `0-200`; milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    least: u64,
    most: u64,
}

impl Delay {
    /// Always the same.
    pub fn fixed(millis: u64) -> Self {
        Self { least: millis, most: millis }
    }

    /// One wait, drawn evenly.
    pub fn draw(self) -> Duration {
        Duration::from_millis(rand::rng().random_range(self.least..=self.most))
    }
}

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused =
            |_| format!("{text:?} is neither milliseconds (30) nor a range of them (0-200)");
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        let delay = Self {
            least: least.trim().parse().map_err(refused)?,
            most: most.trim().parse().map_err(refused)?,
        };
        if delay.least > delay.most {
            return Err(format!("{text:?} ends before it begins"));
        }
        Ok(delay)
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.least == self.most {
            return serializer.serialize_u64(self.least);
        }
        serializer.collect_str(&format_args!("{}-{}", self.least, self.most))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DelayForm {
    Fixed(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match DelayForm::deserialize(deserializer)? {
            DelayForm::Fixed(millis) => Ok(Self::fixed(millis)),
            DelayForm::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// All knobs of one ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Knobs {
    /// The version that is played.
    #[serde(serialize_with = "as_text")]
    pub core_version: Version,
    /// From the answer to a queued post to its first row.
    pub persist_delay_ms: Delay,
    /// From the first row of a queued post to its second.
    pub apply_delay_ms: Delay,
    /// Whether queued posts between the same two balances are applied together, all but one losing
    /// their effective date.
    pub coalesce: bool,
    /// Added to every request.
    pub ledger_latency_ms: u64,
    /// Entries a second that one balance takes; 0 = no limit.
    pub ledger_rate: u32,
    /// How long a `skip_queue` post waits for its two balances before it is answered 423.
    pub lock_wait_ms: u64,
    /// Status of the answer to an identity that exists: 400, or 409 as the documentation has it.
    pub identity_dup_status: u16,
    /// So many of the next queued posts vanish after their 201, before any row: a crash of Core.
    pub lose_before_persist: u32,
    /// So many of the next queued posts lie without a second row until they are recovered: a crash
    /// of the worker.
    pub lose_before_apply: u32,
    /// How long they lie.
    pub recovery_ms: u64,
    /// The ledger dies as soon as so many more items of bulks were applied; 0 = it does not.
    pub die_after: u32,
    /// It is dead: every connection to it ends without an answer, until this is set back.
    pub dead: bool,
}

fn as_text<S: Serializer>(version: &Version, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(version)
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            core_version: Version::default(),
            persist_delay_ms: Delay::fixed(0),
            apply_delay_ms: Delay::fixed(0),
            coalesce: true,
            ledger_latency_ms: 0,
            ledger_rate: 0,
            lock_wait_ms: LOCK_WAIT_MS,
            identity_dup_status: IDENTITY_DUP_STATUS,
            lose_before_persist: 0,
            lose_before_apply: 0,
            recovery_ms: RECOVERY_MS,
            die_after: 0,
            dead: false,
        }
    }
}

/// New values for some of the knobs; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnobChange {
    core_version: Option<String>,
    persist_delay_ms: Option<Delay>,
    apply_delay_ms: Option<Delay>,
    coalesce: Option<bool>,
    ledger_latency_ms: Option<u64>,
    ledger_rate: Option<u32>,
    lock_wait_ms: Option<u64>,
    identity_dup_status: Option<u16>,
    lose_before_persist: Option<u32>,
    lose_before_apply: Option<u32>,
    recovery_ms: Option<u64>,
    die_after: Option<u32>,
    dead: Option<bool>,
}

fn set<T>(knob: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *knob = value;
    }
}

impl Knobs {
    /// Turns some of them.
    ///
    /// # Errors
    /// A version that cannot be read, a status that Core never answers: nothing is changed then.
    pub fn change(&mut self, change: KnobChange) -> Result<(), String> {
        let version = change.core_version.map(|text| text.parse()).transpose()?;
        if !matches!(change.identity_dup_status, None | Some(400 | 409)) {
            return Err("identity_dup_status is 400 or 409".to_owned());
        }
        set(&mut self.core_version, version);
        set(&mut self.persist_delay_ms, change.persist_delay_ms);
        set(&mut self.apply_delay_ms, change.apply_delay_ms);
        set(&mut self.coalesce, change.coalesce);
        set(&mut self.ledger_latency_ms, change.ledger_latency_ms);
        set(&mut self.ledger_rate, change.ledger_rate);
        set(&mut self.lock_wait_ms, change.lock_wait_ms);
        set(&mut self.identity_dup_status, change.identity_dup_status);
        set(&mut self.lose_before_persist, change.lose_before_persist);
        set(&mut self.lose_before_apply, change.lose_before_apply);
        set(&mut self.recovery_ms, change.recovery_ms);
        set(&mut self.die_after, change.die_after);
        set(&mut self.dead, change.dead);
        Ok(())
    }

    /// Milliseconds as a duration.
    pub fn millis(value: u64) -> Duration {
        Duration::from_millis(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Delay, Knobs};

    #[test]
    fn a_change_that_cannot_be_made_changes_nothing() {
        let mut knobs = Knobs::default();
        let change = serde_json::from_str(r#"{"ledger_rate": 5, "core_version": "zero"}"#).unwrap();
        assert!(knobs.change(change).is_err());
        assert_eq!(knobs, Knobs::default());
        let change =
            serde_json::from_str(r#"{"core_version": "0.14", "apply_delay_ms": "5-9"}"#).unwrap();
        knobs.change(change).unwrap();
        assert!(!knobs.core_version.has_error_detail());
        assert!((5..=9).contains(&knobs.apply_delay_ms.draw().as_millis()));
        assert!("9-5".parse::<Delay>().is_err());
    }
}
