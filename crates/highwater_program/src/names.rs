//! Quick look-ups by name in what has very many names: generated classes and tables of functions.
//!
//! Small owners are searched from the front, which is quicker and needs no memory.

use bitcode::{Decode, Encode};

use crate::ir::*;

/// Owners with more names than this are indexed.
const MANY: usize = 64;

/// Positions of the names of large classes and object literals, in the order of the names.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub struct NameIndex {
    fields: Vec<(u32, Vec<u32>)>,
    methods: Vec<(u32, Vec<u32>)>,
    props: Vec<(u32, Vec<u32>)>,
}

impl NameIndex {
    /// Indexes what is large in a file.
    pub(crate) fn build(f: &FileFacts) -> NameIndex {
        let mut ix = NameIndex::default();
        for (i, c) in f.classes.iter().enumerate() {
            if c.fields.len() > MANY {
                ix.fields.push((i as u32, sorted(c.fields.len(), &|n| f.str(c.fields[n].name))));
            }
            if c.methods.len() > MANY {
                ix.methods.push((i as u32, sorted(c.methods.len(), &|n| f.str(c.methods[n].name))));
            }
        }
        for (i, e) in f.exprs.iter().enumerate() {
            if let Expr::Object(list) = e
                && list.len as usize > MANY
            {
                ix.props.push((i as u32, sorted(list.len as usize, &|n| prop_name(f, *list, n))));
            }
        }
        ix
    }
}

impl FileFacts {
    /// The field of a class by name; the first when it is declared twice.
    pub fn field_named(&self, class: ClassId, name: &str) -> Option<&Field> {
        let fields = &self.classes[class.ix()].fields;
        find(&self.names.fields, class.0, fields.len(), &|n| self.str(fields[n].name), name)
            .map(|n| &fields[n])
    }

    /// The method of a class by name; the first when it is declared twice.
    pub fn method_named(&self, class: ClassId, name: &str) -> Option<&Method> {
        let methods = &self.classes[class.ix()].methods;
        find(&self.names.methods, class.0, methods.len(), &|n| self.str(methods[n].name), name)
            .map(|n| &methods[n])
    }

    /// The value of a named property of an object literal; the first when it is there twice.
    pub fn prop(&self, object: ExprId, name: &str) -> Option<ExprId> {
        let object = self.plain(object);
        let Expr::Object(list) = self.expr(object) else { return None };
        let at = find(&self.names.props, object.0, list.len as usize, &|n| prop_name(self, list, n), name)?;
        let prop = &self.props[self.ids(list)[at] as usize];
        matches!(prop.key, Key::Named(_)).then_some(prop.value)
    }
}

fn prop_name(f: &FileFacts, list: List, n: usize) -> &str {
    match f.props[f.ids(list)[n] as usize].key {
        Key::Named(name) => f.str(name),
        // No property that is asked for is called so.
        _ => "\0",
    }
}

fn sorted<'f>(len: usize, name: &dyn Fn(usize) -> &'f str) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    order.sort_by_key(|&n| name(n as usize));
    order
}

fn find<'f>(
    indexed: &[(u32, Vec<u32>)],
    owner: u32,
    len: usize,
    name: &dyn Fn(usize) -> &'f str,
    wanted: &str,
) -> Option<usize> {
    if len <= MANY {
        return (0..len).find(|&n| name(n) == wanted);
    }
    // Facts that are still being made have no index yet.
    let Ok(at) = indexed.binary_search_by_key(&owner, |x| x.0) else {
        return (0..len).find(|&n| name(n) == wanted);
    };
    let order = &indexed[at].1;
    let first = order.partition_point(|&n| (n as usize) < len && name(n as usize) < wanted);
    order.get(first).map(|&n| n as usize).filter(|&n| n < len && name(n) == wanted)
}
