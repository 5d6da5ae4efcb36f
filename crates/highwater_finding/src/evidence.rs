//! Why we believe it: the chain of reasons, in order.

use crate::Place;

/// One reason. A finding's evidence reads top to bottom as an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// A full clause a person can check: "grows here, once per `POST /projects`".
    pub claim: String,
    /// Where to check it, if there is a place.
    pub place: Option<Place>,
}
