//! Text of decimal numbers to numbers: the hot loop of decoding.
//!
//! Nine tenths of a snapshot are short decimal integers between commas. Sixteen bytes at a time become a mask of what is
//! a digit; where digits end is then written to a list, eight places at a time; and four numbers at a time are
//! converted from the eight bytes before their ends. No step waits for the length of the number before it, and no
//! branch depends on that length.

use wide::{i16x8, i32x4, i32x8, u8x16, u16x8};

/// Bytes of text whose numbers are looked up before they are converted: their places fit in a core's nearest cache.
const CHUNK_BYTES: usize = 4 << 10;
/// Blocks of text that become one mask.
const BLOCK_BYTES: usize = 64;
/// Most numbers that end in one block.
const ENDS_MAX: usize = BLOCK_BYTES / 2;
const ONES: u64 = 0x0101_0101_0101_0101;
/// By how far the end of a number is from the end of the one before: those of the eight bytes before it that are not the
/// other's. Between the two are one byte at least and, where a number is short, blanks.
const BYTES_KEPT: [u64; 10] = {
    let mut kept = [0; 10];
    let mut bytes = 1;
    while bytes <= 8 {
        kept[bytes + 1] = u64::MAX << (64 - 8 * bytes);
        bytes += 1;
    }
    kept
};
/// More digits than any 64-bit number has.
const DIGITS_MAX: usize = 19;

/// Stands in [`Numbers::values`] for a number that does not fit; the number itself is in [`Numbers::wide`].
pub(super) const WIDE: u32 = u32::MAX;

/// Numbers of one piece of text, in order.
#[derive(Default)]
pub(super) struct Numbers {
    values: Vec<u32>,
    begin: usize,
    end: usize,
    /// Position in `values`, number: those of `u32::MAX` and above.
    wide: Vec<(usize, u64)>,
}

impl Numbers {
    /// All, [`WIDE`] for those that do not fit.
    pub(super) fn values(&self) -> &[u32] {
        &self.values[self.begin..self.end]
    }

    /// Position in [`Numbers::values`] and number of those that do not fit.
    pub(super) fn wide(&self) -> impl Iterator<Item = (usize, u64)> {
        let begin = self.begin;
        self.wide.iter().filter(move |(at, _)| *at >= begin).map(move |(at, value)| (at - begin, *value))
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.begin
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.begin = 0;
        self.end = 0;
        self.wide.clear();
    }

    /// Moves the last `count` to the front of the (empty) `other`.
    pub(super) fn split_end(&mut self, count: usize, other: &mut Numbers) {
        let cut = self.end - count;
        for at in cut..self.end {
            other.push(self.value(at));
        }
        self.end = cut;
        self.wide.retain(|(at, _)| *at < cut);
    }

    /// Moves up to `count` from the front to the end of `other`; says how many.
    pub(super) fn move_front(&mut self, count: usize, other: &mut Numbers) -> usize {
        let count = count.min(self.len());
        for at in self.begin..self.begin + count {
            other.push(self.value(at));
        }
        self.begin += count;
        count
    }

    /// The number at a position of [`Numbers::values`], whatever its size.
    pub(super) fn full(&self, at: usize) -> u64 {
        self.value(self.begin + at)
    }

    fn value(&self, at: usize) -> u64 {
        match self.values[at] {
            WIDE => {
                let found = self.wide.binary_search_by_key(&at, |(wide, _)| *wide);
                found.map_or(u64::from(WIDE), |found| self.wide[found].1)
            }
            value => u64::from(value),
        }
    }

    pub(super) fn push(&mut self, value: u64) {
        if self.end == self.values.len() {
            self.values.push(0);
        }
        self.values[self.end] = self.narrow(self.end, value);
        self.end += 1;
    }

    fn narrow(&mut self, at: usize, value: u64) -> u32 {
        if value >= u64::from(WIDE) {
            self.wide.push((at, value));
            return WIDE;
        }
        value as u32
    }

    /// Reads numbers that are parted by commas; blanks may stand around each. Where `last` is not set, a comma ends
    /// the text as well. What was in here before is gone.
    ///
    /// The error is the position of the byte that does not belong there.
    pub(super) fn read(&mut self, text: &[u8], last: bool) -> Result<(), usize> {
        self.clear();
        // Each number takes two bytes at least, but the last one.
        let most = text.len() / 2 + 4;
        if self.values.len() < most {
            self.values.resize(most, 0);
        }
        let mut ends: Ends = [0; CHUNK_BYTES / 2 + ENDS_MAX + 4];
        let mut scan = Scan { at: 0, inside: 0, commas: 0 };
        // As if a comma stood in front of the text.
        let (mut before, mut left) = (u32::MAX, 0);
        // Text of a whole number of blocks is followed by an empty block, in which its last number ends.
        while scan.at <= text.len() {
            let count = scan.ends(text, &mut ends, left)?;
            let (fours, rest) = ends[..count].as_chunks::<4>();
            let values = self.values[self.end..].as_chunks_mut::<4>().0;
            for (at, (values, ends)) in values.iter_mut().zip(fours).enumerate() {
                if let Some(words) = four_words(text, before, *ends) {
                    *values = four_numbers(words);
                } else {
                    long_numbers(text, ends, values, self.end + at * 4, &mut self.wide)?;
                }
                before = ends[3];
            }
            self.end += fours.len() * 4;
            // Up to three wait for the next chunk.
            left = rest.len();
            ends.copy_within(count - left..count, 0);
        }
        long_numbers(text, &ends[..left], &mut self.values[self.end..], self.end, &mut self.wide)?;
        self.end += left;
        let commas = scan.commas;
        if commas == self.end - usize::from(last && self.end > 0) {
            Ok(())
        } else {
            Err(first_disorder(text))
        }
    }
}

