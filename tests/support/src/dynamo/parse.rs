//! The parser of expressions: conditions, filters, key conditions and updates share one grammar of
//! paths, values and functions.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

static RESERVED: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| include_str!("reserved.txt").split_whitespace().collect());

/// A path into an item: attribute, then members of maps.
pub(crate) type Path = Vec<String>;

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Path(Path),
    Value(Value),
    IfNotExists(Path, Box<Operand>),
    Sum(Box<Operand>, bool, Box<Operand>),
}

#[derive(Debug)]
pub(crate) enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Compare(Operand, String, Operand),
    In(Operand, Vec<Operand>),
    Exists(Path, bool),
    BeginsWith(Path, Operand),
    Contains(Path, Operand),
}

#[derive(Debug, Default)]
pub(crate) struct Update {
    pub(crate) set: Vec<(Path, Operand)>,
    pub(crate) remove: Vec<Path>,
    pub(crate) add: Vec<(Path, Value)>,
}

/// The names and values of a request, and which of them its expressions used.
#[derive(Debug)]
pub(crate) struct Placeholders<'a> {
    names: &'a Value,
    values: &'a Value,
    used: BTreeSet<String>,
}

impl<'a> Placeholders<'a> {
    pub(crate) fn of(request: &'a Value) -> Self {
        Self {
            names: &request["ExpressionAttributeNames"],
            values: &request["ExpressionAttributeValues"],
            used: BTreeSet::new(),
        }
    }

    /// Every placeholder of a request must be used by one of its expressions.
    pub(crate) fn all_used(&self) -> Result<(), String> {
        let given = [self.names, self.values]
            .into_iter()
            .filter_map(Value::as_object)
            .flat_map(|given| given.keys());
        match given.into_iter().find(|name| !self.used.contains(*name)) {
            Some(unused) => Err(format!("Value unused in expressions: {unused}")),
            None => Ok(()),
        }
    }
}

/// Reads one expression.
pub(crate) struct Parser<'p, 'r> {
    tokens: Vec<String>,
    at: usize,
    placeholders: &'p mut Placeholders<'r>,
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_#:".contains(c)))
            .unwrap_or(rest.len());
        let length = match first {
            '<' | '>'
                if rest.starts_with("<=") || rest.starts_with(">=") || rest.starts_with("<>") =>
            {
                2
            }
            '<' | '>' | '=' | '(' | ')' | ',' | '+' | '-' | '.' => 1,
            _ if word > 0 => word,
            other => return Err(format!("unexpected {other} in an expression")),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    Ok(tokens)
}

impl<'p, 'r> Parser<'p, 'r> {
    pub(crate) fn new(text: &str, placeholders: &'p mut Placeholders<'r>) -> Result<Self, String> {
        Ok(Self { tokens: tokens(text)?, at: 0, placeholders })
    }

    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn is(&self, word: &str) -> bool {
        self.peek().eq_ignore_ascii_case(word)
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.is(word);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.take(word) {
            Ok(())
        } else {
            Err(format!("expected {word}, found {:?}", self.peek()))
        }
    }

    fn next(&mut self) -> Result<String, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("an expression ends too early")?;
        self.at += 1;
        Ok(token)
    }

