//! The words and marks of a JavaScript or TypeScript text, without comments, strings and regular expressions: enough to
//! find where a name is declared, and nothing more.

/// One word or mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    /// Byte at which it begins.
    pub(super) start: usize,
    /// Position of the bracket that closes this one, or opens it; its own for all others.
    pub(super) partner: usize,
}

/// Splits a text. Never fails: what makes no sense is skipped.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, out: Vec::new(), open: Vec::new() };
    lexer.run();
    lexer.out
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    out: Vec<Token<'t>>,
    /// Open brackets, by their position in `out`; a template's `${` is marked.
    open: Vec<(usize, bool)>,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
}

impl Lexer<'_> {
    fn run(&mut self) {
        if self.text.starts_with("#!") {
            self.skip_line();
        }
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'/' if self.follows(b"//") => self.skip_line(),
                b'/' if self.follows(b"/*") => {
                    let end = self.text[self.at + 2..].find("*/");
                    self.at = end.map_or(self.bytes.len(), |end| self.at + 2 + end + 2);
                }
                b'/' if self.regex_may_begin() => self.skip_regex(),
                b'"' | b'\'' => self.skip_string(byte),
                b'`' => {
                    self.at += 1;
                    self.skip_template();
                }
                _ if byte.is_ascii_whitespace() => self.at += 1,
                _ if is_word(byte) => self.word(),
                _ => self.mark(byte),
            }
        }
    }

    fn follows(&self, mark: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(mark)
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    fn word(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|byte| is_word(*byte)) {
            self.at += 1;
        }
        self.push(start);
    }

    fn push(&mut self, start: usize) {
        let partner = self.out.len();
        self.out.push(Token { text: &self.text[start..self.at], start, partner });
    }

    fn mark(&mut self, byte: u8) {
        let start = self.at;
        self.at += if self.follows(b"=>") { 2 } else { 1 };
        match byte {
            b'{' | b'(' | b'[' => {
                self.open.push((self.out.len(), false));
                self.push(start);
            }
            b'}' | b')' | b']' => {
                let opener = self.open.pop();
                self.push(start);
                if let Some((opener, in_template)) = opener {
                    let here = self.out.len() - 1;
                    self.out[opener].partner = here;
                    self.out[here].partner = opener;
                    if in_template && byte == b'}' {
                        self.skip_template();
                    }
                }
            }
            _ => self.push(start),
        }
    }

    /// A slash begins a regular expression where no value has just ended.
    fn regex_may_begin(&self) -> bool {
        let Some(last) = self.out.last() else { return true };
        match last.text.as_bytes()[0] {
            b')' | b']' | b'}' => false,
            byte if is_word(byte) => {
                matches!(
                    last.text,
                    "return" | "typeof" | "case" | "in" | "of" | "void" | "throw" | "else" | "do"
                )
            }
            _ => true,
        }
    }

    fn skip_regex(&mut self) {
        let mut in_class = false;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => break,
                b'\n' => break,
                _ => {}
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.mend();
    }

    fn skip_string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                byte if byte == quote => break,
                _ => {}
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.mend();
    }

    /// To the end of a template, or to the code inside it.
    fn skip_template(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    return;
                }
                b'$' if self.follows(b"${") => {
                    let start = self.at + 1;
                    self.at += 2;
                    self.open.push((self.out.len(), true));
                    self.push(start);
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.mend();
    }

    /// An escape may have ended inside a letter of several bytes.
    fn mend(&mut self) {
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_left() {
        let text = "#!x\nlet a = 'let b'; // let c\n/* let d */ x = /let e[/]/.y; `let f ${ g(`${h}`) } i`; k / l / m; 'é\\é'";
        let words: Vec<&str> =
            tokens(text).iter().map(|t| t.text).filter(|t| is_word(t.as_bytes()[0])).collect();
        assert_eq!(words, ["let", "a", "x", "y", "g", "h", "k", "l", "m"]);
    }

    #[test]
    fn brackets_know_each_other() {
        let all = tokens("a { b ( c ) } }");
        assert_eq!(all[1].partner, 6);
        assert_eq!(all[6].partner, 1);
        assert_eq!(all[3].partner, 5);
        assert_eq!(all[7].partner, 7);
    }
}
