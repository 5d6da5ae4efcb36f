//! How long the thing lives that a listener is added to, compared with the work that adds it.

use highwater_program::graph::entry::callee_name;
use highwater_program::graph::{Base, ClassRef, ExprRef, FunRef, Life, PlaceId, Rate, Seg, Ty};
use highwater_program::ir::*;
use highwater_program::model::ModelLife;

use super::{Context, Emitter, Family, Reach, Registration, unit};

/// What a registration is added to.
pub fn of(cx: &Context<'_>, reg: &Registration) -> Emitter {
    match reg.receiver {
        Some(r) => Look { cx, func: reg.func, abort: reg.family == Family::Abort }.expr(r, 0),
        None if reg.family == Family::Abort => combined(cx, reg),
        None => long(70, format!("`{}` keeps it for the whole process", reg.verb)),
    }
}

/// How long a thing lives, seen from a function that adds something to it.
pub fn of_thing(cx: &Context<'_>, func: FunRef, thing: ExprRef, abort: bool) -> Emitter {
    Look { cx, func, abort }.expr(thing, 0)
}

fn short() -> Emitter {
    Emitter { reach: Reach::Short, sure: 0, why: String::new() }
}

fn long(sure: u8, why: String) -> Emitter {
    Emitter { reach: Reach::Long, sure, why }
}

fn unknown(sure: u8, why: String) -> Emitter {
    Emitter { reach: Reach::Unknown, sure, why }
}

/// The longest-lived of the signals that a combining function is given.
fn combined(cx: &Context<'_>, reg: &Registration) -> Emitter {
    let f = cx.l.file(reg.call.file);
    let Expr::Call { args, .. } = f.expr(reg.call.id) else { return short() };
    let look = Look { cx, func: reg.func, abort: true };
    let mut parts = Vec::new();
    for a in f.exprs_of(args) {
        match f.expr(f.plain(a)) {
            Expr::Array(list) => parts.extend(f.exprs_of(list)),
            _ => parts.push(a),
        }
    }
    parts
        .into_iter()
        .map(|p| look.expr(reg.call.with(p), 0))
        .max_by_key(|e| (e.reach, e.sure))
        .unwrap_or_else(short)
}

struct Look<'c, 'p> {
    cx: &'c Context<'p>,
    /// The function that registers.
    func: FunRef,
    abort: bool,
}

impl Look<'_, '_> {
    fn expr(&self, e: ExprRef, depth: u8) -> Emitter {
        let cx = self.cx;
        if depth > 6 {
            return unknown(40, String::new());
        }
        let f = cx.l.file(e.file);
        let id = f.awaited(e.id);
        if depth == 0 && !self.abort && self.is_made_here(e.with(id)) {
            return short();
        }
        let e = e.with(id);
        if let Some(x) = self.by_type(e) {
            return x;
        }
        if let Some((b, path)) = self.caller_gives(e) {
            return self.param(b, &path, depth);
        }
        match f.expr(id) {
            Expr::This => return self.this(e),
            Expr::Ref(b) if f.expr(f[b].init) == Expr::This => return self.this(e.with(f[b].init)),
            Expr::Global(g) => {
                return match f.str(g) {
                    "process" | "globalThis" | "global" => {
                        long(92, format!("`{}` lives as long as the process", f.str(g)))
                    }
                    _ => short(),
                };
            }
            Expr::Logical { left, right, .. } => {
                let (a, b) = (self.expr(e.with(left), depth + 1), self.expr(e.with(right), depth + 1));
                return if (a.reach, a.sure) >= (b.reach, b.sure) { a } else { b };
            }
            Expr::Member { object, property } => {
                if let Some(x) = self.member(e, object, f.str(property), depth) {
                    return x;
                }
            }
            Expr::New { .. } | Expr::Object(_) | Expr::Fn(_) | Expr::Str(_) | Expr::Null => return short(),
            _ => {}
        }
        if let Some(p) = cx.l.place(e) {
            if p.path.contains(&Seg::Elem) {
                return self.element(e, &p, depth);
            }
            return self.place(&p, depth);
        }
        match f.expr(id) {
            Expr::Member { object, .. } => self.expr(e.with(object), depth + 1),
            Expr::Call { callee, .. } => self.call(e, callee, depth),
            Expr::Ref(_) => match cx.l.external(e) {
                Some((package, name)) => {
                    long(60, format!("`{name}` of `{package}` is shared by the whole process"))
                }
                None => short(),
            },
            _ => short(),
        }
    }

