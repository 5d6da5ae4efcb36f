//! A sheet that uses every block and every kind of value, for the snapshots. It must not be compiled outside tests.

use highwater_finding::sheet::*;

use crate::sample;

/// Every block and every value.
pub(crate) fn sheet() -> Sheet {
    let mut sheet = Sheet::new("heap summary", "What is in `api-3.heapsnapshot`");
    sheet.tool_version = "0.1.0".into();
    sheet.lead = "`leaked` (service.js:14) keeps 41 % of this heap: 9,000 `RequestContext`.".into();
    sheet.figures = vec![
        Fact::new("heap_bytes", "Heap", Cell::Bytes(54_812_440)).note("691,010 objects"),
        Fact::new("retained_bytes", "Held by the largest owner", Cell::Bytes(22_533_120)).note("41 %"),
        Fact::new("external_bytes", "Outside the heap", Cell::Bytes(8_388_608)).note("array buffers"),
        Fact::new("largest_owner", "Largest owner", Cell::Name("service.js leaked".into())),
    ];
    sheet.push(Block::note(Tone::Warning, "ids are not stable in this runtime: objects are matched by path"));
    sheet.push(Block::new("totals", "Totals", Body::Facts(totals())));
    sheet.push(
        Block::new("dominators_picture", "Who holds what", Body::Picture(Picture::Icicle(icicle())))
            .about("Each piece is as wide as what would be freed with it."),
    );
    sheet.push(
        Block::new("constructors", "Constructors", Body::Table(constructors()))
            .about("Retained counts what only objects of this class keep, each byte once."),
    );
    sheet.push(Block::new("dominators", "Dominator tree", Body::Tree(dominators())));
    sheet.push(Block::new("growth_picture", "Growth", Body::Picture(Picture::Series(series()))));
    sheet.push(Block::new("strings", "Duplicated strings", Body::Table(strings())).folded());
    sheet.push(Block::new("empty", "Nothing here", Body::Table(Table::new(Vec::new()))));
    let finding = sample::report().findings.into_iter().take(1).collect();
    sheet.push(Block::new("findings", "Findings", Body::Findings(finding)));
    sheet.warn(Tone::Partial, "the file is cut at byte 1,204,551; what was read before is shown");
    sheet.next = vec![
        Next {
            command: "highwater heap retainers api-3.heapsnapshot @1241".into(),
            why: "who holds `leaked`".into(),
        },
        Next {
            command: "highwater heap leaks api-3.heapsnapshot".into(),
            why: "known shapes of leaks".into(),
        },
    ];
    sheet
}

fn totals() -> Vec<Fact> {
    vec![
        Fact::new("code_bytes", "Code", Cell::Bytes(9_120_000)),
        Fact::new("strings_bytes", "Strings", Cell::Bytes(4_410_220)).note("61,204 strings"),
        Fact::new("strings_share", "Strings of all", Cell::Share { part: 4_410_220, whole: 54_812_440 }),
        Fact::new("per_request", "Contexts per request", Cell::Ratio { over: 9000, under: 3000 }),
        Fact::new("change_bytes", "Since the one before", Cell::SignedBytes(2_841_600)),
        Fact::new("runtime", "Taken by", Cell::Text("Node 22 (`system / NativeContext` at the root)".into())),
        Fact::new("at", "Declared", Cell::at("/srv/app/service.js", 14, 7)),
        Fact::new("unknown", "Trace", Cell::Absent),
    ]
}

fn constructors() -> Table {
    let mut table = Table::new(vec![
        Column::new("constructor", "Constructor", Unit::Name),
        Column::new("place", "Where", Unit::Place),
        Column::new("count", "Count", Unit::Count),
        Column::new("shallow_bytes", "Shallow", Unit::Bytes),
        Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
        Column::new("trend", "Trend", Unit::Trend),
    ]);
    let rows = [
        ("RequestContext", "/srv/app/src/requests/service.js", 9000, 504_000, 22_320_000, [3000, 6000, 9000]),
        ("Map", "", 1204, 38_528, 9_804_412, [1200, 1204, 1204]),
        ("(string)", "", 61_204, 4_410_220, 4_410_220, [60_000, 61_000, 61_204]),
        (
            "a_very_long_generated_class_name_$1_Factory_Provider_Module_Impl",
            "/srv/app/dist/bundle.js",
            1,
            56,
            900,
            [1, 1, 1],
        ),
        ("\u{1b}[31mRed\u{202e}", "", 1, 8, 8, [0, 0, 1]),
    ];
    for (name, file, count, shallow, retained, trend) in rows {
        table.push(vec![
            Cell::Name(name.into()),
            Cell::at(file, 12, 7),
            Cell::Count(count),
            Cell::Bytes(shallow),
            Cell::Bytes(retained),
            Cell::Trend(trend.to_vec()),
        ]);
    }
    table.more = 123;
    table
}

