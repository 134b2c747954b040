//! What may use what: floors, the order within a folder, no circles of files, no re-export across
//! floors.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{Crate, Target};
use crate::paths::{WrittenPath, paths_of};

/// The rules of one crate.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The crate's name in paths.
    pub name: &'static str,
    /// Its root file, from the repository's root.
    pub root: &'static str,
    /// Folders whose modules stand in an order: each may use those before it, none after it. The
    /// crate's own folder is `""`.
    pub orders: &'static [Order],
}

/// The order of the modules in a folder.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The folder's module path.
    pub folder: &'static str,
    /// Its modules, the lowest first. What the list lacks is a violation of its own, so that
    /// nothing is forgotten.
    pub modules: &'static [&'static str],
}

/// A place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file, as it was given.
    pub file: String,
    /// The line; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// One use of a module by another, with the place where it is first written.
#[derive(Debug)]
struct Arrow {
    from: usize,
    to: usize,
    line: usize,
    item: String,
}

/// Everything that breaks a rule, in the order of files and lines.
#[must_use]
pub fn violations(krate: &Crate, rules: &Rules) -> Vec<Violation> {
    let arrows = arrows_of(krate);
    let mut found = BTreeSet::new();
    for order in rules.orders {
        check_order(krate, order, &arrows, &mut found);
    }
    check_reexports(krate, rules, &mut found);
    check_circles(krate, &arrows, &mut found);
    found.into_iter().collect()
}

/// The file that holds a module.
fn file_of(krate: &Crate, mut module: usize) -> usize {
    while krate.modules[module].is_inline {
        let Some(parent) = krate.modules[module].parent else { break };
        module = parent;
    }
    module
}

fn resolved(krate: &Crate, module: usize, path: &WrittenPath) -> Option<Target> {
    let is_local = path.segments.len() == 1 && !path.is_import;
    // A single name is a local, or was brought into scope by a `use` that is an arrow itself.
    if is_local { None } else { krate.resolve(module, &path.segments) }
}

/// Who uses whom, tests apart: each pair of files once, by the first place.
fn arrows_of(krate: &Crate) -> Vec<Arrow> {
    let mut arrows: BTreeMap<(usize, usize), Arrow> = BTreeMap::new();
    for (index, module) in krate.modules.iter().enumerate() {
        if module.is_test {
            continue;
        }
        let from = file_of(krate, index);
        for path in paths_of(module) {
            let Some(target) = resolved(krate, index, &path) else { continue };
            let to = file_of(krate, target.module);
            if to == from || krate.modules[to].is_test {
                continue;
            }
            let line = path.spans.first().map_or(0, |span| span.start().line);
            let item = path.segments.join("::");
            arrows.entry((from, to)).or_insert(Arrow { from, to, line, item });
        }
    }
    arrows.into_values().collect()
}

fn violation(krate: &Crate, arrow: &Arrow, what: String) -> Violation {
    Violation { file: krate.modules[arrow.from].file.display().to_string(), line: arrow.line, what }
}

/// The place of a module in an order; nothing when it is not in the folder.
fn place<'m>(krate: &'m Crate, order: &Order, module: usize) -> Option<&'m str> {
    let folder: Vec<&str> = order.folder.split("::").filter(|part| !part.is_empty()).collect();
    let path = &krate.modules[module].path;
    let inside = path.len() > folder.len() && path.iter().zip(&folder).all(|(part, of)| part == of);
    inside.then(|| path[folder.len()].as_str())
}

fn check_order(krate: &Crate, order: &Order, arrows: &[Arrow], found: &mut BTreeSet<Violation>) {
    let rank = |name: &str| order.modules.iter().position(|module| *module == name);
    for (index, module) in krate.modules.iter().enumerate() {
        let Some(name) = place(krate, order, index).filter(|_| !module.is_test) else { continue };
        if rank(name).is_none() && !module.is_inline {
            let what = format!("`{name}` has no place in the order of `{}`", order.folder);
            found.insert(Violation { file: module.file.display().to_string(), line: 0, what });
        }
    }
    for listed in order.modules {
        if !krate
            .modules
            .iter()
            .enumerate()
            .any(|(index, _)| place(krate, order, index) == Some(*listed))
        {
            let what =
                format!("`{listed}` is in the order of `{}` and is no module of it", order.folder);
            found.insert(Violation {
                file: krate.modules[0].file.display().to_string(),
                line: 0,
                what,
            });
        }
    }
    for arrow in arrows {
        let (Some(from), Some(to)) =
            (place(krate, order, arrow.from), place(krate, order, arrow.to))
        else {
            continue;
        };
        let (Some(low), Some(high)) = (rank(from), rank(to)) else { continue };
        if low < high {
            let what = format!("`{from}` stands below `{to}` and uses `{}`", arrow.item);
            found.insert(violation(krate, arrow, what));
        }
    }
}

/// A floor hands nothing on that another one defines: who uses a thing names the floor it is on.
fn check_reexports(krate: &Crate, rules: &Rules, found: &mut BTreeSet<Violation>) {
    let Some(floors) = rules.orders.iter().find(|order| order.folder.is_empty()) else { return };
    for (index, module) in krate.modules.iter().enumerate() {
        for (name, import) in module.imports.iter().filter(|(_, import)| import.is_public) {
            let Some(target) = krate.resolve(index, &import.path) else { continue };
            if place(krate, floors, index) != place(krate, floors, target.module) {
                found.insert(Violation {
                    file: module.file.display().to_string(),
                    line: import.span.start().line,
                    what: format!("`{name}` is handed on from another floor"),
                });
            }
        }
    }
}

/// Files that use each other, straight or round a corner.
fn check_circles(krate: &Crate, arrows: &[Arrow], found: &mut BTreeSet<Violation>) {
    let mut next: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(arrow.from).or_default().insert(arrow.to);
    }
    let reach = |start: usize| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            open.extend(next.get(&at).into_iter().flatten().filter(|to| seen.insert(**to)));
        }
        seen
    };
    let reached: BTreeMap<usize, BTreeSet<usize>> =
        next.keys().map(|at| (*at, reach(*at))).collect();
    for arrow in arrows {
        if reached.get(&arrow.to).is_some_and(|back| back.contains(&arrow.from)) {
            let to = krate.modules[arrow.to].path.join("::");
            found.insert(violation(
                krate,
                arrow,
                format!("a circle of files: `{}` leads to `{to}`, which leads back", arrow.item),
            ));
        }
    }
}
