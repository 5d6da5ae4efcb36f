//! Whether a figure that was read many times while a service worked grows with the work.
//!
//! Memory after forced collections has spikes, steps (tables double) and a drift of a byte or two a request that never
//! ends, so tests for a trend alone call every service a leak. What decides here is a slope that one spike cannot move
//! (Theil 1950, Sen 1968), an interval around it, a least effect, and that the rise goes on: a cache that fills rises
//! early and not late.

use super::trend::Trend;

/// A figure after so many requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Requests since the first reading.
    pub requests: u64,
    /// The figure: bytes, or how many there are of something.
    pub value: f64,
}

/// How much one request adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// The median of the slopes between all pairs of readings.
    pub per_request: f64,
    /// Below this it is with one chance in forty.
    pub low: f64,
    /// Above this it is with one chance in forty.
    pub high: f64,
}

/// Readings beyond these are thinned out before all pairs are compared.
const POINTS_MAX: usize = 400;
/// Two-sided 95 per cent of the normal distribution.
const Z: f64 = 1.96;

/// The slope of a series and Sen's interval of it. `None` with fewer than two different numbers of requests.
pub fn slope(points: &[Point]) -> Option<Slope> {
    let every = points.len().div_ceil(POINTS_MAX).max(1);
    let points: Vec<Point> = points.iter().rev().step_by(every).rev().copied().collect();
    let mut slopes = Vec::new();
    for (at, from) in points.iter().enumerate() {
        for to in &points[at + 1..] {
            if to.requests > from.requests {
                slopes.push((to.value - from.value) / (to.requests - from.requests) as f64);
            }
        }
    }
    if slopes.is_empty() {
        return None;
    }
    slopes.sort_by(f64::total_cmp);
    let (n, pairs) = (points.len() as f64, slopes.len() as f64);
    // Variance of Kendall's S without ties.
    let spread = Z * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let rank = |at: f64| slopes[(at.max(0.0) as usize).min(slopes.len() - 1)];
    Some(Slope {
        per_request: median(&slopes),
        low: rank(((pairs - spread) / 2.0).floor()),
        high: rank(f64::midpoint(pairs, spread).ceil()),
    })
}

/// Of sorted values.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// What a long series says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rise {
    /// Whether it grows with the requests.
    pub trend: Trend,
    /// By how much, without the first third, in which services settle.
    pub slope: Slope,
}

/// Fewer readings decide nothing.
const READINGS_MIN: usize = 9;
/// The second half must rise at least so much as this part of the first.
const LASTING: f64 = 0.6;

/// Decides whether a figure grows by at least `floor` a request and goes on doing so. `None` with too few readings for a
/// slope.
///
/// Growth needs the whole interval above the floor, a rise in both halves, and a second half that rises nearly as fast
/// as the first. No growth is an interval below the floor, of the whole or of the last half. All else is not enough
/// data.
pub fn rise(points: &[Point], floor: f64) -> Option<Rise> {
    let settled = &points[points.len() / 3..];
    let whole = slope(settled)?;
    let (first, second) = settled.split_at(settled.len() / 2);
    let (early, late) = (slope(first), slope(second));
    let trend = match (early, late) {
        _ if points.len() < READINGS_MIN => Trend::NotEnoughData,
        (Some(early), Some(late)) => {
            let lasting = early.per_request > 0.0
                && late.per_request >= floor.max(LASTING * early.per_request)
                && ends_higher(settled, floor);
            if whole.low > floor && lasting {
                Trend::Growth
            } else if whole.high < floor || late.high < floor {
                Trend::NoGrowth
            } else {
                Trend::NotEnoughData
            }
        }
        _ => Trend::NotEnoughData,
    };
    Some(Rise { trend, slope: whole })
}

/// Whether the lowest of the last third lies above the lowest of the first third by the floor: the low points of a
/// sawtooth that is swept clean do not rise.
fn ends_higher(points: &[Point], floor: f64) -> bool {
    let third = points.len() / 3;
    let lowest = |part: &[Point]| part.iter().copied().min_by(|a, b| a.value.total_cmp(&b.value));
    let (Some(first), Some(last)) = (lowest(&points[..third]), lowest(&points[points.len() - third..]))
    else {
        return false;
    };
    last.requests > first.requests
        && (last.value - first.value) / (last.requests - first.requests) as f64 >= floor * LASTING
}

/// How many of something each request adds, when all rounds agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportion {
    /// So many a request.
    pub per_request: f64,
    /// Whether every round added exactly that many.
    pub exact: bool,
}

