//! Functions, classes, imports and exports.

use oxc_ast::ast as js;
use oxc_span::{GetSpan, Span as OxcSpan};

use super::lower::{Lowerer, span};
use crate::ir::*;

struct Outer {
    func: FnId,
    hint: Atom,
}

impl<'a> Lowerer<'a, '_> {
    fn enter(&mut self, kind: FnKind, at: OxcSpan, name: Atom) -> (FnId, Outer) {
        let class = self.class;
        let parent = self.func;
        self.facts.functions.push(Function {
            name,
            kind,
            span: span(at),
            params: List::default(),
            rest: false,
            parent,
            class: if matches!(kind, FnKind::Plain | FnKind::Arrow) { ClassId::NONE } else { class },
            is_static: false,
            is_async: false,
            is_generator: false,
            body: List::default(),
            ret: TypeId::NONE,
            decorators: List::default(),
        });
        let id = FnId(self.facts.functions.len() as u32 - 1);
        let outer = Outer { func: std::mem::replace(&mut self.func, id), hint: self.hint };
        self.hint = Atom::NONE;
        (id, outer)
    }

    fn leave(&mut self, outer: &Outer) {
        self.func = outer.func;
        self.hint = outer.hint;
    }

    pub(super) fn function(&mut self, f: &js::Function<'a>, kind: FnKind) -> FnId {
        let name = match &f.id {
            Some(id) => self.atom(id.name.as_str()),
            None => self.hint,
        };
        let (id, outer) = self.enter(kind, f.span, name);
        if kind == FnKind::Plain
            && let Some(own) = &f.id
        {
            // A named function expression sees its own name.
            let b = self.declare(own, BindingKind::Fn);
            if !self.facts[b].function.is_some() {
                self.facts.bindings[b.ix()].function = id;
            }
        }
        let base = self.scratch.len();
        self.params(id, &f.params);
        if let Some(body) = &f.body {
            for s in &body.statements {
                self.stmt(s);
            }
        }
        let body = self.take(base);
        let ret = self.type_annotation(f.return_type.as_deref());
        let slot = &mut self.facts.functions[id.ix()];
        slot.body = body;
        slot.ret = ret;
        slot.is_async = f.r#async;
        slot.is_generator = f.generator;
        self.leave(&outer);
        id
    }

    pub(super) fn arrow(&mut self, f: &js::ArrowFunctionExpression<'a>) -> FnId {
        let (id, outer) = self.enter(FnKind::Arrow, f.span, self.hint);
        let base = self.scratch.len();
        self.params(id, &f.params);
        match &f.body {
            js::ArrowFunctionBody::FunctionBody(b) => b.statements.iter().for_each(|s| self.stmt(s)),
            other => {
                if let Some(e) = other.as_expression() {
                    let x = self.expr(e);
                    self.push_stmt(Stmt::Return(x), e.span());
                }
            }
        }
        let body = self.take(base);
        let ret = self.type_annotation(f.return_type.as_deref());
        let slot = &mut self.facts.functions[id.ix()];
        slot.body = body;
        slot.ret = ret;
        slot.is_async = f.r#async;
        self.leave(&outer);
        id
    }

    fn params(&mut self, id: FnId, params: &js::FormalParameters<'a>) {
        let mut ids = Vec::with_capacity(params.items.len() + 1);
        for p in &params.items {
            let default = p.initializer.as_ref().map_or(ExprId::NONE, |d| self.expr(d));
            let ty = self.type_annotation(p.type_annotation.as_deref());
            ids.push(self.pattern(&p.pattern, BindingKind::Param, default, ty).0);
        }
        let rest = params.rest.is_some();
        if let Some(r) = &params.rest {
            let ty = self.type_annotation(r.type_annotation.as_deref());
            ids.push(self.pattern(&r.rest.argument, BindingKind::Param, ExprId::NONE, ty).0);
        }
        let base = self.scratch.len();
        self.scratch.extend(ids);
        let list = self.take(base);
        self.facts.functions[id.ix()].params = list;
        self.facts.functions[id.ix()].rest = rest;
    }

    fn decorators(&mut self, ds: &[js::Decorator<'a>]) -> List {
        let base = self.scratch.len();
        for d in ds {
            let x = self.expr(&d.expression);
            self.scratch.push(x.0);
        }
        self.take(base)
    }

    pub(super) fn class(&mut self, c: &js::Class<'a>) -> ClassId {
        let name = match &c.id {
            Some(id) => self.atom(id.name.as_str()),
            None => self.hint,
        };
        self.hint = Atom::NONE;
        let base = c.heritage.as_ref().map_or(ExprId::NONE, |h| self.expr(&h.expression));
        let implements = c.implements.iter().map(|i| self.type_name(&i.expression).0).collect();
        let decorators = self.decorators(&c.decorators);
        let at = c.id.as_ref().map_or(c.span, |id| id.span);
        self.facts.classes.push(Class {
            name,
            span: span(at),
            base,
            implements,
            fields: Vec::new(),
            methods: Vec::new(),
            decorators,
            parent: self.func,
            from_fn: FnId::NONE,
        });
        let id = ClassId(self.facts.classes.len() as u32 - 1);
        let outer = std::mem::replace(&mut self.class, id);
        if let Some(own) = &c.id {
            let b = self.declare(own, BindingKind::Class);
            self.facts.bindings[b.ix()].class = id;
        }
        for m in &c.body.body {
            if let js::ClassElement::MethodDefinition(m) = m {
                self.method(id, m);
            }
        }
        self.fields(id, c, false);
        self.fields(id, c, true);
        self.class = outer;
        id
    }

    fn key_name(&mut self, key: &js::PropertyKey<'a>) -> Atom {
        if let js::PropertyKey::PrivateIdentifier(p) = key {
            return self.private_name(p);
        }
        match (key.static_name(), key) {
            (Some(n), _) => self.atom_owned(&n),
            // `[kDispatch]() {}`: named by the constant that holds the symbol.
            (None, js::PropertyKey::Identifier(id)) => self.atom(id.name.as_str()),
            (None, js::PropertyKey::StaticMemberExpression(m)) if m.property.name.starts_with('k') => {
                self.atom(m.property.name.as_str())
            }
            _ => Atom::NONE,
        }
    }

    fn method(&mut self, class: ClassId, m: &js::MethodDefinition<'a>) {
        let name = self.key_name(&m.key);
        let kind = match m.kind {
            js::MethodDefinitionKind::Constructor => FnKind::Constructor,
            js::MethodDefinitionKind::Get => FnKind::Getter,
            js::MethodDefinitionKind::Set => FnKind::Setter,
            js::MethodDefinitionKind::Method => FnKind::Method,
        };
        if m.value.body.is_none() {
            return;
        }
        let decorators = self.decorators(&m.decorators);
        self.hint = name;
        let func = self.function(&m.value, kind);
        self.hint = Atom::NONE;
        let slot = &mut self.facts.functions[func.ix()];
        slot.is_static = m.r#static;
        slot.decorators = decorators;
        let is_hidden = m.key.is_private_identifier()
            || m.accessibility.is_some_and(|a| a != js::TSAccessibility::Public);
        self.facts.classes[class.ix()].methods.push(Method { name, func, is_static: m.r#static, is_hidden });
        if kind == FnKind::Constructor {
            self.parameter_fields(class, &m.value.params);
        }
    }

    fn parameter_fields(&mut self, class: ClassId, params: &js::FormalParameters<'a>) {
        for (i, p) in params.items.iter().enumerate() {
            if p.accessibility.is_none() && !p.readonly {
                continue;
            }
            let mut pattern = &p.pattern;
            if let js::BindingPattern::AssignmentPattern(a) = pattern {
                pattern = &a.left;
            }
            if let js::BindingPattern::BindingIdentifier(id) = pattern {
                let name = self.atom(id.name.as_str());
                let ty = self.type_annotation(p.type_annotation.as_deref());
                self.facts.classes[class.ix()].fields.push(Field {
                    name,
                    span: span(id.span),
                    is_static: false,
                    ty,
                    init: ExprId::NONE,
                    param: Some(i as u16),
                });
            }
        }
    }

    /// Field initialisers and static blocks become a function of their own, so that what they do has a place.
    fn fields(&mut self, class: ClassId, c: &js::Class<'a>, statics: bool) {
        let any = c.body.body.iter().any(|m| match m {
            js::ClassElement::PropertyDefinition(p) => p.r#static == statics,
            js::ClassElement::AccessorProperty(p) => p.r#static == statics,
            js::ClassElement::StaticBlock(_) => statics,
            _ => false,
        });
        if !any {
            return;
        }
        let name = self.facts.classes[class.ix()].name;
        let (func, outer) = self.enter(FnKind::ClassInit, c.span, name);
        self.facts.functions[func.ix()].is_static = statics;
        let base = self.scratch.len();
        for m in &c.body.body {
            match m {
                js::ClassElement::PropertyDefinition(p) if p.r#static == statics && !p.declare => {
                    self.field(
                        class,
                        &p.key,
                        p.type_annotation.as_deref(),
                        p.value.as_ref(),
                        statics,
                        p.key.span(),
                    );
                }
                js::ClassElement::AccessorProperty(p) if p.r#static == statics => {
                    self.field(
                        class,
                        &p.key,
                        p.type_annotation.as_deref(),
                        p.value.as_ref(),
                        statics,
                        p.key.span(),
                    );
                }
                js::ClassElement::StaticBlock(b) if statics => b.body.iter().for_each(|s| self.stmt(s)),
                _ => {}
            }
        }
        let body = self.take(base);
        self.facts.functions[func.ix()].body = body;
        let init = self.atom("(fields)");
        self.facts.classes[class.ix()].methods.push(Method {
            name: init,
            func,
            is_static: statics,
            is_hidden: false,
        });
        self.leave(&outer);
    }

    fn field(
        &mut self,
        class: ClassId,
        key: &js::PropertyKey<'a>,
        ty: Option<&js::TSTypeAnnotation<'a>>,
        value: Option<&js::Expression<'a>>,
        is_static: bool,
        at: OxcSpan,
    ) {
        let name = self.key_name(key);
        if !name.is_some() {
            return;
        }
        let ty = self.type_annotation(ty);
        self.hint = name;
        let init = value.map_or(ExprId::NONE, |v| self.expr(v));
        self.hint = Atom::NONE;
        let field = Field { name, span: span(at), is_static, ty, init, param: None };
        self.facts.classes[class.ix()].fields.push(field);
        if init.is_some() {
            let this = self.push(Expr::This, at);
            let target = self.push(Expr::Member { object: this, property: name }, at);
            let e = self.push(Expr::Assign { op: AssignOp::Set, target, value: init }, at);
            self.push_stmt(Stmt::Expr(e), at);
        }
    }

    pub(super) fn module_item(&mut self, m: &js::ModuleDeclaration<'a>) {
        match m {
            js::ModuleDeclaration::ImportDeclaration(i) => self.import(i),
            js::ModuleDeclaration::ExportDeclaration(e) => self.declaration(&e.declaration, true),
            js::ModuleDeclaration::ExportNamedDeclaration(e) => {
                for s in &e.specifiers {
                    self.export_specifier(s);
                }
            }
            js::ModuleDeclaration::ExportFromDeclaration(e) => {
                let source = self.atom(e.source.value.as_str());
                self.facts.sources.push(source);
                for s in &e.specifiers {
                    let name = self.export_name(&s.exported);
                    let imported = self.export_name(&s.local);
                    self.facts.exports.push(Export::From { name, imported, source });
                }
            }
            js::ModuleDeclaration::ExportAllDeclaration(e) => {
                let source = self.atom(e.source.value.as_str());
                self.facts.sources.push(source);
                let star = self.atom("*");
                let name = e.exported.as_ref().map_or(star, |n| self.export_name(n));
                self.facts.exports.push(Export::From { name, imported: star, source });
            }
            js::ModuleDeclaration::ExportDefaultDeclaration(e) => self.export_default(e),
            js::ModuleDeclaration::TSExportAssignment(e) => {
                let value = self.expr(&e.expression);
                let name = self.atom("default");
                self.facts.exports.push(Export::Value { name, value });
            }
            js::ModuleDeclaration::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn export_name(&mut self, n: &js::ModuleExportName<'a>) -> Atom {
        match n {
            js::ModuleExportName::IdentifierName(i) => self.atom(i.name.as_str()),
            js::ModuleExportName::IdentifierReference(i) => self.atom(i.name.as_str()),
            js::ModuleExportName::StringLiteral(s) => self.atom(s.value.as_str()),
        }
    }

    fn export_specifier(&mut self, s: &js::ExportSpecifier<'a>) {
        let name = self.export_name(&s.exported);
        if let js::ModuleExportName::IdentifierReference(i) = &s.local {
            let e = self.reference(i);
            if let Expr::Ref(binding) = self.facts.expr(e) {
                self.facts.bindings[binding.ix()].exported = true;
                self.facts.exports.push(Export::Local { name, binding });
            }
        }
    }

    fn export_default(&mut self, e: &js::ExportDefaultDeclaration<'a>) {
        let name = self.atom("default");
        match &e.declaration {
            js::ExportDefaultDeclarationKind::FunctionDeclaration(f) => {
                let func = self.function(f, FnKind::Plain);
                if let Some(id) = &f.id {
                    let binding = self.declare(id, BindingKind::Fn);
                    self.facts.bindings[binding.ix()].function = func;
                    self.facts.bindings[binding.ix()].exported = true;
                    self.facts.exports.push(Export::Local { name, binding });
                    self.push_stmt(Stmt::Fn(func), f.span);
                } else {
                    let value = self.push(Expr::Fn(func), f.span);
                    self.facts.exports.push(Export::Value { name, value });
                    self.push_stmt(Stmt::Expr(value), f.span);
                }
            }
            js::ExportDefaultDeclarationKind::ClassDeclaration(c) => {
                let class = self.class(c);
                if let Some(id) = &c.id {
                    let binding = self.declare(id, BindingKind::Class);
                    self.facts.bindings[binding.ix()].class = class;
                    self.facts.bindings[binding.ix()].exported = true;
                    self.facts.exports.push(Export::Local { name, binding });
                } else {
                    let value = self.push(Expr::Class(class), c.span);
                    self.facts.exports.push(Export::Value { name, value });
                }
                self.push_stmt(Stmt::Class(class), c.span);
            }
            js::ExportDefaultDeclarationKind::TSInterfaceDeclaration(i) => self.interface(i, true),
            other => {
                if let Some(x) = other.as_expression() {
                    self.hint = name;
                    let value = self.expr(x);
                    self.hint = Atom::NONE;
                    self.facts.exports.push(Export::Value { name, value });
                    self.push_stmt(Stmt::Expr(value), x.span());
                }
            }
        }
    }

    fn import(&mut self, i: &js::ImportDeclaration<'a>) {
        let source = self.atom(i.source.value.as_str());
        self.facts.sources.push(source);
        for s in i.specifiers.iter().flatten() {
            let (name, local) = match s {
                js::ImportDeclarationSpecifier::ImportSpecifier(s) => {
                    (self.export_name(&s.imported), &s.local)
                }
                js::ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => (self.atom("default"), &s.local),
                js::ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => (self.atom("*"), &s.local),
            };
            let local = self.declare(local, BindingKind::Import);
            self.facts.imports.push(Import { source, name, local });
        }
    }
}
