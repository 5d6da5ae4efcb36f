//! A measure over requests as an area of block characters: a few rows, its own scale. It must not know a terminal.

use highwater_finding::{Experiment, Measure, Reading};

use crate::{experiment, words};

/// Rows of the area.
const ROWS: u64 = 4;
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Points and the frame that they are drawn in.
pub(crate) struct Scale {
    /// Requests and figure, by requests, each number of requests once.
    pub(crate) points: Vec<(u64, u64)>,
    /// Requests at the end of the warm-up, when there was one.
    pub(crate) warm: Option<u64>,
    /// Lower edge.
    pub(crate) low: u64,
    /// Upper edge, above the lower one.
    pub(crate) high: u64,
}

impl Scale {
    /// `None` with fewer than two points. A figure that does not grow gets a frame of at least a quarter of its size:
    /// noise must not look like growth.
    pub(crate) fn new(experiment: &Experiment, measure: Measure) -> Option<Scale> {
        let mut readings: Vec<&Reading> = experiment.readings.iter().collect();
        readings.sort_by_key(|reading| reading.requests);
        let mut points: Vec<(u64, u64)> = Vec::with_capacity(readings.len());
        for reading in &readings {
            let point = (reading.requests, reading.of(measure));
            match points.last_mut() {
                Some(last) if last.0 == point.0 => *last = point,
                _ => points.push(point),
            }
        }
        if points.len() < 2 {
            return None;
        }
        let low = points.iter().map(|(_, value)| *value).min()?;
        let high = points.iter().map(|(_, value)| *value).max()?;
        let least = if experiment::grows(experiment, measure) { 1 } else { (high / 4).max(1) };
        let lack = least.saturating_sub(high - low);
        let low = low.saturating_sub(lack / 2);
        let high = high.max(low.saturating_add(least)).max(1);
        let warm = readings.iter().rev().find(|r| r.warm_up).map(|r| r.requests);
        Some(Scale { points, warm, low: low.min(high - 1), high })
    }

    /// The first and the last number of requests.
    pub(crate) fn ends(&self) -> (u64, u64) {
        let first = self.points.first().map_or(0, |(requests, _)| *requests);
        let last = self.points.last().map_or(0, |(requests, _)| *requests);
        (first, last)
    }

    /// The figure at so many requests, on the line between its neighbours.
    fn at(&self, requests: u64) -> u64 {
        let after = self.points.partition_point(|(at, _)| *at < requests).min(self.points.len() - 1);
        let (x1, y1) = self.points[after];
        let (x0, y0) = self.points[after.saturating_sub(1)];
        if x1 <= x0 || requests >= x1 {
            return y1;
        }
        let part = |y: u64, weight: u64| u128::from(y) * u128::from(weight);
        let sum = part(y0, x1 - requests) + part(y1, requests.saturating_sub(x0));
        u64::try_from(sum / u128::from(x1 - x0)).unwrap_or(u64::MAX)
    }
}

/// The picture in text.
pub(crate) struct Curve {
    /// Top to bottom, each as many characters as there are columns.
    pub(crate) rows: Vec<String>,
    /// So many columns from the left belong to the warm-up.
    pub(crate) warm: usize,
    /// The line under the area: `·` warm-up, `┴` a reading, `─` between readings.
    pub(crate) ruler: String,
    /// Levels of the lower and the upper edge.
    pub(crate) edges: (String, String),
    /// Requests at the left and at the right.
    pub(crate) ends: (u64, u64),
}

impl Curve {
    /// The picture as text without colour, its labels in so many columns.
    pub(crate) fn text(&self, label: usize) -> String {
        let last = self.rows.len().saturating_sub(1);
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            text.push_str(&format!("{:>label$} │{}\n", self.label(index, last), row.trim_end()));
        }
        let margin = " ".repeat(label + 1);
        text.push_str(&format!("{margin}└{}\n{margin} {}\n{margin} {LEGEND}\n", self.ruler, self.foot()));
        text
    }

    /// What stands left of a row.
    pub(crate) fn label(&self, index: usize, last: usize) -> &str {
        match index {
            0 => &self.edges.1,
            index if index == last => &self.edges.0,
            _ => "",
        }
    }

    /// Requests at both ends, under the ruler.
    pub(crate) fn foot(&self) -> String {
        let left = words::thousands(self.ends.0);
        let right = words::count(self.ends.1, "request");
        let wide = self.ruler.chars().count().saturating_sub(left.len());
        format!("{left}{right:>wide$}")
    }
}

