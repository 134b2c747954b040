//! Wake-ups. A message only says that there is work. The work itself is stored in the table, so a
//! repeated, late or lost message changes nothing that matters.

pub mod later;
pub mod message;
pub mod sender;
pub mod wake_ups;

pub use message::{Delayed, LONGEST_DELAY_SECONDS};

#[cfg(test)]
mod tests {

    use crate::model::install::id::InstallId;

    use crate::model::time::Millis;

    use crate::platform::queue::message::QueueMessage;

    use crate::platform::queue::message::Reason;

    use crate::platform::queue::message::RestOfCleanUp;

    use crate::platform::queue::message::Sweep;

    use crate::platform::queue::message::SweepCounts;

    use crate::platform::queue::message::WakeUp;

    #[test]
    fn a_message_is_recognized_by_its_shape_and_a_schedule_sends_its_own_time() {
        let read = |text: &str| serde_json::from_str::<QueueMessage>(text);
        let scheduled = |at: &str| {
            format!(r#"{{"install":"i","generation":"g","reason":"schedule","at":{at}}}"#)
        };
        let at = |text: &str| match read(&scheduled(text)).unwrap() {
            QueueMessage::WakeUp(wake_up) => wake_up.at,
            QueueMessage::RestOfCleanUp(_) | QueueMessage::Sweep(_) | QueueMessage::Delayed(_) => {
                panic!("a wake-up")
            }
        };
        assert_eq!(at("1760000000000"), Some(Millis(1_760_000_000_000)));
        assert_eq!(at(r#""2025-10-09T08:53:20Z""#), Some(Millis(1_760_000_000_000)));
        assert_eq!((at(r#""<aws.scheduler.scheduled-time>""#), at("null")), (None, None));
        let clean_up = WakeUp {
            install: InstallId::parse("i").unwrap(),
            generation: "g".into(),
            reason: Reason::Cleanup,
            run: None,
            at: None,
        };
        let rest =
            RestOfCleanUp { wake_up: clean_up.clone(), after: "RUN#7".into(), began: Millis(1) };
        assert_eq!(
            read(&serde_json::to_string(&rest).unwrap()).unwrap(),
            QueueMessage::RestOfCleanUp(rest)
        );
        assert_eq!(
            read(&serde_json::to_string(&clean_up).unwrap()).unwrap(),
            QueueMessage::WakeUp(clean_up)
        );
        let begun = Sweep { sweep: "now".into(), after: None, found: SweepCounts::default() };
        assert_eq!(read(r#"{"sweep":"now"}"#).unwrap(), QueueMessage::Sweep(begun.clone()));
        let later = Sweep {
            after: InstallId::parse("instapp_1"),
            found: SweepCounts { installs: 7, ..SweepCounts::default() },
            ..begun
        };
        assert_eq!(
            read(&serde_json::to_string(&later).unwrap()).unwrap(),
            QueueMessage::Sweep(later)
        );
        assert!(read(r#"{"sweep":1}"#).is_err() && read("{}").is_err());
    }
}
