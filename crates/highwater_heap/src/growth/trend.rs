//! Whether a series of figures shows growth: three answers, because two snapshots prove nothing.

/// What a series says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trend {
    /// It rises and nothing says that it will stop.
    Growth,
    /// It stays, falls, or rises no more.
    NoGrowth,
    /// Too few figures, or it rises more and more slowly.
    NotEnoughData,
}

impl Trend {
    /// In a few words.
    pub fn word(self) -> &'static str {
        match self {
            Trend::Growth => "grows",
            Trend::NoGrowth => "does not grow",
            Trend::NotEnoughData => "not enough data",
        }
    }
}

/// A rise that is smaller than this part of the one before the last (in per cent) counts as levelling off.
const LEVELLING_PERCENT: u64 = 25;

/// Decides. `series` is one figure for each snapshot, taken after the same work each time.
///
/// A series that rises in every step is growth, unless the last rise is much smaller than the ones before: a cache that
/// fills looks like that, and so does a leak that began with a burst. A series that falls now and then (a sawtooth: a
/// sweep, a cache with a limit) is judged by its low points, of which it takes three.
pub fn trend(series: &[u64]) -> Trend {
    let (Some(first), Some(last)) = (series.first(), series.last()) else { return Trend::NotEnoughData };
    if series.len() == 1 {
        return Trend::NotEnoughData;
    }
    if last <= first {
        return Trend::NoGrowth;
    }
    if series.len() == 2 {
        return Trend::NotEnoughData;
    }
    let falls = series.windows(2).any(|pair| pair[1] < pair[0]);
    if falls {
        let lows = low_points(series);
        return if lows.len() < 3 { Trend::NotEnoughData } else { rising(&lows) };
    }
    rising(series)
}

/// A series without a fall.
fn rising(series: &[u64]) -> Trend {
    let rises: Vec<u64> = series.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    let Some((last, before)) = rises.split_last() else { return Trend::NotEnoughData };
    if *last == 0 || before.is_empty() {
        return if *last == 0 { Trend::NoGrowth } else { Trend::NotEnoughData };
    }
    let mean = before.iter().sum::<u64>() / before.len() as u64;
    if last * 100 < mean * LEVELLING_PERCENT || before.contains(&0) {
        return Trend::NotEnoughData;
    }
    Trend::Growth
}

/// Figures before a rise and after a fall.
fn low_points(series: &[u64]) -> Vec<u64> {
    let mut lows = Vec::new();
    for (at, value) in series.iter().enumerate() {
        let down = at == 0 || series[at - 1] >= *value;
        let up = at + 1 == series.len() || series[at + 1] > *value;
        if down && up && at + 1 < series.len() {
            lows.push(*value);
        }
    }
    lows
}

/// The rise in every step, if it is the same each time.
pub fn exact_rise(series: &[u64]) -> Option<u64> {
    let mut rises = series.windows(2).map(|pair| pair[1].checked_sub(pair[0]));
    let first = rises.next()??;
    (first > 0 && series.len() > 2 && rises.all(|rise| rise == Some(first))).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_rises_are_growth_and_nothing_else_is() {
        for (series, expected) in [
            (&[3000, 6000, 9000][..], Trend::Growth),
            (&[10, 11, 13], Trend::Growth),
            (&[5, 5, 5], Trend::NoGrowth),
            (&[9, 4, 4], Trend::NoGrowth),
            (&[100, 200, 200], Trend::NoGrowth),
            (&[100, 200, 210], Trend::NotEnoughData),
            (&[100, 100, 200], Trend::NotEnoughData),
            (&[1, 2], Trend::NotEnoughData),
            (&[2, 2], Trend::NoGrowth),
            (&[1], Trend::NotEnoughData),
            (&[], Trend::NotEnoughData),
            (&[10, 50, 20, 60, 30, 70, 40, 80], Trend::Growth),
            (&[10, 50, 10, 50, 10, 50, 10, 60], Trend::NoGrowth),
            (&[10, 50, 20], Trend::NotEnoughData),
        ] {
            assert_eq!(trend(series), expected, "{series:?}");
        }
    }

    #[test]
    fn a_rise_is_exact_when_it_is_always_the_same() {
        assert_eq!(exact_rise(&[3000, 6000, 9000]), Some(3000));
        assert_eq!(exact_rise(&[3000, 6000, 9001]), None);
        assert_eq!(exact_rise(&[3000, 6000]), None);
        assert_eq!(exact_rise(&[3, 3, 3]), None);
    }
}
