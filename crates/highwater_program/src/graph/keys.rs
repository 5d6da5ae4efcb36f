//! Key domains: can the set of keys end?

use super::index::Up;
use super::linked::{Def, ExprRef, Linked};
use super::types::Ty;
use super::vocabulary::{is_always_another, is_declared, is_few};
use super::{Calls, calls::Via};
use crate::FileRole;
use crate::ir::*;

/// The set that keys come from, from smallest to largest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// Literals.
    Const,
    /// An enum, a union, the keys of a constant, an index into something fixed.
    Finite(String),
    /// Named like something of which a program has a few: `type`, `locale`, `provider`.
    Few(String),
    /// Nothing says that it ends.
    Open(String),
}

impl Domain {
    /// True when the keys surely end.
    pub fn is_finite(&self) -> bool {
        matches!(self, Domain::Const | Domain::Finite(_))
    }
}

impl Linked {
    /// The set that a key expression draws from.
    pub fn key_domain(&self, calls: &Calls, e: ExprRef) -> Domain {
        self.domain(calls, e, 0)
    }

    fn domain(&self, calls: &Calls, e: ExprRef, depth: u8) -> Domain {
        if !e.id.is_some() {
            return Domain::Open("appended".into());
        }
        let f = self.file(e.file);
        let id = f.awaited(e.id);
        if depth > 5 {
            return Domain::Open(self.text(e));
        }
        match self.type_of(e.with(id)) {
            Ty::Finite => return Domain::Finite("its type is a fixed set".into()),
            // An enum of a package, by its name: `ServiceType`, `OrderStatus`.
            Ty::External(_, name) if is_few(name.trim_start_matches("new ")) => {
                return Domain::Few(name.trim_start_matches("new ").into());
            }
            _ => {}
        }
        match f.expr(id) {
            Expr::Str(_) | Expr::Num(_) | Expr::Bool(_) | Expr::Null | Expr::Fn(_) | Expr::Class(_) => {
                Domain::Const
            }
            Expr::Template(list) => f
                .exprs_of(list)
                .map(|x| self.domain(calls, e.with(x), depth + 1))
                .max()
                .unwrap_or(Domain::Const),
            Expr::Binary { op: BinOp::Rem, .. } => Domain::Finite("it wraps around".into()),
            Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => {
                self.domain(calls, e.with(left), depth + 1).max(self.domain(calls, e.with(right), depth + 1))
            }
            Expr::Cond { then, other, .. } => {
                self.domain(calls, e.with(then), depth + 1).max(self.domain(calls, e.with(other), depth + 1))
            }
            Expr::Unary { .. } => Domain::Finite("a truth value".into()),
            Expr::Update { .. } => Domain::Open("a counter".into()),
            Expr::Member { object, property } => {
                let name = f.str(property);
                if self.is_config(e.with(object), 0) {
                    return Domain::Finite("it comes from the configuration".into());
                }
                if name == "name" && mentions_constructor(f, object) {
                    return Domain::Finite("one for each class".into());
                }
                if self.is_of_constants(e.with(id)) {
                    return Domain::Finite("it is a constant of the code".into());
                }
                let plain = matches!(name, "id" | "key" | "name" | "slug" | "path" | "url");
                if is_few(name) && name != "name" || plain && is_declared(&self.text(e)) {
                    Domain::Few(name.into())
                } else {
                    self.shape_domain(calls, e, id, depth)
                }
            }
            Expr::Ref(b) => self.domain_of_name(calls, e.with(b), depth),
            Expr::Call { callee, args } => self.domain_of_result(calls, e.with(id), callee, args, depth),
            Expr::Index { object, .. } => match self.loop_domain(calls, e.with(object), "", 0) {
                Domain::Finite(_) => Domain::Finite("it is read from a constant table".into()),
                _ => Domain::Open(self.text(e)),
            },
            Expr::Global(_) => Domain::Const,
            _ => Domain::Open(self.text(e)),
        }
    }