    /// `this.client = connect(); this.client.on(..)`: each time another one, with listeners of its own.
    fn is_made_here(&self, e: ExprRef) -> bool {
        let cx = self.cx;
        let f = cx.l.file(e.file);
        let ix = cx.l.ix(e.file);
        let mut at = f.plain(e.id);
        for _ in 0..4 {
            let Expr::Member { object, .. } = f.expr(at) else { return false };
            let here = cx.l.place(e.with(at));
            let makes = |w: ExprId| match f.expr(w) {
                Expr::Assign { op: AssignOp::Set, target, value } => {
                    matches!(f.expr(f.awaited(value)), Expr::New { .. } | Expr::Call { .. })
                        && ix.fn_of(w) == self.func.id
                        && w < e.id
                        && cx.l.place(e.with(target)) == here
                        && cx.l.guards(e.with(w)).iter().all(|g| cx.l.guards(e).contains(g))
                }
                _ => false,
            };
            if here.is_some() && self.func.file == e.file && ix.writes.iter().any(|&w| makes(w)) {
                return true;
            }
            at = f.plain(object);
        }
        false
    }

    /// `options.signal`, `params.parent.bus`: the parameter at the root, and the way from there.
    fn caller_gives(&self, e: ExprRef) -> Option<(highwater_program::graph::BindRef, Vec<String>)> {
        let cx = self.cx;
        let f = cx.l.file(e.file);
        let mut path = Vec::new();
        let mut at = f.plain(e.id);
        loop {
            match f.expr(at) {
                Expr::Member { object, property } => {
                    let name = f.str(property);
                    if matches!(name, "socket" | "connection") || self.is_request(e.with(object)) {
                        return None;
                    }
                    if is_shared_name(name) && self.is_given(e.with(object)) {
                        return None;
                    }
                    path.insert(0, f.str(property).to_string());
                    at = f.plain(object);
                }
                Expr::Ref(b) if !path.is_empty() && f[b].kind == BindingKind::Param => {
                    let owner = unit::of(cx, e.with(f[b].func));
                    return (owner == unit::of(cx, self.func)).then(|| (e.with(b), path));
                }
                _ => return None,
            }
        }
    }

    /// A modelled type that says how long its values live.
    fn by_type(&self, e: ExprRef) -> Option<Emitter> {
        let cx = self.cx;
        let Ty::Lib(t) = cx.l.type_of(e) else { return None };
        if t.starts_with("Abort") {
            // As long as whatever holds the controller.
            return None;
        }
        let m = cx.l.model_index.type_model(&cx.l.models, &t)?;
        if self.is_held(e) {
            // Whatever its type: as long as its holder keeps it.
            return None;
        }
        match m.life? {
            ModelLife::Process => {
                // The type is long-lived by its use; made here, it is not.
                matches!(cx.l.expr(e), Expr::New { .. }).then(short)
            }
            ModelLife::Connection if self.is_agent_socket(e) => None,
            _ if &*t == "net.Socket" => None,
            _ => Some(short()),
        }
    }

    /// In a field or a variable of a module, or something below it.
    fn is_held(&self, e: ExprRef) -> bool {
        let f = self.cx.l.file(e.file);
        let mut at = f.plain(e.id);
        loop {
            match f.expr(at) {
                Expr::Member { object, .. } => at = f.plain(object),
                Expr::This => return true,
                Expr::Ref(b) => {
                    return f[b].func == FnId::MODULE && f[b].kind != BindingKind::Param
                        || f.expr(f[b].init) == Expr::This;
                }
                _ => return false,
            }
        }
    }

    /// A socket that an outgoing or incoming request only borrows.
    fn is_agent_socket(&self, e: ExprRef) -> bool {
        let f = self.cx.l.file(e.file);
        match f.expr(e.id) {
            Expr::Member { property, .. } => matches!(f.str(property), "socket" | "connection"),
            Expr::Ref(b) => self.given_by_socket_event(e.with(b)).is_some(),
            _ => false,
        }
    }

