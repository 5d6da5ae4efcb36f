//! A growth curve as an inline SVG picture: bytes over hours with the limit. It must not know findings.

use highwater_finding::Growth;

use super::text::escape;
use crate::words;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 264.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 618.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 210.0;

/// Hours in a hundred years; nothing is drawn beyond.
const CENTURY: u64 = 876_000;
/// Steps of the time axis in hours.
const STEPS: [u64; 14] = [1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720, 1440, 2160, 4380];

/// The picture; empty when there is nothing to draw.
pub(super) fn svg(growth: &Growth) -> String {
    let Some(chart) = Chart::new(growth) else { return String::new() };
    let label = escape(&words::growth_line(growth).replace('`', ""));
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">\n"
    );
    chart.axes(&mut svg);
    chart.limit(&mut svg);
    chart.curve(&mut svg);
    chart.hits(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

struct Chart<'a> {
    growth: &'a Growth,
    /// Hours and bytes, rising, from nothing.
    points: Vec<(u64, u64)>,
    step: u64,
    hours_max: u64,
    bytes_max: u64,
    shows_limit: bool,
}

impl<'a> Chart<'a> {
    fn new(growth: &'a Growth) -> Option<Self> {
        let mut points: Vec<(u64, u64)> =
            growth.table.iter().map(|p| (u64::from(p.hours), p.bytes)).collect();
        points.retain(|(hours, _)| *hours > 0);
        points.sort_unstable();
        points.dedup_by_key(|(hours, _)| *hours);
        let (last_hours, last_bytes) = *points.last()?;
        let shows_limit = growth.hours_to_limit.is_some() && growth.limit_bytes > 0;
        let until = growth.hours_to_limit.unwrap_or(last_hours).clamp(1, CENTURY);
        let wanted = if shows_limit { until + until / 4 + 1 } else { last_hours };
        let step = STEPS.into_iter().find(|step| step * 6 >= wanted).unwrap_or(wanted / 5 + 1);
        let hours_max = wanted.div_ceil(step).max(1) * step;
        points.insert(0, (0, 0));
        if shows_limit && until > last_hours {
            points.push((until, growth.limit_bytes));
            let later = u128::from(growth.limit_bytes) * u128::from(hours_max) / u128::from(until);
            points.push((hours_max, u64::try_from(later).unwrap_or(u64::MAX)));
        }
        let bytes_max =
            if shows_limit { growth.limit_bytes.saturating_add(growth.limit_bytes / 4) } else { last_bytes }
                .max(1);
        Some(Chart { growth, points, step, hours_max, bytes_max, shows_limit })
    }

    fn x(&self, hours: u64) -> f64 {
        LEFT + (RIGHT - LEFT) * hours as f64 / self.hours_max as f64
    }

    fn y(&self, bytes: u64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * bytes as f64 / self.bytes_max as f64
    }

