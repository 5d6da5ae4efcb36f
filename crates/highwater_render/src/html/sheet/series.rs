//! Figures over snapshots: a panel of bars for each line, and small curves for tables.

use highwater_finding::sheet::{Line, Series};

use super::super::text::{escape, rich};
use crate::values;

/// More bars than this have no figures of their own.
const FIGURES_MAX: usize = 6;

/// The panels.
pub(super) fn html(series: &Series) -> String {
    if series.lines.is_empty() {
        return "<p>None.</p>\n".to_owned();
    }
    let panels: Vec<String> = series.lines.iter().map(|line| panel(line, series)).collect();
    format!("<div class=\"panels\">\n{}</div>\n", panels.concat())
}

fn panel(line: &Line, series: &Series) -> String {
    let name = values::visible(&line.name);
    let shown = values::cut_middle(&name, 80);
    let note = if line.note.is_empty() {
        String::new()
    } else {
        format!("<p class=\"about\">{}</p>", rich(&line.note))
    };
    let most = line.values.iter().copied().max().unwrap_or(0).max(1);
    let mut bars = String::new();
    for (index, value) in line.values.iter().enumerate() {
        let share = u128::from(*value) * 1000 / u128::from(most);
        let label = series.labels.get(index).map_or("", String::as_str);
        let figure = values::figure(*value, series.unit);
        let told = line.values.len() <= FIGURES_MAX || index == 0 || index + 1 == line.values.len();
        let (above, below) = if told { (figure.as_str(), label) } else { ("", "") };
        bars.push_str(&format!(
            "<li title=\"{}: {figure}\"><span>{above}</span><i style=\"height:{}.{}%\"></i><span>{}</span></li>",
            escape(label),
            share / 10,
            share % 10,
            escape(&values::cut_middle(&values::visible(below.trim_end_matches(".heapsnapshot")), 18))
        ));
    }
    let less = if line.values.last() < line.values.first() { " less" } else { "" };
    let change = escape(&values::change(line, series));
    format!(
        "<figure class=\"panel{less}\"><figcaption><code class=\"name\" title=\"{}\">{}</code> <strong>{change}</strong></figcaption>{note}\n<ol class=\"bars\">{bars}</ol></figure>\n",
        escape(&values::cut_end(&name, 300)),
        super::breakable(&shown)
    )
}

/// A curve as high as a line of text.
pub(super) fn spark(list: &[u64]) -> String {
    const WIDTH: u128 = 64;
    const HEIGHT: u128 = 16;
    if list.len() < 2 {
        return String::new();
    }
    let most = u128::from(list.iter().copied().max().unwrap_or(0)).max(1);
    let last = list.len() as u128 - 1;
    let points: Vec<String> = list
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let tenths = (HEIGHT - 2) * 10 * u128::from(*value) / most;
            let y = (HEIGHT - 1) * 10 - tenths;
            let x = 20 + index as u128 * (WIDTH - 4) * 10 / last;
            format!("{}.{},{}.{}", x / 10, x % 10, y / 10, y % 10)
        })
        .collect();
    let end = points.last().and_then(|point| point.split_once(',')).unwrap_or(("0", "0"));
    let tip: Vec<String> = list.iter().map(|value| crate::words::thousands(*value)).collect();
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\"><title>{0}</title><polyline points=\"{1}\"/><circle cx=\"{2}\" cy=\"{3}\" r=\"2\"/></svg>",
        tip.join(", "),
        points.join(" "),
        end.0,
        end.1
    )
}
