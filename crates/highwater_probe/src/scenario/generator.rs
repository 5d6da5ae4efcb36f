//! What fills the holes of a template. Every value is a function of the request's number (but for the time of day), so
//! that a closed list of numbers is a closed list of values too, and a second run sends the same.

use super::template::Place;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Generators of a scenario by the names that its templates use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generators {
    named: BTreeMap<String, Generator>,
}

/// A source of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Generator {
    /// `start`, `start + step`, ...: one for each number.
    Counter { start: u64, step: u64 },
    /// A UUID (version 4 in form).
    Uuid,
    /// A whole number from `least` to `most`, both included.
    Integer { least: u64, most: u64 },
    /// One of these texts: in order, or as if thrown.
    Choice { of: Arc<[String]>, in_order: bool },
    /// Rows of a file; a template names the column.
    Rows(Arc<Rows>),
    /// The time of day.
    Time(TimeForm),
}

/// How the time of day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// Milliseconds since 1970.
    UnixMs,
    /// Seconds since 1970.
    Unix,
    /// `2026-11-22T07:17:00.000Z`.
    Iso,
}

/// Rows of a file, by column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Names of the columns, as the file has them.
    pub names: Vec<String>,
    /// The values of each column; as many as there are rows.
    pub columns: Vec<Arc<[String]>>,
    /// Whether rows come in order, or as if thrown.
    pub in_order: bool,
}

/// What fills one hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    /// The request's number.
    Key,
    /// See [`Generator::Counter`].
    Counter { start: u64, step: u64 },
    /// See [`Generator::Uuid`]. Generators of different names give different values.
    Uuid { seed: u64 },
    /// See [`Generator::Integer`].
    Integer { seed: u64, least: u64, span: u64 },
    /// One of these texts, which are ready for their place. With a seed as if thrown, else in order.
    Text { of: Arc<[String]>, seed: Option<u64> },
    /// See [`Generator::Time`].
    Time(TimeForm),
}

/// What a request's holes are filled from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    /// Its number.
    pub key: u64,
    /// The time of day, in milliseconds since 1970; only where a template asks for it.
    pub now_ms: u64,
}

impl Generators {
    /// Adds a generator.
    pub(crate) fn insert(&mut self, name: String, generator: Generator) {
        self.named.insert(name, generator);
    }

    /// What fills a hole with this name, e.g. `user` or `user.email`, at a place.
    pub(crate) fn hole(&self, name: &str, place: Place) -> Option<Hole> {
        let (base, column) = name.split_once('.').map_or((name, None), |(b, c)| (b, Some(c)));
        let Some(generator) = self.named.get(base) else { return built_in(name) };
        let seed = seed(base);
        match (generator, column) {
            (Generator::Rows(rows), Some(column)) => {
                let at = rows.names.iter().position(|n| n == column)?;
                let of = rows.columns[at].iter().map(|v| place.escaped(v)).collect();
                Some(Hole::Text { of, seed: (!rows.in_order).then_some(seed) })
            }
            (Generator::Rows(_), None) | (_, Some(_)) => None,
            (Generator::Counter { start, step }, None) => Some(Hole::Counter { start: *start, step: *step }),
            (Generator::Uuid, None) => Some(Hole::Uuid { seed }),
            (Generator::Integer { least, most }, None) => {
                Some(Hole::Integer { seed, least: *least, span: most.saturating_sub(*least) })
            }
            (Generator::Choice { of, in_order }, None) => Some(Hole::Text {
                of: of.iter().map(|v| place.escaped(v)).collect(),
                seed: (!in_order).then_some(seed),
            }),
            (Generator::Time(form), None) => Some(Hole::Time(*form)),
        }
    }

    /// All names that can stand in a hole.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut out: Vec<String> = BUILT_IN.iter().map(|name| (*name).to_owned()).collect();
        for (name, generator) in &self.named {
            match generator {
                Generator::Rows(rows) => {
                    out.extend(rows.names.iter().map(|column| format!("{name}.{column}")));
                }
                _ => out.push(name.clone()),
            }
        }
        out
    }
}

/// Holes that need no generator. All but the number begin with a `$`: a body in GraphQL may well have `{uuid}` in it.
pub(crate) const BUILT_IN: [&str; 4] = ["n", "$uuid", "$time", "$time_ms"];

fn built_in(name: &str) -> Option<Hole> {
    Some(match name {
        "n" => Hole::Key,
        "$uuid" => Hole::Uuid { seed: seed(name) },
        "$time" => Hole::Time(TimeForm::Iso),
        "$time_ms" => Hole::Time(TimeForm::UnixMs),
        _ => return None,
    })
}

impl Hole {
    /// Whether its value comes from the clock.
    pub fn needs_time(&self) -> bool {
        matches!(self, Hole::Time(_))
    }

    /// Writes the value for a request.
    pub fn write(&self, fill: Fill, out: &mut Vec<u8>) {
        match self {
            Hole::Text { of, seed } => out.extend_from_slice(pick(of, *seed, fill.key).as_bytes()),
            Hole::Uuid { seed } => write_uuid(mixed(fill.key ^ seed), mixed(fill.key ^ !seed), out),
            Hole::Time(TimeForm::Iso) => write_iso(fill.now_ms, out),
            _ => write_number(self.number(fill), out),
        }
    }

    /// How many bytes `write` makes.
    pub fn length(&self, fill: Fill) -> usize {
        match self {
            Hole::Text { of, seed } => pick(of, *seed, fill.key).len(),
            Hole::Uuid { .. } => 36,
            Hole::Time(TimeForm::Iso) => 24,
            _ => self.number(fill).checked_ilog10().map_or(1, |log| log as usize + 1),
        }
    }

