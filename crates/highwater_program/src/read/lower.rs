//! The lowerer: state, interning, lists, and statements. Expressions, patterns, classes and types are beside it.

use oxc_ast::ast as js;
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span as OxcSpan};
use oxc_syntax::symbol::SymbolId;
use rustc_hash::FxHashMap;

use crate::ir::*;

/// Turns one syntax tree into [`FileFacts`].
pub(super) struct Lowerer<'a, 's> {
    pub(super) facts: FileFacts,
    pub(super) scoping: &'s Scoping,
    interned: FxHashMap<&'a str, Atom>,
    owned: FxHashMap<Box<str>, Atom>,
    symbols: Vec<BindingId>,
    /// Stack of ids whose list is not complete yet.
    pub(super) scratch: Vec<u32>,
    /// Function being lowered.
    pub(super) func: FnId,
    /// Class whose members are being lowered.
    pub(super) class: ClassId,
    /// Name that the next anonymous function or class takes.
    pub(super) hint: Atom,
    /// Expressions around the one being lowered.
    pub(super) depth: u32,
    /// Where the first expression stands that was left out for its depth.
    pub(super) too_deep: Option<u32>,
}

pub(super) fn span(s: OxcSpan) -> Span {
    Span { start: s.start, end: s.end }
}

impl<'a, 's> Lowerer<'a, 's> {
    pub(super) fn new(mut facts: FileFacts, scoping: &'s Scoping) -> Self {
        // About what code of this size holds; `finish` gives back what is too much.
        let bytes = facts.bytes as usize;
        facts.exprs.reserve(bytes / 16);
        facts.spans.reserve(bytes / 16);
        facts.lists.reserve(bytes / 24);
        facts.stmts.reserve(bytes / 64);
        facts.stmt_spans.reserve(bytes / 64);
        facts.bindings.reserve(scoping.symbols_len());
        let symbols = vec![BindingId::NONE; scoping.symbols_len()];
        Lowerer {
            facts,
            scoping,
            interned: FxHashMap::default(),
            owned: FxHashMap::default(),
            symbols,
            scratch: Vec::new(),
            func: FnId::MODULE,
            class: ClassId::NONE,
            hint: Atom::NONE,
            depth: 0,
            too_deep: None,
        }
    }

    pub(super) fn atom(&mut self, s: &'a str) -> Atom {
        if let Some(&a) = self.interned.get(s) {
            return a;
        }
        let a = self.facts.atoms.push(s);
        self.interned.insert(s, a);
        a
    }

    pub(super) fn intern_owned(&mut self, s: &str) -> Atom {
        if let Some(&a) = self.interned.get(s).or_else(|| self.owned.get(s)) {
            return a;
        }
        let a = self.facts.atoms.push(s);
        self.owned.insert(s.into(), a);
        a
    }

    pub(super) fn push(&mut self, e: Expr, at: OxcSpan) -> ExprId {
        self.facts.exprs.push(e);
        self.facts.spans.push(span(at));
        ExprId(self.facts.exprs.len() as u32 - 1)
    }

    pub(super) fn push_stmt(&mut self, s: Stmt, at: OxcSpan) {
        self.facts.stmts.push(s);
        self.facts.stmt_spans.push(span(at));
        self.scratch.push(self.facts.stmts.len() as u32 - 1);
    }

    /// Moves everything above `base` from the scratch stack into a list.
    pub(super) fn take(&mut self, base: usize) -> List {
        let start = self.facts.lists.len() as u32;
        let len = (self.scratch.len() - base) as u32;
        self.facts.lists.extend_from_slice(&self.scratch[base..]);
        self.scratch.truncate(base);
        List { start, len }
    }

    /// The binding of a symbol, made on first mention (uses may come before the declaration).
    pub(super) fn binding_of(&mut self, symbol: SymbolId) -> BindingId {
        let known = self.symbols[symbol.index()];
        if known.is_some() {
            return known;
        }
        let b = self.new_binding(Atom::NONE, BindingKind::Unknown, Span::default());
        self.symbols[symbol.index()] = b;
        b
    }

    pub(super) fn new_binding(&mut self, name: Atom, kind: BindingKind, at: Span) -> BindingId {
        self.facts.bindings.push(Binding::new(name, kind, self.func, at));
        BindingId(self.facts.bindings.len() as u32 - 1)
    }

