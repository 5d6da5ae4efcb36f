//! A set of nodes as one bit each, small enough for a core's own cache.

/// A set of small numbers.
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set of numbers below `len`.
    pub(super) fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)])
    }

    #[inline]
    pub(super) fn has(&self, at: u32) -> bool {
        self.0[at as usize / 64] >> (at % 64) & 1 == 1
    }

    /// Adds; says whether it was not there.
    #[inline]
    pub(super) fn add(&mut self, at: u32) -> bool {
        let word = &mut self.0[at as usize / 64];
        let bit = 1 << (at % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}
