//! From figures to a decision: leak, clean, or not enough to say.

use super::holders::Holders;
use highwater_finding::{Decision, Measure, Rate, Reading};
use highwater_heap::{Point, Slope, Trend, rise, slope};
use highwater_probe::experiment::{Measured, how};

/// What was decided, and on what.
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) because: String,
    pub(super) rates: Vec<Rate>,
}

/// Bytes of heap a request below which a rise is the drift that every service has.
const HEAP_FLOOR: f64 = 16.0;
/// Heap that grows by so much and so evenly is a leak also when no holder shows.
const HEAP_ALONE: f64 = 48.0;
/// Buffers come in larger pieces.
const EXTERNAL_FLOOR: f64 = 64.0;
/// What the process has beside heap and buffers moves with the allocator.
const NATIVE_FLOOR: f64 = 256.0;
/// And must grow by so much in all, over so many readings and requests.
const NATIVE_GAINED_MIN: u64 = 12 << 20;
const NATIVE_READINGS_MIN: usize = 14;
const NATIVE_REQUESTS_MIN: u64 = 4_000;
/// One in two hundred requests.
const THINGS_FLOOR: f64 = 0.005;
/// And so many in all.
const THINGS_GAINED_MIN: u64 = 8;
/// What stays when nothing is sent any more, as a part of what there was.
const STAYS: f64 = 0.5;
/// Fewer readings give a slope, but no halves to compare.
const READINGS_FEW: usize = 9;
/// With fewer, those of the warm-up count as well.
const READINGS_WANTED: usize = 6;
/// Fewer say nothing at all.
const READINGS_MIN: usize = 3;
/// Requests below which nothing can be called clean.
const REQUESTS_MIN: u64 = 200;

/// Decides.
pub(super) fn decide(measured: &Measured, holders: &Holders) -> Decided {
    let mut readings: Vec<&Reading> = measured.readings.iter().filter(|reading| !reading.warm_up).collect();
    if readings.len() < READINGS_WANTED {
        // A slow or heavy service: what was read before it had settled is better than nothing.
        readings = measured.readings.iter().skip(2).collect();
    }
    let seen: Vec<Seen> = Measure::ALL.iter().filter_map(|measure| Seen::of(*measure, &readings)).collect();
    let rates = seen.iter().map(Seen::rate).collect();
    let requests = span(&readings);
    let (decision, because) = why(measured, holders, &seen, requests);
    Decided { decision, because, rates }
}

fn why(measured: &Measured, holders: &Holders, seen: &[Seen], requests: u64) -> (Decision, String) {
    let of = |measure: Measure| seen.iter().find(|seen| seen.measure == measure);
    let heap_grows = of(Measure::Heap).is_some_and(|heap| heap.grows);
    let holders = if heap_grows && holders.proven.is_empty() { &holders.likely } else { &holders.proven };
    if let Some(first) = holders.first() {
        let more = match holders.len() - 1 {
            0 => String::new(),
            1 => " One more holder does.".to_owned(),
            more => format!(" {more} more holders do."),
        };
        return (Decision::Leak, format!("{}.{more}", first.title));
    }
    if let Some(ended) = measured.ended.as_ref().filter(|ended| ended.out_of_memory) {
        let after = measured.requests;
        return (
            Decision::Leak,
            format!("The service ran out of memory after {after} requests ({}).", how(ended)),
        );
    }
    if let Some(grown) = seen.iter().find(|seen| seen.grows && seen.convicts()) {
        return (Decision::Leak, grown.words());
    }
    if let Some(ended) = &measured.ended {
        let after = measured.requests;
        let because = format!("The service ended by itself after {after} requests ({}).", how(ended));
        return (Decision::Undecided, because);
    }
    let Some(heap) = of(Measure::Heap).filter(|_| requests >= REQUESTS_MIN) else {
        let because = "Too few requests were answered to say anything: give more time with `--budget`.";
        return (Decision::Undecided, because.to_owned());
    };
    if let Some(open) = seen.iter().find(|seen| seen.open()) {
        return (Decision::Undecided, format!("{} More time may tell: `--budget`.", open.words()));
    }
    let clean = format!(
        "Nothing grows with the requests: the heap moved by {:+.1} bytes a request over the last {requests}, between \
         {:+.1} and {:+.1}.",
        heap.slope.per_request, heap.slope.low, heap.slope.high
    );
    (Decision::Clean, clean)
}

