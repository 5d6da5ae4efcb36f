//! The values of a sheet as people read them. It must not know any format's syntax.

use highwater_finding::Place;
use highwater_finding::sheet::{Cell, Line, Series, Table, Unit};

use crate::words;

/// What stands for a value that is not there.
pub(crate) const NOTHING: &str = "-";

/// The value as text on one line, whole. Text from a heap is made visible; prose still has its backticks.
pub(crate) fn text(cell: &Cell) -> String {
    match cell {
        Cell::Absent => NOTHING.to_owned(),
        Cell::Text(text) => words::one_line(text),
        Cell::Name(name) => visible(name),
        Cell::Quote(value) => format!("\"{}\"", visible(value)),
        Cell::Bytes(bytes) => words::bytes(*bytes),
        Cell::SignedBytes(bytes) => signed(*bytes, words::bytes),
        Cell::Count(count) => words::thousands(*count),
        Cell::SignedCount(count) => signed(*count, words::thousands),
        Cell::Share { part, whole } => words::share(*part, *whole),
        Cell::Ratio { over, under } => ratio(*over, *under),
        Cell::Id(id) => format!("@{id}"),
        Cell::Place(place) => self::place(place),
        Cell::Trend(values) => curve(values),
    }
}

/// The table without columns in which nothing is known: people need no column of dashes.
pub(crate) fn known(table: &Table) -> Table {
    let is_known = |at: usize| {
        at == 0 || table.rows.is_empty() || table.rows.iter().any(|row| row.get(at) != Some(&Cell::Absent))
    };
    let keep: Vec<bool> = (0..table.columns.len()).map(is_known).collect();
    let kept = |at: usize| keep.get(at).copied().unwrap_or(true);
    let row = |row: &Vec<Cell>| {
        row.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, c)| c.clone()).collect()
    };
    let columns = table.columns.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, c)| c.clone());
    Table { columns: columns.collect(), rows: table.rows.iter().map(row).collect(), more: table.more }
}

/// A figure of a series.
pub(crate) fn figure(value: u64, unit: Unit) -> String {
    if unit == Unit::Bytes { words::bytes(value) } else { words::thousands(value) }
}

/// A change of a series from its first to its last figure.
pub(crate) fn change(line: &Line, series: &Series) -> String {
    let (first, last) = (line.values.first().copied(), line.values.last().copied());
    let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
    let sign = if last < first { "-" } else { "+" };
    format!("{sign}{}", figure(first.abs_diff(last), series.unit))
}

fn signed(value: i64, figure: impl Fn(u64) -> String) -> String {
    let sign = match value {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    format!("{sign}{}", figure(value.unsigned_abs()))
}

/// A ratio with two decimals at most, rounded half away from zero: `3,000`, `2.67`, `-0.5`.
fn ratio(over: i64, under: u64) -> String {
    if under == 0 {
        return NOTHING.to_owned();
    }
    let under = u128::from(under);
    let hundredths = (u128::from(over.unsigned_abs()) * 100 + under / 2) / under;
    let whole = words::thousands(u64::try_from(hundredths / 100).unwrap_or(u64::MAX));
    let sign = if over < 0 && hundredths > 0 { "-" } else { "" };
    match hundredths % 100 {
        0 => format!("{sign}{whole}"),
        tenths if tenths.is_multiple_of(10) => format!("{sign}{whole}.{}", tenths / 10),
        rest => format!("{sign}{whole}.{rest:02}"),
    }
}

/// `file:line:column`, without what is 0.
pub(crate) fn place(place: &Place) -> String {
    let file = visible(&place.file);
    match (place.line, place.column) {
        (0, _) => file,
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    }
}

/// A curve of one character for each value, from 0 to the largest.
pub(crate) fn curve(values: &[u64]) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = u128::from(values.iter().copied().max().unwrap_or(0)).max(1);
    values.iter().map(|value| STEPS[(u128::from(*value) * 7 / most) as usize & 7]).collect()
}

/// A bar of at most `room` characters for `part` of `whole`; something that is there is never quite without one.
pub(crate) fn bar(part: u64, whole: u64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(part.min(whole)) * room as u128 * 8 / u128::from(whole.max(1));
    let eighths = if part > 0 { eighths.max(1) } else { 0 } as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Text from a heap on one line with everything visible that has no shape of its own: control characters, what
/// steers the direction of writing, what takes no room. Escapes are those of JavaScript.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// True for characters that a reader does not see, or that change how others are seen.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// The text with its middle left out when it has more than `room` characters: both ends of a name tell.
pub(crate) fn cut_middle(text: &str, room: usize) -> String {
    let count = text.chars().count();
    if count <= room || room == 0 {
        return text.to_owned();
    }
    let keep = room - 1;
    let head = keep.div_ceil(2);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - (keep - head)).collect();
    format!("{start}…{end}")
}

