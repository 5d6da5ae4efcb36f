//! How long places live.

use std::sync::{Mutex, PoisonError};

use highwater_finding::Platform;
use rustc_hash::FxHashMap;

use super::calls::Via;
use super::index::Up;
use super::linked::{At, ClassRef, Def, ExprRef, FunRef, Linked};
use super::places::{Base, PlaceId};
use super::rates::Rate;
use super::{Calls, Rates};
use crate::FileRole;
use crate::ir::*;

/// How long something lives, from shortest to longest, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Life {
    /// Only tests and scripts make it.
    NotInProduction,
    /// A call or request.
    Call,
    /// An entry of something longer-lived (a session, a connection).
    Entry,
    /// Nothing in the tree makes it; whoever uses the library decides. Long-lived by its use, probably.
    Unknown,
    /// As long as the process.
    Process,
}

impl Life {
    /// True when it outlives a request, as far as can be seen.
    pub fn is_long(self) -> bool {
        matches!(self, Life::Process | Life::Unknown | Life::Entry)
    }
}

/// Lifetimes of the program's places.
pub struct Lifetimes<'a> {
    l: &'a Linked,
    calls: &'a Calls,
    rates: &'a Rates,
    /// Of classes, by how far the question had come: every instance may ask about many others.
    classes: Mutex<FxHashMap<(ClassRef, u8), Life>>,
}

impl<'a> Lifetimes<'a> {
    /// A view over a program.
    pub fn new(l: &'a Linked, calls: &'a Calls, rates: &'a Rates) -> Self {
        Lifetimes { l, calls, rates, classes: Mutex::default() }
    }

    /// How long a place lives.
    pub fn of(&self, p: &PlaceId) -> Life {
        match &p.base {
            Base::Global(_) | Base::Value(_) => Life::Process,
            Base::Binding(b) => {
                let slot = self.l.binding(*b);
                if self.l.file(b.file).role == FileRole::Test {
                    return Life::NotInProduction;
                }
                if slot.func == FnId::MODULE {
                    let passing = slot.kind == BindingKind::Param || self.is_of_one_turn(*b);
                    return if passing { Life::Call } else { Life::Process };
                }
                let given = slot.kind == BindingKind::Param && self.l.default_of(*b).is_none();
                if given || !slot.captured {
                    return Life::Call;
                }
                self.of_local(*b)
            }
            Base::Field(c, name) => {
                let f = self.l.file(c.file);
                if f.field_named(c.id, name).is_some_and(|x| x.is_static) {
                    return Life::Process;
                }
                self.of_class(*c, 0)
            }
        }
    }

    /// Declared in the body of a loop of the module: each turn has its own.
    fn is_of_one_turn(&self, b: At<BindingId>) -> bool {
        let slot = self.l.binding(b);
        matches!(slot.kind, BindingKind::Const | BindingKind::Let)
            && slot.init.is_some()
            && self.l.in_loop(b.with(slot.init))
    }

    /// A captured variable lives as long as the closures that see it. In a function that runs once, that is the
    /// process; in one that hands its closures out, as long as whoever got them; else it dies with the call.
    fn of_local(&self, b: At<BindingId>) -> Life {
        let func = b.with(self.l.binding(b).func);
        match self.rates.of(self.calls, func) {
            Rate::Init => Life::Process,
            Rate::Shutdown => Life::Call,
            _ if self.hands_out(b, func) => self.of_results(func, 0),
            _ => Life::Call,
        }
    }

    /// True for a variable of a function that hands out closures over it.
    pub fn is_handed_out(&self, base: &Base) -> bool {
        match base {
            Base::Binding(b) => self.hands_out(*b, b.with(self.l.binding(*b).func)),
            _ => false,
        }
    }