    /// The set that the results of a call are from.
    fn domain_of_result(
        &self,
        calls: &Calls,
        call: ExprRef,
        callee: ExprId,
        args: List,
        depth: u8,
    ) -> Domain {
        let f = self.file(call.file);
        let name = super::entry::callee_name(f, callee).unwrap_or("");
        let of = |x: ExprId| self.domain(calls, call.with(x), depth + 1);
        let open = || {
            if is_declared(name.strip_prefix("get").unwrap_or(name)) {
                Domain::Few(name.into())
            } else {
                Domain::Open(self.text(call))
            }
        };
        let targets = calls.targets(call);
        if !targets.is_empty() {
            return match targets {
                [one] => self.domain_of_returns(calls, *one, depth).unwrap_or_else(open),
                _ => open(),
            };
        }
        let of_args = || f.exprs_of(args).map(of).max().unwrap_or(Domain::Const);
        let object = match f.expr(callee) {
            Expr::Member { object, .. } => Some(object),
            _ => None,
        };
        let global = |names: &[&str]| {
            object.is_some_and(|o| matches!(f.expr(o), Expr::Global(g) if names.contains(&f.str(g))))
        };
        let package = self.external(call.with(callee)).map(|(p, _)| p);
        let package = package.as_deref().map(|p| p.strip_prefix("node:").unwrap_or(p));
        match name {
            "String" | "Number" if object.is_none() => of_args(),
            "stringify" if global(&["JSON"]) => of(f.nth(args, 0)),
            "cwd" if global(&["process"]) => Domain::Finite("the working folder".into()),
            "join" | "resolve" | "normalize" | "basename" | "dirname" | "relative"
                if package == Some("path") =>
            {
                match of_args() {
                    Domain::Const => Domain::Finite("a fixed path".into()),
                    d => d,
                }
            }
            "homedir" | "tmpdir" | "hostname" | "platform" | "arch" if package == Some("os") => {
                Domain::Finite("one a machine".into())
            }
            "getDay" | "getMonth" | "getHours" | "getDate" | "extname" => {
                Domain::Finite("a handful of values".into())
            }
            "toLowerCase" | "toUpperCase" | "trim" | "toString" | "normalize" | "replace" | "replaceAll"
            | "slice" | "substring" | "concat" | "padStart" => match object {
                Some(o) => of(o).max(if name == "concat" { of_args() } else { Domain::Const }),
                None => open(),
            },
            _ => open(),
        }
    }

    /// The set that a function's results are from; none when it returns nothing that can be seen.
    fn domain_of_returns(&self, calls: &Calls, func: super::FunRef, depth: u8) -> Option<Domain> {
        let returns = self.returns_of(func);
        if depth > 4 || returns.len() > 5 {
            return None;
        }
        let d = returns.iter().map(|&r| self.domain(calls, func.with(r), depth + 1)).max()?;
        match d {
            Domain::Const => Some(Domain::Finite("a function gives one of a few constants".into())),
            Domain::Open(_) => None,
            d => Some(d),
        }
    }

    fn shape_domain(&self, calls: &Calls, e: ExprRef, id: ExprId, depth: u8) -> Domain {
        if let Some(Def::Binding(b)) = self.def(e.with(id), 0) {
            let slot = self.binding(b);
            if slot.func == FnId::MODULE && slot.init.is_some() && slot.writes == 0 {
                return self.domain(calls, b.with(slot.init), depth + 1);
            }
        }
        Domain::Open(self.text(e))
    }

    /// `Events.ORDER.created`: a path below a name in capitals that the module declares or imports.
    fn is_of_constants(&self, e: ExprRef) -> bool {
        let f = self.file(e.file);
        let mut at = e.id;
        for _ in 0..6 {
            match f.expr(f.plain(at)) {
                Expr::Member { object, .. } => at = object,
                Expr::Ref(b) => {
                    let slot = f[b];
                    return slot.func == FnId::MODULE
                        && matches!(slot.kind, BindingKind::Import | BindingKind::Const | BindingKind::Enum)
                        && f.name_of(b).starts_with(|c: char| c.is_ascii_uppercase());
                }
                _ => return false,
            }
        }
        false
    }

    /// True for `process.env.X`, `config.x`, `options.x` read from a module-level constant.
    fn is_config(&self, e: ExprRef, depth: u8) -> bool {
        if depth > 4 {
            return false;
        }
        let f = self.file(e.file);
        match f.expr(f.plain(e.id)) {
            Expr::Member { object, property } => {
                matches!(f.str(property), "env" | "config" | "options" | "opts" | "settings")
                    || self.is_config(e.with(object), depth + 1)
            }
            Expr::Ref(b) => {
                let name = f.name_of(b).to_ascii_lowercase();
                name == "config" || name.ends_with("config") || name == "settings"
            }
            _ => false,
        }
    }

