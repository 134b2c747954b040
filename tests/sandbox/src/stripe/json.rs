//! JSON written straight into a string: a page of a hundred expanded records is half a megabyte,
//! and nothing of it is kept.

use std::fmt::Write as _;

/// Writes `{…}`.
pub(super) fn object(out: &mut String, fill: impl FnOnce(&mut Obj<'_>)) {
    out.push('{');
    fill(&mut Obj { out, empty: true });
    out.push('}');
}

/// Writes `[…]`, one element for each item.
pub(super) fn array<I: IntoIterator>(
    out: &mut String,
    items: I,
    mut element: impl FnMut(&mut String, I::Item),
) {
    out.push('[');
    for (n, item) in items.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        element(out, item);
    }
    out.push(']');
}

/// Writes a JSON string.
pub(super) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => push(out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends formatted text. Writing to a `String` cannot fail.
pub(super) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// An object being written.
#[derive(Debug)]
pub(super) struct Obj<'a> {
    out: &'a mut String,
    empty: bool,
}

impl Obj<'_> {
    /// A key, and whatever `value` writes.
    pub(super) fn with(&mut self, key: &str, value: impl FnOnce(&mut String)) {
        self.key(key);
        value(self.out);
    }

    /// Text that is JSON already.
    pub(super) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.push_str(json);
    }

    /// A string.
    pub(super) fn str(&mut self, key: &str, text: &str) {
        self.key(key);
        string(self.out, text);
    }

    /// A string or null.
    pub(super) fn opt_str(&mut self, key: &str, text: Option<&str>) {
        match text {
            Some(text) => self.str(key, text),
            None => self.null(key),
        }
    }

    /// An integer.
    pub(super) fn int(&mut self, key: &str, value: impl Into<i128>) {
        self.key(key);
        push(self.out, format_args!("{}", value.into()));
    }

    /// An integer or null.
    pub(super) fn opt_int(&mut self, key: &str, value: Option<i64>) {
        match value {
            Some(value) => self.int(key, value),
            None => self.null(key),
        }
    }

    /// True or false.
    pub(super) fn bool(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    /// Null.
    pub(super) fn null(&mut self, key: &str) {
        self.raw(key, "null");
    }

    /// Fields that this simulation never fills, but the API always sends.
    pub(super) fn nulls(&mut self, keys: &[&str]) {
        for key in keys {
            self.null(key);
        }
    }

    /// A nested object.
    pub(super) fn obj(&mut self, key: &str, fill: impl FnOnce(&mut Obj<'_>)) {
        self.with(key, |out| object(out, fill));
    }

    fn key(&mut self, key: &str) {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
    }
}
