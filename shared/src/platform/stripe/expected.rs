//! The shape that a successful response from Stripe must have. Anything else is no answer, whatever
//! its status.

use crate::model::shape::{JsonMembers, Shape};

/// A call and the shape of its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedResponse<'a> {
    /// The call as it is named in logs and records.
    pub(crate) call: &'static str,
    pub(crate) kind: ResponseKind<'a>,
}

/// The kinds of responses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ResponseKind<'a> {
    /// A page of a list.
    List,
    /// A balance: an object without an id.
    Balance,
    /// The object with this id, or any object.
    Object(Option<&'a str>),
    /// Any object that names its kind. Nothing is read from the response to a permission probe.
    Any,
    /// The confirmation that an object was deleted.
    Deletion,
}

impl ExpectedResponse<'_> {
    /// Checks that a body is such a response.
    pub(crate) fn check(&self, body: &[u8]) -> Result<(), Shape> {
        let fits = JsonMembers::of(body).is_some_and(|members| {
            let object = members.text("object");
            match self.kind {
                ResponseKind::List => {
                    object.as_deref() == Some("list")
                        && members.is_array("data")
                        && members.is_bool("has_more")
                }
                ResponseKind::Balance => {
                    object.as_deref() == Some("balance")
                        && members.is_array("available")
                        && members.is_array("pending")
                }
                ResponseKind::Object(asked) => {
                    members.id("id").is_some_and(|id| asked.is_none_or(|asked| asked == id))
                }
                ResponseKind::Any => object.is_some() || members.id("id").is_some(),
                ResponseKind::Deletion => {
                    members.raw("deleted").is_some_and(|deleted| deleted.get() == "true")
                }
            }
        });
        if fits { Ok(()) } else { Err(Shape::of(self.call, body)) }
    }
}
