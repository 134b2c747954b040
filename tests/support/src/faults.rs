//! Which calls go wrong, and how.

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer ever, and no effect.
    Hang,
    /// This status and error code, and no effect.
    Status(u16, &'static str),
    /// A transaction that met another one: cancelled, and no effect.
    Conflict,
    /// The effect happens; the caller is told of an internal error.
    LostAnswer,
}

#[derive(Debug)]
struct Rule {
    action: String,
    skip: usize,
    times: usize,
    fault: Fault,
}

#[derive(Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

impl Rules {
    pub(crate) fn add(&mut self, action: &str, nth: usize, times: usize, fault: Fault) {
        self.0.push(Rule { action: action.to_owned(), skip: nth.saturating_sub(1), times, fault });
    }

    /// The fault of this call, if one is due.
    pub(crate) fn take(&mut self, action: &str) -> Option<Fault> {
        let rule = self.0.iter_mut().find(|rule| rule.action == action && rule.times > 0)?;
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.times = rule.times.saturating_sub(1);
        Some(rule.fault)
    }
}