    fn member(&self, e: ExprRef, object: ExprId, name: &str, depth: u8) -> Option<Emitter> {
        let cx = self.cx;
        let owner = e.with(object);
        if matches!(name, "socket" | "connection") && self.is_request(owner) {
            if self.is_upgrade() {
                return Some(short());
            }
            return Some(long(
                62,
                format!(
                    "`{}` is the connection, which serves further requests when it is kept alive",
                    cx.l.text(e)
                ),
            ));
        }
        let f = cx.l.file(e.file);
        if name == "socket"
            && matches!(f.expr(f.plain(object)), Expr::Member { property, .. } if f.str(property) == "session")
        {
            return Some(long(84, format!("`{}` carries every stream of its HTTP/2 session", cx.l.text(e))));
        }
        if is_shared_name(name) && self.is_given(owner) {
            return Some(long(78, format!("`{}` is shared by all that come this way", cx.l.text(e))));
        }
        if self.abort && name == "signal" {
            if self.is_request(owner) {
                return Some(short());
            }
            let controller = self.expr(owner, depth + 1);
            if controller.reach == Reach::Short && self.is_made_of_given(owner) {
                return Some(unknown(
                    74,
                    format!("`{}` is the signal of the caller, who may use it for many calls", cx.l.text(e)),
                ));
            }
            return Some(controller);
        }
        None
    }

    /// `this.options = new Options(options)`, `const config = { ...init }`: a copy of what the caller gave.
    fn is_made_of_given(&self, e: ExprRef) -> bool {
        let cx = self.cx;
        let f = cx.l.file(e.file);
        let (name, values) = match f.expr(f.plain(e.id)) {
            Expr::Ref(b) => (f.name_of(b), vec![e.with(f[b].init)]),
            Expr::Member { property, .. } => {
                let Some(place) = cx.l.place(e) else { return false };
                let Base::Field(class, _) = &place.base else { return false };
                (f.str(property), writes_of(cx, *class, &place))
            }
            _ => return false,
        };
        let n = name.to_ascii_lowercase();
        let options = ["options", "opts", "config", "init", "settings"].iter().any(|w| n.ends_with(w));
        options
            && values.iter().any(|v| {
                let vf = cx.l.file(v.file);
                let given = |x: ExprId| match vf.expr(vf.plain(x)) {
                    Expr::Ref(b) => vf[b].kind == BindingKind::Param,
                    Expr::Spread(x) => {
                        matches!(vf.expr(vf.plain(x)), Expr::Ref(b) if vf[b].kind == BindingKind::Param)
                    }
                    _ => false,
                };
                match vf.expr(vf.awaited(v.id)) {
                    Expr::New { args, .. } | Expr::Call { args, .. } => vf.exprs_of(args).any(given),
                    Expr::Object(list) => vf.props_of(list).any(|p| p.key == Key::Spread && given(p.value)),
                    _ => false,
                }
            })
    }

    /// `req`, `res`, `ctx.req`, a parameter of a modelled request type.
    fn is_request(&self, e: ExprRef) -> bool {
        let f = self.cx.l.file(e.file);
        if let Ty::Lib(t) = self.cx.l.type_of(e) {
            return t.ends_with("Request")
                || t.ends_with("IncomingMessage")
                || t.ends_with("ServerResponse")
                || t.ends_with("Context");
        }
        let name = match f.expr(f.plain(e.id)) {
            Expr::Ref(b) => f.name_of(b),
            Expr::Member { property, .. } => f.str(property),
            _ => return false,
        };
        matches!(
            name,
            "req"
                | "res"
                | "request"
                | "response"
                | "ctx"
                | "context"
                | "c"
                | "reply"
                | "raw"
                | "evt"
                | "event"
        )
    }

    /// A parameter of a callback, or something below it.
    fn is_given(&self, e: ExprRef) -> bool {
        let f = self.cx.l.file(e.file);
        match f.expr(f.plain(e.id)) {
            Expr::Ref(b) => {
                let func = e.with(f[b].func);
                f[b].kind == BindingKind::Param
                    && (self.is_request(e)
                        || self.cx.rate(func) >= Rate::Connection && self.cx.l.passed_to(func).is_some())
            }
            Expr::Member { object, .. } => self.is_given(e.with(object)),
            _ => false,
        }
    }

    fn is_upgrade(&self) -> bool {
        let chain = self.cx.program.rates.chain(self.cx.l, &self.cx.program.calls, self.func);
        let entry = chain.entry.to_ascii_lowercase();
        ["upgrade", "connection", "websocket", "sse", "stream"].iter().any(|w| entry.contains(w))
    }

