//! Measures over requests as one inline SVG picture: a panel for each, warm-up shaded, rounds marked. It must not know
//! findings.

use highwater_finding::{Experiment, Measure};

use super::text::escape;
use crate::curve::Scale;
use crate::{experiment, words};

const WIDTH: f64 = 640.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 618.0;
/// Height of a panel, and of the room above it for its name.
const PANEL: f64 = 92.0;
const TITLE: f64 = 40.0;
/// Room for the axis of requests.
const FOOT: f64 = 40.0;
/// Parts of the axis of requests, at most.
const PARTS: u64 = 6;

/// The picture; empty when too little was read.
pub(super) fn svg(made: &Experiment, about: &str) -> String {
    let panels: Vec<(Measure, Scale)> = measures(made)
        .into_iter()
        .filter_map(|measure| Some((measure, Scale::new(made, measure)?)))
        .collect();
    let Some((_, first)) = panels.first() else { return String::new() };
    let height = (PANEL + TITLE) * panels.len() as f64 + FOOT;
    let label = escape(&about.replace('`', ""));
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{label}\">\n"
    );
    for (index, (measure, scale)) in panels.iter().enumerate() {
        let top = (PANEL + TITLE) * index as f64 + TITLE;
        Panel { made, measure: *measure, scale, top }.draw(&mut svg);
    }
    axis(first, height - FOOT, &mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// Heap, external and native memory as far as they were read, and whatever else grows.
fn measures(made: &Experiment) -> Vec<Measure> {
    let shown = |measure: &Measure| measure.is_bytes() || experiment::grows(made, *measure);
    experiment::read(made).into_iter().filter(shown).collect()
}

/// The axis of requests that all panels share.
fn axis(scale: &Scale, bottom: f64, svg: &mut String) {
    let (first, last) = scale.ends();
    let step = step(last - first);
    let mut requests = first;
    while requests <= last {
        let (x, y) = (across(scale, requests), bottom + 18.0);
        let text = words::thousands(requests);
        // The last figure must not run out of the picture.
        let (x, class) = if x > RIGHT - 30.0 { (RIGHT, "end") } else { (x, "middle") };
        svg.push_str(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{text}</text>\n"));
        let Some(next) = requests.checked_add(step) else { break };
        requests = next;
    }
    let y = bottom + 36.0;
    svg.push_str(&format!("<text x=\"{RIGHT}\" y=\"{y:.1}\" class=\"end\">requests sent</text>\n"));
}

/// 1, 2 or 5 times a power of ten, so that the span has at most `PARTS` parts.
fn step(span: u64) -> u64 {
    let mut unit: u64 = 1;
    loop {
        for step in [unit, unit.saturating_mul(2), unit.saturating_mul(5)] {
            if span / step < PARTS {
                return step;
            }
        }
        match unit.checked_mul(10) {
            Some(next) => unit = next,
            None => return u64::MAX,
        }
    }
}

/// Where so many requests lie from left to right.
fn across(scale: &Scale, requests: u64) -> f64 {
    let (first, last) = scale.ends();
    LEFT + (RIGHT - LEFT) * (requests - first) as f64 / (last - first).max(1) as f64
}

struct Panel<'a> {
    made: &'a Experiment,
    measure: Measure,
    scale: &'a Scale,
    /// Upper edge of the area.
    top: f64,
}

impl Panel<'_> {
    fn draw(&self, svg: &mut String) {
        let class = if experiment::grows(self.made, self.measure) { " grown" } else { "" };
        svg.push_str(&format!("<g class=\"panel{class}\">\n"));
        self.title(svg);
        self.warm_up(svg);
        self.edges(svg);
        self.rounds(svg);
        self.line(svg);
        svg.push_str("</g>\n");
    }

    fn y(&self, value: u64) -> f64 {
        let part = value.saturating_sub(self.scale.low) as f64 / (self.scale.high - self.scale.low) as f64;
        self.top + PANEL * (1.0 - part)
    }

    fn title(&self, svg: &mut String) {
        let name = escape(&words::capital(self.measure.words()));
        let y = self.top - 12.0;
        svg.push_str(&format!("<text x=\"{LEFT}\" y=\"{y:.1}\" class=\"name\">{name}</text>\n"));
        if let Some(rate) = self.made.rate(self.measure) {
            let each = experiment::amount(rate.milli, rate.measure);
            svg.push_str(&format!(
                "<text x=\"{RIGHT}\" y=\"{y:.1}\" class=\"end each\">{each} a request</text>\n"
            ));
        }
    }

    fn warm_up(&self, svg: &mut String) {
        let Some(end) = self.scale.warm else { return };
        let wide = across(self.scale, end) - LEFT;
        let top = self.top;
        svg.push_str(&format!(
            "<rect class=\"warm\" x=\"{LEFT}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{PANEL}\"><title>warm-up</title></rect>\n"
        ));
        if wide > 70.0 {
            let (x, y) = (LEFT + 8.0, top + 16.0);
            svg.push_str(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\">warm-up</text>\n"));
        }
    }

    fn edges(&self, svg: &mut String) {
        let (low, high) = experiment::levels(self.scale.low, self.scale.high, self.measure);
        for (y, text) in [(self.top, high), (self.top + PANEL, low)] {
            svg.push_str(&format!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\n"));
            let (x, y) = (LEFT - 8.0, y + 4.0);
            svg.push_str(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"end\">{text}</text>\n"));
        }
    }

    /// Where the heap was read: the ends of the rounds.
    fn rounds(&self, svg: &mut String) {
        let from = self.scale.warm.unwrap_or(0);
        for (requests, _) in self.scale.points.iter().filter(|(requests, _)| *requests >= from) {
            let (x, top) = (across(self.scale, *requests), self.top);
            svg.push_str(&format!("<path class=\"round\" d=\"M{x:.1} {top:.1}v{PANEL}\"/>\n"));
        }
    }

    fn line(&self, svg: &mut String) {
        let place = |(requests, value): &(u64, u64)| (across(self.scale, *requests), self.y(*value));
        let points: Vec<String> = self
            .scale
            .points
            .iter()
            .map(|point| {
                let (x, y) = place(point);
                format!("{x:.1} {y:.1}")
            })
            .collect();
        svg.push_str(&format!("<path class=\"curve\" d=\"M{}\"/>\n", points.join("L")));
        for point in &self.scale.points {
            let (x, y) = place(point);
            let title =
                format!("{}: {}", words::count(point.0, "request"), experiment::level(point.1, self.measure));
            svg.push_str(&format!(
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"><title>{title}</title></circle>\n"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_round_figures() {
        for (span, each) in [(0, 1), (5, 1), (6, 2), (12_034, 5_000), (9_999, 2_000), (1_000_000, 200_000)] {
            assert_eq!(step(span), each, "{span}");
        }
        assert!(u64::MAX / step(u64::MAX) < PARTS);
    }
}
