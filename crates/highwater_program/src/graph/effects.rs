//! What happens to places: growth, removal, reset, size checks, iteration, escapes.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{Calls, Via};
use super::entry::callee_name;
use super::index::Up;
use super::linked::{At, ExprRef, FileId, FunRef, Linked, TypeRef};
use super::places::{Base, PlaceId, Seg};
use super::types::{Kind, Ty};
use crate::FileRole;
use crate::ir::*;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OpKind {
    /// `m.set(k, v)`, `s.add(v)`, `o[k] = v`: adds under a key.
    GrowKey,
    /// `a.push(v)`, `a = [...a, v]`: adds at an end.
    GrowEnd,
    /// `s += text`.
    Concat,
    /// `o = { ...o, ...x }`, `Object.assign(o, x)`: merges keys.
    Merge,
    /// `p = p.then(...)`.
    Chain,
    /// `m.delete(k)`, `delete o[k]`.
    Remove,
    /// `a.shift()`, `a.pop()`, `a.splice(i, n)`.
    RemoveEnd,
    /// `m.clear()`, `a.length = 0`, `a.splice(0)`.
    Clear,
    /// A fresh value takes the place of the old.
    Reset,
    /// `a = a.filter(...)`, `a = a.slice(-n)`.
    Filter,
    /// `a.length = n`.
    Truncate,
    /// `a[i % n] = v`.
    Ring,
    /// `m.size > n`, `a.length >= n`.
    SizeCheck,
    /// A loop over it.
    Iterate,
    /// `m.get(k)`, `m.has(k)`, `o[k]`.
    Read,
    /// Handed to a function whose name says that it takes something away.
    Escape,
}

impl OpKind {
    /// True when it adds.
    pub fn grows(self) -> bool {
        matches!(self, OpKind::GrowKey | OpKind::GrowEnd | OpKind::Concat | OpKind::Merge | OpKind::Chain)
    }

    /// True when it takes something away.
    pub fn shrinks(self) -> bool {
        matches!(
            self,
            OpKind::Remove
                | OpKind::RemoveEnd
                | OpKind::Clear
                | OpKind::Reset
                | OpKind::Filter
                | OpKind::Truncate
        )
    }
}

/// One operation on a place.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    /// What it does.
    pub kind: OpKind,
    /// The call, assignment or comparison.
    pub site: ExprRef,
    /// The function it runs in.
    pub func: FunRef,
    /// Key, index or compared value.
    pub key: ExprId,
    /// Value added.
    pub value: ExprId,
    /// The call that handed the place to the function of `site`, when it got there as an argument.
    pub via: Option<ExprRef>,
}

/// Operations by place.
pub struct Effects {
    /// Sorted by place.
    pub places: Vec<(PlaceId, Vec<Op>)>,
}

/// Files that are looked through side by side.
const FILES_AT_ONCE: usize = 256;

impl Effects {
    /// Collects the operations of the whole program.
    pub fn build(l: &Linked, calls: &Calls) -> Effects {
        let stores = l.models.iter().flat_map(|m| &m.store);
        let store_methods = stores.flat_map(|s| s.grow.iter().chain(&s.shrink)).map(String::as_str).collect();
        let mut map: FxHashMap<PlaceId, Vec<Op>> = FxHashMap::default();
        let files: Vec<FileId> =
            l.iter().filter(|(_, f)| f.role != FileRole::Test).map(|(file, _)| file).collect();
        // Some files at a time, so that not all of it is in memory twice.
        for files in files.chunks(FILES_AT_ONCE) {
            let scan = |&file: &FileId| Scan { l, store_methods: &store_methods, file, out: vec![] }.run();
            let found: Vec<Vec<(PlaceId, Op)>> = files.par_iter().map(scan).collect();
            for (p, op) in found.into_iter().flatten() {
                map.entry(p).or_default().push(op);
            }
        }
        through_parameters(l, calls, &mut map);
        through_types(l, &mut map);
        super::replaced::from_above(l, &mut map);
        let mut places: Vec<(PlaceId, Vec<Op>)> = map.into_iter().collect();
        places.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, ops) in &mut places {
            ops.sort_by_key(|o| (o.site, o.kind, o.via));
            ops.dedup_by_key(|o| (o.site, o.kind, o.via));
            ops.shrink_to_fit();
        }
        Effects { places }
    }

    /// Operations on a place.
    pub fn of(&self, p: &PlaceId) -> &[Op] {
        self.places.binary_search_by(|(x, _)| x.cmp(p)).map_or(&[], |i| &self.places[i].1)
    }
}

