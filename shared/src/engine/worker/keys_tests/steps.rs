//! The steps of the model.

use proptest::prelude::*;

/// A step of the model.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The user installs the app, or installs it again.
    Install,
    /// The platform issues a new key. The old one is revoked before its event arrives or some time
    /// after.
    Replace { early: bool, delayed: bool },
    /// An event with a key that never existed.
    Junk,
    /// An event that was delivered is delivered again.
    Duplicate(prop::sample::Index),
    /// The user removes the app. The key is revoked before the event arrives or some time after.
    Uninstall { early: bool, delayed: bool },
    /// A delayed event arrives, in any order.
    Arrive(prop::sample::Index),
    /// Blnk Cloud stops or begins to answer.
    Outage(bool),
    /// A run finds that the current key is dead, if it is.
    Run,
    /// The queue is processed.
    Work,
    /// Seconds pass.
    Pass(i64),
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let delayed = prop::bool::weighted(0.4);
    let step = prop_oneof![
        3 => Just(Step::Install),
        3 => (any::<bool>(), delayed).prop_map(|(early, delayed)| Step::Replace { early, delayed }),
        2 => Just(Step::Junk),
        2 => any::<prop::sample::Index>().prop_map(Step::Duplicate),
        3 => (any::<bool>(), delayed)
            .prop_map(|(early, delayed)| Step::Uninstall { early, delayed }),
        3 => any::<prop::sample::Index>().prop_map(Step::Arrive),
        1 => any::<bool>().prop_map(Step::Outage),
        1 => Just(Step::Run),
        3 => Just(Step::Work),
        3 => (1_i64..40).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..14)
}