    /// The value where it is a number.
    fn number(&self, fill: Fill) -> u64 {
        match self {
            Hole::Key => fill.key,
            Hole::Counter { start, step } => start.wrapping_add(fill.key.wrapping_mul(*step)),
            Hole::Integer { seed, least, span } => match span.checked_add(1) {
                Some(size) => least + mixed(fill.key ^ seed) % size,
                None => mixed(fill.key ^ seed),
            },
            Hole::Time(TimeForm::Unix) => fill.now_ms / 1000,
            Hole::Time(_) => fill.now_ms,
            Hole::Text { .. } | Hole::Uuid { .. } => 0,
        }
    }
}

fn pick(of: &[String], seed: Option<u64>, key: u64) -> &str {
    let number = seed.map_or(key, |seed| mixed(key ^ seed));
    // A list without values is refused when it is read.
    of.get((number % of.len().max(1) as u64) as usize).map_or("", String::as_str)
}

/// A number that looks like no other (the finaliser of splitmix64).
pub(crate) fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number for a name (FNV-1a, mixed).
fn seed(name: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    mixed(name.bytes().fold(start, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// Writes a number in decimal digits.
pub(crate) fn write_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

fn write_uuid(high: u64, low: u64, out: &mut Vec<u8>) {
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0xc << 60) | 0x8 << 60;
    let digits = (u128::from(high) << 64) | u128::from(low);
    for at in 0..32 {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        out.push(b"0123456789abcdef"[(digits >> (124 - 4 * at) & 0xf) as usize]);
    }
}

/// Writes a time as `2026-11-22T07:17:00.000Z`.
fn write_iso(now_ms: u64, out: &mut Vec<u8>) {
    let (year, month, day) = date(now_ms / 86_400_000);
    let in_day = now_ms % 86_400_000;
    let mut part = |number: u64, digits: u32, behind: u8| {
        for at in (0..digits).rev() {
            out.push(b'0' + (number / 10_u64.pow(at) % 10) as u8);
        }
        out.push(behind);
    };
    part(year, 4, b'-');
    part(month, 2, b'-');
    part(day, 2, b'T');
    part(in_day / 3_600_000, 2, b':');
    part(in_day / 60_000 % 60, 2, b':');
    part(in_day / 1000 % 60, 2, b'.');
    part(in_day % 1000, 3, b'Z');
}

/// Year, month and day of a day since 1970-01-01, in years that begin in March, so that the leap day is the last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let in_era = days % 146_097;
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn values(hole: &Hole, keys: std::ops::Range<u64>) -> Vec<String> {
        keys.map(|key| {
            let fill = Fill { key, now_ms: 1_795_331_820_042 };
            let mut out = Vec::new();
            hole.write(fill, &mut out);
            assert_eq!(out.len(), hole.length(fill), "the length is told before the text is made");
            String::from_utf8(out).unwrap()
        })
        .collect()
    }

    #[test]
    fn uuids_differ_and_have_the_form() {
        let one = values(&Hole::Uuid { seed: 1 }, 0..10_000);
        assert_eq!(one.iter().collect::<BTreeSet<_>>().len(), 10_000);
        for uuid in &one {
            let parts: Vec<usize> = uuid.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{uuid}");
            assert!(uuid[14..].starts_with('4') && "89ab".contains(&uuid[19..20]), "{uuid}");
        }
        assert_eq!(one, values(&Hole::Uuid { seed: 1 }, 0..10_000), "the same number, the same value");
        assert_ne!(one, values(&Hole::Uuid { seed: 2 }, 0..10_000));
    }

    #[test]
    fn integers_keep_to_their_bounds_and_reach_them() {
        let seen: BTreeSet<String> =
            values(&Hole::Integer { seed: 5, least: 3, span: 2 }, 0..200).into_iter().collect();
        assert_eq!(seen, BTreeSet::from(["3".into(), "4".into(), "5".into()]));
        values(&Hole::Integer { seed: 5, least: 0, span: u64::MAX }, 0..200);
    }

    #[test]
    fn texts_come_in_order_or_as_if_thrown() {
        let of: Arc<[String]> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(values(&Hole::Text { of: Arc::clone(&of), seed: None }, 0..5), ["a", "b", "c", "a", "b"]);
        let thrown = values(&Hole::Text { of, seed: Some(3) }, 0..300);
        for text in ["a", "b", "c"] {
            let count = thrown.iter().filter(|t| *t == text).count();
            assert!((60..140).contains(&count), "{text}: {count}");
        }
    }

    #[test]
    fn times_are_written_as_asked() {
        assert_eq!(values(&Hole::Time(TimeForm::Iso), 0..1), ["2026-11-22T07:17:00.042Z"]);
        assert_eq!(values(&Hole::Time(TimeForm::Unix), 0..1), ["1795331820"]);
        assert_eq!(values(&Hole::Time(TimeForm::UnixMs), 0..1), ["1795331820042"]);
        for (days, wanted) in
            [(0, (1970, 1, 1)), (59, (1970, 3, 1)), (11_016, (2000, 2, 29)), (20_453, (2025, 12, 31))]
        {
            assert_eq!(date(days), wanted, "{days}");
        }
    }

    #[test]
    fn counters_go_on_by_their_step() {
        assert_eq!(values(&Hole::Counter { start: 1000, step: 5 }, 0..3), ["1000", "1005", "1010"]);
        assert_eq!(values(&Hole::Key, 9..11), ["9", "10"]);
    }
}
