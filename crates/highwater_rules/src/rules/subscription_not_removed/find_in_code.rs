//! Subscriptions made again and again whose handle is dropped.

use crate::judge::listeners::{Family, tell};
use crate::{Context, Sink};

/// Tells every one that is left behind, and every one that is taken away.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    tell::tell(cx, Family::Subscription, super::CARD.id, out);
}
