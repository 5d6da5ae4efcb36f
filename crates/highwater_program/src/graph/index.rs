//! Where each expression and statement of a file stands: parents, functions, uses of names.

use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::OnceLock;

use crate::ir::*;

/// The part of its parent that a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the parts name themselves")]
pub enum Role {
    /// Directly in a function's body.
    Root,
    Then,
    Else,
    Loop,
    Try,
    Catch,
    Finally,
    Case,
    Block,
}

/// Parent of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Up {
    /// Part of another expression.
    Expr(ExprId),
    /// Directly in a statement.
    Stmt(StmtId),
    /// In nothing that runs (decorator, base class).
    None,
}

/// Positions within one file.
#[derive(Clone, Debug, Default)]
pub struct FileIndex {
    expr_up: Vec<u32>,
    stmt_up: Vec<(u32, Role)>,
    stmt_fn: Vec<FnId>,
    /// The expression that creates each function; none for declarations and members.
    pub fn_expr: Vec<ExprId>,
    /// The first name of each function that is no parameter.
    fn_names: Vec<BindingId>,
    /// Every call and `new`, in source order of their ends.
    pub calls: Vec<ExprId>,
    /// Names of callees, so many bits set for each.
    called: Called,
    /// Assignments, updates and `delete`, in order.
    pub writes: Vec<ExprId>,
    refs: Vec<ExprId>,
    ref_starts: Vec<u32>,
    /// Loop statements by loop binding.
    pub loop_of: rustc_hash::FxHashMap<BindingId, StmtId>,
    /// Parameter position by binding.
    pub param_of: rustc_hash::FxHashMap<BindingId, (FnId, u16)>,
    /// First and one past the last expression of each function; made when it is first asked for.
    extents: OnceLock<Vec<(u32, u32)>>,
    /// For each statement the nearest one before it in its list that may leave; made when it is first asked for.
    exits: OnceLock<Vec<u32>>,
}

/// A set of names that may say yes where it should say no.
#[derive(Clone, Debug, Default)]
struct Called([u64; 16]);

impl Called {
    fn bit(name: &str) -> (usize, u64) {
        let hash = rustc_hash::FxBuildHasher.hash_one(name);
        let bit = (hash >> 32) as usize % 1024;
        (bit / 64, 1 << (bit % 64))
    }

    fn add(&mut self, name: &str) {
        let (word, bit) = Called::bit(name);
        self.0[word] |= bit;
    }

    fn may_have(&self, name: &str) -> bool {
        let (word, bit) = Called::bit(name);
        self.0[word] & bit != 0
    }
}

const NONE: u32 = u32::MAX;
const STMT: u32 = 1 << 31;

/// So many early exits of one list are looked at; generated code has thousands.
const EXITS_MAX: usize = 200;

/// The part of ascending ids that lies in a range.
fn between(ids: &[ExprId], range: Range<u32>) -> &[ExprId] {
    let start = ids.partition_point(|id| id.0 < range.start);
    let len = ids[start..].partition_point(|id| id.0 < range.end);
    &ids[start..start + len]
}

impl FileIndex {
    /// Builds the index of one file.
    pub fn build(f: &FileFacts) -> FileIndex {
        let mut ix = FileIndex {
            expr_up: vec![NONE; f.exprs.len()],
            stmt_up: vec![(NONE, Role::Root); f.stmts.len()],
            stmt_fn: vec![FnId::NONE; f.stmts.len()],
            fn_expr: vec![ExprId::NONE; f.functions.len()],
            fn_names: vec![BindingId::NONE; f.functions.len()],
            ..FileIndex::default()
        };
        ix.exprs(f);
        ix.stmts(f);
        for (i, func) in f.functions.iter().enumerate() {
            ix.own(f, func.body, FnId(i as u32));
            for (n, b) in f.params(FnId(i as u32)).enumerate() {
                ix.param_of.insert(b, (FnId(i as u32), n as u16));
            }
        }
        for (i, b) in f.bindings.iter().enumerate() {
            if b.kind != BindingKind::Param
                && let Some(name) = ix.fn_names.get_mut(b.function.ix())
                && !name.is_some()
            {
                *name = BindingId(i as u32);
            }
        }
        ix.references(f);
        ix
    }