    /// `this.on(...)` in a method that is called again and again.
    fn this(&self, e: ExprRef) -> Emitter {
        let cx = self.cx;
        let Some(class) = cx.l.this_class(cx.l.fn_of(e)) else { return short() };
        if self.makes_instance(class) {
            return short();
        }
        self.class(class, "`this`")
    }

    /// The work is the constructor, or something that only the constructor calls.
    fn makes_instance(&self, class: ClassRef) -> bool {
        let cx = self.cx;
        let mut at = unit::of(cx, self.func);
        for _ in 0..4 {
            if cx.l.this_class(at) != Some(class) {
                return false;
            }
            if is_constructor(cx, at, class) || begins(&cx.l.fn_name(at)) {
                return true;
            }
            let mut callers = cx.program.calls.callers(at).filter(|c| {
                c.via == highwater_program::graph::calls::Via::Call && cx.program.calls.function(c.from) != at
            });
            let (Some(only), None) = (callers.next(), callers.next()) else { return false };
            let direct = is_constructor(cx, cx.program.calls.function(only.from), class);
            if !direct && !unit::puts_together(cx, at) {
                return false;
            }
            at = unit::of(cx, cx.program.calls.function(only.from));
        }
        false
    }

    fn class(&self, class: ClassRef, what: &str) -> Emitter {
        let cx = self.cx;
        let f = cx.l.file(class.file);
        let name = f.str(cx.l.class(class).name);
        match cx.lifetimes.of_class(class, 0) {
            Life::Process => long(92, format!("{what} of `{name}` lives as long as the process")),
            Life::Unknown => {
                long(78, format!("{what} of `{name}` lives as long as whoever uses the class keeps it"))
            }
            life => Emitter { why: format!("`{name}` {life:?}"), ..short() },
        }
    }

    /// Something taken out of a collection: it was there before the work, and may be there after it.
    fn element(&self, e: ExprRef, p: &PlaceId, depth: u8) -> Emitter {
        let cx = self.cx;
        let f = cx.l.file(e.file);
        let taken = match f.expr(f.awaited(e.id)) {
            Expr::Ref(b) => e.with(f.awaited(f[b].init)),
            _ => e,
        };
        let taken = match f.expr(taken.id) {
            Expr::Logical { left, .. } => taken.with(f.plain(left)),
            _ => taken,
        };
        let direct = match f.expr(taken.id) {
            Expr::Index { .. } => true,
            Expr::Call { callee, .. } => {
                matches!(callee_name(f, callee), Some("get" | "pop" | "shift" | "find" | "at"))
            }
            _ => false,
        };
        if !direct || p.path.len() > 1 {
            return short();
        }
        let holder = self.place(&PlaceId { base: p.base.clone(), path: vec![] }, depth + 1);
        match holder.reach {
            Reach::Long => Emitter {
                sure: holder.sure.min(74),
                why: format!(
                    "it was taken from `{}`, where it lived before the call",
                    cx.l.place_path(p).replace("[*]", "")
                ),
                ..holder
            },
            _ => short(),
        }
    }

    fn place(&self, p: &PlaceId, depth: u8) -> Emitter {
        match &p.base {
            Base::Global(n) => long(88, format!("`{n}` is global")),
            Base::Value(_) => {
                long(85, "it is a value of a module, which lives as long as the process".into())
            }
            Base::Field(class, name) => self.field(*class, name, depth),
            Base::Binding(b) => self.binding(*b, depth),
        }
    }