/// Rounds may differ by this part of the rate.
const AGREEMENT: f64 = 0.1;
/// A rare event may fall into the next round, once at each end.
const SLACK: f64 = 1.5;
/// The largest round must add at least so many.
const GAINED_MIN: f64 = 4.0;

/// Whether counts rise in proportion to the requests of the rounds between them: `counts` has one more than `rounds`.
/// Rounds should be of unequal size, so that what is added once a round does not look like what is added by requests.
pub fn proportional(counts: &[u64], rounds: &[u64]) -> Option<Proportion> {
    let all: u64 = rounds.iter().sum();
    let gained = counts.last()?.checked_sub(*counts.first()?)?;
    if counts.len() != rounds.len() + 1 || rounds.len() < 2 || all == 0 {
        return None;
    }
    let rate = gained as f64 / all as f64;
    let mut exact = true;
    let mut largest = 0.0_f64;
    for (pair, round) in counts.windows(2).zip(rounds) {
        let added = pair[1].checked_sub(pair[0])?;
        let expected = rate * *round as f64;
        let tolerated = (AGREEMENT * expected).max(SLACK);
        if (added as f64 - expected).abs() > tolerated {
            return None;
        }
        exact &= added * all == gained * round;
        largest = largest.max(added as f64);
    }
    (largest >= GAINED_MIN).then_some(Proportion { per_request: rate, exact })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of a few kilobytes with a spike now and then, the same in every run.
    fn noise(at: u64) -> f64 {
        let mixed = at.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) % 10_000;
        mixed as f64 + if at.is_multiple_of(7) { 200_000.0 } else { 0.0 }
    }

    fn points(value: impl Fn(u64) -> f64) -> Vec<Point> {
        let at = |n: u64| Point { requests: n * 1000, value: 5e6 + value(n * 1000) + noise(n) };
        (0..40).map(at).collect()
    }

    #[test]
    fn only_what_goes_on_rising_is_growth() {
        type Curve = Box<dyn Fn(u64) -> f64>;
        let cases: [(&str, Trend, Curve); 7] = [
            ("32 bytes a request", Trend::Growth, Box::new(|n| 32.0 * n as f64)),
            (
                "a table that doubles",
                Trend::Growth,
                Box::new(|n| 64.0 * (n + 1).next_power_of_two() as f64 + 40.0 * n as f64),
            ),
            ("flat", Trend::NoGrowth, Box::new(|_| 0.0)),
            ("drift", Trend::NoGrowth, Box::new(|n| 2.0 * n as f64)),
            ("a cache of 5,000", Trend::NoGrowth, Box::new(|n| 700.0 * n.min(5_000) as f64)),
            ("a cache of 20,000", Trend::NoGrowth, Box::new(|n| 700.0 * n.min(20_000) as f64)),
            ("swept clean", Trend::NoGrowth, Box::new(|n| 100.0 * (n % 8_000) as f64)),
        ];
        for (what, expected, value) in cases {
            let told = rise(&points(value), 16.0).expect("enough readings");
            let swept = what == "swept clean" && told.trend == Trend::NotEnoughData;
            assert!(told.trend == expected || swept, "{what}: {told:?}");
        }
    }

    #[test]
    fn the_slope_is_told_with_its_interval() {
        let told = slope(&points(|n| 300.0 * n as f64)).expect("a slope");
        assert!(told.low <= told.per_request && told.per_request <= told.high);
        assert!((told.per_request - 300.0).abs() < 10.0, "{told:?}");
        assert_eq!(slope(&[]), None);
        assert_eq!(slope(&[Point { requests: 5, value: 1.0 }; 3]), None);
    }

    #[test]
    fn few_readings_decide_nothing() {
        let few: Vec<Point> = points(|n| 300.0 * n as f64).into_iter().take(6).collect();
        assert_eq!(rise(&few, 16.0).expect("a slope").trend, Trend::NotEnoughData);
    }

    #[test]
    fn counts_must_follow_the_rounds() {
        let rounds = [499, 997, 1999];
        let told = |counts: [u64; 4]| proportional(&counts, &rounds);
        assert_eq!(told([10, 509, 1506, 3505]), Some(Proportion { per_request: 1.0, exact: true }));
        let rare = told([0, 5, 15, 35]).expect("one in a hundred");
        assert!((rare.per_request - 0.01).abs() < 0.001 && !rare.exact);
        assert_eq!(told([0, 500, 1000, 1500]), None, "as much in every round, whatever its size");
        assert_eq!(told([0, 499, 499, 499]), None);
        assert_eq!(told([9, 509, 300, 3505]), None);
        assert_eq!(told([0, 0, 1, 3]), None, "too few");
        assert_eq!(proportional(&[1, 2], &[1]), None);
    }
}
