//! The checker on small crates: what breaks a rule is found with its file and line, and nothing
//! else is.

#![expect(clippy::unwrap_used, reason = "a test that cannot write its sample fails")]

use std::path::{Path, PathBuf};

use structure::modules::Crate;
use structure::rules::{Order, Rules, violations};

const RULES: Rules = Rules {
    name: "sample",
    root: "",
    orders: &[
        Order { folder: "", modules: &["low", "high"] },
        Order { folder: "high", modules: &["first", "second"] },
    ],
};

/// Writes a crate; answers its root.
fn krate(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    for (path, text) in files {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    folder.join("lib.rs")
}

/// What is wrong with a crate, as `file:line: what`, without its folder.
fn found(name: &str, files: &[(&str, &str)]) -> Vec<String> {
    let root = krate(name, files);
    let folder = format!("{}/", root.parent().unwrap().display());
    let krate = Crate::read("sample", &root).unwrap();
    violations(&krate, &RULES)
        .iter()
        .map(|violation| violation.to_string().replace(&folder, ""))
        .collect()
}

const ROOT: (&str, &str) = ("lib.rs", "pub mod low;\npub mod high;\n");
const HIGH: (&str, &str) = ("high/mod.rs", "pub mod first;\npub mod second;\n");
const FIRST: (&str, &str) = ("high/first.rs", "use crate::low::Low;\npub struct First(pub Low);\n");
const SECOND: (&str, &str) = (
    "high/second.rs",
    "pub fn second(first: &super::first::First) -> &crate::low::Low { &first.0 }\n",
);
const LOW: (&str, &str) = ("low.rs", "pub struct Low;\npub const COUNT: u32 = 1;\n");

#[test]
fn arrows_that_go_down_are_no_violation() {
    assert_eq!(found("down", &[ROOT, HIGH, FIRST, SECOND, LOW]), Vec::<String>::new());
}

/// However the path is written: in a `use`, in a type, relative, inside a macro, through a name
/// that another module hands on.
#[test]
fn an_arrow_upwards_is_found_however_it_is_written() {
    let ways = [
        ("use", "pub struct Low;\nuse crate::high::first::First;\npub fn low(_: &First) {}\n", 2),
        ("type", "pub struct Low;\n\npub fn low(_: &crate::high::first::First) {}\n", 3),
        ("super", "pub struct Low;\npub fn low(_: &super::high::first::First) {}\n", 2),
        (
            "macro",
            "pub struct Low;\npub fn low() {\n    println!(\"{}\", crate::high::first::NAME);\n}\n",
            3,
        ),
        (
            "inline",
            "pub struct Low;\npub mod inner \
             {\n    pub fn low(_: &crate::high::first::First) {}\n}\n",
            3,
        ),
        ("glob", "pub struct Low;\nuse crate::high::first::*;\n", 2),
    ];
    let first = ("high/first.rs", "pub const NAME: &str = \"first\";\npub struct First;\n");
    let second = ("high/second.rs", "");
    for (way, text, line) in ways {
        let found = found(way, &[ROOT, HIGH, first, second, ("low.rs", text)]);
        assert_eq!(found.len(), 1, "{way}: {found:?}");
        assert!(
            found[0].starts_with(&format!("low.rs:{line}: `low` stands below `high`")),
            "{way}: {found:?}"
        );
    }
}

#[test]
fn a_stage_that_uses_a_later_one_is_found() {
    let first = ("high/first.rs", "pub fn first() { super::second::second() }\n");
    let second = ("high/second.rs", "pub fn second() {}\n");
    let found = found("stages", &[ROOT, HIGH, first, second, LOW]);
    assert_eq!(
        found,
        ["high/first.rs:1: `first` stands below `second` and uses `super::second::second`"]
    );
}

#[test]
fn files_that_use_each_other_round_a_corner_are_found() {
    let low = ("low/mod.rs", "pub mod a;\npub mod b;\npub mod c;\n");
    let a = ("low/a.rs", "pub fn a() { crate::low::b::b() }\n");
    let b = ("low/b.rs", "pub fn b() { crate::low::c::c() }\n");
    let c = ("low/c.rs", "pub fn c() { crate::low::a::a() }\n");
    let found = found("circle", &[ROOT, HIGH, FIRST_ALONE, SECOND_ALONE, low, a, b, c]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|violation| violation.contains("a circle of files")), "{found:?}");
}

const FIRST_ALONE: (&str, &str) = ("high/first.rs", "pub struct First;\n");
const SECOND_ALONE: (&str, &str) = ("high/second.rs", "pub struct Second;\n");

/// Tests may look at whatever they test: they are no part of the structure.
#[test]
fn a_test_may_look_upwards() {
    let low = (
        "low.rs",
        "pub struct Low;\n#[cfg(test)]\nmod tests \
         {\n    use crate::high::first::First;\n    fn low(_: &First) {}\n}\n",
    );
    assert_eq!(found("tests", &[ROOT, HIGH, FIRST, SECOND, low]), Vec::<String>::new());
}

#[test]
fn a_name_handed_on_across_floors_is_found() {
    let high = ("high/mod.rs", "pub mod first;\npub mod second;\npub use crate::low::Low;\n");
    let found = found("handed_on", &[ROOT, high, FIRST, SECOND, LOW]);
    assert_eq!(found, ["high/mod.rs:3: `Low` is handed on from another floor"]);
}

#[test]
fn a_module_without_a_place_and_a_place_without_a_module_are_found() {
    let root = ("lib.rs", "pub mod low;\npub mod high;\npub mod loft;\n");
    let high = ("high/mod.rs", "pub mod first;\n");
    let found = found("places", &[root, high, FIRST, LOW, ("loft.rs", "")]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|violation| violation.contains("`loft` has no place")), "{found:?}");
    assert!(
        found.iter().any(|violation| violation.contains("`second` is in the order of `high`")),
        "{found:?}"
    );
}