fn strings() -> Table {
    let mut table = Table::new(vec![
        Column::new("value", "Value", Unit::Quote),
        Column::new("count", "Copies", Unit::Count),
        Column::new("wasted_bytes", "Wasted", Unit::Bytes),
    ]);
    table.push(vec![Cell::Quote("GET /projects/:id\nHost: a".into()), Cell::Count(812), Cell::Bytes(38_016)]);
    table.push(vec![Cell::Quote("x".repeat(400)), Cell::Count(2), Cell::Bytes(400)]);
    table
}

fn dominators() -> Tree {
    let mut tree = Tree::new(vec![
        Column::new("object", "Object", Unit::Name),
        Column::new("id", "Id", Unit::Id),
        Column::new("retained_bytes", "Retained", Unit::Bytes),
        Column::new("share", "Share", Unit::Share),
        Column::new("place", "Where", Unit::Place),
    ]);
    let whole = 54_812_440;
    let rows: [(u32, &str, u64, u64, &str, u64); 7] = [
        (0, "system / Context", 1233, 30_204_112, "/srv/app/service.js", 0),
        (1, "Array leaked", 1241, 22_533_120, "/srv/app/service.js", 0),
        (2, "RequestContext", 20_001, 2480, "/srv/app/service.js", 8999),
        (1, "Map byEmail", 1251, 6_204_112, "", 0),
        (2, "User", 30_001, 344, "", 2999),
        (0, "global", 3, 4_204_112, "", 0),
        (1, "process", 5, 204_112, "", 0),
    ];
    for (depth, name, id, bytes, file, more) in rows {
        let cells = vec![
            Cell::Name(name.into()),
            Cell::Id(id),
            Cell::Bytes(bytes),
            Cell::Share { part: bytes, whole },
            Cell::at(file, 14, 7),
        ];
        tree.push(depth, cells, more);
    }
    tree.more = 41;
    tree
}

fn icicle() -> Icicle {
    let piece = |depth, name: &str, bytes, id, count| Piece {
        depth,
        name: name.into(),
        id,
        bytes,
        count,
        note: if id.is_some() { "service.js:14:7".into() } else { String::new() },
    };
    Icicle {
        pieces: vec![
            piece(0, "(root)", 54_812_440, Some(1), 1),
            piece(1, "system / Context", 30_204_112, Some(1233), 1),
            piece(2, "Array leaked", 22_533_120, Some(1241), 1),
            piece(3, "RequestContext", 22_320_000, None, 9000),
            piece(4, "ArrayBuffer", 12_320_000, None, 9000),
            piece(4, "Object", 6_320_000, None, 9000),
            piece(2, "Map byEmail", 6_204_112, Some(1251), 1),
            piece(3, "User", 6_004_112, None, 3000),
            piece(1, "(code)", 9_120_000, None, 20_114),
            piece(1, "Map <byId>", 5_204_112, Some(77), 1),
            piece(2, "Session", 5_004_112, None, 1204),
            piece(1, "global", 4_204_112, Some(3), 1),
            piece(1, "(strings)", 2_410_220, None, 61_204),
            piece(1, "Module", 1_210_220, None, 204),
            piece(2, "Function", 610_220, None, 2004),
        ],
    }
}

fn series() -> Series {
    let line = |name: &str, note: &str, values: &[u64]| Line {
        name: name.into(),
        note: note.into(),
        values: values.to_vec(),
    };
    Series {
        labels: vec!["api-1.heapsnapshot".into(), "api-2.heapsnapshot".into(), "api-3.heapsnapshot".into()],
        unit: Unit::Bytes,
        lines: vec![
            line(
                "service.js leaked",
                "+3,000 entries per round, exactly",
                &[7_440_000, 14_880_000, 22_320_000],
            ),
            line("service.js byEmail", "filling", &[6_000_000, 6_100_000, 6_204_112]),
            line("node:internal/timers <timerListMap>", "", &[4_000, 0, 3_000]),
        ],
    }
}