/// The text with its end left out when it has more than `room` characters.
pub(crate) fn cut_end(text: &str, room: usize) -> String {
    if text.chars().count() <= room || room == 0 {
        return text.to_owned();
    }
    let start: String = text.chars().take(room - 1).collect();
    format!("{start}…")
}

/// The text with its start left out when it has more than `room` characters: the end of a path tells.
pub(crate) fn cut_start(text: &str, room: usize) -> String {
    let count = text.chars().count();
    if count <= room || room == 0 {
        return text.to_owned();
    }
    let end: String = text.chars().skip(count - (room - 1)).collect();
    format!("…{end}")
}

/// The text of a cell cut to `room` characters where it can best be missed. Figures are never cut.
pub(crate) fn cut(cell: &Cell, room: usize) -> String {
    let whole = text(cell);
    match cell {
        Cell::Name(_) => cut_middle(&whole, room),
        Cell::Place(_) => cut_start(&whole, room),
        Cell::Quote(_) if whole.chars().count() > room => {
            format!("{}\"", cut_end(&whole[..whole.len() - 1], room.saturating_sub(1)))
        }
        Cell::Text(_) => cut_end(&whole, room),
        _ => whole,
    }
}

/// "… 123 more rows; raise `--limit`".
pub(crate) fn more(rows: u64) -> String {
    format!("… {} more (raise --limit)", words::thousands(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_finding::sheet::Column;

    #[test]
    fn figures_read_well() {
        let cases = [
            (Cell::SignedBytes(4200), "+4.1 KB"),
            (Cell::SignedBytes(i64::MIN), "-8,192 PB"),
            (Cell::SignedCount(0), "0"),
            (Cell::SignedCount(-3), "-3"),
            (Cell::Share { part: 1, whole: 3 }, "33 %"),
            (Cell::Share { part: 1, whole: 0 }, "-"),
            (Cell::Ratio { over: 9000, under: 3 }, "3,000"),
            (Cell::Ratio { over: 8, under: 3 }, "2.67"),
            (Cell::Ratio { over: -1, under: 2 }, "-0.5"),
            (Cell::Ratio { over: -1, under: 1000 }, "0"),
            (Cell::Ratio { over: 1, under: 0 }, "-"),
            (Cell::Id(12), "@12"),
            (Cell::at("a.js", 3, 0), "a.js:3"),
            (Cell::Trend(vec![0, 50, 100]), "▁▄█"),
            (Cell::Trend(Vec::new()), ""),
            (Cell::Absent, "-"),
        ];
        for (cell, shown) in cases {
            assert_eq!(text(&cell), shown, "{cell:?}");
        }
    }

    #[test]
    fn what_comes_from_a_heap_is_made_visible() {
        assert_eq!(
            visible("a\u{1b}[31m\n\u{202e}b\u{9b}\u{feff}"),
            "a\\u{1b}[31m\\n\\u{202e}b\\u{9b}\\u{feff}"
        );
        assert_eq!(text(&Cell::Quote("say \"hi\"\r".into())), "\"say \"hi\"\\r\"");
    }

    #[test]
    fn what_is_too_long_is_cut_where_it_is_missed_least() {
        assert_eq!(cut_middle("abcdefgh", 5), "ab…gh");
        assert_eq!(cut_end("abcdefgh", 5), "abcd…");
        assert_eq!(cut_start("abcdefgh", 5), "…efgh");
        assert_eq!(cut(&Cell::Quote("abcdefgh".into()), 6), "\"abc…\"");
        assert_eq!(cut(&Cell::Count(12345678), 3), "12,345,678");
        assert_eq!(cut_middle("日本語日本語", 3), "日…語");
    }

    #[test]
    fn columns_in_which_nothing_is_known_are_left_out() {
        let column = |key| Column::new(key, "", Unit::Count);
        let mut table = Table::new(vec![column("a"), column("b"), column("c")]);
        assert_eq!(known(&table), table);
        table.push(vec![Cell::Absent, Cell::Absent, Cell::Count(1)]);
        table.push(vec![Cell::Absent, Cell::Absent, Cell::Absent]);
        let keys: Vec<String> = known(&table).columns.iter().map(|c| c.key.to_string()).collect();
        assert_eq!(keys, ["a", "c"]);
        assert_eq!(known(&table).rows[0], [Cell::Absent, Cell::Count(1)]);
    }

    #[test]
    fn bars_fill_their_room_and_show_the_smallest_part() {
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 10, 4), "");
        assert_eq!(bar(u64::MAX, u64::MAX, 2), "██");
        assert_eq!(bar(3, 0, 2), "▏");
    }
}