    fn exprs(&mut self, f: &FileFacts) {
        for (i, e) in f.exprs.iter().enumerate() {
            let id = ExprId(i as u32);
            children(f, *e, &mut |c| {
                if c.is_some() && self.expr_up[c.ix()] == NONE {
                    self.expr_up[c.ix()] = i as u32;
                }
            });
            match e {
                Expr::Call { callee, .. } | Expr::New { callee, .. } => {
                    self.calls.push(id);
                    if let Some(name) = super::entry::callee_name(f, *callee) {
                        self.called.add(name);
                    }
                }
                Expr::Assign { .. } | Expr::Update { .. } | Expr::Unary { op: UnOp::Delete, .. } => {
                    self.writes.push(id);
                }
                Expr::Fn(func) => self.fn_expr[func.ix()] = id,
                _ => {}
            }
        }
    }

    fn stmts(&mut self, f: &FileFacts) {
        for (i, s) in f.stmts.iter().enumerate() {
            let id = i as u32;
            let mut put = |list: List, role: Role| {
                for c in f.ids(list) {
                    self.stmt_up[*c as usize] = (id, role);
                }
            };
            match *s {
                Stmt::If { then, other, .. } => {
                    put(then, Role::Then);
                    put(other, Role::Else);
                }
                Stmt::Loop { body, binding, .. } => {
                    put(body, Role::Loop);
                    if binding.is_some() {
                        self.loop_of.insert(binding, StmtId(id));
                    }
                }
                Stmt::Try(t) => {
                    let t = f.tries[t as usize];
                    put(t.block, Role::Try);
                    put(t.catch.unwrap_or_default(), Role::Catch);
                    put(t.finally.unwrap_or_default(), Role::Finally);
                }
                Stmt::Switch { cases, .. } => {
                    for c in &f.cases[cases.start as usize..(cases.start + cases.len) as usize] {
                        put(c.body, Role::Case);
                    }
                }
                Stmt::Block(list) => put(list, Role::Block),
                _ => {}
            }
            stmt_exprs(f, *s, &mut |e| {
                if e.is_some() {
                    self.expr_up[e.ix()] = STMT | id;
                }
            });
        }
    }

    fn own(&mut self, f: &FileFacts, body: List, func: FnId) {
        let mut stack: Vec<u32> = f.ids(body).to_vec();
        while let Some(s) = stack.pop() {
            self.stmt_fn[s as usize] = func;
            nested(f, f.stmts[s as usize], &mut |list| stack.extend_from_slice(f.ids(list)));
        }
    }

    fn references(&mut self, f: &FileFacts) {
        let mut counts = vec![0u32; f.bindings.len() + 1];
        for e in &f.exprs {
            if let Expr::Ref(b) = e {
                counts[b.ix() + 1] += 1;
            }
        }
        for i in 1..counts.len() {
            counts[i] += counts[i - 1];
        }
        self.ref_starts.clone_from(&counts);
        self.refs = vec![ExprId::NONE; *counts.last().unwrap_or(&0) as usize];
        for (i, e) in f.exprs.iter().enumerate() {
            if let Expr::Ref(b) = e {
                self.refs[counts[b.ix()] as usize] = ExprId(i as u32);
                counts[b.ix()] += 1;
            }
        }
    }

    /// The first name of a function that is no parameter.
    pub fn name_of_fn(&self, func: FnId) -> Option<BindingId> {
        self.fn_names.get(func.ix()).and_then(|b| b.get())
    }

    /// Every mention of a name.
    #[inline]
    pub fn refs(&self, b: BindingId) -> &[ExprId] {
        &self.refs[self.ref_starts[b.ix()] as usize..self.ref_starts[b.ix() + 1] as usize]
    }