/// What the signs of the ruler mean.
pub(crate) const LEGEND: &str = "· warm-up, ┴ a reading after forced collection";

/// The measure over requests in so many columns.
pub(crate) fn curve(experiment: &Experiment, measure: Measure, columns: usize) -> Option<Curve> {
    let scale = Scale::new(experiment, measure)?;
    let (first, last) = scale.ends();
    let steps = columns.max(2) as u64 - 1;
    let position = |column: u64| first + scaled(last - first, column, steps);
    let span = scale.high - scale.low;
    let levels: Vec<u64> = (0..=steps)
        .map(|column| 1 + scaled(ROWS * 8 - 1, scale.at(position(column)).saturating_sub(scale.low), span))
        .collect();
    let rows = (0..ROWS).rev().map(|row| {
        levels.iter().map(|level| EIGHTHS[level.saturating_sub(row * 8).min(8) as usize]).collect()
    });
    let is_warm = |column: &u64| scale.warm.is_some_and(|end| position(*column) <= end);
    let warm = (0..=steps).take_while(is_warm).count();
    let mut ruler = vec!['─'; columns.max(2)];
    ruler[..warm].fill('·');
    for (requests, _) in &scale.points {
        let column = scaled(steps, requests - first, last - first) as usize;
        if column >= warm {
            ruler[column] = '┴';
        }
    }
    Some(Curve {
        rows: rows.collect(),
        warm,
        ruler: ruler.into_iter().collect(),
        edges: experiment::levels(scale.low, scale.high, measure),
        ends: (first, last),
    })
}

/// `part` of `whole` parts of `length`, rounded to the nearest.
fn scaled(length: u64, part: u64, whole: u64) -> u64 {
    let whole = u128::from(whole.max(1));
    let value = (u128::from(length) * u128::from(part) + whole / 2) / whole;
    u64::try_from(value).unwrap_or(u64::MAX).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_experiment;

    fn of(heap: &[(u64, u64, bool)], report: &highwater_finding::Report) -> Experiment {
        let mut made = report.experiment.clone().expect("the sample has one");
        let reading = |(requests, heap_bytes, warm_up): &(u64, u64, bool)| Reading {
            requests: *requests,
            heap_bytes: *heap_bytes,
            warm_up: *warm_up,
            ..Reading::default()
        };
        made.readings = heap.iter().map(reading).collect();
        made
    }

    #[test]
    fn growth_fills_the_picture_and_noise_does_not() {
        let heap = [(0, 8_000, true), (10, 8_100, false), (20, 8_200, false)];
        let grown = curve(&of(&heap, &sample_experiment::leak()), Measure::Heap, 5).expect("a curve");
        assert_eq!(grown.rows, ["    █", "  ▁██", " ▁███", "▁████"].map(|row| format!("{row:<5}")));
        assert_eq!((grown.ruler.as_str(), grown.warm), ("·─┴─┴", 1));
        let flat = curve(&of(&heap, &sample_experiment::clean()), Measure::Heap, 5).expect("a curve");
        assert!(flat.rows.iter().all(|row| !row.contains('█') || !row.contains(' ')), "{:?}", flat.rows);
    }

    #[test]
    fn strange_readings_still_draw() {
        let most = u64::MAX;
        let made = |heap: &[(u64, u64, bool)]| of(heap, &sample_experiment::leak());
        for heap in [&[][..], &[(0, 1, true)], &[(5, 1, false), (5, 2, false)]] {
            assert!(curve(&made(heap), Measure::Heap, 40).is_none());
        }
        for heap in [[(0, most, true), (most, 0, false)], [(9, 0, false), (1, 0, true)]] {
            let curve = curve(&made(&heap), Measure::Heap, 40).expect("a curve");
            assert!(curve.rows.iter().all(|row| row.chars().count() == 40));
        }
    }
}