    fn name(&mut self) -> Result<String, String> {
        let token = self.next()?;
        if token.starts_with('#') {
            let name = self.placeholders.names[&token]
                .as_str()
                .ok_or_else(|| format!("{token} is not defined"))?;
            self.placeholders.used.insert(token);
            return Ok(name.to_owned());
        }
        if !token.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(format!("{token} is not the name of an attribute"));
        }
        if RESERVED.contains(token.to_ascii_uppercase().as_str()) {
            return Err(format!("Attribute name is a reserved keyword: {token}"));
        }
        Ok(token)
    }

    fn path(&mut self) -> Result<Path, String> {
        let mut path = vec![self.name()?];
        while self.take(".") {
            path.push(self.name()?);
        }
        Ok(path)
    }

    fn value(&mut self) -> Result<Value, String> {
        let token = self.next()?;
        let value = self
            .placeholders
            .values
            .get(&token)
            .cloned()
            .ok_or_else(|| format!("{token} is not defined"))?;
        self.placeholders.used.insert(token);
        Ok(value)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        if self.peek().starts_with(':') {
            return Ok(Operand::Value(self.value()?));
        }
        if self.is("if_not_exists") {
            self.at += 1;
            self.expect("(")?;
            let path = self.path()?;
            self.expect(",")?;
            let fallback = self.operand()?;
            self.expect(")")?;
            return Ok(Operand::IfNotExists(path, Box::new(fallback)));
        }
        Ok(Operand::Path(self.path()?))
    }

    fn sum(&mut self) -> Result<Operand, String> {
        let left = self.operand()?;
        let plus = self.is("+");
        if !plus && !self.is("-") {
            return Ok(left);
        }
        self.at += 1;
        Ok(Operand::Sum(Box::new(left), plus, Box::new(self.operand()?)))
    }

    /// A whole condition.
    pub(crate) fn condition(mut self) -> Result<Condition, String> {
        let condition = self.any_of()?;
        if self.peek().is_empty() {
            Ok(condition)
        } else {
            Err(format!("unexpected {:?} after a condition", self.peek()))
        }
    }

    fn any_of(&mut self) -> Result<Condition, String> {
        let mut left = self.all_of()?;
        while self.take("OR") {
            left = Condition::Or(Box::new(left), Box::new(self.all_of()?));
        }
        Ok(left)
    }

    fn all_of(&mut self) -> Result<Condition, String> {
        let mut left = self.one()?;
        while self.take("AND") {
            left = Condition::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.take("NOT") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.take("(") {
            let inner = self.any_of()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let function = self.peek().to_ascii_lowercase();
        if ["attribute_exists", "attribute_not_exists", "begins_with", "contains"]
            .contains(&function.as_str())
        {
            self.at += 1;
            self.expect("(")?;
            let path = self.path()?;
            let condition = match function.as_str() {
                "attribute_exists" => Condition::Exists(path, true),
                "attribute_not_exists" => Condition::Exists(path, false),
                with_operand => {
                    self.expect(",")?;
                    let operand = self.operand()?;
                    if with_operand == "contains" {
                        Condition::Contains(path, operand)
                    } else {
                        Condition::BeginsWith(path, operand)
                    }
                }
            };
            self.expect(")")?;
            return Ok(condition);
        }
        let left = self.operand()?;
        if self.take("BETWEEN") {
            let low = self.operand()?;
            self.expect("AND")?;
            let high = self.operand()?;
            let at_least = Condition::Compare(left.clone(), ">=".to_owned(), low);
            let at_most = Condition::Compare(left, "<=".to_owned(), high);
            return Ok(Condition::And(Box::new(at_least), Box::new(at_most)));
        }
        if self.take("IN") {
            self.expect("(")?;
            let mut members = vec![self.operand()?];
            while self.take(",") {
                members.push(self.operand()?);
            }
            self.expect(")")?;
            return Ok(Condition::In(left, members));
        }
        let operator = self.next()?;
        if !["=", "<>", "<", "<=", ">", ">="].contains(&operator.as_str()) {
            return Err(format!("{operator} is not a comparison"));
        }
        Ok(Condition::Compare(left, operator, self.operand()?))
    }

    /// A whole update.
    pub(crate) fn update(mut self) -> Result<Update, String> {
        let mut update = Update::default();
        while !self.peek().is_empty() {
            let clause = self.next()?.to_ascii_uppercase();
            loop {
                let path = self.path()?;
                match clause.as_str() {
                    "SET" => {
                        self.expect("=")?;
                        let operand = self.sum()?;
                        update.set.push((path, operand));
                    }
                    "REMOVE" => update.remove.push(path),
                    "ADD" => {
                        let value = self.value()?;
                        update.add.push((path, value));
                    }
                    other => return Err(format!("{other} is not a clause of an update")),
                }
                if !self.take(",") {
                    break;
                }
            }
        }
        let paths: Vec<&Path> = update
            .set
            .iter()
            .map(|(path, _)| path)
            .chain(&update.remove)
            .chain(update.add.iter().map(|(path, _)| path))
            .collect();
        for (at, path) in paths.iter().enumerate() {
            if paths[..at].iter().any(|other| path.starts_with(other) || other.starts_with(path)) {
                return Err(format!("Two document paths overlap with each other: {path:?}"));
            }
        }
        Ok(update)
    }

    /// The paths of a projection.
    pub(crate) fn projection(mut self) -> Result<Vec<Path>, String> {
        let mut paths = vec![self.path()?];
        while self.take(",") {
            paths.push(self.path()?);
        }
        Ok(paths)
    }
}
