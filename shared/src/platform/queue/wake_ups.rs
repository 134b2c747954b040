//! Builds wake-ups with their deduplication ids. Only this module builds the ids.
//!
//! An id is derived from the occasion, so that the same occasion wakes a worker once. A wake-up
//! that must always arrive gets a new id.

use serde_json::json;
use ulid::Ulid;

use crate::model::install::id::InstallId;
use crate::model::time::Millis;
use crate::platform::queue::message::{Reason, WakeUp};

/// EventBridge Scheduler replaces this with the time of a firing. It makes each body unique,
/// because the queue drops a repeated one for five minutes. A delivery that the scheduler retries
/// is dropped for the same reason.
const SCHEDULED_TIME: &str = "<aws.scheduler.scheduled-time>";

/// A wake-up, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    pub(crate) wake_up: WakeUp,
    pub(crate) deduplication_id: String,
}

/// Why a run is resumed. Each id is that of the request or of the audit entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// A person requested a preview.
    Preview(Ulid),
    /// A person requested its end.
    Stop(Ulid),
    /// A person approved what it waits for.
    Approval(Ulid),
    /// A person replaced the Stripe key.
    StripeKey(Ulid),
    /// Another Blnk key came into force.
    BlnkKey(Ulid),
    /// The sweep found that it stalled.
    Sweep(Ulid),
    /// A worker's time is up. It stopped at this checkpoint, in this attempt.
    TimeUp {
        /// The checkpoint.
        checkpoint: u64,
        /// The attempt.
        attempt: u64,
    },
    /// It waits for its next attempt.
    Waiting {
        /// The attempt that failed.
        attempt: u64,
        /// When the next one is due.
        next_attempt: Millis,
    },
}

/// Why a clean-up is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CleanUp {
    /// An installation or a connection ended.
    Ended(Ulid),
    /// The sweep found that it is unfinished.
    Sweep(Ulid),
}

/// Why an install's keys are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// A key arrived.
    Delivered {
        /// The fingerprint of the key.
        fingerprint: String,
        /// When it arrived.
        at: Millis,
    },
    /// An uninstall event arrived at this time.
    Uninstall(Millis),
    /// An earlier check decided nothing. This one is due at the given time.
    Again(Ulid, Millis),
    /// The sweep found keys that are still to be checked.
    Sweep(Ulid),
}

impl WakeUp {
    fn new(install: &InstallId, generation: &str, reason: Reason) -> Self {
        Self {
            install: install.clone(),
            generation: generation.to_owned(),
            reason,
            run: None,
            at: None,
        }
    }

    /// A person requested a sync. `run` is the run to work on. Without it, a run follows the open
    /// one.
    #[must_use]
    pub fn manual(
        install: &InstallId,
        generation: &str,
        run: Option<Ulid>,
        request: Ulid,
        at: Millis,
    ) -> Dispatch {
        let wake_up = Self::new(install, generation, Reason::Manual);
        let run = run.map(|run| run.to_string());
        Self { run, at: Some(at), ..wake_up }.under(format!("manual:{request}"))
    }

    /// A run that was requested while another one was open begins.
    #[must_use]
    pub fn rerun(install: &InstallId, generation: &str, run: Ulid) -> Dispatch {
        let wake_up = Self::new(install, generation, Reason::Manual);
        Self { run: Some(run.to_string()), ..wake_up }.under(format!("run:{run}:start"))
    }

    /// The schedule fires in place of EventBridge Scheduler, which did not.
    #[must_use]
    pub fn schedule(install: &InstallId, generation: &str, sweep: Ulid, at: Millis) -> Dispatch {
        let wake_up = Self::new(install, generation, Reason::Schedule);
        Self { at: Some(at), ..wake_up }.under(swept(sweep))
    }

    /// The body that EventBridge Scheduler sends when an install's schedule fires, and its message
    /// group. The body is its deduplication id too.
    pub(crate) fn scheduled(install: &InstallId, generation: &str) -> (String, String) {
        let group = Self::new(install, generation, Reason::Schedule).group();
        let body = json!({
            "install": install,
            "generation": generation,
            "reason": Reason::Schedule,
            "at": SCHEDULED_TIME,
        });
        (body.to_string(), group)
    }