    /// How long the results of a function live: the longest of its callers, as far as they are known.
    fn of_results(&self, func: FunRef, depth: u8) -> Life {
        let mut callers = 0;
        let mut longest = None;
        for e in self.calls.callers(func).filter(|e| e.via == Via::Call) {
            // What an example does with a library says nothing about those who use it.
            let shown = self.l.file(e.site.file).role == FileRole::Script
                && self.l.platform(func.file) == Platform::Library;
            if shown || self.l.file(e.site.file).role == FileRole::Test {
                continue;
            }
            callers += 1;
            if callers > 24 {
                return Life::Unknown;
            }
            longest = longest.max(Some(self.of_result(e.site, depth)));
        }
        longest.unwrap_or(Life::Unknown)
    }

    /// How long the result of one call lives.
    fn of_result(&self, call: ExprRef, depth: u8) -> Life {
        let func = self.l.fn_of(call);
        if depth < 4 && self.is_returned(call) {
            return self.of_results(func, depth + 1);
        }
        match self.of_maker(call, depth + 1) {
            Life::Unknown if self.ends_with_call(call) => Life::Call,
            life => life,
        }
    }

    /// `return make()`, `const x = make(); return x`, `return [make(), make()]`.
    fn is_returned(&self, call: ExprRef) -> bool {
        self.l.returns_of(self.l.fn_of(call)).iter().any(|&r| self.is_part_of(call.with(r), call.id, 0))
    }

    fn is_part_of(&self, whole: ExprRef, part: ExprId, depth: u8) -> bool {
        let f = self.l.file(whole.file);
        let at = f.awaited(whole.id);
        let again = |x: ExprId| self.is_part_of(whole.with(x), part, depth + 1);
        if depth > 4 || !at.is_some() {
            return false;
        }
        at == part
            || match f.expr(at) {
                Expr::Ref(b) => f[b].func != FnId::MODULE && f[b].init.is_some() && again(f[b].init),
                Expr::Object(list) => f.props_of(list).any(|p| again(p.value)),
                Expr::Array(list) => f.exprs_of(list).any(again),
                Expr::Cond { then, other, .. } => again(then) || again(other),
                Expr::Logical { left, right, .. } => again(left) || again(right),
                Expr::Spread(x) => again(x),
                _ => false,
            }
    }

    /// The value stays in a local variable that no closure sees, or is used at once.
    fn ends_with_call(&self, call: ExprRef) -> bool {
        let f = self.l.file(call.file);
        let ix = self.l.ix(call.file);
        let mut at = call.id;
        for _ in 0..6 {
            match ix.up(at) {
                Up::Stmt(s) => {
                    return match f.stmts[s.ix()] {
                        Stmt::Let { binding, .. } => !f[binding].captured && f[binding].func != FnId::MODULE,
                        Stmt::Return(_) => false,
                        _ => true,
                    };
                }
                Up::Expr(p) => match f.expr(p) {
                    Expr::Await(_) => at = p,
                    Expr::Member { object, .. } => return object == at,
                    _ => return false,
                },
                Up::None => return false,
            }
        }
        false
    }

    /// True when a closure that mentions the name is part of what the function returns.
    fn hands_out(&self, b: At<BindingId>, func: FunRef) -> bool {
        let f = self.l.file(b.file);
        let ix = self.l.ix(b.file);
        let returns = self.l.returns_of(func);
        if returns.is_empty() {
            return false;
        }
        let mut inner: Vec<FnId> = ix
            .refs(b.id)
            .iter()
            .filter_map(|&r| {
                let mut at = ix.fn_of(r);
                while at.is_some() && at != func.id {
                    if f[at].parent == func.id {
                        return Some(at);
                    }
                    at = f[at].parent;
                }
                None
            })
            .collect();
        inner.sort();
        inner.dedup();
        !inner.is_empty() && returns.iter().any(|&r| self.holds_one_of(b.with(r), &inner, 0))
    }

    /// `store.open = function () {}`: one of these functions becomes a property of a local object.
    fn is_given(&self, b: At<BindingId>, inner: &[FnId]) -> bool {
        let f = self.l.file(b.file);
        let ix = self.l.ix(b.file);
        matches!(f.expr(f[b.id].init), Expr::Object(_) | Expr::Fn(_) | Expr::New { .. })
            && ix.refs(b.id).iter().any(|&r| {
                let Up::Expr(member) = ix.up(r) else { return false };
                let Up::Expr(write) = ix.up(member) else { return false };
                matches!(f.expr(member), Expr::Member { object, .. } if object == r)
                    && matches!(f.expr(write), Expr::Assign { target, value, .. } if target == member
                        && matches!(f.expr(value), Expr::Fn(y) if inner.contains(&y)))
            })
    }