    fn field(&self, class: ClassRef, name: &str, depth: u8) -> Emitter {
        let cx = self.cx;
        let f = cx.l.file(class.file);
        let place = cx.l.field(class, name);
        let written = writes_of(cx, class, &place);
        let is_static = f.field_named(class.id, name).is_some_and(|x| x.is_static);
        if is_static {
            return long(90, format!("`{name}` is static: it lives as long as the process"));
        }
        let renewed: Vec<FunRef> = written
            .iter()
            .filter(|w| !matches!(cx.l.expr(**w), Expr::Null | Expr::Global(_) | Expr::Unary { .. }))
            .map(|w| unit::of(cx, cx.l.fn_of(*w)))
            .filter(|u| !is_constructor(cx, *u, class))
            .collect();
        if self.goes_with(&renewed) {
            return short();
        }
        let own_instance = self.makes_instance(class);
        if let Some(b) = parameter_field(cx, &place) {
            let given = self.param(b, &[], depth + 1);
            if given.reach == Reach::Long || own_instance {
                return given;
            }
        }
        let handed = written.iter().find(|w| self.root_param(**w).is_some());
        if let Some(&w) = handed {
            let given = self.expr(w, depth + 1);
            if given.reach == Reach::Long || own_instance {
                return given;
            }
        }
        if own_instance {
            return short();
        }
        let kept = self.class(class, &format!("`{name}`"));
        if renewed.is_empty() { kept } else { Emitter { sure: kept.sure.min(74), ..kept } }
    }

    /// The work fills the field itself, or is a part of what fills it: the listener goes with the old value.
    fn goes_with(&self, renewed: &[FunRef]) -> bool {
        let cx = self.cx;
        let here = unit::of(cx, self.func);
        if renewed.is_empty() {
            return false;
        }
        let mut around = here;
        for _ in 0..6 {
            if renewed.contains(&around) || unit::puts_together(cx, around) {
                return true;
            }
            let parent = cx.l.function(around).parent;
            if !parent.is_some() || parent == FnId::MODULE {
                break;
            }
            around = around.with(parent);
        }
        cx.program
            .calls
            .callers(here)
            .any(|e| renewed.contains(&unit::of(cx, cx.program.calls.function(e.from))))
    }

    /// The parameter at the root of an expression.
    fn root_param(&self, e: ExprRef) -> Option<BindingId> {
        let f = self.cx.l.file(e.file);
        match f.expr(f.plain(e.id)) {
            Expr::Ref(b) if f[b].kind == BindingKind::Param => Some(b),
            Expr::Member { object, .. } => self.root_param(e.with(object)),
            Expr::Logical { left, .. } => self.root_param(e.with(left)),
            _ => None,
        }
    }

    fn binding(&self, b: highwater_program::graph::BindRef, depth: u8) -> Emitter {
        let cx = self.cx;
        let slot = *cx.l.binding(b);
        let f = cx.l.file(b.file);
        let name = f.name_of(b.id);
        if slot.func == FnId::MODULE && slot.kind != BindingKind::Param {
            if self.renewed_here(b) {
                return short();
            }
            return long(90, format!("`{name}` belongs to the module and lives as long as the process"));
        }
        if let Some(x) = self.given_by_socket_event(b) {
            return x;
        }
        if is_of_request(name) {
            return short();
        }
        let owner = b.with(slot.func);
        let here = unit::of(cx, self.func);
        if slot.kind != BindingKind::Param {
            return self.captured(owner, name).unwrap_or_else(|| self.borrowed(b, depth));
        }
        if unit::of(cx, owner) != here
            && let Some(x) = self.captured(owner, name).filter(|x| x.reach == Reach::Long || !self.abort)
        {
            return x;
        }
        self.param(b, &[], depth)
    }

    /// A module variable that the work itself fills is as young as the work.
    fn renewed_here(&self, b: highwater_program::graph::BindRef) -> bool {
        let cx = self.cx;
        let here = unit::of(cx, self.func);
        let f = cx.l.file(b.file);
        cx.l.binding(b).writes > 0
            && cx.l.ix(b.file).refs(b.id).iter().any(|&r| {
                let at = b.with(r);
                cx.l.parent(at)
                    .is_some_and(|p| matches!(f.expr(p.id), Expr::Assign { target, .. } if target == r))
                    && unit::of(cx, cx.l.fn_of(at)) == here
            })
    }

    /// `request.on('socket', socket => ...)`: an agent's socket serves many requests.
    fn given_by_socket_event(&self, b: highwater_program::graph::BindRef) -> Option<Emitter> {
        let cx = self.cx;
        let &(func, n) = cx.l.ix(b.file).param_of.get(&b.id)?;
        let (call, event) = unit::event_of(cx, b.with(func))?;
        if n != 0 || event != "socket" {
            return None;
        }
        let f = cx.l.file(call.file);
        let Expr::Call { callee, .. } = f.expr(call.id) else { return None };
        let Expr::Member { object, .. } = f.expr(callee) else { return None };
        let text = cx.l.text(call.with(object)).to_ascii_lowercase();
        let is_request = text.contains("req")
            || matches!(cx.l.type_of(call.with(object)), Ty::Lib(t) if t.ends_with("ClientRequest"));
        is_request
            .then(|| long(82, "a keep-alive agent gives the same socket to request after request".into()))
    }