    /// Stripe sent an event in the interval that ends at `end`.
    #[must_use]
    pub fn webhook(install: &InstallId, generation: &str, end: Millis) -> Dispatch {
        let wake_up = Self::new(install, generation, Reason::Webhook);
        Self { at: Some(end), ..wake_up }.under(format!("webhook:{}", end.0))
    }

    /// The same wake-up, sent again because the interval of its events has not ended yet. It was
    /// received in the message with this id.
    #[must_use]
    pub fn postponed(&self, message_id: &str) -> Dispatch {
        self.clone().under(format!("events:{message_id}"))
    }

    /// A run continues.
    #[must_use]
    pub fn resume(install: &InstallId, generation: &str, run: Ulid, why: Resume) -> Dispatch {
        let (deduplication_id, at) = match why {
            Resume::Preview(id) => (format!("preview:{id}"), None),
            Resume::Stop(id) => (format!("stop:{id}"), None),
            Resume::Approval(id) => (format!("approve:{id}"), None),
            Resume::StripeKey(id) => (format!("key:{id}"), None),
            Resume::BlnkKey(id) => (format!("keys:{id}"), None),
            Resume::Sweep(id) => (swept(id), None),
            Resume::TimeUp { checkpoint, attempt } => {
                (format!("run:{run}:{checkpoint}:{attempt}"), None)
            }
            Resume::Waiting { attempt, next_attempt } => {
                (format!("run:{run}:{attempt}:waits"), Some(next_attempt))
            }
        };
        let wake_up = Self::new(install, generation, Reason::Continue);
        Self { run: Some(run.to_string()), at, ..wake_up }.under(deduplication_id)
    }

    /// What an installation or a connection left behind is cleaned up.
    #[must_use]
    pub fn cleanup(install: &InstallId, generation: &str, why: CleanUp) -> Dispatch {
        let deduplication_id = match why {
            CleanUp::Ended(id) => cleaned(id),
            CleanUp::Sweep(id) => swept(id),
        };
        Self::new(install, generation, Reason::Cleanup).under(deduplication_id)
    }

    /// The keys of an install are checked.
    #[must_use]
    pub fn keys(install: &InstallId, generation: &str, why: &KeyCheck) -> Dispatch {
        let (deduplication_id, at) = match why {
            KeyCheck::Delivered { fingerprint, at } => {
                (format!("keys:{fingerprint}:{}", at.0), None)
            }
            KeyCheck::Uninstall(at) => (format!("keys:uninstall:{}", at.0), None),
            KeyCheck::Again(id, at) => (format!("keys:{id}"), Some(*at)),
            KeyCheck::Sweep(id) => (swept(*id), None),
        };
        let wake_up = Self::new(install, generation, Reason::Keys);
        Self { at, ..wake_up }.under(deduplication_id)
    }

    fn under(self, deduplication_id: String) -> Dispatch {
        Dispatch { wake_up: self, deduplication_id }
    }
}

/// The deduplication id of what the sweep sends.
pub(crate) fn swept(id: Ulid) -> String {
    format!("sweep:{id}")
}

