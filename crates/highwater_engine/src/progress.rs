//! How a long run tells a front end where it is.

/// What a run is busy with, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking for files.
    Discover,
    /// Reading and parsing them.
    Read,
    /// Linking all facts into one program.
    Link,
    /// Judging it.
    Judge,
    /// Putting the report together.
    Report,
    /// Reading a heap snapshot; steps are megabytes.
    Snapshot,
    /// Finding who keeps what alive in it.
    Dominators,
    /// Finding names, and the answer.
    Names,
    /// Sending requests to a service.
    Load,
}

impl Phase {
    /// For people: "reading files".
    pub fn words(self) -> &'static str {
        match self {
            Phase::Discover => "looking for files",
            Phase::Read => "reading files",
            Phase::Link => "linking the program",
            Phase::Judge => "judging the program",
            Phase::Report => "writing the report",
            Phase::Snapshot => "reading the snapshot (MB)",
            Phase::Dominators => "finding who holds what",
            Phase::Names => "finding names",
            Phase::Load => "sending requests",
        }
    }
}

/// Hears how a run goes. Called from many threads at once; must be quick and must not fail.
pub trait Progress: Sync {
    /// A phase begins; `steps` is how many [`Progress::step`]s it will make, 0 when unknown.
    fn begin(&self, phase: Phase, steps: u64);
    /// One step of the phase is done.
    fn step(&self);
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _phase: Phase, _steps: u64) {}
    fn step(&self) {}
}