    /// True when a value is, or keeps, one of these functions. What `map` and the like take ends with the call.
    fn holds_one_of(&self, e: ExprRef, inner: &[FnId], depth: u8) -> bool {
        if depth > 6 || !e.id.is_some() {
            return false;
        }
        let f = self.l.file(e.file);
        let again = |x: ExprId| self.holds_one_of(e.with(x), inner, depth + 1);
        match f.expr(f.awaited(e.id)) {
            Expr::Fn(y) => inner.contains(&y),
            Expr::Ref(n) => {
                inner.contains(&f[n].function)
                    || f[n].func != FnId::MODULE && (again(f[n].init) || self.is_given(e.with(n), inner))
            }
            Expr::Object(list) => f.props_of(list).any(|p| again(p.value)),
            Expr::Array(list) => f.exprs_of(list).any(again),
            Expr::Cond { then, other, .. } => again(then) || again(other),
            Expr::Logical { left, right, .. } => again(left) || again(right),
            Expr::Call { callee, args } => {
                let name = super::entry::callee_name(f, callee).unwrap_or("");
                !super::calls::is_sync(name)
                    && !super::calls::is_once_later(name)
                    && f.exprs_of(args).any(again)
            }
            Expr::New { args, .. } => f.exprs_of(args).any(again),
            Expr::Spread(x) => again(x),
            _ => false,
        }
    }

    /// How long instances of a class live: the longest of its makers.
    pub fn of_class(&self, c: ClassRef, depth: u8) -> Life {
        let known = || self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(life) = known().get(&(c, depth)) {
            return *life;
        }
        let life = self.of_class_anew(c, depth);
        known().insert((c, depth), life);
        life
    }

    fn of_class_anew(&self, c: ClassRef, depth: u8) -> Life {
        let f = self.l.file(c.file);
        if f.role == FileRole::Test {
            return Life::NotInProduction;
        }
        let mut makers: Vec<ExprRef> = self.l.news.get(&c).cloned().unwrap_or_default();
        let mut queue: Vec<ClassRef> = self.l.subclasses.get(&c).cloned().unwrap_or_default();
        let mut seen = vec![c];
        while let Some(s) = queue.pop() {
            if seen.contains(&s) || seen.len() > 16 {
                continue;
            }
            seen.push(s);
            makers.extend(self.l.news.get(&s).cloned().unwrap_or_default());
            queue.extend(self.l.subclasses.get(&s).cloned().unwrap_or_default());
        }
        if self.injected(c) {
            return Life::Process;
        }
        if self.is_error(c) {
            return Life::Call;
        }
        // What an example does with a class of a library says nothing about those who use it.
        let shown = self.l.platform(c.file) == Platform::Library && self.exported(c);
        let production: Vec<&ExprRef> = makers
            .iter()
            .filter(|m| match self.l.file(m.file).role {
                FileRole::Test => false,
                FileRole::Script => !shown,
                _ => true,
            })
            .collect();
        if production.is_empty() {
            if !makers.is_empty() && (!self.exported(c) || self.only_tests_name(c)) {
                return Life::NotInProduction;
            }
            return Life::Unknown;
        }
        production.iter().map(|m| self.of_maker(**m, depth)).max().unwrap_or(Life::Unknown)
    }

    /// Errors are thrown, told and gone.
    fn is_error(&self, mut c: ClassRef) -> bool {
        for _ in 0..6 {
            let base = c.with(self.l.class(c).base);
            match self.l.expr(base) {
                Expr::Global(g) => return self.l.file(c.file).str(g).ends_with("Error"),
                _ => match self.l.class_of_value(base, 0) {
                    Some(next) => c = next,
                    None => return false,
                },
            }
        }
        false
    }