/// Where a pass over a piece of text is.
struct Scan {
    at: usize,
    /// Whether the byte before is a digit.
    inside: u64,
    commas: usize,
}

/// Ends of the numbers of a chunk.
type Ends = [u32; CHUNK_BYTES / 2 + ENDS_MAX + 4];

impl Scan {
    /// Goes on by a chunk. Writes where its numbers end behind the first `count` ends; says how many there are then.
    fn ends(&mut self, text: &[u8], ends: &mut Ends, mut count: usize) -> Result<usize, usize> {
        let until = (self.at + CHUNK_BYTES).min(text.len() + 1);
        while self.at < until {
            let rest = text.get(self.at..).unwrap_or_default();
            let block: &[u8; BLOCK_BYTES] = match rest.first_chunk() {
                Some(block) => block,
                None => &padded(rest),
            };
            let digits = self.digits(block)?;
            let mask = !digits & (digits << 1 | self.inside);
            self.inside = digits >> (BLOCK_BYTES - 1);
            if let Some(places) = ends[count..].first_chunk_mut() {
                count += write_places(places, mask, self.at as u32);
            }
            self.at += BLOCK_BYTES;
        }
        Ok(count)
    }

    /// Which bytes of a block are digits, as bits. Counts its commas.
    #[inline]
    fn digits(&mut self, block: &[u8; BLOCK_BYTES]) -> Result<u64, usize> {
        let (mut digits, mut known) = (0_u64, u8x16::MAX);
        let mut commas = u8x16::ZERO;
        for (index, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            let value = bytes - u8x16::splat(b'0');
            let digit = value.min(u8x16::splat(9)).simd_eq(value);
            let comma = bytes.simd_eq(u8x16::splat(b','));
            known &= digit | comma | bytes.simd_eq(u8x16::splat(b'\n'));
            commas -= comma;
            digits |= u64::from(digit.to_bitmask()) << (index * 16);
        }
        let [even, odd]: [u64; 2] = bytemuck::cast(commas);
        self.commas += ((even + odd).wrapping_mul(ONES) >> 56) as usize;
        if known.to_bitmask() != 0xffff {
            let wrong =
                block.iter().position(|b| !matches!(b, b'0'..=b'9' | b',' | b' ' | b'\n' | b'\r' | b'\t'));
            if let Some(wrong) = wrong {
                return Err(self.at + wrong);
            }
        }
        Ok(digits)
    }
}

/// A block that ends with blanks.
fn padded(text: &[u8]) -> [u8; BLOCK_BYTES] {
    let mut block = [b'\n'; BLOCK_BYTES];
    block[..text.len()].copy_from_slice(text);
    block
}

/// Writes where the bits of a mask are, counted from `first`; says how many there are. What is behind them is free.
#[inline]
fn write_places(places: &mut [u32; ENDS_MAX], mut mask: u64, first: u32) -> usize {
    let count = mask.count_ones() as usize;
    // Whole groups: that a few are written in vain costs less than to guess where they end.
    for group in places.as_chunks_mut::<8>().0 {
        for place in group {
            // The bit on top stands for none, which the processor does not find.
            *place = first + (mask | 1 << 63).trailing_zeros();
            mask &= mask.wrapping_sub(1);
        }
        if mask == 0 {
            break;
        }
    }
    count
}

/// The eight bytes before each of four ends, without the digits of the number before. Nothing when one of the numbers
/// may have more than eight, or begins at the very front.
#[inline]
fn four_words(text: &[u8], before: u32, ends: [u32; 4]) -> Option<[u64; 4]> {
    let mut words = [0; 4];
    let mut before = before;
    for (word, end) in words.iter_mut().zip(ends) {
        let first = end.wrapping_sub(8) as usize;
        let kept = match end.wrapping_sub(before) {
            // Eight digits at the beginning of a line.
            10 if !text.get(first.checked_sub(1)?)?.is_ascii_digit() => u64::MAX,
            distance => *BYTES_KEPT.get(distance as usize)?,
        };
        *word = u64::from_le_bytes(*text.get(first..first + 8)?.first_chunk()?) & kept;
        before = end;
    }
    Some(words)
}

