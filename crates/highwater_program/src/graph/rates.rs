//! How often each function runs, and by which chain from an entry point.

use super::calls::{Calls, Via};
use super::linked::{ExprRef, FunRef, Linked};
use crate::FileRole;
use crate::ir::*;
use highwater_finding::Platform;
use rustc_hash::FxHashSet;

/// How often something happens, from never to most often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// Nothing reaches it.
    Never,
    /// While the process goes down.
    Shutdown,
    /// While the process comes up.
    Init,
    /// Whenever code outside the tree calls it.
    External,
    /// On a timer.
    Tick,
    /// Per connection or session.
    Connection,
    /// Per message, job or event.
    Message,
    /// Per request.
    Request,
}

impl Rate {
    /// True when it goes on for as long as the process lives.
    pub fn recurs(self) -> bool {
        self >= Rate::External
    }

    /// "once per request", for a sentence.
    pub fn phrase(self) -> &'static str {
        match self {
            Rate::Never => "never",
            Rate::Shutdown => "at shutdown",
            Rate::Init => "at start-up",
            Rate::External => "on each call from outside",
            Rate::Tick => "on each timer tick",
            Rate::Connection => "once per connection",
            Rate::Message => "once per event",
            Rate::Request => "once per request",
        }
    }
}

/// Where a function's rate comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Why {
    Nothing,
    Module,
    Entry(u32),
    Exported,
    Edge(u32),
}

/// Rates of every function.
pub struct Rates {
    rate: Vec<Rate>,
    why: Vec<Why>,
    /// What code that runs drives: code that nothing loads has no say in it.
    settled: Vec<bool>,
    /// The same without what a function does with an object that it has just made.
    on_made: Vec<Rate>,
    /// Functions that nobody can call: exported, and named nowhere.
    uncalled: FxHashSet<u32>,
}

/// Entry points that run, or those that do not; and whether calls on new objects count.
struct Part<'a> {
    runs: bool,
    uncalled: &'a FxHashSet<u32>,
    on_made: bool,
}

impl Part<'_> {
    fn is_uncalled(&self, calls: &Calls, func: FunRef) -> bool {
        !self.uncalled.is_empty() && self.uncalled.contains(&calls.number(func))
    }
}

impl Rates {
    /// Spreads rates from the entry points along the calls.
    pub fn build(l: &Linked, calls: &Calls) -> Rates {
        let uncalled = super::uncalled::find(l, calls);
        let mut r = Rates::spread_all(l, calls, &uncalled, false);
        r.on_made = Rates::spread_all(l, calls, &uncalled, true).rate;
        r.uncalled = uncalled;
        r
    }

    fn spread_all(l: &Linked, calls: &Calls, uncalled: &FxHashSet<u32>, on_made: bool) -> Rates {
        let n = calls.len();
        let mut r = Rates {
            rate: vec![Rate::Never; n],
            why: vec![Why::Nothing; n],
            settled: vec![false; n],
            on_made: vec![],
            uncalled: FxHashSet::default(),
        };
        r.drive(l, calls, &Part { runs: true, uncalled, on_made });
        r.settled = r.rate.iter().map(|rate| rate.recurs()).collect();
        r.drive(l, calls, &Part { runs: false, uncalled, on_made });
        r
    }

    /// Rates from the entry points that run, or from those that nothing in the program gets to.
    fn drive(&mut self, l: &Linked, calls: &Calls, part: &Part<'_>) {
        let mut work = Vec::new();
        for (file, f) in l.iter().filter(|(file, _)| l.is_loaded(*file) == part.runs) {
            if f.role != FileRole::Test {
                let m = calls.number(super::At { file, id: FnId::MODULE });
                self.raise(m, Rate::Init, Why::Module, &mut work);
            }
        }
        for (i, e) in calls.entries.list.iter().enumerate() {
            let runs = match e.site {
                Some(site) => l.is_loaded(site.file) && !part.is_uncalled(calls, l.fn_of(site)),
                None => l.is_loaded(e.func.file),
            };
            if runs != part.runs {
                continue;
            }
            // An example or a script does not serve.
            let shown = l.file(e.func.file).role == FileRole::Script;
            let rate = if shown { e.rate.min(Rate::Init) } else { e.rate };
            self.raise(calls.number(e.func), rate, Why::Entry(i as u32), &mut work);
        }
        self.exported(l, calls, part, &mut work);
        self.spread(l, calls, part.on_made, &mut work);
    }

    fn raise(&mut self, n: u32, rate: Rate, why: Why, work: &mut Vec<u32>) {
        if rate > self.rate[n as usize] && !self.settled[n as usize] {
            self.rate[n as usize] = rate;
            self.why[n as usize] = why;
            work.push(n);
        }
    }

    /// Breadth first, so that the chain kept is among the shortest.
    fn spread(&mut self, l: &Linked, calls: &Calls, on_made: bool, work: &mut Vec<u32>) {
        while !work.is_empty() {
            let round = std::mem::take(work);
            for n in round {
                let rate = self.rate[n as usize];
                for (i, e) in calls.edges_from(n) {
                    // What goes on for long is asynchronous.
                    let at_once = !l.function(calls.function(e.to)).is_async;
                    if on_made && e.via == Via::Call && at_once && is_on_made(l, calls.function(n), e.site) {
                        continue;
                    }
                    let given = match e.via {
                        Via::Escape if rate == Rate::Init => Rate::External,
                        Via::Call if rate > Rate::Init && l.only_first_time(e.site) => Rate::Init,
                        _ => rate,
                    };
                    self.raise(e.to, given, Why::Edge(i), work);
                }
            }
        }
    }