    /// Providers of dependency injection live as long as the process unless they say otherwise.
    fn injected(&self, c: ClassRef) -> bool {
        let f = self.l.file(c.file);
        let class = self.l.class(c);
        f.exprs_of(class.decorators).any(|d| {
            let name = super::entry::decorator_name(f, d).unwrap_or("");
            let scoped = match f.expr(d) {
                Expr::Call { args, .. } => f.prop(f.nth(args, 0), "scope").is_some(),
                _ => false,
            };
            matches!(
                name,
                "Injectable"
                    | "singleton"
                    | "Controller"
                    | "Service"
                    | "Gateway"
                    | "WebSocketGateway"
                    | "Resolver"
                    | "injectable"
            ) && !scoped
        })
    }

    /// True when the code runs by itself, and none of it but tests so much as names the class.
    fn only_tests_name(&self, c: ClassRef) -> bool {
        if self.l.platform(c.file) == Platform::Library {
            return false;
        }
        let own = self.l.file(c.file);
        let Some(i) = own.bindings.iter().position(|b| b.class == c.id) else { return false };
        let binding = c.with(BindingId(i as u32));
        let here = !self.l.ix(c.file).refs(binding.id).is_empty();
        let name = own.name_of(binding.id);
        !here
            && !self.l.iter().any(|(file, f)| {
                !matches!(f.role, FileRole::Test | FileRole::Script)
                    && f.imports.iter().any(|i| {
                        // A name that only types mention makes nothing.
                        !self.l.ix(file).refs(i.local).is_empty()
                            && (f.str(i.name) == name || f.str(i.name) == "default")
                            && self.l.import_or_binding(At { file, id: i.local }, 0) == Def::Binding(binding)
                    })
            })
    }

    /// True when code outside the tree may make instances.
    pub fn exported(&self, c: ClassRef) -> bool {
        let f = self.l.file(c.file);
        f.exports.iter().any(|e| match e {
            Export::Local { binding, .. } => f[*binding].class == c.id,
            Export::Value { value, .. } => match f.expr(*value) {
                Expr::Class(x) => x == c.id,
                Expr::Ref(b) => f[b].class == c.id,
                _ => false,
            },
            Export::From { .. } => false,
        })
    }

    /// How long a value made at `e` lives, from where it goes and how often it is made.
    pub fn of_maker(&self, e: ExprRef, depth: u8) -> Life {
        let f = self.l.file(e.file);
        if f.role == FileRole::Test {
            return Life::NotInProduction;
        }
        if depth > 4 {
            return Life::Unknown;
        }
        let func = self.l.fn_of(e);
        let rate = self.rates.of(self.calls, func);
        let kind = self.l.function(func).kind;
        if matches!(kind, FnKind::Constructor | FnKind::ClassInit)
            && let Some(owner) = self.l.this_class(func)
            && self.kept_in_field(e)
        {
            return self.of_class(owner, depth + 1);
        }
        if self.scoped_factory(func) {
            return Life::Call;
        }
        if self.kept_once(e) {
            if self.is_given_up(e) {
                return Life::Call;
            }
            return match self.kept_by(e) {
                Some(c) => self.of_class(c, depth + 1),
                None => Life::Process,
            };
        }
        match rate {
            Rate::Init => Life::Process,
            Rate::Never | Rate::External if self.stored(e) => Life::Entry,
            Rate::Never | Rate::External if depth < 3 && self.is_returned(e) => {
                match self.of_results(func, depth + 1) {
                    Life::NotInProduction => Life::Unknown,
                    life => life,
                }
            }
            Rate::Never | Rate::External if self.ends_with_call(e) => Life::Call,
            Rate::Never | Rate::External => Life::Unknown,
            Rate::Shutdown => Life::Call,
            _ if self.stored(e) => Life::Entry,
            _ => Life::Call,
        }
    }