    /// A variable of an outer function that ran once, seen from a function that runs again and again.
    fn captured(&self, owner: FunRef, name: &str) -> Option<Emitter> {
        let cx = self.cx;
        let here = unit::of(cx, self.func);
        let outer = unit::of(cx, owner);
        if outer == here || !cx.l.is_within(here, outer) {
            return None;
        }
        let shown = cx.l.fn_name(outer);
        match cx.rate(outer) {
            Rate::Init | Rate::Never if cx.rate(here) >= Rate::External => {
                Some(long(80, format!("`{name}` is made by `{shown}`, once, and outlives each call")))
            }
            Rate::External if leaves(cx, here, outer) => Some(long(
                70,
                format!("`{name}` belongs to `{shown}`, whose inner function is called again and again"),
            )),
            _ => Some(short()),
        }
    }

    /// A local that was taken from a pool or cache lives on when the work is done.
    fn borrowed(&self, b: highwater_program::graph::BindRef, depth: u8) -> Emitter {
        let cx = self.cx;
        let slot = cx.l.binding(b);
        let f = cx.l.file(b.file);
        let init = b.with(f.awaited(slot.init));
        match f.expr(init.id) {
            Expr::Call { callee, .. } => self.call(init, callee, depth),
            _ => short(),
        }
    }

    fn call(&self, e: ExprRef, callee: ExprId, depth: u8) -> Emitter {
        let cx = self.cx;
        let f = cx.l.file(e.file);
        let Expr::Member { object, property } = f.expr(callee) else { return short() };
        if matches!(f.str(property), "pipe" | "asObservable") {
            return self.expr(e.with(object), depth + 1);
        }
        let pool = cx.l.text(e.with(object)).to_ascii_lowercase();
        let pooled = matches!(f.str(property), "connect" | "getConnection" | "acquire" | "checkout")
            && (pool.ends_with("pool")
                || matches!(cx.l.type_of(e.with(object)), Ty::Lib(t) if t.ends_with("Pool")));
        if !pooled || self.expr(e.with(object), depth + 1).reach == Reach::Short {
            return short();
        }
        long(80, format!("`{}` lends the same client again and again", cx.l.text(e.with(callee))))
    }

    /// A parameter: what the callers pass decides.
    fn param(&self, b: highwater_program::graph::BindRef, below: &[String], depth: u8) -> Emitter {
        let cx = self.cx;
        let f = cx.l.file(b.file);
        let name = f.name_of(b.id).to_string();
        let func = b.with(cx.l.binding(b).func);
        if cx.l.passed_to(func).is_some() || self.is_peer(b) {
            return short();
        }
        let (position, mut path) = self.position(b);
        path.extend_from_slice(below);
        let mut best: Option<Emitter> = None;
        let mut seen = 0;
        if let Some(n) = position {
            for c in cx
                .program
                .calls
                .callers(func)
                .filter(|c| c.via == highwater_program::graph::calls::Via::Call)
                .take(24)
            {
                let cf = cx.l.file(c.site.file);
                let (Expr::Call { args, .. } | Expr::New { args, .. }) = cf.expr(c.site.id) else { continue };
                let mut arg = cf.nth(args, n as usize);
                let mut inside = path.as_slice();
                while let Some((p, rest)) = inside.split_first()
                    && matches!(cf.expr(cf.plain(arg)), Expr::Object(_))
                {
                    arg = cf.prop(arg, p).unwrap_or(ExprId::NONE);
                    inside = rest;
                }
                if !arg.is_some() {
                    continue;
                }
                let there =
                    Look { cx, func: c.site.with(cx.l.ix(c.site.file).fn_of(c.site.id)), abort: self.abort };
                let x = there.expr(c.site.with(arg), depth + 1);
                if x.reach == Reach::Short && !self.abort && inside.last().is_some_and(|p| says_shared(p)) {
                    continue; // made for the call, with something in it that is not
                }
                seen += 1;
                if best.as_ref().is_none_or(|o| (x.reach, x.sure) > (o.reach, o.sure)) {
                    best = Some(x);
                }
            }
        }
        match best {
            Some(x) if x.reach != Reach::Unknown || seen > 0 && x.reach == Reach::Short => x,
            _ => self.by_name(&name, &path, func),
        }
    }