/// Requests between the first and the last reading.
fn span(readings: &[&Reading]) -> u64 {
    let (first, last) = (readings.first(), readings.last());
    last.map_or(0, |last| last.requests) - first.map_or(0, |first| first.requests)
}

/// One figure over all readings.
struct Seen {
    measure: Measure,
    slope: Slope,
    trend: Trend,
    /// It grows, and stays when nothing is sent.
    grows: bool,
    /// The rise of the last half, in bytes or things a request.
    late: f64,
    early: f64,
}

impl Seen {
    fn of(measure: Measure, readings: &[&Reading]) -> Option<Seen> {
        let points: Vec<Point> = readings
            .iter()
            .map(|reading| Point { requests: reading.requests, value: reading.of(measure) as f64 })
            .collect();
        if points.len() < READINGS_MIN {
            return None;
        }
        let floor = floor(measure);
        let told = rise(&points, floor)?;
        let middle = points[0].requests + span(readings) / 2;
        let (early, late) = points.split_at(points.partition_point(|point| point.requests <= middle));
        // Few readings may all lie in one half.
        let per_request = |part: &[Point]| slope(part).unwrap_or(told.slope).per_request;
        let trend = if points.len() < READINGS_FEW { few(&points, told.slope, floor) } else { told.trend };
        let grows = trend == Trend::Growth && stays(readings, measure) && gained(readings, measure);
        let (early, late) = (per_request(early), per_request(late));
        Some(Seen { measure, slope: told.slope, trend, grows, late, early })
    }

    fn rate(&self) -> Rate {
        let milli = |value: f64| (value * 1000.0).round() as i64;
        Rate {
            measure: self.measure,
            milli: milli(self.slope.per_request),
            low_milli: milli(self.slope.low),
            high_milli: milli(self.slope.high),
            grows: self.grows,
        }
    }

    /// Whether it is enough without a holder. Heap is not, unless it rises fast and evenly: a table whose keys repeat
    /// by chance fills ever more slowly.
    fn convicts(&self) -> bool {
        self.measure != Measure::Heap
            || (self.slope.low >= HEAP_ALONE && self.late >= 0.85 * self.early && self.early > 0.0)
    }

    /// Whether more data could make it a leak.
    fn open(&self) -> bool {
        match self.measure {
            Measure::Heap => {
                let least = 2.0 * HEAP_FLOOR;
                self.late >= least
                    && self.slope.per_request >= least
                    && self.slope.low > 0.0
                    && self.trend != Trend::NoGrowth
            }
            Measure::Native => false,
            _ => self.grows && !self.convicts(),
        }
    }

    fn words(&self) -> String {
        let unit = if self.measure.is_bytes() { " bytes" } else { "" };
        format!(
            "The {} grow by {:.2}{unit} with every request (between {:.2} and {:.2}) and stay when nothing is sent.",
            self.measure.words(),
            self.slope.per_request,
            self.slope.low,
            self.slope.high
        )
    }
}

fn floor(measure: Measure) -> f64 {
    match measure {
        Measure::Heap => HEAP_FLOOR,
        Measure::External => EXTERNAL_FLOOR,
        Measure::Native => NATIVE_FLOOR,
        _ => THINGS_FLOOR,
    }
}

/// With few readings: every one must be above the one before for growth.
fn few(points: &[Point], slope: Slope, floor: f64) -> Trend {
    let rising =
        points.windows(2).all(|pair| pair[1].requests == pair[0].requests || pair[1].value > pair[0].value);
    match slope.per_request {
        rate if rate >= floor && rising && points.len() > READINGS_MIN => Trend::Growth,
        rate if rate < floor => Trend::NoGrowth,
        _ => Trend::NotEnoughData,
    }
}