/// The numbers that the digits in four times eight bytes spell. What else is there is smaller than a digit, and counts as
/// nothing.
#[inline]
fn four_numbers(words: [u64; 4]) -> [u32; 4] {
    let [low, high]: [u8x16; 2] = bytemuck::cast(words);
    let fours = |bytes: u8x16| -> i32x4 {
        let digits: u16x8 = bytemuck::cast(bytes.saturating_sub(u8x16::splat(b'0')));
        // Ten times the first of two digits, and the second, meet in the upper byte.
        let pairs: i16x8 = bytemuck::cast((digits * u16x8::splat(2561)) >> 8_u32);
        pairs.dot(i16x8::new([100, 1, 100, 1, 100, 1, 100, 1]))
    };
    let halves: i32x8 = bytemuck::cast([fours(low), fours(high)]);
    let parts = i16x8::from_i32x8_saturate(halves);
    bytemuck::cast(parts.dot(i16x8::new([10_000, 1, 10_000, 1, 10_000, 1, 10_000, 1])))
}

/// Numbers of any length. `first` is the position of the first one.
fn long_numbers(
    text: &[u8],
    ends: &[u32],
    values: &mut [u32],
    first: usize,
    wide: &mut Vec<(usize, u64)>,
) -> Result<(), usize> {
    for (at, (value, end)) in values.iter_mut().zip(ends).enumerate() {
        let number = any_number(&text[..*end as usize])?;
        *value = number.min(u64::from(WIDE)) as u32;
        if number >= u64::from(WIDE) {
            wide.push((first + at, number));
        }
    }
    Ok(())
}

/// The number at the end of a text. The error is where it begins, if it has more digits than any number.
fn any_number(text: &[u8]) -> Result<u64, usize> {
    let begin = text.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let digits = &text[begin..];
    if digits.len() > DIGITS_MAX {
        return Err(begin);
    }
    Ok(digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
}

/// Where numbers and commas first do not take turns. The text holds digits, commas and blanks only.
fn first_disorder(text: &[u8]) -> usize {
    let mut number_ended = false;
    let mut in_number = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if number_ended => return at,
            b'0'..=b'9' => in_number = true,
            b',' if !in_number && !number_ended => return at,
            b',' => (in_number, number_ended) = (false, false),
            _ => (in_number, number_ended) = (false, number_ended || in_number),
        }
    }
    text.len()
}

/// Where the number at this position of the piece begins, for messages.
pub(super) fn offset_of(text: &[u8], position: usize) -> usize {
    let mut seen = 0;
    let mut in_number = false;
    for (at, byte) in text.iter().enumerate() {
        let digit = byte.is_ascii_digit();
        if digit && !in_number {
            if seen == position {
                return at;
            }
            seen += 1;
        }
        in_number = digit;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, last: bool) -> Result<Vec<u64>, usize> {
        let mut numbers = Numbers::default();
        numbers.read(text.as_bytes(), last)?;
        Ok((0..numbers.len()).map(|at| numbers.value(at)).collect())
    }

    #[test]
    fn every_length_at_every_position_comes_out_as_it_went_in() {
        for shift in 0..70 {
            let mut expected = vec![7_u64; shift];
            for digits in 0..=18 {
                expected.push(10_u64.pow(digits));
                expected.push(10_u64.pow(digits) - 1);
                expected.push(u64::from(u32::MAX) - 1 + u64::from(digits));
            }
            for gap in [",", ",\n", "\n,", " , \r\n\t"] {
                let text = expected.iter().map(u64::to_string).collect::<Vec<_>>().join(gap);
                assert_eq!(read(&text, true), Ok(expected.clone()), "{shift} {gap:?}");
                assert_eq!(read(&format!("{text}{gap}"), false), Ok(expected.clone()), "{shift} {gap:?}");
            }
        }
    }

    #[test]
    fn what_is_no_list_of_numbers_is_told_by_its_place() {
        for (text, last, at) in [
            ("1,2,-3,4", true, 4),
            ("1,,2", true, 2),
            (",1", true, 0),
            ("1,2 3,4", true, 4),
            ("1,2.5", true, 3),
            ("1,2,", true, 4),
            ("1,2", false, 3),
            ("1,12345678901234567890", true, 2),
            ("1,\"2\"", true, 2),
        ] {
            assert_eq!(read(text, last), Err(at), "{text}");
        }
        assert_eq!(read("", true), Ok(Vec::new()));
        assert_eq!(read(" \n", true), Ok(Vec::new()));
    }

    #[test]
    fn records_are_made_whole_across_pieces() {
        let mut first = Numbers::default();
        let mut second = Numbers::default();
        first.read(b"1,2,3,4,", false).expect("numbers");
        second.read(b"5000000000,6,7,", false).expect("numbers");
        assert_eq!(second.move_front(2, &mut first), 2);
        assert_eq!(first.values(), [1, 2, 3, 4, WIDE, 6]);
        assert_eq!(first.wide().collect::<Vec<_>>(), [(4, 5_000_000_000)]);
        assert_eq!((second.values(), second.wide().count()), (&[7][..], 0));
        let mut rest = Numbers::default();
        first.split_end(2, &mut rest);
        assert_eq!(rest.wide().collect::<Vec<_>>(), [(0, 5_000_000_000)]);
        assert_eq!((first.len(), first.wide().count()), (4, 0));
        assert_eq!(offset_of(b" 10,\n20 ,30", 2), 9);
    }
}