/// What a function does to a parameter, it does to the argument.
fn through_parameters(l: &Linked, calls: &Calls, map: &mut FxHashMap<PlaceId, Vec<Op>>) {
    for round in 0..2 {
        let mut params: Vec<(PlaceId, FunRef, u16, Vec<Op>)> = map
            .iter()
            .filter_map(|(p, ops)| {
                let Base::Binding(b) = &p.base else { return None };
                let &(func, n) = l.ix(b.file).param_of.get(&b.id)?;
                Some((p.clone(), b.with(func), n, ops.clone()))
            })
            .collect();
        params.sort_by(|a, b| a.0.cmp(&b.0));
        let mut added = Vec::new();
        for (place, func, n, ops) in params {
            for e in calls.callers(func).filter(|e| e.via == Via::Call) {
                let f = l.file(e.site.file);
                let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(e.site.id) else { continue };
                let arg = f.nth(args, n as usize);
                let Some(target) = l.place(e.site.with(arg)) else { continue };
                let whole = PlaceId { base: place.base.clone(), path: vec![] };
                let Some(target) = place.rebase(&whole, &target) else { continue };
                if target == place {
                    continue;
                }
                // `text += x` on the parameter itself changes nothing for whoever handed it over.
                let inside = ops.iter().filter(|o| !place.path.is_empty() || !renames(l, o));
                for op in inside.filter(|o| o.via.is_none() || round > 0).take(24) {
                    added.push((target.clone(), Op { via: Some(e.site), ..*op }));
                }
            }
        }
        for (p, op) in added {
            let list = map.entry(p).or_default();
            if !list.iter().any(|o| o.site == op.site && o.kind == op.kind && o.via == op.via) {
                list.push(op);
            }
        }
    }
}

/// An assignment to the name, and not to what it stands for.
fn renames(l: &Linked, op: &Op) -> bool {
    let f = l.file(op.site.file);
    matches!(f.expr(op.site.id), Expr::Assign { target, .. } if matches!(f.expr(f.plain(target)), Expr::Ref(_)))
}

/// `end(session: Session) { session.pending.clear() }` takes away from `sessions[*].pending` when the entries are
/// sessions by their declared type.
fn through_types(l: &Linked, map: &mut FxHashMap<PlaceId, Vec<Op>>) {
    let member = |p: &PlaceId| {
        let (Seg::Prop(name), owner) = p.path.split_last()? else { return None };
        match l.ty_of_place(&PlaceId { base: p.base.clone(), path: owner.to_vec() }) {
            Ty::Shape(t) => Some((t, name.clone())),
            _ => None,
        }
    };
    let mut takers: Vec<&PlaceId> = map
        .iter()
        .filter(|(p, ops)| p.path.len() == 1 && is_parameter(l, p) && ops.iter().any(|o| o.kind.shrinks()))
        .map(|(p, _)| p)
        .collect();
    takers.sort_unstable();
    let mut removed: FxHashMap<(TypeRef, String), Vec<Op>> = FxHashMap::default();
    for p in takers {
        if let Some(key) = member(p) {
            let taken = map[p].iter().filter(|o| o.kind.shrinks() && o.via.is_none());
            removed.entry(key).or_default().extend(taken.copied());
        }
    }
    let mut growing: Vec<PlaceId> = map
        .iter()
        .filter(|(p, ops)| {
            p.path.len() > 1 && p.path.contains(&Seg::Elem) && ops.iter().any(|o| o.kind.grows())
        })
        .map(|(p, _)| p.clone())
        .collect();
    growing.sort_unstable();
    for p in growing {
        if let Some(more) = member(&p).and_then(|key| removed.get(&key)) {
            map.entry(p).or_default().extend(more.iter().copied());
        }
    }
}

