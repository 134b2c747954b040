//! The modules of a crate, what each defines, and what each brings into scope.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::UseTree;
use syn::spanned::Spanned;

/// What goes wrong while a crate is read.
#[derive(Debug)]
pub enum ReadError {
    /// A file cannot be read.
    File(PathBuf, std::io::Error),
    /// A file is not Rust.
    Syntax(PathBuf, syn::Error),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Syntax(path, error) => {
                write!(f, "{}:{}: {error}", path.display(), error.span().start().line)
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// A name that a `use` brings into a module.
#[derive(Debug, Clone)]
pub struct Import {
    /// The path as it is written, without a leading `::`.
    pub path: Vec<String>,
    /// Others may use the name through this module.
    pub is_public: bool,
    /// Where it stands.
    pub span: Span,
}

/// A module: a file, or a `mod name { … }` in one.
#[derive(Debug)]
pub struct Module {
    /// Its path from the crate's root, without `crate`.
    pub path: Vec<String>,
    /// The file that holds it.
    pub file: PathBuf,
    /// The module around it.
    pub parent: Option<usize>,
    /// Whether it stands in its parent's file.
    pub is_inline: bool,
    /// Whether it, or a module around it, is compiled for tests only.
    pub is_test: bool,
    /// The modules in it, by name.
    pub children: BTreeMap<String, usize>,
    /// The names of what it defines.
    pub items: BTreeMap<String, Span>,
    /// The names that it brings into scope.
    pub imports: BTreeMap<String, Import>,
    /// The paths of its `use …::*`.
    pub globs: Vec<Import>,
    /// Its own items; those of the modules inside are theirs.
    pub syntax: Vec<syn::Item>,
}

/// A crate's modules; the first is its root.
#[derive(Debug)]
pub struct Crate {
    /// The crate's name in paths.
    pub name: String,
    /// All modules, each after the one around it.
    pub modules: Vec<Module>,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The module that defines the item, or is what is named.
    pub module: usize,
    /// The item; absent when a module is named.
    pub item: Option<String>,
    /// Segments of the path that were used to get there.
    pub used: usize,
    /// The module in which the name was found first: another one where a `pub use` hands it on.
    pub through: usize,
}

impl Crate {
    /// Reads the crate whose root is `root`, with all the files that it names.
    ///
    /// # Errors
    /// [`ReadError`], with the file.
    pub fn read(name: &str, root: &Path) -> Result<Self, ReadError> {
        let mut krate = Self { name: name.to_owned(), modules: Vec::new() };
        let folder = root.parent().unwrap_or(root).to_path_buf();
        krate.read_file(root.to_path_buf(), &folder, Vec::new(), None, false)?;
        Ok(krate)
    }

    fn read_file(
        &mut self,
        file: PathBuf,
        folder: &Path,
        path: Vec<String>,
        parent: Option<usize>,
        is_test: bool,
    ) -> Result<usize, ReadError> {
        let text =
            std::fs::read_to_string(&file).map_err(|error| ReadError::File(file.clone(), error))?;
        let parsed =
            syn::parse_file(&text).map_err(|error| ReadError::Syntax(file.clone(), error))?;
        let module = Module {
            path,
            file,
            parent,
            is_inline: false,
            is_test,
            children: BTreeMap::new(),
            items: BTreeMap::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            syntax: Vec::new(),
        };
        self.modules.push(module);
        let index = self.modules.len() - 1;
        self.read_items(index, parsed.items, folder)?;
        Ok(index)
    }

    fn read_items(
        &mut self,
        index: usize,
        items: Vec<syn::Item>,
        folder: &Path,
    ) -> Result<(), ReadError> {
        for item in items {
            match item {
                syn::Item::Mod(child) => self.read_child(index, child, folder)?,
                syn::Item::Use(item) => {
                    let is_public = !matches!(item.vis, syn::Visibility::Inherited);
                    let mut leaves = Vec::new();
                    leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
                    for leaf in leaves {
                        self.modules[index].take_import(leaf, is_public, item.span());
                    }
                    self.modules[index].syntax.push(syn::Item::Use(item));
                }
                other => {
                    if let Some(ident) = name_of(&other) {
                        self.modules[index].items.insert(ident.to_string(), ident.span());
                    }
                    self.modules[index].syntax.push(other);
                }
            }
        }
        Ok(())
    }

    fn read_child(
        &mut self,
        parent: usize,
        child: syn::ItemMod,
        folder: &Path,
    ) -> Result<(), ReadError> {
        let name = child.ident.to_string();
        let path: Vec<String> =
            self.modules[parent].path.iter().cloned().chain([name.clone()]).collect();
        let is_test = self.modules[parent].is_test || is_for_tests(&child.attrs);
        let index = if let Some((_, items)) = child.content {
            let module = Module {
                path,
                file: self.modules[parent].file.clone(),
                parent: Some(parent),
                is_inline: true,
                is_test,
                children: BTreeMap::new(),
                items: BTreeMap::new(),
                imports: BTreeMap::new(),
                globs: Vec::new(),
                syntax: Vec::new(),
            };
            self.modules.push(module);
            let index = self.modules.len() - 1;
            self.read_items(index, items, &folder.join(&name))?;
            index
        } else {
            let (file, inside) = file_of(&self.modules[parent], &child.attrs, folder, &name);
            self.read_file(file, &inside, path, Some(parent), is_test)?
        };
        self.modules[parent].children.insert(name, index);
        Ok(())
    }

    /// Where a path leads that is written in a module. Nothing for what lies outside this crate,
    /// and for names of locals and generics.
    #[must_use]
    pub fn resolve(&self, module: usize, path: &[String]) -> Option<Target> {
        self.resolve_from(module, path, 0, 0)
    }

    /// Where a path leads whose first segment is the crate's name.
    #[must_use]
    pub fn resolve_outside(&self, path: &[String]) -> Option<Target> {
        self.resolve_from(0, path, 1, 0)
    }

    fn resolve_from(
        &self,
        module: usize,
        path: &[String],
        at: usize,
        depth: u32,
    ) -> Option<Target> {
        // A circle of imports is no program; the bound keeps a broken one from hanging the check.
        const MAX_DEPTH: u32 = 32;
        let Some(name) = path.get(at) else {
            return Some(Target { module, item: None, used: at, through: module });
        };
        if depth > MAX_DEPTH {
            return None;
        }
        let here = &self.modules[module];
        match name.as_str() {
            "crate" => return self.resolve_from(0, path, at + 1, depth + 1),
            "self" => return self.resolve_from(module, path, at + 1, depth + 1),
            "super" => return self.resolve_from(here.parent?, path, at + 1, depth + 1),
            _ => {}
        }
        let is_last = at + 1 == path.len();
        let child = here.children.get(name).copied();
        if let Some(child) = child.filter(|_| !is_last || !here.items.contains_key(name)) {
            return self.resolve_from(child, path, at + 1, depth + 1);
        }
        if here.items.contains_key(name) {
            return Some(Target {
                module,
                item: Some(name.clone()),
                used: at + 1,
                through: module,
            });
        }
        if let Some(import) = here.imports.get(name) {
            let found = self.resolve_from(module, &import.path, 0, depth + 1)?;
            return match &found.item {
                None => self.resolve_from(found.module, path, at + 1, depth + 1),
                Some(_) if found.used < import.path.len() => None,
                Some(_) => Some(Target { used: at + 1, through: module, ..found }),
            };
        }
        here.globs.iter().find_map(|glob| {
            let found = self.resolve_from(module, &glob.path, 0, depth + 1)?;
            if found.item.is_some() || found.module == module {
                return None;
            }
            self.resolve_from(found.module, path, at, depth + 1)
        })
    }
}

impl Module {
    fn take_import(&mut self, leaf: Leaf, is_public: bool, span: Span) {
        let import = Import { path: leaf.path, is_public, span };
        match leaf.name {
            Some(name) if name != "_" => {
                self.imports.insert(name, import);
            }
            Some(_) => {}
            None => self.globs.push(import),
        }
    }
}

/// One name of a `use`.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The path.
    pub path: Vec<String>,
    /// The name in scope; absent for `*`.
    pub name: Option<String>,
}

/// The names of a `use`, each with its whole path.
pub fn leaves_of(tree: &UseTree, before: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            leaves_of(&path.tree, before, leaves);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            leaves.push(Leaf { path: before.clone(), name: before.last().cloned() });
        }
        UseTree::Name(name) => {
            let path = before.iter().cloned().chain([name.ident.to_string()]).collect();
            leaves.push(Leaf { path, name: Some(name.ident.to_string()) });
        }
        UseTree::Rename(rename) => {
            let mut path = before.clone();
            if rename.ident != "self" {
                path.push(rename.ident.to_string());
            }
            leaves.push(Leaf { path, name: Some(rename.rename.to_string()) });
        }
        UseTree::Glob(_) => leaves.push(Leaf { path: before.clone(), name: None }),
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves_of(tree, before, leaves);
            }
        }
    }
}