    fn domain_of_name(&self, calls: &Calls, b: super::linked::BindRef, depth: u8) -> Domain {
        let name = self.file(b.file).name_of(b.id).to_string();
        let Def::Binding(b) = self.import_or_binding(b, 0) else { return Domain::Const };
        let slot = self.binding(b);
        let f = self.file(b.file);
        if matches!(slot.kind, BindingKind::Fn | BindingKind::Class | BindingKind::Enum) {
            return Domain::Const;
        }
        if let Some(&s) = self.ix(b.file).loop_of.get(&b.id)
            && let Stmt::Loop { head, .. } = f.stmts[s.ix()]
        {
            return self.loop_domain(calls, b.with(head), &name, 0);
        }
        if slot.kind == BindingKind::Param {
            return self.domain_of_param(calls, b, &name, depth);
        }
        if slot.init.is_some() && slot.writes == 0 {
            if let Expr::Index { object, .. } = f.expr(slot.init)
                && let Expr::Ref(whole) = f.expr(object)
                && let Some(&s) = self.ix(b.file).loop_of.get(&whole)
                && let Stmt::Loop { head, .. } = f.stmts[s.ix()]
            {
                return self.loop_domain(calls, b.with(head), &name, 0);
            }
            let d = self.domain(calls, b.with(slot.init), depth + 1);
            return match d {
                Domain::Open(_) if is_few(&name) => Domain::Few(name),
                Domain::Open(t) if t.len() > 40 || is_always_another(&name) && !is_always_another(&t) => {
                    Domain::Open(name)
                }
                d => d,
            };
        }
        if is_few(&name) || self.is_setting(b) { Domain::Few(name) } else { Domain::Open(name) }
    }

    /// A variable of the module that is only ever given another value, never counted up: one at a time.
    fn is_setting(&self, b: super::linked::BindRef) -> bool {
        let f = self.file(b.file);
        let slot = self.binding(b);
        let is_b = |x: ExprId| matches!(f.expr(x), Expr::Ref(y) if y == b.id);
        slot.func == FnId::MODULE
            && slot.kind == BindingKind::Let
            && self.ix(b.file).writes.iter().all(|&w| match f.expr(w) {
                Expr::Assign { op, target, value } if is_b(target) => {
                    op == AssignOp::Set && !self.any_in(b.with(value), &|x| is_b(x.id))
                }
                Expr::Update { target, .. } => !is_b(target),
                _ => true,
            })
    }

    /// Keys taken while walking something: as many as that has.
    fn loop_domain(&self, calls: &Calls, head: ExprRef, name: &str, depth: u8) -> Domain {
        let f = self.file(head.file);
        let fixed = || Domain::Finite("it walks a constant".into());
        if self.is_config(head, 0) {
            return Domain::Finite("it walks the configuration".into());
        }
        match f.expr(f.awaited(head.id)) {
            Expr::Array(list) if f.exprs_of(list).all(|x| !matches!(f.expr(x), Expr::Spread(_))) => fixed(),
            Expr::Object(_) => fixed(),
            Expr::Call { callee, args } if depth < 4 => match f.expr(callee) {
                Expr::Member { object, property } => match f.str(property) {
                    "keys" | "values" | "entries" => {
                        let inner = if args.is_empty() { object } else { f.nth(args, 0) };
                        self.loop_domain(calls, head.with(inner), name, depth + 1)
                    }
                    _ => Domain::Open(name.into()),
                },
                _ => Domain::Open(name.into()),
            },
            _ => match self.def(head, 0) {
                Some(Def::Binding(b)) if depth < 4 => {
                    let slot = self.binding(b);
                    if slot.func == FnId::MODULE
                        && slot.init.is_some()
                        && matches!(
                            self.file(b.file).expr(self.file(b.file).plain(slot.init)),
                            Expr::Array(_) | Expr::Object(_)
                        )
                        && slot.kind == BindingKind::Const
                    {
                        return fixed();
                    }
                    if slot.kind == BindingKind::Param && depth < 3 {
                        return self.loop_domain_of_param(calls, b, name, depth);
                    }
                    Domain::Open(name.into())
                }
                Some(Def::Module(_)) => Domain::Finite("it walks what a module exports".into()),
                _ => Domain::Open(name.into()),
            },
        }
    }

    /// Keys taken while walking a parameter: as many as what callers pass has.
    fn loop_domain_of_param(
        &self,
        calls: &Calls,
        b: super::linked::BindRef,
        name: &str,
        depth: u8,
    ) -> Domain {
        let open = || Domain::Open(name.into());
        let Some(&(func, n)) = self.ix(b.file).param_of.get(&b.id) else { return open() };
        if calls.entries.named.contains(&b.with(func)) {
            return open();
        }
        let mut worst = None;
        for (sites, e) in calls.callers(b.with(func)).enumerate() {
            let f = self.file(e.site.file);
            if f.role == FileRole::Test && e.via == Via::Call {
                continue;
            }
            let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(e.site.id) else {
                return open();
            };
            let Some(arg) = self.argument(e.site, args, n as usize) else { return open() };
            if e.via != Via::Call || sites > 24 || !arg.is_some() {
                return open();
            }
            match self.loop_domain(calls, e.site.with(arg), name, depth + 1) {
                Domain::Open(_) => return open(),
                d => worst = worst.max(Some(d)),
            }
        }
        worst.unwrap_or_else(open)
    }