fn is_parameter(l: &Linked, p: &PlaceId) -> bool {
    matches!(&p.base, Base::Binding(b) if l.ix(b.file).param_of.contains_key(&b.id))
}

struct Scan<'l> {
    l: &'l Linked,
    store_methods: &'l FxHashSet<&'l str>,
    file: FileId,
    out: Vec<(PlaceId, Op)>,
}

impl Scan<'_> {
    fn run(mut self) -> Vec<(PlaceId, Op)> {
        let l = self.l;
        let f = l.file(self.file);
        for &c in &l.ix(self.file).calls {
            self.call(f, c);
        }
        for &w in &l.ix(self.file).writes {
            self.write(f, w);
        }
        let ix = l.ix(self.file);
        for i in 0..f.exprs.len() {
            let id = ExprId(i as u32);
            match f.exprs[i] {
                Expr::Member { object, property }
                    if matches!(ix.up(id), Up::Expr(p) if matches!(f.expr(p), Expr::Binary { .. }))
                        && matches!(f.str(property), "size" | "length") =>
                {
                    self.size(f, id, object);
                }
                Expr::Index { object, key } => self.index_read(f, id, object, key),
                _ => {}
            }
        }
        for s in &f.stmts {
            if let Stmt::Loop { kind: LoopKind::ForOf | LoopKind::ForIn, head, .. } = s
                && let Some(p) = l.iterated(self.at(*head), 0)
            {
                self.put(p, OpKind::Iterate, *head, ExprId::NONE, ExprId::NONE);
            }
        }
        self.out
    }

    fn at(&self, e: ExprId) -> ExprRef {
        At { file: self.file, id: e }
    }

    fn put(&mut self, p: PlaceId, kind: OpKind, site: ExprId, key: ExprId, value: ExprId) {
        let site = self.at(site);
        let func = self.l.fn_of(site);
        self.out.push((p, Op { kind, site, func, key, value, via: None }));
    }

    fn call(&mut self, f: &FileFacts, c: ExprId) {
        let Expr::Call { callee, args } = f.expr(c) else { return };
        if let Expr::Member { object, property } = f.expr(callee) {
            let name = f.str(property);
            let (first, second) = (f.nth(args, 0), f.nth(args, 1));
            let kind = match name {
                // lodash takes the list as its first argument.
                "remove" | "pull" | "pullAll" | "pullAllBy" | "pullAt"
                    if self.l.external(self.at(callee)).is_some_and(|(p, _)| p.starts_with("lodash")) =>
                {
                    if let Some(p) = self.l.place(self.at(first)) {
                        self.put(p, OpKind::Filter, c, second, ExprId::NONE);
                    }
                    return;
                }
                "set" if args.len >= 2 => OpKind::GrowKey,
                "add" if args.len == 1 => OpKind::GrowKey,
                "push" | "unshift" | "enqueue" => OpKind::GrowEnd,
                "splice" if args.len > 2 => OpKind::GrowEnd,
                "splice" if args.len == 1 && is_zero(f, first) => OpKind::Clear,
                "splice" | "shift" | "pop" | "dequeue" => OpKind::RemoveEnd,
                "delete" | "del" => OpKind::Remove,
                "remove" if args.len == 1 => OpKind::Remove,
                "clear" if args.is_empty() => OpKind::Clear,
                "get" | "has" | "includes" => OpKind::Read,
                // `Object.entries(o).map(([k, v]) => ...)`
                name if super::context::OVER_ENTRIES.contains(&name) && walks_entries(f, object) => {
                    if let Some(p) = self.l.iterated(self.at(object), 0) {
                        self.put(p, OpKind::Iterate, c, ExprId::NONE, ExprId::NONE);
                    }
                    self.escapes(f, c, callee, args);
                    return;
                }
                "forEach" => OpKind::Iterate,
                "assign" if matches!(f.expr(object), Expr::Global(g) if f.str(g) == "Object") => {
                    if let Some(p) = self.l.place(self.at(first)) {
                        self.put(p, OpKind::Merge, c, ExprId::NONE, second);
                    }
                    return;
                }
                _ => {
                    let Some(kind) = self.store_call(c, object, name) else {
                        self.escapes(f, c, callee, args);
                        return;
                    };
                    kind
                }
            };
            match self.l.type_of(self.at(object)) {
                Ty::Instance(class) if self.l.container(class).is_some() => {}
                // An object with methods of its own is no collection, whatever they are called.
                Ty::Instance(_) | Ty::ClassOf(_) | Ty::Literal(_) => {
                    self.escapes(f, c, callee, args);
                    return;
                }
                _ => {}
            }
            let place = self.l.place(self.at(object));
            if kind.shrinks() {
                for p in self.l.alternatives(self.at(object)) {
                    if Some(&p) != place.as_ref() {
                        self.put(p, kind, c, first, ExprId::NONE);
                    }
                }
            }
            if let Some(p) = place {
                let value = match name {
                    "set" => second,
                    _ => f.nth(args, args.len.saturating_sub(1) as usize),
                };
                self.put(p, kind, c, first, value);
            }
        }
        self.escapes(f, c, callee, args);
    }

    /// A method by which a library's store grows or shrinks: `loader.load(key)`.
    fn store_call(&self, call: ExprId, object: ExprId, name: &str) -> Option<OpKind> {
        if !self.store_methods.contains(name) || !matches!(self.l.type_of(self.at(object)), Ty::Lib(_)) {
            return None;
        }
        let place = self.l.place(self.at(object))?;
        let store = self.l.store_of(self.l.init_of(&place)?)?;
        let Expr::Call { args, .. } = self.l.expr(self.at(call)) else { return None };
        if store.grow.iter().any(|m| m == name) {
            return Some(OpKind::GrowKey);
        }
        let one = !args.is_empty();
        store.shrink.iter().any(|m| m == name).then_some(if one { OpKind::Remove } else { OpKind::Clear })
    }

    fn escapes(&mut self, f: &FileFacts, c: ExprId, callee: ExprId, args: List) {
        let name = callee_name(f, callee).unwrap_or("");
        if args.is_empty() || !has_word(name, LIMITING) && !has_word(name, TAKING) {
            return;
        }
        for a in f.exprs_of(args) {
            if !matches!(f.expr(a), Expr::Ref(_) | Expr::Member { .. }) {
                continue;
            }
            if let Some(p) = self.l.place(self.at(a))
                && self.l.kind_of_place(&p).is_some()
            {
                self.put(p, OpKind::Escape, c, a, ExprId::NONE);
            }
        }
    }

    fn write(&mut self, f: &FileFacts, w: ExprId) {
        match f.expr(w) {
            Expr::Assign { op, target, value } => self.assign(f, w, op, target, value),
            Expr::Unary { op: UnOp::Delete, value } => {
                if let Expr::Index { object, key } = f.expr(value) {
                    if let Some(p) = self.l.place(self.at(object)) {
                        self.put(p, OpKind::Remove, w, key, ExprId::NONE);
                    }
                } else if let Expr::Member { object, .. } = f.expr(value)
                    && let Some(p) = self.l.place(self.at(object))
                {
                    self.put(p, OpKind::Remove, w, value, ExprId::NONE);
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, f: &FileFacts, w: ExprId, op: AssignOp, target: ExprId, value: ExprId) {
        match f.expr(target) {
            Expr::Index { object, key } => {
                if let Some(p) = self.l.place(self.at(object)) {
                    let kind = if mentions_rem(f, key, 0) || self.ring_key(f, key) {
                        OpKind::Ring
                    } else {
                        OpKind::GrowKey
                    };
                    // `o[k] = list.filter(...)` where `list` is an entry of `o`.
                    let made = self.l.const_value(self.at(value));
                    let mut entry = p.clone();
                    entry.path.push(Seg::Elem);
                    if made.file == self.file && self.is_slice_of(f, made.id, &entry) {
                        self.put(entry, OpKind::Filter, w, key, value);
                    }
                    self.put(p, kind, w, key, value);
                }
            }
            Expr::Member { object, property } if f.str(property) == "length" => {
                if let Some(p) = self.l.place(self.at(object)) {
                    let kind = if is_zero(f, value) { OpKind::Clear } else { OpKind::Truncate };
                    self.put(p, kind, w, value, ExprId::NONE);
                }
            }
            Expr::Ref(_) | Expr::Member { .. } => {
                if let Some(p) = self.l.place(self.at(target)) {
                    // Assigning to a local alias changes the alias, not what it stands for.
                    if matches!((f.expr(target), &p.base), (Expr::Ref(b), base) if *base != Base::Binding(self.at(target).with(b)))
                    {
                        return;
                    }
                    let kind = self.reassign(f, &p, op, value);
                    if let Some(kind) = kind {
                        self.put(p, kind, w, ExprId::NONE, value);
                    }
                }
            }
            _ => {}
        }
    }

    /// An index kept in a variable that is wrapped somewhere by `%`.
    fn ring_key(&self, f: &FileFacts, key: ExprId) -> bool {
        let Some(p) = (match f.expr(key) {
            Expr::Ref(_) | Expr::Member { .. } => self.l.place(self.at(key)),
            _ => None,
        }) else {
            return false;
        };
        self.l.ix(self.file).writes.iter().any(|&w| match f.expr(w) {
            Expr::Assign { target, value, .. } => {
                mentions_rem(f, value, 0) && self.l.place(self.at(target)).as_ref() == Some(&p)
            }
            _ => false,
        })
    }

    /// What assigning `value` to a place does to it.
    fn reassign(&self, f: &FileFacts, p: &PlaceId, op: AssignOp, value: ExprId) -> Option<OpKind> {
        if op == AssignOp::Add {
            let is_text =
                matches!(self.l.init_of(p).map(|e| self.l.expr(e)), Some(Expr::Str(_) | Expr::Template(_)));
            return is_text.then_some(OpKind::Concat);
        }
        if op == AssignOp::Logical {
            return None;
        }
        let same = |e: ExprId| self.l.place(self.at(e)).as_ref() == Some(p);
        match f.expr(f.awaited(value)) {
            Expr::Array(list) => {
                let spreads = f.exprs_of(list).any(|x| matches!(f.expr(x), Expr::Spread(y) if same(y)));
                let sliced = f.exprs_of(list).any(|x| match f.expr(x) {
                    Expr::Spread(y) => self.is_slice_of(f, y, p),
                    _ => false,
                });
                Some(if sliced {
                    OpKind::Filter
                } else if spreads {
                    OpKind::GrowEnd
                } else {
                    OpKind::Reset
                })
            }
            Expr::Object(list) => {
                let spreads = f.props_of(list).any(|x| x.key == Key::Spread && same(x.value));
                let named_only = f.props_of(list).all(|x| !matches!(x.key, Key::Computed(_)))
                    && f.props_of(list).filter(|x| x.key == Key::Spread).count() <= 1;
                Some(if spreads && !named_only {
                    OpKind::Merge
                } else if spreads {
                    return None;
                } else {
                    OpKind::Reset
                })
            }
            Expr::Call { callee, .. } => match f.expr(callee) {
                Expr::Member { object, property } => match f.str(property) {
                    "concat" if same(object) => Some(OpKind::GrowEnd),
                    "then" | "catch" | "finally" if self.chained(f, object, p) => Some(OpKind::Chain),
                    _ if self.is_slice_of(f, value, p) => Some(OpKind::Filter),
                    _ => Some(OpKind::Reset),
                },
                _ => Some(OpKind::Reset),
            },
            // A counter is no text.
            Expr::Binary { op: BinOp::Add, left, right } if same(left) => {
                let starts_as_text = matches!(
                    self.l.init_of(p).map(|e| self.l.expr(e)),
                    Some(Expr::Str(_) | Expr::Template(_))
                );
                let adds_text = self
                    .l
                    .any_in(self.at(right), &|x| matches!(self.l.expr(x), Expr::Str(_) | Expr::Template(_)));
                (starts_as_text || adds_text).then_some(OpKind::Concat)
            }
            Expr::Cond { then, other, .. } => {
                match (self.reassign(f, p, op, then), self.reassign(f, p, op, other)) {
                    (Some(OpKind::Filter), _) | (_, Some(OpKind::Filter)) => Some(OpKind::Filter),
                    (a, _) => a,
                }
            }
            _ if same(value) => None,
            _ => Some(OpKind::Reset),
        }
    }

    fn chained(&self, f: &FileFacts, e: ExprId, p: &PlaceId) -> bool {
        if self.l.place(self.at(e)).as_ref() == Some(p) {
            return true;
        }
        match f.expr(e) {
            Expr::Call { callee, .. } => match f.expr(callee) {
                Expr::Member { object, .. } => self.chained(f, object, p),
                _ => false,
            },
            Expr::Logical { left, .. } => self.chained(f, left, p),
            _ => false,
        }
    }

    /// `p.filter(...)`, `p.slice(...)`, `[...p].slice(-n)`, `Object.fromEntries(Object.entries(p).filter())`.
    fn is_slice_of(&self, f: &FileFacts, e: ExprId, p: &PlaceId) -> bool {
        let Expr::Call { callee, args } = f.expr(f.awaited(e)) else { return false };
        let Expr::Member { object, property } = f.expr(callee) else { return false };
        match f.str(property) {
            "filter" | "slice" | "splice" | "sort" | "take" => {
                self.l.iterated(self.at(object), 0).as_ref() == Some(p) || self.is_slice_of(f, object, p)
            }
            "fromEntries" | "takeRight" | "pickBy" | "omitBy" => {
                self.l.iterated(self.at(f.nth(args, 0)), 0).as_ref() == Some(p)
            }
            _ => false,
        }
    }

    fn size(&mut self, f: &FileFacts, e: ExprId, object: ExprId) {
        let ix = self.l.ix(self.file);
        // Through arithmetic up to a comparison.
        let mut at = e;
        let compared = loop {
            match ix.up(at) {
                Up::Expr(p) => match f.expr(p) {
                    Expr::Binary { op, left, right } => match op {
                        BinOp::Less
                        | BinOp::LessEq
                        | BinOp::Greater
                        | BinOp::GreaterEq
                        | BinOp::Eq
                        | BinOp::NotEq => {
                            break Some((op, if left == at { right } else { left }, p));
                        }
                        _ => at = p,
                    },
                    _ => break None,
                },
                _ => break None,
            }
        };
        let Some((op, other, site)) = compared else { return };
        let trivial =
            is_zero(f, other) || is_number(f, other, 1.0) && matches!(op, BinOp::Less | BinOp::GreaterEq);
        if trivial {
            return;
        }
        let place = match f.expr(object) {
            Expr::Call { .. } => self.l.iterated(self.at(object), 0),
            _ => self.l.place(self.at(object)),
        };
        if let Some(p) = place {
            self.put(p, OpKind::SizeCheck, site, other, ExprId::NONE);
        }
    }

    fn index_read(&mut self, f: &FileFacts, e: ExprId, object: ExprId, key: ExprId) {
        if matches!(f.expr(key), Expr::Num(_) | Expr::Str(_)) {
            return;
        }
        if let Up::Expr(p) = self.l.ix(self.file).up(e)
            && let Expr::Assign { target, .. } = f.expr(p)
            && target == e
        {
            return;
        }
        if let Some(p) = self.l.place(self.at(object)) {
            self.put(p, OpKind::Read, e, key, ExprId::NONE);
        }
    }
}

/// Words of functions that keep what they are given from growing.
const LIMITING: &[&str] = &["evict", "prune", "trim", "limit", "bound", "sweep", "expire", "cap"];
/// Words of functions that may take something away from what they are given.
const TAKING: &[&str] = &["clean", "clear", "purge", "reset", "flush", "reap", "drop", "remove", "delete"];
/// Begins like a cap, and is none.
const CAPTURING: &[&str] = &["capture"];

/// `evictOldest`, `pruneCache`: the name says that what it is given does not grow without end.
pub fn limits_by_name(name: &str) -> bool {
    has_word(name, LIMITING) && !has_word(name, CAPTURING)
}

/// Looks for words in lower case in a name of any case.
fn has_word(name: &str, words: &[&str]) -> bool {
    let name = name.as_bytes();
    let is_at = |at: usize, word: &str| {
        name.get(at..at + word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word.as_bytes()))
    };
    name.windows(2).enumerate().any(|(at, pair)| {
        // Nearly every name ends here: no word begins with these two letters.
        STARTS[usize::from(pair[0] & 31)] & (1 << (pair[1] & 31)) != 0
            && words.iter().any(|word| is_at(at, word))
    })
}

/// By the first letter of a word of the lists above: a bit for each second letter. Case does not count.
const STARTS: [u32; 32] = {
    let mut starts = [0; 32];
    let lists = [LIMITING, TAKING, CAPTURING];
    let mut list = 0;
    while list < lists.len() {
        let mut word = 0;
        while word < lists[list].len() {
            let letters = lists[list][word].as_bytes();
            starts[(letters[0] & 31) as usize] |= 1 << (letters[1] & 31);
            word += 1;
        }
        list += 1;
    }
    starts
};

/// `Object.keys(o)`, `m.entries()`, `[...m]`.
fn walks_entries(f: &FileFacts, e: ExprId) -> bool {
    match f.expr(e) {
        Expr::Call { callee, .. } => {
            matches!(callee_name(f, callee), Some("entries" | "keys" | "values" | "from"))
        }
        Expr::Array(list) => list.len == 1 && f.exprs_of(list).all(|x| matches!(f.expr(x), Expr::Spread(_))),
        _ => false,
    }
}

fn is_zero(f: &FileFacts, e: ExprId) -> bool {
    is_number(f, e, 0.0)
}

fn is_number(f: &FileFacts, e: ExprId, n: f64) -> bool {
    matches!(f.expr(e), Expr::Num(i) if (f.numbers[i as usize] - n).abs() < f64::EPSILON)
}

/// True when an expression contains `%`.
pub fn mentions_rem(f: &FileFacts, e: ExprId, depth: u8) -> bool {
    if depth > 4 {
        return false;
    }
    match f.expr(e) {
        Expr::Binary { op: BinOp::Rem, .. } => true,
        Expr::Binary { left, right, .. } => {
            mentions_rem(f, left, depth + 1) || mentions_rem(f, right, depth + 1)
        }
        Expr::Update { target, .. } => mentions_rem(f, target, depth + 1),
        _ => false,
    }
}

/// Kinds that a growing operation fits.
pub fn fits(kind: OpKind, held: Kind) -> bool {
    match kind {
        OpKind::GrowKey => matches!(held, Kind::Map | Kind::Set | Kind::Object | Kind::Array),
        OpKind::GrowEnd => held == Kind::Array,
        OpKind::Concat => held == Kind::Str,
        OpKind::Merge => held == Kind::Object,
        _ => true,
    }
}
