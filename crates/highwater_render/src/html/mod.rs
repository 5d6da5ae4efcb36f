//! The full report as one page: no network, no framework, readable folded, printed and in the dark. It must not
//! let a character of the report through unescaped; `text` does that.

mod advice;
mod chart;
mod experiment;
mod finding;
mod panels;
mod sheet;
mod text;

use highwater_finding::{Report, Severity};

use crate::{plan, words};
use text::{code, escape, place, rich};

pub(crate) use sheet::sheet;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The whole page.
pub(crate) fn report(report: &Report) -> String {
    if let Some(made) = &report.experiment {
        return experiment::report(report, made);
    }
    let title = format!("Memory leak report: {}", escape(&report.project));
    page(&title, "", "", &report.tool_version, |out| {
        header(report, out);
        out.push_str("<main>\n");
        findings(report, out);
        advice::handled_well(report, out);
        advice::action_plan(report, out);
        advice::test_plan(report, out);
        advice::monitoring(report, out);
        advice::platform(report, out);
        basis(report, out);
        problems(report, out);
        section("conclusion", "Conclusion", &conclusion(report), out);
        out.push_str("</main>\n");
    })
}

/// The frame of every page. The title is already safe; `style` follows the common one.
fn page(title: &str, style: &str, class: &str, version: &str, body: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    out.push_str(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n"));
    out.push_str(&format!("<title>{title}</title>\n"));
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    out.push_str(&format!("<style>\n{STYLE}{style}</style>\n</head>\n<body{class}>\n"));
    body(&mut out);
    out.push_str(&format!("<footer>Highwater {}</footer>\n", escape(version)));
    out.push_str(&format!("<script>\n{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

/// A section with its heading; nothing when the body is empty.
fn section(id: &str, heading: &str, body: &str, out: &mut String) {
    if !body.is_empty() {
        out.push_str(&format!("<section id=\"{id}\">\n<h2>{heading}</h2>\n{body}</section>\n"));
    }
}

/// A table that scrolls by itself on a narrow screen; head and cells are already safe.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|cell| format!("<th scope=\"col\">{cell}</th>")).collect();
    let mut html =
        format!("<div class=\"scroll\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n", head.concat());
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        html.push_str(&format!("<tr>{}</tr>\n", cells.concat()));
    }
    html.push_str("</tbody>\n</table></div>\n");
    html
}

fn header(report: &Report, out: &mut String) {
    let worst = plan::worst(report).map_or("clean", Severity::word);
    out.push_str(&format!("<header class=\"{worst}\">\n<p class=\"kicker\">Memory leak report</p>\n"));
    out.push_str(&format!("<h1>{}</h1>\n", escape(&report.project)));
    out.push_str(&format!("<p class=\"status\">{}</p>\n", escape(&plan::status(report))));
    out.push_str(&format!(
        "<p class=\"lead\">{}</p>\n<dl class=\"tiles\">\n",
        rich(&plan::conclusion(report))
    ));
    for severity in words::SEVERITIES {
        let count = words::thousands(plan::count(report, severity) as u64);
        tile(severity.word(), &words::capital(severity.word()), &count, severity.meaning(), out);
    }
    let after = format!("{} after the fixes", plan::risk_after(report));
    tile("risk", "Risk as shipped", &words::capital(plan::risk(report)), &after, out);
    let held = words::thousands(report.assurances.len() as u64);
    tile("held", "Handled well", &held, "look like leaks and are held", out);
    let lines = words::count(report.code.lines, "line");
    tile("size", "Files read", &words::thousands(report.code.files), &lines, out);
    out.push_str("</dl>\n</header>\n");
}

fn tile(class: &str, name: &str, value: &str, note: &str, out: &mut String) {
    out.push_str(&format!(
        "<div class=\"tile {class}\"><dt>{name}</dt><dd><strong>{value}</strong> <span>{note}</span></dd></div>\n"
    ));
}

fn findings(report: &Report, out: &mut String) {
    let mut body = String::new();
    if report.findings.is_empty() {
        body.push_str("<p>None.</p>\n");
    } else {
        filter(report, &mut body);
    }
    for entry in plan::numbered(report) {
        finding::article(&report.cards, &entry, &mut body);
    }
    if report.hidden > 0 {
        let hidden = words::count(report.hidden, "finding");
        let by = "hidden by a baseline, <code>--since</code> or a suppression";
        body.push_str(&format!("<p class=\"faint\">{hidden} {by}.</p>\n"));
    }
    section("findings", "Findings", &body, out);
}

/// Buttons that the script brings to life; without it they stay away.
fn filter(report: &Report, out: &mut String) {
    out.push_str("<div class=\"filter\" hidden>\n");
    out.push_str("<button type=\"button\" data-show=\"all\" aria-pressed=\"true\">All</button>\n");
    for severity in words::SEVERITIES.into_iter().filter(|severity| plan::count(report, *severity) > 0) {
        let (word, count) = (severity.word(), words::thousands(plan::count(report, severity) as u64));
        let name = words::capital(word);
        out.push_str(&format!(
            "<button type=\"button\" data-show=\"{word}\" aria-pressed=\"false\">{name} {count}</button>\n"
        ));
    }
    out.push_str("</div>\n");
}

/// What the figures rest on: code base, packages, traffic, limit, the meaning of the words.
fn basis(report: &Report, out: &mut String) {
    let base = &report.code;
    let mut rows = vec![
        vec!["Read".to_owned(), format!("{} ({})", plan::size(report), words::bytes(base.bytes))],
        vec!["Functions".to_owned(), words::thousands(base.functions)],
        vec!["Entry points".to_owned(), words::thousands(base.entry_points)],
    ];
    if let Some((file, lines)) = &base.largest {
        rows.push(vec![
            "Largest file".to_owned(),
            format!("{}, {}", code(file), words::count(*lines, "line")),
        ]);
    }
    if base.not_judged > 0 {
        let files = words::count(base.not_judged, "file");
        let kinds = "tests, declarations, generated or vendored code";
        rows.push(vec!["Not judged".to_owned(), format!("{files}: {kinds}")]);
    }
    let profile = &report.profile;
    let traffic = format!(
        "{} requests, {} connections, {} users per hour (profile {})",
        words::thousands(profile.requests_per_hour),
        words::thousands(profile.connections_per_hour),
        words::thousands(profile.users_per_hour),
        code(&profile.name),
    );
    rows.push(vec!["Traffic assumed".to_owned(), traffic]);
    let limit = format!("{} ({})", words::bytes(report.limit.bytes), rich(&report.limit.source));
    rows.push(vec!["Memory limit".to_owned(), limit]);
    let meaning = "a probability: of the findings marked 90 %, nine in ten are real";
    rows.push(vec!["Confidence".to_owned(), meaning.to_owned()]);
    let mut body = table(&["What", "Value"], rows);
    body.push_str(&packages(report));
    section("basis", "What this rests on", &body, out);
}

fn packages(report: &Report) -> String {
    if report.packages.is_empty() {
        return String::new();
    }
    let rows = report.packages.iter().map(|package| {
        let folder = if package.folder.is_empty() { "." } else { &package.folder };
        let platform = format!("{}: {}", package.platform.word(), words::platform(package.platform));
        vec![code(&package.name), code(folder), platform, rich(&package.because)]
    });
    table(&["Package", "Folder", "Platform", "Because"], rows)
}

fn problems(report: &Report, out: &mut String) {
    if report.problems.is_empty() {
        return;
    }
    let rows = report
        .problems
        .iter()
        .map(|problem| vec![problem.kind.word().to_owned(), place(&problem.place), rich(&problem.message)]);
    let count = words::count_of(report.problems.len(), "place");
    let table = table(&["Kind", "Where", "What"], rows);
    let body = format!("<details>\n<summary>{count}</summary>\n{table}</details>\n");
    section("problems", "What could not be judged", &body, out);
}

fn conclusion(report: &Report) -> String {
    let (status, text) = (escape(&plan::status(report)), rich(&plan::conclusion(report)));
    format!("<p><strong>{status}.</strong> {text}</p>\n")
}
