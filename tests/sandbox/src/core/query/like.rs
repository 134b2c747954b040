//! Patterns of the database.

/// SQL's `LIKE`: `%` is any text, `_` any one character, `\` takes the next character literally.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut in_pattern) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let one = match pattern.get(in_pattern) {
            Some('%') => {
                retry = Some((in_pattern + 1, at));
                in_pattern += 1;
                continue;
            }
            Some('_') if at < text.len() => 1,
            Some('\\') if pattern.get(in_pattern + 1) == text.get(at) && at < text.len() => 2,
            Some(c) if *c != '_' && *c != '\\' && text.get(at) == Some(c) => 1,
            None if at == text.len() => return true,
            _ => 0,
        };
        if one > 0 {
            at += 1;
            in_pattern += one;
            continue;
        }
        let Some((after, from)) = retry else {
            return false;
        };
        if from >= text.len() {
            return false;
        }
        retry = Some((after, from + 1));
        (in_pattern, at) = (after, from + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn an_underscore_is_a_wildcard_and_a_backslash_takes_it_back() {
        assert!(like("ch_1", "ch_1"));
        assert!(like("chX1", "ch_1"));
        assert!(!like("chX1", "ch\\_1"));
        assert!(like("ch_1", "ch\\_1"));
        assert!(like("stripe:acct:txn", "stripe:%"));
        assert!(like("abcabc", "%b%c"));
        assert!(!like("abcabd", "%b%c"));
        assert!(like("", "%"));
        assert!(!like("", "_"));
    }
}
