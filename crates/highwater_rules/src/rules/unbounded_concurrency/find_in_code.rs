//! Three forms: retries that wait, a fan-out over what a request brings, an async handler per chunk of a stream.

use super::{fan_out, retries};
use crate::{Context, Sink};

/// Runs each search.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    retries::find(cx, out);
    fan_out::find(cx, out);
}
