//! Patterns of paths with `**`, `*` and one level of `{a,b}`.

/// A pattern, taken apart once.
pub(super) struct Glob {
    /// For each choice of what braces offer, the parts of a path.
    choices: Vec<Vec<Box<str>>>,
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Glob {
        let mut choices = Vec::new();
        expand(pattern, &mut choices);
        Glob { choices }
    }

    /// Whether the parts of a path fit.
    pub(super) fn matches(&self, path: &[&str]) -> bool {
        let Some(file) = path.last() else { return false };
        let may = |parts: &[Box<str>]| parts.last().is_some_and(|last| &**last == "**" || star(last, file));
        self.choices.iter().any(|choice| may(choice) && fits(choice, path))
    }
}

fn expand(pattern: &str, out: &mut Vec<Vec<Box<str>>>) {
    if let (Some(open), Some(close)) = (pattern.find('{'), pattern.find('}'))
        && open < close
    {
        for choice in pattern[open + 1..close].split(',') {
            expand(&format!("{}{choice}{}", &pattern[..open], &pattern[close + 1..]), out);
        }
    } else {
        out.push(pattern.split('/').map(Box::from).collect());
    }
}

fn fits(parts: &[Box<str>], path: &[&str]) -> bool {
    match parts.split_first() {
        None => path.is_empty(),
        Some((first, rest)) if &**first == "**" => (0..=path.len()).any(|i| fits(rest, &path[i..])),
        Some((first, rest)) => path.split_first().is_some_and(|(h, t)| star(first, h) && fits(rest, t)),
    }
}

fn star(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) if !tail.contains('*') => {
            text.strip_prefix(head).is_some_and(|rest| rest.ends_with(tail))
        }
        Some((head, tail)) => text
            .strip_prefix(head)
            .is_some_and(|rest| (0..=rest.len()).any(|i| rest.is_char_boundary(i) && star(tail, &rest[i..]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str, path: &str) -> bool {
        Glob::new(pattern).matches(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn globs() {
        assert!(glob("**/app/**/route.{ts,js}", "apps/web/app/api/x/route.ts"));
        assert!(glob("**/app/**/route.{ts,js}", "app/route.js"));
        assert!(!glob("**/app/**/route.{ts,js}", "app/router.js"));
        assert!(glob("src/*.ts", "src/a.ts"));
        assert!(!glob("src/*.ts", "src/a/b.ts"));
        assert!(glob("src/**", "src/a/b.ts") && glob("{src,lib}/a.ts", "lib/a.ts"));
        assert!(glob("**/{a,b}.ts", "x/b.ts") && !glob("**/{a,b}.ts", "x/b.js"));
    }
}