    /// False when the file surely calls nothing by any of these last names: `on` for `a.b.on()`.
    pub fn may_call(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.called.may_have(name))
    }

    /// Parent of an expression.
    #[inline]
    pub fn up(&self, e: ExprId) -> Up {
        match self.expr_up.get(e.ix()).copied().unwrap_or(NONE) {
            NONE => Up::None,
            u if u & STMT != 0 => Up::Stmt(StmtId(u & !STMT)),
            u => Up::Expr(ExprId(u)),
        }
    }

    /// The statement that an expression belongs to.
    pub fn stmt_of(&self, mut e: ExprId) -> Option<StmtId> {
        loop {
            match self.up(e) {
                Up::Expr(p) => e = p,
                Up::Stmt(s) => return Some(s),
                Up::None => return None,
            }
        }
    }

    /// The function in whose body an expression runs; the module body when it runs in none.
    pub fn fn_of(&self, e: ExprId) -> FnId {
        self.stmt_of(e).map_or(FnId::MODULE, |s| self.fn_of_stmt(s))
    }

    /// Between which expressions those of a function lie, with everything nested in it. Others may lie between
    /// them too.
    pub fn extent(&self, f: &FileFacts, func: FnId) -> Range<u32> {
        let extents = self.extents.get_or_init(|| self.all_extents(f));
        extents.get(func.ix()).map_or(0..0, |&(start, end)| start..end)
    }

    /// The calls between the expressions of a function, and everything nested in it.
    pub fn calls_between(&self, f: &FileFacts, func: FnId) -> &[ExprId] {
        between(&self.calls, self.extent(f, func))
    }

    /// The writes between the expressions of a function, and everything nested in it.
    pub fn writes_between(&self, f: &FileFacts, func: FnId) -> &[ExprId] {
        between(&self.writes, self.extent(f, func))
    }

    fn all_extents(&self, f: &FileFacts) -> Vec<(u32, u32)> {
        let mut extents = vec![(u32::MAX, 0); f.functions.len()];
        let mut owner = vec![FnId::MODULE; f.exprs.len()];
        // Parents come after their children.
        for at in (0..f.exprs.len()).rev() {
            owner[at] = match self.up(ExprId(at as u32)) {
                Up::Expr(parent) => owner[parent.ix()],
                Up::Stmt(s) => self.fn_of_stmt(s),
                Up::None => FnId::MODULE,
            };
            let (start, end) = &mut extents[owner[at].ix()];
            (*start, *end) = ((*start).min(at as u32), (*end).max(at as u32 + 1));
        }
        for func in 0..f.functions.len() {
            let (start, end) = extents[func];
            let mut up = f.functions[func].parent;
            while let Some(outer) =
                up.get().filter(|outer| start < extents[outer.ix()].0 || end > extents[outer.ix()].1)
            {
                let around = &mut extents[outer.ix()];
                *around = (around.0.min(start), around.1.max(end));
                up = f[outer].parent;
            }
        }
        extents
    }

    /// The function in whose body a statement runs.
    pub fn fn_of_stmt(&self, s: StmtId) -> FnId {
        let f = self.stmt_fn[s.ix()];
        if f.is_some() { f } else { FnId::MODULE }
    }

    /// Parent statement and the part that the statement is of it; `None` directly in a function.
    pub fn stmt_up(&self, s: StmtId) -> Option<(StmtId, Role)> {
        let (p, role) = self.stmt_up[s.ix()];
        if p == NONE { None } else { Some((StmtId(p), role)) }
    }

    /// The statements that come before one in its own list.
    pub fn before(&self, f: &FileFacts, s: StmtId) -> Vec<StmtId> {
        let mut found = Vec::new();
        let mut look = |list: List| {
            if f.ids(list).contains(&s.0) {
                found.extend(f.stmts_of(list).take_while(|x| *x != s));
            }
        };
        match self.stmt_up(s) {
            Some((up, _)) => nested(f, f.stmts[up.ix()], &mut look),
            None => look(f[self.fn_of_stmt(s)].body),
        }
        found
    }

    /// `if (...) return;` and its like before a statement in its own list: the nearest ones, in source order.
    pub fn exits_before(&self, f: &FileFacts, s: StmtId) -> Vec<StmtId> {
        let exits = self.exits.get_or_init(|| all_exits(f));
        let prior = |s: &StmtId| exits.get(s.ix()).filter(|id| **id != NONE).map(|id| StmtId(*id));
        let mut found: Vec<StmtId> = std::iter::successors(prior(&s), prior).take(EXITS_MAX).collect();
        found.reverse();
        found
    }

    /// Enclosing statements from the inside out, with the part that leads to the expression.
    pub fn enclosing(&self, e: ExprId) -> Vec<(StmtId, Role)> {
        let mut out = Vec::new();
        let mut at = self.stmt_of(e);
        while let Some(s) = at {
            match self.stmt_up(s) {
                Some((p, role)) => {
                    out.push((p, role));
                    at = Some(p);
                }
                None => at = None,
            }
        }
        out
    }
}

