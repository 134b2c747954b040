//! Interned strings: a record holds two bytes for each of its type, category, balance and currency,
//! and still may hold words nobody expected.

use std::collections::HashMap;

/// A word of one account's vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Word(u16);

/// The vocabulary of one account.
#[derive(Debug, Default)]
pub(super) struct Words {
    list: Vec<Box<str>>,
    index: HashMap<Box<str>, Word>,
}

impl Words {
    /// The word for `text`, made if it is new. A vocabulary of 65,535 words is full and answers its
    /// last word.
    pub(super) fn intern(&mut self, text: &str) -> Word {
        if let Some(&word) = self.index.get(text) {
            return word;
        }
        let Ok(next) = u16::try_from(self.list.len()) else {
            return Word(u16::MAX);
        };
        self.list.push(text.into());
        self.index.insert(text.into(), Word(next));
        Word(next)
    }

    /// The word for `text`, if any record uses it.
    pub(super) fn find(&self, text: &str) -> Option<Word> {
        self.index.get(text).copied()
    }

    /// What the word says.
    pub(super) fn text(&self, word: Word) -> &str {
        &self.list[usize::from(word.0)]
    }
}