/// Whether what was gained is still there after the rest. The allocator keeps native memory for itself.
fn stays(readings: &[&Reading], measure: Measure) -> bool {
    if measure == Measure::Native {
        return true;
    }
    let of = |reading: &&Reading| reading.of(measure);
    let (Some(first), Some(last)) = (readings.first().map(of), readings.last().map(of)) else { return false };
    let peak = readings.iter().map(of).max().unwrap_or(first);
    last.saturating_sub(first) as f64 >= STAYS * peak.saturating_sub(first) as f64
}

/// Whether so much came together that it is no accident.
fn gained(readings: &[&Reading], measure: Measure) -> bool {
    let native = measure == Measure::Native;
    if native && (readings.len() < NATIVE_READINGS_MIN || span(readings) < NATIVE_REQUESTS_MIN) {
        return false;
    }
    let of = |reading: &&Reading| reading.of(measure);
    let (Some(first), Some(last)) = (readings.first().map(of), readings.last().map(of)) else { return false };
    let least = match measure {
        Measure::Native => NATIVE_GAINED_MIN,
        measure if measure.is_bytes() => 0,
        _ => THINGS_GAINED_MIN,
    };
    last.saturating_sub(first) >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings of a service, every 1,000 requests, the last one after a rest.
    fn measured(count: u64, figures: impl Fn(u64) -> Reading) -> Measured {
        let at = |n: u64| Reading { requests: 1000 * n, ..figures(1000 * n) };
        Measured { readings: (0..count).map(at).collect(), requests: 1000 * count, ..Measured::default() }
    }

    fn heap(bytes: u64) -> Reading {
        Reading {
            heap_bytes: 6_000_000 + bytes,
            heap_total_bytes: 9 << 20,
            rss_bytes: 60 << 20,
            ..Reading::default()
        }
    }

    fn decision(measured: &Measured) -> Decision {
        decide(measured, &Holders::default()).decision
    }

    #[test]
    fn what_goes_on_growing_is_a_leak_and_nothing_else_is() {
        let things = |n: u64| Reading { descriptors: 20 + n / 10, ..heap(0) };
        let buffers =
            |n: u64| Reading { external_bytes: 8192 * n, rss_bytes: (60 << 20) + 8192 * n, ..heap(0) };
        let native = |n: u64| Reading { rss_bytes: (60 << 20) + 2000 * n, ..heap(0) };
        let timers = |n: u64| Reading { handles: if n < 29_000 { 400 } else { 3 }, ..heap(0) };
        for (what, expected, measured) in vec![
            ("flat", Decision::Clean, measured(30, |_| heap(0))),
            ("drift", Decision::Clean, measured(30, |n| heap(2 * n))),
            ("heap without a holder", Decision::Leak, measured(30, |n| heap(200 * n))),
            ("a cache that filled", Decision::Clean, measured(30, |n| heap(700 * n.min(5000)))),
            ("descriptors", Decision::Leak, measured(30, things)),
            ("buffers", Decision::Leak, measured(30, buffers)),
            ("native memory", Decision::Leak, measured(30, native)),
            ("timers that end", Decision::Clean, measured(30, timers)),
            (
                "let go at rest",
                Decision::Clean,
                measured(30, |n| heap(if n < 29_000 { 150 * n % 90_000 } else { 0 })),
            ),
            ("few readings of a heavy service", Decision::Leak, measured(7, |n| heap(145 * n))),
            ("two readings", Decision::Undecided, measured(2, |_| heap(0))),
        ] {
            assert_eq!(
                decision(&measured),
                expected,
                "{what}: {}",
                decide(&measured, &Holders::default()).because
            );
        }
    }

    #[test]
    fn a_service_that_runs_out_of_memory_leaks() {
        let ended = highwater_probe::target::Ended {
            code: Some(134),
            signal: None,
            told: "FATAL ERROR: Reached heap limit".to_owned(),
            out_of_memory: true,
        };
        let died = Measured { ended: Some(ended), ..measured(4, |n| heap(9000 * n)) };
        assert_eq!(decision(&died), Decision::Leak);
    }
}