/// Calls `each` with the direct operands of an expression.
pub fn children(f: &FileFacts, e: Expr, each: &mut dyn FnMut(ExprId)) {
    match e {
        Expr::Template(l) | Expr::Array(l) | Expr::Seq(l) => f.exprs_of(l).for_each(each),
        Expr::Member { object, .. } => each(object),
        Expr::Index { object, key } => {
            each(object);
            each(key);
        }
        Expr::Call { callee, args } | Expr::New { callee, args } => {
            each(callee);
            f.exprs_of(args).for_each(each);
        }
        Expr::Import(e) | Expr::Await(e) | Expr::Yield(e) | Expr::Spread(e) => each(e),
        Expr::Object(l) => {
            for p in f.props_of(l) {
                if let Key::Computed(k) = p.key {
                    each(k);
                }
                each(p.value);
            }
        }
        Expr::Assign { target, value, .. } => {
            each(target);
            each(value);
        }
        Expr::Update { target, .. } => each(target),
        Expr::Unary { value, .. } | Expr::Cast { value, .. } => each(value),
        Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => {
            each(left);
            each(right);
        }
        Expr::Cond { test, then, other } => {
            each(test);
            each(then);
            each(other);
        }
        Expr::Jsx { name, parts } => {
            each(name);
            f.exprs_of(parts).for_each(each);
        }
        _ => {}
    }
}

/// Calls `each` with the expressions directly in a statement.
pub fn stmt_exprs(f: &FileFacts, s: Stmt, each: &mut dyn FnMut(ExprId)) {
    match s {
        Stmt::Expr(e) | Stmt::Return(e) | Stmt::Throw(e) | Stmt::Let { init: e, .. } => each(e),
        Stmt::If { test, .. } => each(test),
        Stmt::Loop { head, .. } => each(head),
        Stmt::Switch { value, cases } => {
            each(value);
            for c in &f.cases[cases.start as usize..(cases.start + cases.len) as usize] {
                each(c.test);
            }
        }
        _ => {}
    }
}

/// Calls `each` with the statement lists inside a statement.
pub fn nested(f: &FileFacts, s: Stmt, each: &mut dyn FnMut(List)) {
    match s {
        Stmt::If { then, other, .. } => {
            each(then);
            each(other);
        }
        Stmt::Loop { body, .. } => each(body),
        Stmt::Try(t) => {
            let t = f.tries[t as usize];
            each(t.block);
            each(t.catch.unwrap_or_default());
            each(t.finally.unwrap_or_default());
        }
        Stmt::Switch { cases, .. } => {
            for c in &f.cases[cases.start as usize..(cases.start + cases.len) as usize] {
                each(c.body);
            }
        }
        Stmt::Block(list) => each(list),
        _ => {}
    }
}

/// For each statement the nearest one before it in its list that leaves when its test holds.
fn all_exits(f: &FileFacts) -> Vec<u32> {
    let mut exits = vec![NONE; f.stmts.len()];
    let mut look = |list: List| {
        let mut nearest = NONE;
        for s in f.stmts_of(list) {
            exits[s.ix()] = nearest;
            if let Stmt::If { then, other, .. } = f.stmts[s.ix()]
                && other.is_empty()
                && leaves(f, then)
            {
                nearest = s.0;
            }
        }
    };
    f.functions.iter().for_each(|func| look(func.body));
    f.stmts.iter().for_each(|s| nested(f, *s, &mut look));
    exits
}

/// A list of statements whose last one leaves the function or the turn of a loop.
fn leaves(f: &FileFacts, list: List) -> bool {
    f.stmts_of(list).last().is_some_and(|s| {
        matches!(f.stmts[s.ix()], Stmt::Return(_) | Stmt::Throw(_) | Stmt::Continue | Stmt::Break)
    })
}
