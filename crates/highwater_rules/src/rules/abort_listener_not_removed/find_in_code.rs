//! Abort listeners added per call to a signal that outlives the call.

use crate::judge::listeners::{Family, tell};
use crate::{Context, Sink};

/// Tells every one that is left behind, and every one that is taken away.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    tell::tell(cx, Family::Abort, super::CARD.id, out);
}