fn name_of(item: &syn::Item) -> Option<&syn::Ident> {
    match item {
        syn::Item::Const(item) => Some(&item.ident),
        syn::Item::Enum(item) => Some(&item.ident),
        syn::Item::Fn(item) => Some(&item.sig.ident),
        syn::Item::Macro(item) => item.ident.as_ref(),
        syn::Item::Static(item) => Some(&item.ident),
        syn::Item::Struct(item) => Some(&item.ident),
        syn::Item::Trait(item) => Some(&item.ident),
        syn::Item::TraitAlias(item) => Some(&item.ident),
        syn::Item::Type(item) => Some(&item.ident),
        syn::Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

/// Whether something is compiled for tests only.
#[must_use]
pub fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
    })
}

/// The file of a module that its parent only names, and the folder of the modules inside it.
fn file_of(
    parent: &Module,
    attributes: &[syn::Attribute],
    folder: &Path,
    name: &str,
) -> (PathBuf, PathBuf) {
    let given = attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    if let Some(given) = given {
        let beside = parent.file.parent().unwrap_or(folder);
        let file = beside.join(given);
        // Such a file names its own modules as a `mod.rs` does: beside it.
        let inside = file.parent().unwrap_or(folder).to_path_buf();
        return (file, inside);
    }
    let flat = folder.join(format!("{name}.rs"));
    let inside = folder.join(name);
    if flat.exists() { (flat, inside) } else { (inside.join("mod.rs"), inside) }
}
