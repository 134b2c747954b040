//! The paths that a module writes: in uses, types, expressions, patterns, attributes and inside
//! macros.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::Visit;

use crate::modules::{Module, leaves_of};

/// A path as it is written.
#[derive(Debug, Clone)]
pub struct WrittenPath {
    /// Its segments, without generics.
    pub segments: Vec<String>,
    /// Where each segment stands.
    pub spans: Vec<Span>,
    /// It is one of a `use`.
    pub is_import: bool,
    /// It stands in the tokens of a macro or an attribute.
    pub is_token: bool,
    /// What is written right after it is a `(` or a `!`.
    pub is_called: bool,
}

/// All paths that a module writes itself, without those of the modules inside it.
#[must_use]
pub fn paths_of(module: &Module) -> Vec<WrittenPath> {
    let mut finder = Finder { paths: Vec::new() };
    for item in &module.syntax {
        finder.visit_item(item);
    }
    finder.paths
}

struct Finder {
    paths: Vec<WrittenPath>,
}

impl Finder {
    /// Paths inside a macro are tokens: identifiers with `::` between them.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Option<WrittenPath> = None;
        let mut colons = 0_u8;
        let mut after_dot = false;
        for token in tokens {
            let (mut next_colons, mut next_dot) = (0, false);
            match token {
                TokenTree::Ident(ident) => match &mut path {
                    Some(open) if colons == 2 => {
                        open.segments.push(ident.to_string());
                        open.spans.push(ident.span());
                    }
                    _ => {
                        self.paths.extend(path.take());
                        path = (!after_dot).then(|| WrittenPath {
                            segments: vec![ident.to_string()],
                            spans: vec![ident.span()],
                            is_import: false,
                            is_token: true,
                            is_called: false,
                        });
                    }
                },
                TokenTree::Punct(punct) if punct.as_char() == ':' => next_colons = colons + 1,
                TokenTree::Punct(punct) => {
                    next_dot = punct.as_char() == '.';
                    if let Some(open) = &mut path {
                        open.is_called = punct.as_char() == '!';
                    }
                    self.paths.extend(path.take());
                }
                TokenTree::Group(group) => {
                    if let Some(open) = &mut path {
                        open.is_called = group.delimiter() == proc_macro2::Delimiter::Parenthesis;
                    }
                    self.paths.extend(path.take());
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => self.paths.extend(path.take()),
            }
            (colons, after_dot) = (next_colons, next_dot);
        }
        self.paths.extend(path);
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut leaves = Vec::new();
        leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
        let span = syn::spanned::Spanned::span(item);
        self.paths.extend(leaves.into_iter().map(|leaf| WrittenPath {
            spans: vec![span; leaf.path.len()],
            segments: leaf.path,
            is_import: true,
            is_token: false,
            is_called: false,
        }));
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let before = self.paths.len();
        syn::visit::visit_expr_call(self, call);
        if let (syn::Expr::Path(_), Some(path)) = (&*call.func, self.paths.get_mut(before)) {
            path.is_called = true;
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.paths.push(WrittenPath {
                segments: path.segments.iter().map(|segment| segment.ident.to_string()).collect(),
                spans: path.segments.iter().map(|segment| segment.ident.span()).collect(),
                is_import: false,
                is_token: false,
                is_called: false,
            });
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        syn::visit::visit_macro(self, item);
        self.tokens(item.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}
}
