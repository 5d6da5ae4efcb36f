//! A set of nodes as one bit each, small enough for a core's own cache; and a list by node of which few nodes are in it.

/// A set of small numbers.
#[derive(Debug)]
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

/// A value for each number of a set.
#[derive(Debug)]
pub(super) struct Sparse<T> {
    set: Bits,
    /// How many numbers of the set come before each word of it.
    before: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy> Sparse<T> {
    /// With a first value for each number.
    pub(super) fn new(set: Bits, value: impl Fn(u32) -> T) -> Sparse<T> {
        let mut sparse = Sparse { before: Vec::with_capacity(set.0.len()), values: Vec::new(), set };
        for (at, word) in sparse.set.0.iter().enumerate() {
            sparse.before.push(sparse.values.len() as u32);
            let mut rest = *word;
            while rest != 0 {
                sparse.values.push(value(at as u32 * 64 + rest.trailing_zeros()));
                rest &= rest - 1;
            }
        }
        sparse.values.shrink_to_fit();
        sparse
    }

    #[inline]
    pub(super) fn get(&self, at: u32) -> Option<T> {
        let (word, bit) = (at as usize / 64, 1 << (at % 64));
        let bits = self.set.0[word];
        let position = || self.before[word] as usize + (bits & (bit - 1)).count_ones() as usize;
        (bits & bit != 0).then(|| self.values[position()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparse_list_has_what_was_put_in_and_nothing_else() {
        let numbers = [0, 1, 63, 64, 127, 200];
        let mut set = Bits::new(201);
        assert!(numbers.iter().all(|at| set.add(*at)));
        let list = Sparse::new(set, |at| u64::from(at) * 10);
        let found: Vec<(u32, u64)> = (0..201).filter_map(|at| Some((at, list.get(at)?))).collect();
        assert_eq!(found, [(0, 0), (1, 10), (63, 630), (64, 640), (127, 1270), (200, 2000)]);
    }
}