/// The deduplication id of a clean-up and of its rest.
pub(crate) fn cleaned(id: Ulid) -> String {
    format!("cleanup:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATION: &str = "01GENERATION";

    fn install() -> InstallId {
        InstallId::parse("instapp_1").unwrap()
    }

    /// The fields of a message that a builder chooses.
    fn sent(dispatch: &Dispatch) -> (&str, Reason, Option<&str>, Option<i64>, String) {
        let WakeUp { install: named, generation, reason, run, at } = &dispatch.wake_up;
        assert_eq!((named, generation.as_str()), (&install(), GENERATION));
        let id = dispatch.deduplication_id.as_str();
        (id, *reason, run.as_deref(), at.map(|at| at.0), dispatch.wake_up.group())
    }

    #[test]
    fn a_wake_up_of_a_run_keeps_its_ids() {
        let (install, run, id) = (install(), Ulid::from_parts(1, 2), Ulid::from_parts(3, 4));
        let group = || "instapp_1".to_owned();
        let (run_id, named) = (run.to_string(), id.to_string());
        let manual = WakeUp::manual(&install, GENERATION, None, id, Millis(7));
        let expected = format!("manual:{named}");
        assert_eq!(sent(&manual), (expected.as_str(), Reason::Manual, None, Some(7), group()));
        let manual = WakeUp::manual(&install, GENERATION, Some(run), id, Millis(7));
        assert_eq!(manual.wake_up.run.as_deref(), Some(run_id.as_str()));
        let rerun = WakeUp::rerun(&install, GENERATION, run);
        let expected = format!("run:{run_id}:start");
        let wanted = (expected.as_str(), Reason::Manual, Some(run_id.as_str()), None, group());
        assert_eq!(sent(&rerun), wanted);
        let schedule = WakeUp::schedule(&install, GENERATION, id, Millis(7));
        let expected = format!("sweep:{named}");
        assert_eq!(sent(&schedule), (expected.as_str(), Reason::Schedule, None, Some(7), group()));
        let webhook = WakeUp::webhook(&install, GENERATION, Millis(7));
        assert_eq!(sent(&webhook), ("webhook:7", Reason::Webhook, None, Some(7), group()));
        let postponed = webhook.wake_up.postponed("m-1");
        assert_eq!(sent(&postponed), ("events:m-1", Reason::Webhook, None, Some(7), group()));
        for (why, expected, at) in [
            (Resume::Preview(id), format!("preview:{named}"), None),
            (Resume::Stop(id), format!("stop:{named}"), None),
            (Resume::Approval(id), format!("approve:{named}"), None),
            (Resume::StripeKey(id), format!("key:{named}"), None),
            (Resume::BlnkKey(id), format!("keys:{named}"), None),
            (Resume::Sweep(id), format!("sweep:{named}"), None),
            (Resume::TimeUp { checkpoint: 5, attempt: 6 }, format!("run:{run_id}:5:6"), None),
            (
                Resume::Waiting { attempt: 6, next_attempt: Millis(7) },
                format!("run:{run_id}:6:waits"),
                Some(7),
            ),
        ] {
            let resume = WakeUp::resume(&install, GENERATION, run, why);
            let wanted = (expected.as_str(), Reason::Continue, Some(run_id.as_str()), at, group());
            assert_eq!(sent(&resume), wanted, "{why:?}");
        }
    }

    #[test]
    fn clean_ups_and_key_checks_have_a_group_beside_the_runs() {
        let (install, id) = (install(), Ulid::from_parts(3, 4));
        let group = || "cleanup:instapp_1".to_owned();
        for (why, expected) in [
            (CleanUp::Ended(id), format!("cleanup:{id}")),
            (CleanUp::Sweep(id), format!("sweep:{id}")),
        ] {
            let dispatch = WakeUp::cleanup(&install, GENERATION, why);
            let wanted = (expected.as_str(), Reason::Cleanup, None, None, group());
            assert_eq!(sent(&dispatch), wanted, "{why:?}");
        }
        let delivered = KeyCheck::Delivered { fingerprint: "print".to_owned(), at: Millis(7) };
        for (why, expected, at) in [
            (delivered, "keys:print:7".to_owned(), None),
            (KeyCheck::Uninstall(Millis(7)), "keys:uninstall:7".to_owned(), None),
            (KeyCheck::Again(id, Millis(7)), format!("keys:{id}"), Some(7)),
            (KeyCheck::Sweep(id), format!("sweep:{id}"), None),
        ] {
            let dispatch = WakeUp::keys(&install, GENERATION, &why);
            let wanted = (expected.as_str(), Reason::Keys, None, at, group());
            assert_eq!(sent(&dispatch), wanted, "{why:?}");
        }
    }

    #[test]
    fn a_schedule_sends_the_body_that_it_always_sent() {
        let (body, group) = WakeUp::scheduled(&install(), GENERATION);
        assert_eq!(group, "instapp_1");
        assert_eq!(
            body,
            r#"{"at":"<aws.scheduler.scheduled-time>","generation":"01GENERATION","install":"instapp_1","reason":"schedule"}"#
        );
    }
}