    /// Declares a name; keeps what earlier uses already recorded.
    pub(super) fn declare(&mut self, id: &js::BindingIdentifier<'a>, kind: BindingKind) -> BindingId {
        let name = self.atom(id.name.as_str());
        let Some(symbol) = id.symbol_id.get() else { return self.new_binding(name, kind, span(id.span)) };
        let b = self.binding_of(symbol);
        let func = self.func;
        let slot = &mut self.facts.bindings[b.ix()];
        if slot.kind == BindingKind::Unknown {
            slot.kind = kind;
            slot.name = name;
            slot.span = span(id.span);
            if slot.func != func {
                slot.captured = true;
            }
            slot.func = func;
        }
        b
    }

    /// A use of a name.
    pub(super) fn reference(&mut self, id: &js::IdentifierReference<'a>) -> ExprId {
        let symbol = id.reference_id.get().and_then(|r| self.scoping.get_reference(r).symbol_id());
        let e = if let Some(symbol) = symbol {
            let b = self.binding_of(symbol);
            let func = self.func;
            let slot = &mut self.facts.bindings[b.ix()];
            if slot.func != func {
                slot.captured = true;
            }
            Expr::Ref(b)
        } else {
            Expr::Global(self.atom(id.name.as_str()))
        };
        self.push(e, id.span)
    }

