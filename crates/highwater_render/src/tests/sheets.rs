//! Snapshots of a sheet in every format, and what must hold for any sheet. The sample is in `sample_sheet`.

use highwater_finding::sheet::*;
use serde_json::Value;

use super::{NASTY, hostile, json, schema, without_ansi, without_code, without_fences};
use crate::{Options, SheetFormat, render_sheet, sample_sheet, values};

fn text(sheet: &Sheet, format: SheetFormat, options: Options) -> String {
    let mut out = Vec::new();
    render_sheet(sheet, format, &options, &mut out).expect("writing to memory cannot fail");
    String::from_utf8(out).expect("output is UTF-8")
}

fn plain(sheet: &Sheet, format: SheetFormat) -> String {
    text(sheet, format, Options::default())
}

#[test]
fn every_format_shows_the_sheet() {
    for format in SheetFormat::ALL {
        insta::assert_snapshot!(format!("sheet_{format}"), plain(&sample_sheet::sheet(), format));
    }
}

#[test]
fn a_narrow_terminal_gets_everything_too() {
    let options = Options { width: 44, ..Options::default() };
    insta::assert_snapshot!(
        "sheet_terminal_narrow",
        text(&sample_sheet::sheet(), SheetFormat::Terminal, options)
    );
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut sheet = sample_sheet::sheet();
    sheet.blocks.retain(|block| !matches!(block.body, Body::Findings(_)));
    for width in [60, 80, 100, 160] {
        let shown = text(&sheet, SheetFormat::Terminal, Options { width, ..Options::default() });
        let long: Vec<&str> =
            shown.lines().filter(|line| line.chars().count() > usize::from(width)).collect();
        assert!(long.is_empty(), "{width}: {long:#?}");
    }
}

#[test]
fn colour_adds_nothing_but_colour_to_a_sheet() {
    let options = Options { color: true, ..Options::default() };
    let colored = text(&sample_sheet::sheet(), SheetFormat::Terminal, options);
    assert!(colored.contains("\u{1b}["));
    assert_eq!(without_ansi(&colored), plain(&sample_sheet::sheet(), SheetFormat::Terminal));
}

#[test]
fn a_sheet_in_json_follows_its_schema() {
    let schema = json(include_str!("../../schema/sheet-1.schema.json"));
    for sheet in [sample_sheet::sheet(), nasty(), Sheet::new("heap find", "")] {
        let value = json(&plain(&sheet, SheetFormat::Json));
        let found = schema::violations(&schema, &schema, &value, "$");
        assert!(found.is_empty(), "{found:#?}");
    }
    let mut value = json(&plain(&sample_sheet::sheet(), SheetFormat::Json));
    value["blocks"]["totals"]["values"]["code_bytes"] = serde_json::json!({ "no": "point" });
    value["partial"] = 1.into();
    assert!(schema::violations(&schema, &schema, &value, "$").len() >= 2);
}

#[test]
fn json_has_raw_figures_by_key() {
    let value = json(&plain(&sample_sheet::sheet(), SheetFormat::Json));
    assert_eq!(value["blocks"]["constructors"]["rows"][0]["retained_bytes"], 22_320_000);
    assert_eq!(value["blocks"]["totals"]["values"]["at"]["line"], 14);
    assert_eq!(value["blocks"]["constructors"]["rows"][4]["constructor"], "\u{1b}[31mRed\u{202e}");
    assert_eq!(value["blocks"]["findings"]["findings"][0]["number"], 1);
    assert_eq!(value["partial"], true);
    assert_eq!(value["blocks"]["totals"]["values"]["unknown"], Value::Null);
}