    /// The first parameter of a function that is registered for connections: what came with each.
    fn is_peer(&self, b: highwater_program::graph::BindRef) -> bool {
        let cx = self.cx;
        let first = cx.l.ix(b.file).param_of.get(&b.id).filter(|(_, n)| *n == 0);
        first.is_some_and(|&(func, _)| {
            cx.entries_of(b.with(func)).any(|e| e.site.is_some() && e.rate == Rate::Connection)
        })
    }

    /// The parameter position of a name, and the properties on the way to it when it was destructured.
    fn position(&self, b: highwater_program::graph::BindRef) -> (Option<u16>, Vec<String>) {
        let cx = self.cx;
        let ix = cx.l.ix(b.file);
        if let Some(&(_, n)) = ix.param_of.get(&b.id) {
            return (Some(n), vec![]);
        }
        let f = cx.l.file(b.file);
        let mut path = Vec::new();
        let mut at = f[b.id].init;
        for _ in 0..4 {
            match f.expr(f.plain(at)) {
                Expr::Member { object, property } => {
                    path.insert(0, f.str(property).to_string());
                    at = object;
                }
                Expr::Logical { left, .. } => at = left,
                Expr::Ref(x) => return (ix.param_of.get(&x).map(|&(_, n)| n), path),
                _ => break,
            }
        }
        (None, path)
    }

    /// Nobody in the tree says what is passed: its name does, a little.
    fn by_name(&self, name: &str, path: &[String], func: FunRef) -> Emitter {
        let n = path.last().map_or(name, String::as_str).to_ascii_lowercase();
        if matches!(
            n.as_str(),
            "req" | "res" | "request" | "response" | "reply" | "stream" | "child" | "proc" | "ws"
        ) {
            return short();
        }
        if self.abort && name.to_ascii_lowercase().ends_with("controller") {
            return unknown(45, format!("`{name}` belongs to the caller, who can abort it"));
        }
        if self.abort {
            return unknown(
                if unit::is_library(self.cx, func) { 74 } else { 66 },
                format!("`{name}` belongs to the caller and may outlive the call"),
            );
        }
        if says_shared(&n) {
            return unknown(62, format!("`{name}` belongs to the caller, by its name something shared"));
        }
        unknown(40, format!("`{name}` belongs to the caller"))
    }
}

/// A hook by which a framework begins with an object, once: `onCreate`, `ngOnInit`.
fn begins(name: &str) -> bool {
    let n = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    matches!(
        n.as_str(),
        "oncreate" | "oninit" | "ngoninit" | "onmoduleinit" | "onmount" | "connectedcallback"
    )
}

/// A constructor, field initialisers, or the function that an old-style class is made of.
fn is_constructor(cx: &Context<'_>, func: FunRef, class: ClassRef) -> bool {
    matches!(cx.l.function(func).kind, FnKind::Constructor | FnKind::ClassInit)
        || class.file == func.file && cx.l.class(class).from_fn == func.id
}

/// By its name something that many use.
pub fn says_shared(name: &str) -> bool {
    const SHARED: &[&str] = &[
        "client", "bus", "emitter", "broker", "pubsub", "hub", "redis", "pool", "manager", "registry",
        "parent", "queue", "store",
    ];
    let n = name.to_ascii_lowercase();
    SHARED.iter().any(|w| n.ends_with(w))
}

/// A socket that an outgoing or incoming request only borrows: `req.socket`, `req.on('socket', socket => ...)`.
pub fn is_borrowed_socket(cx: &Context<'_>, reg: &Registration) -> bool {
    let Some(r) = reg.receiver else { return false };
    let look = Look { cx, func: reg.func, abort: false };
    let f = cx.l.file(r.file);
    match f.expr(f.plain(r.id)) {
        Expr::Member { object, property } => {
            matches!(f.str(property), "socket" | "connection") && look.is_request(r.with(object))
        }
        Expr::Ref(b) => look.given_by_socket_event(r.with(b)).is_some(),
        _ => false,
    }
}

