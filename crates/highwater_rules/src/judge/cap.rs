//! How many entries a place may hold, computed from the weight of one, the traffic and the memory limit.

use highwater_finding::Growth;
use highwater_program::graph::Seg;

use super::retention::{Cause, Retained, Verdict};
use super::{Context, estimate};

/// The part of the memory limit that one place may take: a twentieth.
const SHARE: u64 = 20;
/// Fewer are not worth a cap, more are no cap.
const FEWEST: u64 = 100;
const MOST: u64 = 1_000_000;
/// The same for collections of which there is one a key.
const FEWEST_INNER: u64 = 20;

/// A limit, and what it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Entries.
    pub entries: u64,
    /// A sentence for a comment.
    pub because: String,
    /// Bytes of an entry; 0 when that is not known.
    pub bytes: u64,
}

impl Cap {
    /// The cap of a place.
    pub fn of(cx: &Context<'_>, r: &Retained) -> Cap {
        let inner = r.place.path.contains(&Seg::Elem);
        let waits = matches!(
            r.verdict,
            Verdict::Leak(Cause::Requeued | Cause::WaitersUnlimited | Cause::DrainedOnSuccess)
        );
        if waits {
            return Cap {
                entries: 1_000,
                because: "as many as can be served before their callers give up".into(),
                bytes: 0,
            };
        }
        match estimate::growth(cx, r) {
            Some(g) => from(&g, inner.then_some(cx.settings.profile.users_per_hour.max(1))),
            None => Cap {
                entries: 1_000,
                because: "a guess: the code does not say how heavy an entry is".into(),
                bytes: 0,
            },
        }
    }

    /// `20_000`.
    pub fn literal(&self) -> String {
        grouped(self.entries, '_')
    }

    /// "at most 20,000 entries, about 24 MB".
    pub fn after(&self, of: &str) -> String {
        let memory = match self.entries.saturating_mul(self.bytes) {
            0 => String::new(),
            all => format!(", about {}", size(all)),
        };
        format!("at most {} {of}{memory}", grouped(self.entries, ','))
    }
}

/// From a growth; `keys` when there is one collection for each of so many keys.
fn from(g: &Growth, keys: Option<u64>) -> Cap {
    let bytes = g.bytes_per_event.max(1);
    let weight = size(bytes);
    let limit = size(g.limit_bytes);
    let by_memory = g.limit_bytes / SHARE / bytes / keys.unwrap_or(1);
    if let Some(keys) = keys {
        let entries = round(by_memory).clamp(FEWEST_INNER, MOST);
        let because = format!(
            "a twentieth of {limit}, for {} keys with elements of about {weight}",
            grouped(keys, ',')
        );
        return Cap { entries, because, bytes: 0 };
    }
    let by_day = g.table.iter().find(|p| p.hours == 24).map_or(u64::MAX, |p| p.entries);
    if by_day < by_memory && by_day >= FEWEST {
        let because = format!(
            "what a day brings: about {} new ones an hour, of about {weight} each",
            grouped(by_day.div_ceil(24), ',')
        );
        return Cap { entries: round_up(by_day).clamp(FEWEST, MOST), because, bytes };
    }
    let entries = round(by_memory).clamp(FEWEST, MOST);
    Cap { entries, because: format!("a twentieth of {limit}, at about {weight} each"), bytes }
}

/// Down to 1, 2 or 5 times a power of ten.
fn round(n: u64) -> u64 {
    let mut power = 1u64;
    while power.saturating_mul(10) <= n {
        power = power.saturating_mul(10);
    }
    match n / power {
        0 | 1 => power,
        2..=4 => power.saturating_mul(2),
        _ => power.saturating_mul(5),
    }
}

fn round_up(n: u64) -> u64 {
    let down = round(n);
    let next = if down.to_string().starts_with('2') { down / 2 * 5 } else { down.saturating_mul(2) };
    if down == n { n } else { next }
}

fn grouped(n: u64, by: char) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(by);
        }
        out.push(c);
    }
    out
}

/// "1.2 kB", "24 MB": binary multiples, as the report has them.
fn size(bytes: u64) -> String {
    let scaled = |unit: u64, name: &str| {
        let tenths = bytes * 10 / unit;
        if tenths < 100 && !tenths.is_multiple_of(10) {
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        } else {
            format!("{} {name}", grouped(tenths / 10, ','))
        }
    };
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => scaled(1_024, "kB"),
        1_048_576..1_073_741_824 => scaled(1_048_576, "MB"),
        _ => scaled(1_073_741_824, "GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_finding::Projection;

    fn growth(bytes: u64, day: u64) -> Growth {
        Growth {
            bytes_per_event: bytes,
            shape: String::new(),
            event: String::new(),
            events_per_hour: 100,
            new_key_percent: 100,
            table: vec![Projection { hours: 24, entries: day, bytes: day * bytes }],
            limit_bytes: 512 << 20,
            hours_to_limit: None,
        }
    }

    #[test]
    fn a_cap_comes_from_memory_or_from_a_day() {
        let heavy = from(&growth(1_200, 240_000), None);
        assert_eq!(heavy.literal(), "20_000");
        assert!(heavy.because.contains("512 MB") && heavy.because.contains("1.1 kB"), "{}", heavy.because);
        let slow = from(&growth(100, 2_400), None);
        assert_eq!((slow.entries, slow.because.contains("100 new ones an hour")), (5_000, true));
        let inner = from(&growth(300, 240_000), Some(1_000));
        assert_eq!(inner.entries, 50);
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!((round(22_369), round(7), round(0), round(5_000)), (20_000, 5, 1, 5_000));
        assert_eq!((round_up(2_400), round_up(1_001), round_up(5_000)), (5_000, 2_000, 5_000));
    }
}