    /// Exported functions and methods that nothing in the tree calls belong to callers outside.
    fn exported(&mut self, l: &Linked, calls: &Calls, part: &Part<'_>, work: &mut Vec<u32>) {
        for (file, f) in l.iter() {
            let loaded = l.is_loaded(file);
            if !loaded && part.runs {
                continue;
            }
            let counts = |func: FunRef| (loaded && !part.is_uncalled(calls, func)) == part.runs;
            if matches!(f.role, FileRole::Test | FileRole::Script) {
                continue;
            }
            let library = l.platform(file) == Platform::Library;
            for e in &f.exports {
                let func = match e {
                    Export::Local { binding, .. } => f[*binding].function,
                    Export::Value { value, .. } => match f.expr(*value) {
                        Expr::Fn(func) => func,
                        Expr::Ref(b) => f[b].function,
                        _ => FnId::NONE,
                    },
                    Export::From { .. } => FnId::NONE,
                };
                if func.is_some() && counts(super::At { file, id: func }) {
                    let n = calls.number(super::At { file, id: func });
                    if library || calls.callers(super::At { file, id: func }).next().is_none() {
                        self.raise(n, Rate::External, Why::Exported, work);
                    }
                }
            }
            for c in &f.classes {
                for m in &c.methods {
                    let at = super::At { file, id: m.func };
                    if !counts(at) {
                        continue;
                    }
                    let name = f.str(m.name);
                    let uncalled = calls.callers(at).next().is_none();
                    let public = !name.starts_with('#') && !name.starts_with('_');
                    if name == "(fields)" && m.is_static {
                        self.raise(calls.number(at), Rate::Init, Why::Exported, work);
                    } else if name != "constructor" && name != "(fields)" && (uncalled || (library && public))
                    {
                        self.raise(calls.number(at), Rate::External, Why::Exported, work);
                    } else if uncalled && matches!(name, "constructor" | "(fields)") {
                        self.raise(calls.number(at), Rate::Init, Why::Exported, work);
                    }
                }
            }
        }
    }

    /// How often a function runs.
    pub fn of(&self, calls: &Calls, f: FunRef) -> Rate {
        self.rate[calls.number(f) as usize]
    }

    /// How often a function runs on an object that was there before.
    pub fn on_what_stays(&self, calls: &Calls, f: FunRef) -> Rate {
        self.on_made.get(calls.number(f) as usize).copied().unwrap_or_else(|| self.of(calls, f))
    }

    /// True for a function of an application that is exported, and named nowhere.
    pub fn is_uncalled(&self, calls: &Calls, f: FunRef) -> bool {
        self.uncalled.contains(&calls.number(f))
    }

    /// The chain from an entry point to a function: label of the entry, then each function with its call site.
    pub fn chain(&self, l: &Linked, calls: &Calls, f: FunRef) -> Chain {
        let mut steps = Vec::new();
        let mut n = calls.number(f);
        let mut entry = String::new();
        let mut entry_site = None;
        for _ in 0..24 {
            match self.why[n as usize] {
                Why::Edge(i) => {
                    let e = &calls.edges[i as usize];
                    steps.push((calls.function(n), e.site));
                    n = e.from;
                }
                Why::Entry(i) => {
                    let e = &calls.entries.list[i as usize];
                    entry.clone_from(&e.label);
                    entry_site = e.site;
                    break;
                }
                Why::Module => {
                    entry = "start-up".into();
                    break;
                }
                Why::Exported => {
                    entry = format!("a call of `{}` from outside", l.fn_name(calls.function(n)));
                    break;
                }
                Why::Nothing => break,
            }
        }
        steps.reverse();
        Chain { entry, entry_site, first: calls.function(n), steps }
    }
}

/// A call on what the same function has just made: `this.add(x)` in a constructor, `const b = new B(); b.add(x)`.
fn is_on_made(l: &Linked, from: FunRef, site: ExprRef) -> bool {
    let f = l.file(site.file);
    let Expr::Call { callee, .. } = f.expr(site.id) else { return false };
    let Expr::Member { object, .. } = f.expr(callee) else { return false };
    match f.expr(f.plain(object)) {
        Expr::This => {
            let func = l.function(from);
            func.kind == FnKind::Constructor
                || func.class.get().is_some_and(|c| l.file(from.file)[c].from_fn == from.id)
        }
        Expr::Ref(b) => {
            let slot = &f[b];
            slot.kind == BindingKind::Const
                && slot.func == l.fn_of(site).id
                && slot.func != FnId::MODULE
                && matches!(f.expr(slot.init), Expr::New { .. })
        }
        _ => false,
    }
}

/// A path from an entry point to a function.
#[derive(Clone, Debug)]
pub struct Chain {
    /// What drives it: "POST /projects", "interval", "start-up".
    pub entry: String,
    /// The registering call.
    pub entry_site: Option<ExprRef>,
    /// The function that the entry calls.
    pub first: FunRef,
    /// Functions called in turn, each with its call site.
    pub steps: Vec<(FunRef, ExprRef)>,
}

impl Calls {
    fn edges_from(&self, n: u32) -> impl Iterator<Item = (u32, &super::calls::Edge)> {
        self.outgoing_of(n).iter().map(|&i| (i, &self.edges[i as usize]))
    }
}