    fn axes(&self, svg: &mut String) {
        let parts = if self.shows_limit { 5 } else { 4 };
        for part in 0..=parts {
            let bytes = (u128::from(self.bytes_max) * part / parts) as u64;
            let y = self.y(bytes);
            svg.push_str(&format!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\n"));
            let text = words::bytes(bytes);
            svg.push_str(&format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" class=\"end\">{text}</text>\n",
                LEFT - 8.0,
                y + 4.0
            ));
        }
        for hours in (0..=self.hours_max / self.step).map(|index| index * self.step) {
            let (x, y) = (self.x(hours), BOTTOM + 20.0);
            let text = if self.step.is_multiple_of(24) { hours / 24 } else { hours };
            svg.push_str(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"middle\">{text}</text>\n"));
        }
        let unit = if self.step.is_multiple_of(24) { "days" } else { "hours" };
        let y = HEIGHT - 8.0;
        svg.push_str(&format!(
            "<text x=\"{RIGHT}\" y=\"{y:.1}\" class=\"end\">{unit} of steady traffic</text>\n"
        ));
    }

    fn limit(&self, svg: &mut String) {
        let limit = words::bytes(self.growth.limit_bytes);
        if self.shows_limit {
            let y = self.y(self.growth.limit_bytes);
            svg.push_str(&format!("<path class=\"limit\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\n"));
            let (x, y) = (LEFT + 6.0, y - 6.0);
            svg.push_str(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"alarm\">limit {limit}</text>\n"));
        } else {
            let (x, y) = (LEFT + 6.0, TOP - 10.0);
            svg.push_str(&format!(
                "<text x=\"{x:.1}\" y=\"{y:.1}\">limit {limit}, far above this picture</text>\n"
            ));
        }
    }

    /// The points that fit, the last one cut where the curve leaves the picture.
    fn visible(&self) -> Vec<(f64, f64)> {
        let mut visible: Vec<(f64, f64)> = Vec::new();
        let mut last = (0.0, 0.0);
        for (hours, bytes) in &self.points {
            let (hours, bytes) = (*hours as f64, *bytes as f64);
            let over_x = if hours > self.hours_max as f64 {
                (self.hours_max as f64 - last.0) / (hours - last.0)
            } else {
                1.0
            };
            let over_y = if bytes > self.bytes_max as f64 {
                (self.bytes_max as f64 - last.1) / (bytes - last.1)
            } else {
                1.0
            };
            let part = over_x.min(over_y).clamp(0.0, 1.0);
            let point = (last.0 + (hours - last.0) * part, last.1 + (bytes - last.1) * part);
            visible.push(point);
            if part < 1.0 {
                break;
            }
            last = (hours, bytes);
        }
        visible
    }

    fn curve(&self, svg: &mut String) {
        let scale_x = (RIGHT - LEFT) / self.hours_max as f64;
        let scale_y = (BOTTOM - TOP) / self.bytes_max as f64;
        let points: Vec<String> = self
            .visible()
            .into_iter()
            .map(|(hours, bytes)| format!("{:.1} {:.1}", LEFT + hours * scale_x, BOTTOM - bytes * scale_y))
            .collect();
        let line = points.join("L");
        let end = self.visible().last().map_or(LEFT, |(hours, _)| LEFT + hours * scale_x);
        svg.push_str(&format!("<path class=\"area\" d=\"M{line}L{end:.1} {BOTTOM}Z\"/>\n"));
        svg.push_str(&format!("<path class=\"curve\" d=\"M{line}\"/>\n"));
    }

    /// Where the curve meets the limit; `hours` is the same in whole hours and serves when no points tell better.
    fn crossing(&self, hours: u64) -> f64 {
        let limit = self.growth.limit_bytes;
        let around = self.points.windows(2).find_map(|pair| match pair {
            [before, after] if before.1 < limit && after.1 >= limit => Some((*before, *after)),
            _ => None,
        });
        let Some((before, after)) = around else { return self.x(hours.min(self.hours_max)) };
        let part = (limit - before.1) as f64 / (after.1 - before.1) as f64;
        let (from, to) = (self.x(before.0), self.x(after.0));
        (from + (to - from) * part).min(RIGHT)
    }

    /// A dot for each row of the table that is in the picture, and one where the limit is met.
    fn hits(&self, svg: &mut String) {
        for row in &self.growth.table {
            let hours = u64::from(row.hours);
            if hours > self.hours_max || row.bytes > self.bytes_max {
                continue;
            }
            let (x, y) = (self.x(hours), self.y(row.bytes));
            let entries = words::thousands(row.entries);
            let title = format!("{}: {entries} entries, {}", words::hours(hours), words::bytes(row.bytes));
            svg.push_str(&format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"><title>{title}</title></circle>\n"));
        }
        if let (true, Some(hours)) = (self.shows_limit, self.growth.hours_to_limit) {
            let (x, y) = (self.crossing(hours), self.y(self.growth.limit_bytes));
            svg.push_str(&format!("<circle class=\"hit\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>\n"));
            let text = words::hours(hours);
            let (x, y) = (x - 6.0, y - 10.0);
            svg.push_str(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"end alarm\">{text}</text>\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_finding::Projection;

    fn growth(rows: &[(u32, u64)], hours_to_limit: Option<u64>, limit_bytes: u64) -> Growth {
        Growth {
            bytes_per_event: 1,
            shape: String::new(),
            event: "tick".into(),
            events_per_hour: 1,
            new_key_percent: 100,
            table: rows
                .iter()
                .map(|(hours, bytes)| Projection { hours: *hours, entries: 1, bytes: *bytes })
                .collect(),
            limit_bytes,
            hours_to_limit,
        }
    }

    #[test]
    fn strange_figures_still_draw() {
        for rows in [&[][..], &[(0, 0)], &[(1, 0)], &[(1, u64::MAX), (8, u64::MAX)], &[(u32::MAX, 1)]] {
            for until in [None, Some(u64::MAX), Some(0), Some(1), Some(8760), Some(u64::from(u32::MAX))] {
                for limit in [0, 1, u64::MAX] {
                    let picture = svg(&growth(rows, until, limit));
                    assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
                }
            }
        }
    }
}
