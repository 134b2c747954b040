//! The operators of a filter.

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal, and not null.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// One of some values.
    In,
    /// Between two values, both included.
    Between,
    /// SQL pattern.
    Like,
    /// SQL pattern, case ignored.
    Ilike,
    /// Null.
    IsNull,
    /// Not null.
    IsNotNull,
}

impl Op {
    /// An operator as a body must name it.
    pub fn exact(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "in" => Self::In,
            "between" => Self::Between,
            "like" => Self::Like,
            "ilike" => Self::Ilike,
            "isnull" => Self::IsNull,
            "isnotnull" => Self::IsNotNull,
            _ => return None,
        })
    }

    /// An operator as a query string's suffix: any case, and three more spellings.
    pub fn suffix(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        match name.as_str() {
            "neq" => Some(Self::Ne),
            "gteq" => Some(Self::Gte),
            "lteq" => Some(Self::Lte),
            name => Self::exact(name),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::In => "in",
            Self::Between => "between",
            Self::Like => "like",
            Self::Ilike => "ilike",
            Self::IsNull => "isnull",
            Self::IsNotNull => "isnotnull",
        }
    }
}