    pub(super) fn block(&mut self, body: &[js::Statement<'a>]) -> List {
        let base = self.scratch.len();
        for s in body {
            self.stmt(s);
        }
        self.take(base)
    }

    /// The statements of a nested body, without the block around them.
    fn body_of(&mut self, s: &js::Statement<'a>) -> List {
        if let js::Statement::BlockStatement(b) = s {
            return self.block(&b.body);
        }
        let base = self.scratch.len();
        self.stmt(s);
        self.take(base)
    }

    /// Lowers one statement; pushes what comes of it on the scratch stack.
    pub(super) fn stmt(&mut self, s: &js::Statement<'a>) {
        match s {
            js::Statement::BlockStatement(b) => {
                let list = self.block(&b.body);
                self.push_stmt(Stmt::Block(list), b.span);
            }
            js::Statement::ExpressionStatement(e) => {
                let x = self.expr(&e.expression);
                self.push_stmt(Stmt::Expr(x), e.span);
            }
            js::Statement::ReturnStatement(r) => {
                let x = r.argument.as_ref().map_or(ExprId::NONE, |a| self.expr(a));
                self.push_stmt(Stmt::Return(x), r.span);
            }
            js::Statement::ThrowStatement(t) => {
                let x = self.expr(&t.argument);
                self.push_stmt(Stmt::Throw(x), t.span);
            }
            js::Statement::IfStatement(i) => {
                let test = self.expr(&i.test);
                let then = self.body_of(&i.consequent);
                let other = i.alternate.as_ref().map_or(List::default(), |a| self.body_of(a));
                self.push_stmt(Stmt::If { test, then, other }, i.span);
            }
            js::Statement::BreakStatement(b) => self.push_stmt(Stmt::Break, b.span),
            js::Statement::ContinueStatement(c) => self.push_stmt(Stmt::Continue, c.span),
            js::Statement::LabeledStatement(l) => self.stmt(&l.body),
            js::Statement::WithStatement(w) => self.stmt(&w.body),
            js::Statement::SwitchStatement(s) => self.switch(s),
            js::Statement::TryStatement(t) => self.try_(t),
            js::Statement::ForStatement(_)
            | js::Statement::ForInStatement(_)
            | js::Statement::ForOfStatement(_)
            | js::Statement::WhileStatement(_)
            | js::Statement::DoWhileStatement(_) => self.loop_(s),
            js::Statement::DebuggerStatement(_) | js::Statement::EmptyStatement(_) => {}
            _ => {
                if let Some(d) = s.as_declaration() {
                    self.declaration(d, false);
                } else if let Some(m) = s.as_module_declaration() {
                    self.module_item(m);
                }
            }
        }
    }

    fn switch(&mut self, s: &js::SwitchStatement<'a>) {
        let value = self.expr(&s.discriminant);
        let mut cases = Vec::with_capacity(s.cases.len());
        for c in &s.cases {
            let test = c.test.as_ref().map_or(ExprId::NONE, |t| self.expr(t));
            let body = self.block(&c.consequent);
            cases.push(Case { test, body });
        }
        let start = self.facts.cases.len() as u32;
        self.facts.cases.extend(cases);
        let cases = List { start, len: self.facts.cases.len() as u32 - start };
        self.push_stmt(Stmt::Switch { value, cases }, s.span);
    }

    fn try_(&mut self, t: &js::TryStatement<'a>) {
        let block = self.block(&t.block.body);
        let mut param = BindingId::NONE;
        let catch = t.handler.as_ref().map(|h| {
            let base = self.scratch.len();
            if let Some(p) = &h.param {
                param = self.pattern(&p.pattern, BindingKind::Catch, ExprId::NONE, TypeId::NONE);
            }
            for s in &h.body.body {
                self.stmt(s);
            }
            self.take(base)
        });
        let finally = t.finalizer.as_ref().map(|f| self.block(&f.body));
        self.facts.tries.push(Try { block, param, catch, finally });
        let i = self.facts.tries.len() as u32 - 1;
        self.push_stmt(Stmt::Try(i), t.span);
    }

    fn loop_(&mut self, s: &js::Statement<'a>) {
        match s {
            js::Statement::ForStatement(f) => self.for_(f),
            js::Statement::ForInStatement(f) => {
                self.for_each(LoopKind::ForIn, &f.left, &f.right, &f.body, f.span);
            }
            js::Statement::ForOfStatement(f) => {
                self.for_each(LoopKind::ForOf, &f.left, &f.right, &f.body, f.span);
            }
            js::Statement::WhileStatement(w) => {
                let head = self.expr(&w.test);
                let body = self.body_of(&w.body);
                self.push_loop(LoopKind::While, head, BindingId::NONE, body, w.span);
            }
            js::Statement::DoWhileStatement(w) => {
                let body = self.body_of(&w.body);
                let head = self.expr(&w.test);
                self.push_loop(LoopKind::DoWhile, head, BindingId::NONE, body, w.span);
            }
            _ => {}
        }
    }

    fn push_loop(&mut self, kind: LoopKind, head: ExprId, binding: BindingId, body: List, at: OxcSpan) {
        self.push_stmt(Stmt::Loop { kind, head, binding, body }, at);
    }

    fn for_(&mut self, f: &js::ForStatement<'a>) {
        match &f.init {
            Some(js::ForStatementInit::VariableDeclaration(v)) => self.variables(v, false),
            Some(other) => {
                if let Some(e) = other.as_expression() {
                    let x = self.expr(e);
                    self.push_stmt(Stmt::Expr(x), e.span());
                }
            }
            None => {}
        }
        let head = f.test.as_ref().map_or(ExprId::NONE, |t| self.expr(t));
        let base = self.scratch.len();
        match &f.body {
            js::Statement::BlockStatement(b) => b.body.iter().for_each(|s| self.stmt(s)),
            other => self.stmt(other),
        }
        if let Some(u) = &f.update {
            let x = self.expr(u);
            self.push_stmt(Stmt::Expr(x), u.span());
        }
        let body = self.take(base);
        self.push_loop(LoopKind::For, head, BindingId::NONE, body, f.span);
    }

    fn for_each(
        &mut self,
        kind: LoopKind,
        left: &js::ForStatementLeft<'a>,
        right: &js::Expression<'a>,
        body: &js::Statement<'a>,
        at: OxcSpan,
    ) {
        let head = self.expr(right);
        let base = self.scratch.len();
        let mut binding = BindingId::NONE;
        if let js::ForStatementLeft::VariableDeclaration(v) = left
            && let Some(d) = v.declarations.first()
        {
            let ty = self.type_annotation(d.type_annotation.as_deref());
            binding = self.pattern(&d.id, BindingKind::Const, ExprId::NONE, ty);
        }
        match body {
            js::Statement::BlockStatement(b) => b.body.iter().for_each(|s| self.stmt(s)),
            other => self.stmt(other),
        }
        let body = self.take(base);
        self.push_loop(kind, head, binding, body, at);
    }

    pub(super) fn declaration(&mut self, d: &js::Declaration<'a>, exported: bool) {
        match d {
            js::Declaration::VariableDeclaration(v) => self.variables(v, exported),
            js::Declaration::FunctionDeclaration(f) => {
                let Some(id) = &f.id else { return };
                let b = self.declare(id, BindingKind::Fn);
                let func = self.function(f, FnKind::Plain);
                self.facts.bindings[b.ix()].function = func;
                self.export_if(exported, b);
                self.push_stmt(Stmt::Fn(func), f.span);
            }
            js::Declaration::ClassDeclaration(c) => {
                let class = self.class(c);
                if let Some(id) = &c.id {
                    let b = self.declare(id, BindingKind::Class);
                    self.facts.bindings[b.ix()].class = class;
                    self.export_if(exported, b);
                }
                self.push_stmt(Stmt::Class(class), c.span);
            }
            js::Declaration::TSTypeAliasDeclaration(t) => {
                let b = self.declare(&t.id, BindingKind::Type);
                let ty = self.ty(&t.type_annotation);
                self.type_decl(b, ty, false, exported);
            }
            js::Declaration::TSInterfaceDeclaration(i) => self.interface(i, exported),
            js::Declaration::TSEnumDeclaration(e) => {
                let b = self.declare(&e.id, BindingKind::Enum);
                self.facts.types.push(Type::Literal);
                let ty = TypeId(self.facts.types.len() as u32 - 1);
                self.type_decl(b, ty, true, exported);
            }
            js::Declaration::TSNamespaceDeclaration(n) => self.namespace(n),
            js::Declaration::TSImportEqualsDeclaration(i) => self.import_equals(i),
            js::Declaration::TSExternalModuleDeclaration(_) | js::Declaration::TSGlobalDeclaration(_) => {}
        }
    }

    pub(super) fn type_decl(&mut self, binding: BindingId, ty: TypeId, is_enum: bool, exported: bool) {
        self.facts.type_decls.push(TypeDecl { binding, ty, is_enum });
        self.export_if(exported, binding);
    }

    fn namespace(&mut self, n: &js::TSNamespaceDeclaration<'a>) {
        self.declare(&n.id, BindingKind::Const);
        match &n.body {
            js::TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => self.namespace(inner),
            js::TSNamespaceDeclarationBody::TSModuleBlock(b) => b.body.iter().for_each(|s| self.stmt(s)),
        }
    }

    fn import_equals(&mut self, i: &js::TSImportEqualsDeclaration<'a>) {
        let local = self.declare(&i.id, BindingKind::Import);
        if let js::TSModuleReference::ExternalModuleReference(r) = &i.module_reference {
            let source = self.atom(r.expression.value.as_str());
            let name = self.atom("*");
            self.facts.imports.push(Import { source, name, local });
            self.facts.sources.push(source);
        }
    }

    pub(super) fn export_if(&mut self, exported: bool, binding: BindingId) {
        if exported {
            let slot = &mut self.facts.bindings[binding.ix()];
            slot.exported = true;
            let name = slot.name;
            self.facts.exports.push(Export::Local { name, binding });
        }
    }

    pub(super) fn variables(&mut self, v: &js::VariableDeclaration<'a>, exported: bool) {
        let kind = match v.kind {
            js::VariableDeclarationKind::Var => BindingKind::Var,
            js::VariableDeclarationKind::Let => BindingKind::Let,
            js::VariableDeclarationKind::Const => BindingKind::Const,
            js::VariableDeclarationKind::Using | js::VariableDeclarationKind::AwaitUsing => {
                BindingKind::Using
            }
        };
        for d in &v.declarations {
            if let js::BindingPattern::BindingIdentifier(id) = &d.id {
                self.hint = self.atom(id.name.as_str());
            }
            let init = d.init.as_ref().map_or(ExprId::NONE, |i| self.expr(i));
            self.hint = Atom::NONE;
            let ty = self.type_annotation(d.type_annotation.as_deref());
            let before = self.facts.bindings.len();
            let b = self.pattern(&d.id, kind, init, ty);
            if exported {
                if self.facts.bindings[b.ix()].name.is_some() {
                    self.export_if(true, b);
                }
                for extra in before..self.facts.bindings.len() {
                    let extra = BindingId(extra as u32);
                    if extra != b && self.facts.bindings[extra.ix()].name.is_some() {
                        self.export_if(true, extra);
                    }
                }
            }
        }
    }
}
