//! How fast it rises, and when it hits the limit.

/// One row of the projection table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// Hours of steady traffic.
    pub hours: u32,
    /// Entries (or timers, listeners ...) held by then.
    pub entries: u64,
    /// Bytes held by then.
    pub bytes: u64,
}

/// A growth estimate. Every assumption is in it, so that a reader can redo the arithmetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Bytes that stay per event, from the shape of the value in V8's layout.
    pub bytes_per_event: u64,
    /// What one entry is made of: "Map entry + object of 6 fields + 2 strings".
    pub shape: String,
    /// What drives it: "`POST /projects`", "timer tick", "connection".
    pub event: String,
    /// Events per hour, from the traffic profile.
    pub events_per_hour: u64,
    /// How many of the events add a new entry, in per cent (100: each one does).
    pub new_key_percent: u8,
    /// 1, 8, 24, 168 hours.
    pub table: Vec<Projection>,
    /// Memory limit of the platform in bytes.
    pub limit_bytes: u64,
    /// Whole hours until the limit at this rate; `None` beyond a year.
    pub hours_to_limit: Option<u64>,
}
