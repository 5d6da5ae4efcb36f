//! Long arrays of numbers. They begin zeroed without anyone writing the zeros, and ask the system for large pages:
//! walks over a graph jump about in memory, and with small pages every second jump misses the address cache as well.
//!
//! Short arrays are ordinary vectors. The mapped memory has no file behind it.

use bytemuck::Pod;
use memmap2::MmapMut;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// From here on an array is mapped: two large pages.
const MAPPED_BYTES_MIN: usize = 4 << 20;

/// An array of plain numbers.
pub(crate) struct Column<T> {
    store: Store<T>,
    len: usize,
}

enum Store<T> {
    Short(Vec<T>),
    Mapped(MmapMut),
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Column { store: Store::Short(Vec::new()), len: 0 }
    }
}

impl<T> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.len)
    }
}

impl<T: Pod> Column<T> {
    /// So many zeros.
    pub(crate) fn zeroed(len: usize) -> Column<T> {
        Column { store: Store::zeroed(len), len }
    }

    /// So many of one value.
    pub(crate) fn filled(len: usize, value: T) -> Column<T> {
        let mut column = Column::zeroed(len);
        column.fill(value);
        column
    }

    /// Makes room for so many in all, if it can be had. Room that is never written to costs nothing.
    pub(crate) fn reserve(&mut self, capacity: usize) {
        if capacity > self.store.capacity()
            && let Some(map) = Store::mapped(capacity)
        {
            self.move_to(map);
        }
    }

    fn move_to(&mut self, mut store: Store<T>) {
        store.slice_mut()[..self.len].copy_from_slice(&self.store.slice()[..self.len]);
        self.store = store;
    }

    /// Adds so many zeros at the end.
    pub(crate) fn grow(&mut self, more: usize) {
        let len = self.len + more;
        if len > self.store.capacity() {
            self.move_to(Store::zeroed(len.max(self.store.capacity() * 2).max(1024)));
        }
        self.len = len;
    }

    /// Forgets what is behind, and the room for it.
    pub(crate) fn shrink(&mut self) {
        if self.store.capacity() > self.len + self.len / 8 {
            self.move_to(Store::zeroed(self.len));
        }
    }
}

impl<T: Pod> Store<T> {
    fn zeroed(len: usize) -> Store<T> {
        Store::mapped(len).unwrap_or_else(|| Store::Short(vec![T::zeroed(); len]))
    }

    /// Mapped memory, if it is worth it and can be had.
    fn mapped(len: usize) -> Option<Store<T>> {
        let bytes = len.checked_mul(size_of::<T>()).filter(|bytes| *bytes >= MAPPED_BYTES_MIN)?;
        let map = MmapMut::map_anon(bytes).ok()?;
        // Large pages are a wish; without them everything works, only slower.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Some(Store::Mapped(map))
    }

    fn capacity(&self) -> usize {
        match self {
            Store::Short(values) => values.len(),
            Store::Mapped(map) => map.len() / size_of::<T>(),
        }
    }

    fn slice(&self) -> &[T] {
        match self {
            Store::Short(values) => values,
            Store::Mapped(map) => bytemuck::cast_slice(&map[..self.capacity() * size_of::<T>()]),
        }
    }

    fn slice_mut(&mut self) -> &mut [T] {
        let bytes = self.capacity() * size_of::<T>();
        match self {
            Store::Short(values) => values,
            Store::Mapped(map) => bytemuck::cast_slice_mut(&mut map[..bytes]),
        }
    }
}

impl<T: Pod> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.store.slice()[..self.len]
    }
}

impl<T: Pod> DerefMut for Column<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        let len = self.len;
        &mut self.store.slice_mut()[..len]
    }
}

impl<T: Pod> Clone for Column<T> {
    fn clone(&self) -> Self {
        let mut copy = Column::zeroed(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_its_numbers_when_it_becomes_a_mapped_one() {
        let mut column: Column<u32> = Column::default();
        let mut expected = Vec::new();
        while expected.len() < 3 << 20 {
            let first = expected.len();
            let more = 300_007;
            column.grow(more);
            for (at, value) in column[first..].iter_mut().enumerate() {
                assert_eq!(*value, 0);
                *value = (first + at) as u32 ^ 0x5a5a;
            }
            expected.extend((first..first + more).map(|at| at as u32 ^ 0x5a5a));
        }
        column.shrink();
        assert_eq!(column[..], expected[..]);
        assert_eq!(column.clone()[..], expected[..]);
        assert_eq!(Column::filled(5, 7_u8)[..], [7; 5]);
    }
}
