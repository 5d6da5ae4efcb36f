//! The living process: starts a service or attaches to it, loads it, measures it, and tidies up.
//!
//! `target` starts and stops processes, `inspector` speaks their protocol, `load` sends requests, `experiment` decides
//! with all three whether memory grows. The only crate with an async runtime in it.

pub mod experiment;
pub mod inspector;
pub mod load;
pub mod scenario;
pub mod target;