/// A sheet in which every text tries to break out, and every figure is at its end.
fn nasty() -> Sheet {
    let text = || NASTY.to_owned();
    let cells = || {
        vec![
            Cell::Name(format!("{NASTY}{}", "x".repeat(3000))),
            Cell::Quote(text()),
            Cell::Text(text()),
            Cell::at(NASTY, u32::MAX, u32::MAX),
            Cell::Bytes(u64::MAX),
            Cell::SignedBytes(i64::MIN),
            Cell::Share { part: u64::MAX, whole: 1 },
            Cell::Ratio { over: i64::MIN, under: 1 },
            Cell::Trend(vec![u64::MAX, 0]),
            Cell::Absent,
        ]
    };
    let columns = || {
        let units = [Unit::Name, Unit::Quote, Unit::Text, Unit::Place, Unit::Bytes, Unit::Bytes, Unit::Share];
        let units = units.into_iter().chain([Unit::Ratio, Unit::Trend, Unit::Id]);
        units
            .enumerate()
            .map(|(index, unit)| Column::new(Key::numbered("k", index), NASTY, unit).bar())
            .collect()
    };
    let mut sheet = sample_sheet::sheet();
    (sheet.title, sheet.lead) = (text(), text());
    sheet.figures = cells().into_iter().map(|cell| Fact::new("same", NASTY, cell).note(NASTY)).collect();
    let facts = sheet.figures.clone();
    let mut table = Table::new(columns());
    table.push(cells());
    table.more = u64::MAX;
    let mut tree = Tree::new(columns());
    for depth in [0, 1, 2, 3000, 1, 0] {
        tree.push(depth, cells(), u64::MAX);
    }
    let piece = |depth| Piece { depth, name: text(), id: None, bytes: u64::MAX, count: 2, note: text() };
    let icicle = Icicle { pieces: [0, 1, 1, 9, 2].map(piece).to_vec() };
    let line = Line { name: text(), note: text(), values: vec![u64::MAX, 0, 1] };
    let series = Series { labels: vec![text()], unit: Unit::Bytes, lines: vec![line] };
    sheet.blocks = vec![
        Block::new("facts", NASTY, Body::Facts(facts)).about(NASTY),
        Block::new("table", NASTY, Body::Table(table)).folded(),
        Block::new("tree", NASTY, Body::Tree(tree)),
        Block::new("icicle", NASTY, Body::Picture(Picture::Icicle(icicle))),
        Block::new("series", NASTY, Body::Picture(Picture::Series(series))),
        Block::new("findings", NASTY, Body::Findings(hostile().findings)),
        Block::note(Tone::Warning, NASTY),
    ];
    sheet.next = vec![Next { command: text(), why: text() }];
    sheet
}

#[test]
fn nothing_in_a_sheet_breaks_out_of_its_format() {
    let sheet = nasty();
    let html = plain(&sheet, SheetFormat::Html);
    assert!(!html.contains("<img") && html.matches("</script>").count() == 1);
    let hidden = |text: &str| text.chars().find(|c| values::is_hidden(*c) && *c != '\n');
    for width in [0, 44, 100] {
        let options = Options { width, ..Options::default() };
        let terminal = text(&sheet, SheetFormat::Terminal, options);
        assert_eq!(hidden(&terminal), None);
    }
    assert_eq!(hidden(&plain(&sheet, SheetFormat::Json)), None);
    let markdown = without_fences(&plain(&sheet, SheetFormat::Markdown));
    assert!(!markdown.contains("\n# h"));
    let prose: Vec<String> = markdown.lines().map(without_code).collect();
    assert!(!prose.concat().replace("\\<", "").contains("<img"), "{prose:#?}");
    assert!(hidden(&markdown).is_none());
    assert!(html.len() < 200_000 && markdown.len() < 120_000);
}

#[test]
fn html_closes_what_it_opens() {
    for sheet in [sample_sheet::sheet(), nasty()] {
        let html = plain(&sheet, SheetFormat::Html);
        for tag in ["details", "section", "div", "table", "svg", "dl", "ol", "figure", "tr"] {
            let opened =
                html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn sheet_formats_round_trip() {
    for format in SheetFormat::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert_eq!("MD".parse(), Ok(SheetFormat::Markdown));
    let error = "sarif".parse::<SheetFormat>().expect_err("no such format").to_string();
    assert_eq!(error, "there is no format `sarif`; use one of terminal, markdown, json, html");
}
