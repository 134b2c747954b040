//! What needs a person's attention: one list for the badge, the tiles and the overview. Each item
//! names one matter, its severity, and the one action to take.

mod item;
mod problems;
mod standing;

pub use item::{AttentionAction, AttentionItem, AttentionKind, Facts, Severity};

/// How many items there are of each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AttentionCounts {
    /// Critical ones.
    pub critical: u64,
    /// Warnings.
    pub warning: u64,
    /// Notices.
    pub notice: u64,
}

/// Everything that needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attention {
    /// The most urgent first; within a severity, those with the earliest deadline.
    pub items: Vec<AttentionItem>,
    /// By severity.
    pub counts: AttentionCounts,
    /// There may be more disputes or payouts than were read.
    pub more: bool,
}

impl Attention {
    /// What needs attention.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let mut items = standing::items(facts);
        items.extend(problems::items(facts));
        items.sort_by_key(|item| {
            (item.severity, item.due_at.is_none(), item.due_at, item.kind, item.since)
        });
        let count = |severity| items.iter().filter(|item| item.severity == severity).count() as u64;
        let counts = AttentionCounts {
            critical: count(Severity::Critical),
            warning: count(Severity::Warning),
            notice: count(Severity::Notice),
        };
        Self { items, counts, more: facts.more }
    }
}

#[cfg(test)]
mod tests;
