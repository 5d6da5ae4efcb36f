//! Typed ids of nodes, edges and strings. An id is a position in the file's order and only means something in the
//! graph it came from.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// From a position.
            pub const fn new(position: u32) -> Self {
                $name(position)
            }

            /// From a position in memory, where more than 2^32 cannot be.
            pub const fn at(position: usize) -> Self {
                $name(position as u32)
            }

            /// The position.
            pub const fn get(self) -> u32 {
                self.0
            }

            /// The position, as an index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// A node: an object, string, code or root of the heap. Counted from 0 in the order of the file.
    NodeId
}
id! {
    /// An edge: one reference. Edges lie grouped by the node they leave, in the order of the nodes.
    EdgeId
}
id! {
    /// A string of the file's string section. Equal ids are equal strings; different ids mostly are not.
    StringId
}
