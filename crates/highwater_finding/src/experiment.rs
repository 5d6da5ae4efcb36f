//! What an experiment with a living service measured, and what it decided.

/// What an experiment decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Memory or something else that must be released grows with the work and goes on doing so.
    Leak,
    /// Nothing does.
    Clean,
    /// The budget did not suffice to say.
    Undecided,
}

impl Decision {
    /// One lower-case word.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Leak => "leak",
            Decision::Clean => "clean",
            Decision::Undecided => "undecided",
        }
    }
}

/// A figure that was read again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Bytes of live JavaScript objects after a forced collection.
    Heap,
    /// Bytes outside of the heap that objects hold: buffers above all.
    External,
    /// Bytes of the process that neither the heap nor its buffers explain.
    Native,
    /// Timers, sockets, requests and others that keep the event loop alive.
    Handles,
    /// Open file descriptors.
    Descriptors,
    /// Contexts of scripts.
    Contexts,
    /// Threads.
    Threads,
}

impl Measure {
    /// Every measure, in the order in which they are told.
    pub const ALL: [Measure; 7] = [
        Measure::Heap,
        Measure::External,
        Measure::Native,
        Measure::Handles,
        Measure::Descriptors,
        Measure::Contexts,
        Measure::Threads,
    ];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Heap => "JavaScript heap",
            Measure::External => "buffers and other external memory",
            Measure::Native => "native memory",
            Measure::Handles => "timers, sockets and other handles",
            Measure::Descriptors => "file descriptors",
            Measure::Contexts => "script contexts",
            Measure::Threads => "threads",
        }
    }

    /// For machines.
    pub fn key(self) -> &'static str {
        match self {
            Measure::Heap => "heap",
            Measure::External => "external",
            Measure::Native => "native",
            Measure::Handles => "handles",
            Measure::Descriptors => "descriptors",
            Measure::Contexts => "contexts",
            Measure::Threads => "threads",
        }
    }

    /// Whether it counts bytes; else it counts things.
    pub fn is_bytes(self) -> bool {
        matches!(self, Measure::Heap | Measure::External | Measure::Native)
    }
}

/// One reading, after quiet and a forced collection.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reading {
    /// Seconds since the service was ready, in thousandths.
    pub at_ms: u64,
    /// Requests sent so far.
    pub requests: u64,
    /// Whether it belongs to the warm-up.
    pub warm_up: bool,
    /// Bytes of live objects.
    pub heap_bytes: u64,
    /// Bytes that the heap has taken from the system: live objects and room for more.
    pub heap_total_bytes: u64,
    /// Bytes outside of the heap.
    pub external_bytes: u64,
    /// Bytes of the process in memory.
    pub rss_bytes: u64,
    /// Handles and requests of the event loop.
    pub handles: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Contexts.
    pub contexts: u64,
    /// Threads.
    pub threads: u64,
}

impl Reading {
    /// One figure of it.
    pub fn of(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Heap => self.heap_bytes,
            Measure::External => self.external_bytes,
            Measure::Native => {
                self.rss_bytes.saturating_sub(self.heap_total_bytes.saturating_add(self.external_bytes))
            }
            Measure::Handles => self.handles,
            Measure::Descriptors => self.descriptors,
            Measure::Contexts => self.contexts,
            Measure::Threads => self.threads,
        }
    }
}

/// How much a request adds to a figure, with the interval. In thousandths of a byte or of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Of what.
    pub measure: Measure,
    /// The median slope.
    pub milli: i64,
    /// Lower end of the interval of 95 per cent.
    pub low_milli: i64,
    /// Upper end.
    pub high_milli: i64,
    /// Whether it grows.
    pub grows: bool,
}

/// What was tried on one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// `POST /projects`.
    pub route: String,
    /// Requests sent.
    pub requests: u64,
    /// Of these, so many were answered with an error or not at all.
    pub failed: u64,
}

/// An experiment with a living service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// What was decided.
    pub decision: Decision,
    /// Why, in a sentence or two.
    pub because: String,
    /// The command that started the service, or what was attached to.
    pub command: String,
    /// `Node v22.3.0`.
    pub runtime: String,
    /// Requests sent in all, and how many of them were answered with an error or not at all.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// Requests sent when growth was seen for the first time in all rounds; nothing when it was not.
    pub seen_after: Option<u64>,
    /// From start to end, in thousandths of a second.
    pub took_ms: u64,
    /// Routes that were driven.
    pub tried: Vec<Tried>,
    /// Readings in order.
    pub readings: Vec<Reading>,
    /// Requests between the snapshots that were taken.
    pub rounds: Vec<u64>,
    /// Each figure's rate.
    pub rates: Vec<Rate>,
    /// V8's limit of the heap, when it is known.
    pub heap_limit_bytes: Option<u64>,
    /// Requests until that limit at the rate that was measured.
    pub requests_to_limit: Option<u64>,
    /// Hours until then with the traffic of the profile.
    pub hours_to_limit: Option<u64>,
    /// What a reader must know: refused snapshots, errors of the service, what could not be measured.
    pub notes: Vec<String>,
}

impl Experiment {
    /// The rate of one figure.
    pub fn rate(&self, measure: Measure) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.measure == measure)
    }
}