    /// `asFunction(() => new Service()).scoped()`: the container makes one for each scope or each use.
    fn scoped_factory(&self, func: FunRef) -> bool {
        let Some((call, "asFunction")) = self.l.passed_to(func) else { return false };
        let Up::Expr(p) = self.l.ix(call.file).up(call.id) else { return false };
        let f = self.l.file(call.file);
        matches!(f.expr(p), Expr::Member { property, .. } if matches!(f.str(property), "scoped" | "transient"))
    }

    fn kept_in_field(&self, e: ExprRef) -> bool {
        let f = self.l.file(e.file);
        matches!(self.l.ix(e.file).up(e.id), Up::Expr(p)
            if matches!(f.expr(p), Expr::Assign { value, .. } if value == e.id))
    }

    /// `current = new X(); ...; current = undefined` in one function: given up when its work is done.
    fn is_given_up(&self, e: ExprRef) -> bool {
        let f = self.l.file(e.file);
        let ix = self.l.ix(e.file);
        let Up::Expr(p) = ix.up(e.id) else { return false };
        let Expr::Assign { op: AssignOp::Set, target, .. } = f.expr(p) else { return false };
        let Some(place) = self.l.place(e.with(target)) else { return false };
        let nothing = |x: ExprId| match f.expr(f.plain(x)) {
            Expr::Null => true,
            Expr::Global(g) => f.str(g) == "undefined",
            _ => false,
        };
        ix.writes.iter().any(|&w| match f.expr(w) {
            Expr::Assign { target, value, .. } => {
                w > p
                    && nothing(value)
                    && ix.fn_of(w) == ix.fn_of(p)
                    && self.l.place(e.with(target)).as_ref() == Some(&place)
            }
            _ => false,
        })
    }

    fn kept_by(&self, e: ExprRef) -> Option<ClassRef> {
        let f = self.l.file(e.file);
        let Up::Expr(p) = self.l.ix(e.file).up(e.id) else { return None };
        let Expr::Assign { target, .. } = f.expr(p) else { return None };
        match self.l.place(e.with(target))?.base {
            Base::Field(c, name) => {
                let f = self.l.file(c.file);
                let is_static = f.field_named(c.id, &name).is_some_and(|x| x.is_static);
                (!is_static).then_some(c)
            }
            _ => None,
        }
    }

    /// `instance ??= new X()`, `if (!instance) instance = new X()`, `this.x = new X()`: one at a time.
    fn kept_once(&self, e: ExprRef) -> bool {
        let f = self.l.file(e.file);
        let Up::Expr(p) = self.l.ix(e.file).up(e.id) else { return false };
        let Expr::Assign { target, value, .. } = f.expr(p) else { return false };
        if value != e.id {
            return false;
        }
        match self.l.place(e.with(target)) {
            Some(PlaceId { base: Base::Binding(b), path }) => {
                path.is_empty() && self.l.binding(b).func == FnId::MODULE
            }
            Some(PlaceId { base: Base::Field(..), path }) => path.is_empty(),
            Some(PlaceId { base: Base::Global(_), .. }) => true,
            _ => false,
        }
    }

    /// True when the value ends up in a collection or field.
    fn stored(&self, e: ExprRef) -> bool {
        let f = self.l.file(e.file);
        let ix = self.l.ix(e.file);
        let in_collection = |at: ExprId| match ix.up(at) {
            Up::Expr(p) => match f.expr(p) {
                Expr::Call { callee, args } => {
                    f.exprs_of(args).any(|a| a == at)
                        && matches!(super::entry::callee_name(f, callee), Some("set" | "add" | "push"))
                }
                Expr::Assign { target, value, .. } => value == at && !matches!(f.expr(target), Expr::Ref(_)),
                Expr::Object(_) => true,
                _ => false,
            },
            _ => false,
        };
        if in_collection(e.id) {
            return true;
        }
        let bound = match ix.up(e.id) {
            Up::Stmt(s) => match f.stmts[s.ix()] {
                Stmt::Let { binding, .. } => Some(binding),
                _ => None,
            },
            _ => None,
        };
        bound.is_some_and(|b| ix.refs(b).iter().any(|&r| in_collection(r)))
    }
}
