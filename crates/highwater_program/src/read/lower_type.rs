//! Types: names, shapes and finiteness; nothing that needs a type checker.

use oxc_ast::ast as js;

use super::lower::Lowerer;
use crate::ir::*;

impl<'a> Lowerer<'a, '_> {
    pub(super) fn type_annotation(&mut self, t: Option<&js::TSTypeAnnotation<'a>>) -> TypeId {
        t.map_or(TypeId::NONE, |t| self.ty(&t.type_annotation))
    }

    fn add_type(&mut self, t: Type) -> TypeId {
        self.facts.types.push(t);
        TypeId(self.facts.types.len() as u32 - 1)
    }

    pub(super) fn keep_type_args(&mut self, at: ExprId, args: Option<&js::TSTypeParameterInstantiation<'a>>) {
        if let Some(args) = args {
            let list = self.type_list(&args.params);
            self.facts.type_args.push((at, list));
        }
    }

    fn type_list(&mut self, ts: &[js::TSType<'a>]) -> List {
        let base = self.scratch.len();
        for t in ts {
            let t = self.ty(t);
            self.scratch.push(t.0);
        }
        self.take(base)
    }

    /// Dotted name and the binding of its head.
    pub(super) fn type_name(&mut self, n: &js::TSTypeName<'a>) -> (Atom, BindingId) {
        match n {
            js::TSTypeName::IdentifierReference(i) => {
                let e = self.reference(i);
                let b = if let Expr::Ref(b) = self.facts.expr(e) { b } else { BindingId::NONE };
                // The reference itself is not a value; drop it again.
                self.facts.exprs.pop();
                self.facts.spans.pop();
                (self.atom(i.name.as_str()), b)
            }
            js::TSTypeName::QualifiedName(q) => {
                let (left, b) = self.type_name(&q.left);
                let name = format!("{}.{}", self.facts.str(left), q.right.name.as_str());
                (self.atom_owned(&name), b)
            }
            js::TSTypeName::ThisExpression(_) => (Atom::NONE, BindingId::NONE),
        }
    }

    pub(super) fn ty(&mut self, t: &js::TSType<'a>) -> TypeId {
        let t = match t {
            js::TSType::TSTypeReference(r) => {
                let (name, binding) = self.type_name(&r.type_name);
                let args = r.type_arguments.as_ref().map_or(List::default(), |a| self.type_list(&a.params));
                Type::Named { name, binding, args }
            }
            js::TSType::TSArrayType(a) => Type::Array(self.ty(&a.element_type)),
            js::TSType::TSTupleType(_) => Type::Other,
            js::TSType::TSUnionType(u) => Type::Union(self.type_list(&u.types)),
            js::TSType::TSIntersectionType(u) => match u.types.first() {
                Some(first) => return self.ty(first),
                None => Type::Other,
            },
            js::TSType::TSParenthesizedType(p) => return self.ty(&p.type_annotation),
            js::TSType::TSTypeOperatorType(o) => match o.operator {
                js::TSTypeOperatorOperator::Keyof => Type::Keyof,
                _ => return self.ty(&o.type_annotation),
            },
            js::TSType::TSLiteralType(_) => Type::Literal,
            js::TSType::TSStringKeyword(_) | js::TSType::TSTemplateLiteralType(_) => Type::String,
            js::TSType::TSNumberKeyword(_) | js::TSType::TSBigIntKeyword(_) => Type::Number,
            js::TSType::TSBooleanKeyword(_) => Type::Boolean,
            js::TSType::TSNullKeyword(_)
            | js::TSType::TSUndefinedKeyword(_)
            | js::TSType::TSVoidKeyword(_)
            | js::TSType::TSNeverKeyword(_) => Type::Nothing,
            js::TSType::TSFunctionType(f) => Type::Function(self.ty(&f.return_type.type_annotation)),
            js::TSType::TSTypeLiteral(l) => self.members(&l.members),
            _ => Type::Other,
        };
        self.add_type(t)
    }

    fn members(&mut self, members: &[js::TSSignature<'a>]) -> Type {
        let base = self.scratch.len();
        for m in members {
            match m {
                js::TSSignature::TSIndexSignature(i) => {
                    let key = self.ty(&i.parameter.type_annotation.type_annotation);
                    let value = self.ty(&i.type_annotation.type_annotation);
                    self.scratch.truncate(base);
                    return Type::Dictionary(key, value);
                }
                js::TSSignature::TSPropertySignature(p) => {
                    let Some(name) = p.key.static_name() else { continue };
                    let name = self.atom_owned(&name);
                    let ty = self.type_annotation(p.type_annotation.as_deref());
                    self.scratch.push(name.0);
                    self.scratch.push(ty.0);
                }
                js::TSSignature::TSMethodSignature(p) => {
                    let Some(name) = p.key.static_name() else { continue };
                    let name = self.atom_owned(&name);
                    let ret = self.type_annotation(p.return_type.as_deref());
                    let ty = self.add_type(Type::Function(ret));
                    self.scratch.push(name.0);
                    self.scratch.push(ty.0);
                }
                _ => {}
            }
        }
        Type::Object(self.take(base))
    }

    pub(super) fn interface(&mut self, i: &js::TSInterfaceDeclaration<'a>, exported: bool) {
        let b = self.declare(&i.id, BindingKind::Type);
        let t = self.members(&i.body.body);
        let t = match (t, i.extends.first()) {
            (Type::Object(list), Some(base)) if list.is_empty() => {
                let (name, binding) = self.type_name(&base.type_name);
                let args =
                    base.type_arguments.as_ref().map_or(List::default(), |a| self.type_list(&a.params));
                Type::Named { name, binding, args }
            }
            (t, _) => t,
        };
        let ty = self.add_type(t);
        self.type_decl(b, ty, false, exported);
    }
}