/// Properties by which a request, message or socket leads to what all of them share.
fn is_shared_name(name: &str) -> bool {
    matches!(
        name,
        "app"
            | "client"
            | "server"
            | "io"
            | "nsp"
            | "bus"
            | "eventBus"
            | "pubsub"
            | "redis"
            | "broker"
            | "emitter"
    )
}

/// Names that say that a thing belongs to one request or connection.
fn is_of_request(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "req"
            | "res"
            | "request"
            | "response"
            | "reply"
            | "stream"
            | "child"
            | "proc"
            | "ws"
            | "rawreq"
            | "rawres"
            | "incoming"
            | "readable"
            | "writable"
            | "upstream"
            | "downstream"
            | "xhr"
    )
}

/// The constructor parameter of `constructor(private x: X)`.
fn parameter_field(cx: &Context<'_>, place: &PlaceId) -> Option<highwater_program::graph::BindRef> {
    let Base::Field(class, name) = &place.base else { return None };
    let f = cx.l.file(class.file);
    let n = f.field_named(class.id, name)?.param?;
    let ctor = cx.l.method(*class, "constructor", 0)?;
    cx.l.file(ctor.file).params(ctor.id).nth(n as usize).map(|b| ctor.with(b))
}

/// Values that are assigned to a field anywhere in its class's file, the initial one included.
fn writes_of(cx: &Context<'_>, class: ClassRef, place: &PlaceId) -> Vec<ExprRef> {
    let f = cx.l.file(class.file);
    let mut out: Vec<ExprRef> = Vec::new();
    if let Base::Field(c, name) = &place.base
        && let Some(field) = cx.l.file(c.file).field_named(c.id, name)
        && field.init.is_some()
    {
        out.push(c.with(field.init));
    }
    for &w in &cx.l.ix(class.file).writes {
        if let Expr::Assign { target, value, .. } = f.expr(w)
            && matches!(f.expr(target), Expr::Member { .. })
            && cx.l.place(class.with(target)).as_ref() == Some(place)
            && !out.contains(&class.with(value))
        {
            out.push(class.with(value));
        }
    }
    out
}

/// True when a function leaves the one that makes it: returned, stored, or a part of what is returned or stored.
fn leaves(cx: &Context<'_>, inner: FunRef, outer: FunRef) -> bool {
    let f = cx.l.file(inner.file);
    let mut at = inner;
    while at != outer && at.id != FnId::MODULE {
        let created = cx.l.ix(at.file).fn_expr.get(at.id.ix()).copied().unwrap_or(ExprId::NONE);
        let mut e = created;
        while e.is_some() {
            match cx.l.ix(at.file).up(e) {
                highwater_program::graph::index::Up::Expr(p) => match f.expr(p) {
                    Expr::Object(_) | Expr::Array(_) => e = p,
                    Expr::Assign { target, .. } => {
                        return matches!(f.expr(target), Expr::Member { .. } | Expr::Index { .. });
                    }
                    Expr::Call { callee, .. } if callee_name(f, callee) == Some("wrap") => return true,
                    _ => break,
                },
                highwater_program::graph::index::Up::Stmt(s) => {
                    match f.stmts[s.ix()] {
                        Stmt::Return(_) => return true,
                        Stmt::Let { binding, .. } if returned(cx, at.with(binding)) => return true,
                        _ => {}
                    }
                    break;
                }
                highwater_program::graph::index::Up::None => break,
            }
        }
        if let Some(b) = f.bindings.iter().position(|b| b.function == at.id && b.kind == BindingKind::Fn)
            && returned(cx, at.with(BindingId(b as u32)))
        {
            return true;
        }
        at = at.with(cx.l.function(at).parent);
    }
    false
}

fn returned(cx: &Context<'_>, b: highwater_program::graph::BindRef) -> bool {
    let f = cx.l.file(b.file);
    cx.l.ix(b.file).refs(b.id).iter().any(|&r| {
        let mut e = r;
        for _ in 0..4 {
            match cx.l.ix(b.file).up(e) {
                highwater_program::graph::index::Up::Expr(p) => match f.expr(p) {
                    Expr::Object(_) | Expr::Array(_) => e = p,
                    _ => return false,
                },
                highwater_program::graph::index::Up::Stmt(s) => {
                    return matches!(f.stmts[s.ix()], Stmt::Return(_));
                }
                highwater_program::graph::index::Up::None => return false,
            }
        }
        false
    })
}