    /// A parameter draws from what callers pass.
    fn domain_of_param(&self, calls: &Calls, b: super::linked::BindRef, name: &str, depth: u8) -> Domain {
        let by_name = || if is_few(name) { Domain::Few(name.into()) } else { Domain::Open(name.into()) };
        let Some(&(func, n)) = self.ix(b.file).param_of.get(&b.id) else { return by_name() };
        if calls.entries.named.contains(&b.with(func)) {
            return by_name();
        }
        let mut worst: Option<Domain> = None;
        let (mut sites, mut open) = (0, false);
        for e in calls.callers(b.with(func)) {
            if e.via != Via::Call || self.file(e.site.file).role == FileRole::Test {
                if e.via != Via::Call {
                    return by_name();
                }
                continue;
            }
            let f = self.file(e.site.file);
            let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(e.site.id) else {
                return by_name();
            };
            let Some(arg) = self.argument(e.site, args, n as usize) else { return by_name() };
            if !arg.is_some() || f.expr(arg) == Expr::Ref(b.id) && e.site.file == b.file {
                continue; // left out, or handed on by a call to itself
            }
            sites += 1;
            if sites > 200 {
                return by_name();
            }
            let d = self.domain(calls, e.site.with(arg), depth + 2);
            if let Domain::Open(text) = &d {
                // What a caller passes says more than the name.
                if is_few(name) && (!is_always_another(text) || is_declared(text)) {
                    open = true;
                    continue;
                }
                return if is_few(name) { d } else { by_name() };
            }
            worst = Some(worst.map_or(d.clone(), |w| w.max(d)));
        }
        match worst {
            _ if open => by_name(),
            Some(Domain::Const) => {
                Domain::Finite(format!("`{name}` is a literal at each of its {sites} call sites"))
            }
            Some(d) => d,
            None => by_name(),
        }
    }

    /// The nth argument of a call, also through `f.call(x, a)` and `f.apply(x, [a])`.
    fn argument(&self, call: ExprRef, args: List, n: usize) -> Option<ExprId> {
        let f = self.file(call.file);
        let Expr::Call { callee, .. } = f.expr(call.id) else { return Some(f.nth(args, n)) };
        match f.expr(callee) {
            Expr::Member { property, .. } if f.str(property) == "call" => Some(f.nth(args, n + 1)),
            Expr::Member { property, .. } if f.str(property) == "apply" => {
                let mut list = f.plain(f.nth(args, 1));
                if let Expr::Ref(b) = f.expr(list) {
                    list = f.plain(f[b].init);
                }
                match f.expr(list) {
                    Expr::Array(items) => Some(f.nth(items, n)),
                    _ => None,
                }
            }
            _ => Some(f.nth(args, n)),
        }
    }

    /// A short name for an expression in a sentence.
    pub fn text(&self, e: ExprRef) -> String {
        let f = self.file(e.file);
        match f.expr(f.awaited(e.id)) {
            Expr::Ref(b) => f.name_of(b).to_string(),
            Expr::Global(g) => f.str(g).to_string(),
            Expr::This => "this".into(),
            Expr::Member { object, property } => format!("{}.{}", self.text(e.with(object)), f.str(property)),
            Expr::Index { object, .. } => format!("{}[…]", self.text(e.with(object))),
            Expr::Call { callee, .. } => format!("{}()", self.text(e.with(callee))),
            Expr::New { callee, .. } => format!("new {}", self.text(e.with(callee))),
            Expr::Template(_) => "a template string".into(),
            Expr::Str(s) => format!("\"{}\"", f.str(s)),
            _ => "an expression".into(),
        }
    }

    /// The parent expression.
    pub fn parent(&self, e: ExprRef) -> Option<ExprRef> {
        match self.ix(e.file).up(e.id) {
            Up::Expr(p) => Some(e.with(p)),
            _ => None,
        }
    }
}

fn mentions_constructor(f: &FileFacts, e: ExprId) -> bool {
    matches!(f.expr(e), Expr::Member { property, .. } if f.str(property) == "constructor")
}
