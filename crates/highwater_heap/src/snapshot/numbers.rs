//! Text of decimal numbers to numbers: the hot loop of decoding.
//!
//! Nine tenths of a snapshot are short decimal integers between commas. Eight bytes at a time become a mask of what is
//! not a digit; each number then ends at a set bit of the mask and is converted from the eight bytes before its end by
//! three multiplications, so that no step waits for the length of the number before it.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;
const LOW: u64 = 0x7f * ONES;
/// Gathers the top bits of eight bytes in the top byte.
const GATHER: u64 = 0x0002_0408_1020_4081;
/// By how many digits there are: the bits of eight bytes that spell them.
const DIGITS_KEPT: [u64; 16] = {
    let mut kept = [0x0f * ONES; 16];
    let mut digits = 0;
    while digits < 8 {
        kept[digits] = match digits {
            0 => 0,
            _ => (0x0f * ONES) << (64 - 8 * digits),
        };
        digits += 1;
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
        let most = text.len() / 2 + 1;
        if self.values.len() < most {
            self.values.resize(most, 0);
        }
        let (blocks, tail) = text.as_chunks::<64>();
        let mut scan =
            Scan { text, values: &mut self.values, wide: &mut self.wide, count: 0, start: 0, commas: 0 };
        for (at, block) in blocks.iter().enumerate() {
            let ends = scan.ends(block, at * 64)?;
            // The eight bytes before the block are looked at as well: a number may have begun there.
            match at.checked_sub(1).and_then(|_| text[at * 64 - 8..].first_chunk()) {
                Some(window) => scan.take(window, ends, at * 64)?,
                None => scan.take(&behind_blanks(block), ends, 0)?,
            }
        }
        let at = text.len() - tail.len();
        let mut block = [b'0'; 64];
        block[..tail.len()].copy_from_slice(tail);
        let mut window = behind_blanks(&block);
        if at > 0 {
            window[..8].copy_from_slice(&text[at - 8..at]);
        }
        let ends = scan.ends(&block, at)?;
        // The text ends the last number.
        scan.take(&window, ends | 1 << tail.len(), at)?;
        let Scan { count, commas, .. } = scan;
        self.end = count;
        if commas == count - usize::from(last && count > 0) { Ok(()) } else { Err(first_disorder(text)) }
    }
}

/// A block with eight bytes before it that are no digits.
fn behind_blanks(block: &[u8; 64]) -> [u8; 72] {
    let mut window = [b' '; 72];
    window[8..].copy_from_slice(block);
    window
}

/// Where a pass over a piece of text is.
struct Scan<'a> {
    text: &'a [u8],
    values: &'a mut [u32],
    wide: &'a mut Vec<(usize, u64)>,
    /// Numbers so far.
    count: usize,
    /// Where the number begins that has not ended yet.
    start: usize,
    commas: usize,
}

impl Scan<'_> {
    /// Which bytes of a block are no digits, as bits. Counts its commas.
    #[inline]
    fn ends(&mut self, block: &[u8; 64], at: usize) -> Result<u64, usize> {
        let mut ends = 0_u64;
        let mut odd = 0_u64;
        // One count for each of the eight bytes, of 8 at most.
        let mut commas = 0_u64;
        for (index, word) in block.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let digits = word ^ (0x30 * ONES);
            let no_digit = ((digits & LOW).wrapping_add(0x76 * ONES) | digits) & HIGH;
            let comma = equal(word, b',');
            commas += comma >> 7;
            odd |= no_digit ^ (comma | equal(word, b'\n'));
            ends |= (no_digit.wrapping_mul(GATHER) >> 56) << (index * 8);
        }
        self.commas += (commas.wrapping_mul(ONES) >> 56) as usize;
        if odd != 0 {
            let wrong =
                block.iter().position(|b| !matches!(b, b'0'..=b'9' | b',' | b' ' | b'\n' | b'\r' | b'\t'));
            if let Some(wrong) = wrong {
                return Err(at + wrong);
            }
        }
        Ok(ends)
    }

    /// Takes each number that ends in a block. The window is the block with the eight bytes before it.
    #[inline]
    fn take(&mut self, window: &[u8; 72], mut ends: u64, at: usize) -> Result<(), usize> {
        let (mut count, mut start) = (self.count, self.start);
        while ends != 0 {
            let end = ends.trailing_zeros() as usize & 63;
            ends &= ends - 1;
            let digits = (at + end).wrapping_sub(start);
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&window[end..end + 8]);
            let value = if digits <= 8 {
                eight_digits(u64::from_le_bytes(bytes), digits) as u32
            } else {
                let value = if digits <= 16 {
                    let upper = by_digit(&self.text[start..at + end - 8]).unwrap_or(0);
                    upper * 100_000_000 + eight_digits(u64::from_le_bytes(bytes), 8)
                } else {
                    by_digit(&self.text[start..at + end]).ok_or(start)?
                };
                if value >= u64::from(WIDE) {
                    self.wide.push((count, value));
                }
                value.min(u64::from(WIDE)) as u32
            };
            self.values[count] = value;
            // Between a blank and a comma is no number.
            count += usize::from(digits != 0);
            start = at + end + 1;
        }
        (self.count, self.start) = (count, start);
        Ok(())
    }
}

/// The high bit of each byte of `word` that is `byte`.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    let other = word ^ (u64::from(byte) * ONES);
    !(((other & LOW).wrapping_add(LOW)) | other) & HIGH
}

/// The number that the last `digits` (1 to 8) of eight bytes spell, the first of the eight in the lowest byte; for no
/// digit any number.
#[inline]
fn eight_digits(bytes: u64, digits: usize) -> u64 {
    let pairs = (bytes & DIGITS_KEPT[digits & 15]).wrapping_mul(2561) >> 8;
    let fours = (pairs & 0x00ff_00ff_00ff_00ff).wrapping_mul(6_553_601) >> 16;
    (fours & 0x0000_ffff_0000_ffff).wrapping_mul(42_949_672_960_001) >> 32
}

fn by_digit(digits: &[u8]) -> Option<u64> {
    (digits.len() <= DIGITS_MAX)
        .then(|| digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
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
