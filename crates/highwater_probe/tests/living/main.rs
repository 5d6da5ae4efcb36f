//! Tests against living processes: real runtimes, and peers that misbehave. One program, so that what they share is
//! built once.

mod attach;
mod inspector_fake;
mod inspector_node;
mod runtimes;
mod support;
mod target;
