//! Where a holder grows: a search in the source text for the statements that add to it.
//!
//! A heap shows that something was added and not by which statement. In the file that declares a holder, calls of the
//! adding methods on its name are few, and nearly always one of them is it.

use super::Names;
use super::owners::Owner;
use super::scripts::SourcePlace;
use super::source::{Sources, place};
use super::tokens::{Token, tokens};

/// Methods that add to what they are called on.
const ADD: &[&str] = &[
    "set",
    "add",
    "push",
    "unshift",
    "append",
    "enqueue",
    "put",
    "on",
    "once",
    "addListener",
    "prependListener",
    "addEventListener",
    "subscribe",
    "concat",
    "splice",
    "then",
];
/// Whether a method adds; private ones are called the same behind a mark.
fn is_adding(method: &str) -> bool {
    ADD.contains(&method.trim_start_matches(['_', '#', '$']))
}

/// More places would tell nothing.
const SITES_MAX: usize = 4;

impl Names<'_> {
    /// Statements that add to what an owner names, in the file of its declaration, in the order of the text. Empty when
    /// the source cannot be had or has none.
    pub fn growth_sites(
        &self,
        owner: &Owner,
        declared: Option<&SourcePlace>,
        sources: &dyn Sources,
    ) -> Vec<SourcePlace> {
        let url = declared.map_or(owner.place.url.as_str(), |place| place.url.as_str());
        let Some(text) = sources.text(url).filter(|_| !owner.symbol.is_empty()) else { return Vec::new() };
        let at = sites(&tokens(&text), &owner.symbol);
        at.into_iter().map(|at| place(&text, url, at)).collect()
    }
}

/// Calls that register a function of this name: `emitter.on(event, listener)`, the nearest to its declaration first.
pub fn registrations(name: &str, declared: &SourcePlace, sources: &dyn Sources) -> Vec<SourcePlace> {
    let Some(text) = sources.text(&declared.url) else { return Vec::new() };
    let all = tokens(&text);
    let is_argument = |at: usize| {
        let around = |at: usize| all.get(at).map_or("", |token| token.text);
        all[at].text == name
            && at > 0
            && matches!(around(at - 1), "," | "(")
            && matches!(around(at + 1), "," | ")")
    };
    let mut open: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for at in 0..all.len() {
        match all[at].text {
            "(" => open.push(at),
            ")" => _ = open.pop(),
            _ if is_argument(at) => {
                let method = open.last().and_then(|open| open.checked_sub(1));
                found.extend(method.filter(|method| is_adding(all[*method].text)).map(|at| all[at].start));
            }
            _ => {}
        }
    }
    let mut places: Vec<SourcePlace> = found.into_iter().map(|at| place(&text, &declared.url, at)).collect();
    places.sort_by_key(|place| (place.line.abs_diff(declared.line), place.line));
    places.truncate(SITES_MAX);
    places
}

/// Bytes at which the statements begin.
fn sites(all: &[Token<'_>], name: &str) -> Vec<usize> {
    let named = (0..all.len()).filter(|at| all[*at].text == name);
    named.filter(|at| adds(all, *at)).map(|at| all[at].start).take(SITES_MAX).collect()
}

/// Whether the name at this token is added to: `name.set(`, `name[key].push(`, `name[key] =`, `name +=`.
fn adds(all: &[Token<'_>], name: usize) -> bool {
    let text = |at: usize| all.get(at).map_or("", |token| token.text);
    let mut at = name + 1;
    loop {
        match text(at) {
            "?" | "!" => at += 1,
            "[" => {
                at = all[at].partner.max(at) + 1;
                if text(at) == "=" && text(at + 1) != "=" && text(at + 1) != ">" {
                    return true;
                }
            }
            "." if text(at + 1) == "[" || text(at + 1) == "." => at += 1,
            "." => return is_adding(text(at + 1)) && matches!(text(at + 2), "(" | "?"),
            "+" => return text(at + 1) == "=",
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_add_are_found_and_reads_are_not() {
        let text = "const seen = new Map();\nif (seen.has(k) || seen[k] === 1 || seen.size) return seen.get(k);\n\
                    seen.set(k, 1);\nseen[k] = 2;\nseen[a][b].push(3);\nthis.seen?.add(4);\n// seen.set(5)\n";
        let lines: Vec<usize> =
            sites(&tokens(text), "seen").into_iter().map(|at| text[..at].matches('\n').count() + 1).collect();
        assert_eq!(lines, [3, 4, 5, 6]);
    }

    #[test]
    fn registrations_of_a_function_are_found() {
        struct Text;
        impl Sources for Text {
            fn text(&self, _: &str) -> Option<std::sync::Arc<str>> {
                Some(
                    "function heard() {}\nheard();\nbus.on('tick', heard, 1);\nbus.off('tick', heard);\n"
                        .into(),
                )
            }
        }
        let declared = SourcePlace { url: "a.js".into(), line: 1, column: 10 };
        let lines: Vec<u32> =
            registrations("heard", &declared, &Text).iter().map(|place| place.line).collect();
        assert_eq!(lines, [3]);
    }
}
