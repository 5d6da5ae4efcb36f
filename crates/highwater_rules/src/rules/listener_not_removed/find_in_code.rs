//! Listeners added per request, message or call to a longer-lived emitter.

use crate::judge::listeners::{Family, tell};
use crate::{Context, Sink};

/// Tells every one that is left behind, and every one that is taken away.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    tell::tell(cx, Family::Listener, super::CARD.id, out);
}
