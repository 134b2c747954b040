//! Which calls fail, and how.

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer ever, and no effect.
    Hang,
    /// This status and error code, and no effect.
    Status(u16, &'static str),
    /// A transaction that conflicts with another one: cancelled, and no effect.
    Conflict,
    /// A throttled transaction: cancelled, and no effect.
    Throttled,
    /// A batch of which only the first key was read.
    Unprocessed,
    /// The call takes effect, but the answer is an internal error.
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
pub(crate) struct Rules {
    rules: Vec<Rule>,
    hits: usize,
}

impl Rules {
    pub(crate) fn add(&mut self, action: &str, nth: usize, times: usize, fault: Fault) {
        self.rules.push(Rule {
            action: action.to_owned(),
            skip: nth.saturating_sub(1),
            times,
            fault,
        });
    }

    /// How many calls the faults hit.
    pub(crate) const fn hits(&self) -> usize {
        self.hits
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault of this call, if one is due.
    pub(crate) fn take(&mut self, action: &str) -> Option<Fault> {
        let rule = self.rules.iter_mut().find(|rule| rule.action == action && rule.times > 0)?;
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.times = rule.times.saturating_sub(1);
        self.hits += 1;
        Some(rule.fault)
    }
}
