//! The little command-line reading that maintenance commands need.

/// Words of a command line: first the plain ones, then flags with their values, then what follows `--`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    /// Words before the first flag.
    pub(crate) plain: Vec<String>,
    flags: Vec<(String, Vec<String>)>,
    /// Words after `--`, as they stand.
    pub(crate) rest: Vec<String>,
}

impl Args {
    /// Reads `words`; a flag takes every word up to the next flag. A flag that is not `known` is an error.
    pub(crate) fn read(words: &[String], known: &[&str]) -> Result<Self, String> {
        let mut args = Args::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                args.rest = words.cloned().collect();
                break;
            }
            if let Some(flag) = word.strip_prefix("--") {
                if !known.contains(&flag) {
                    return Err(format!("no flag `--{flag}` here; known: {}", known.join(", ")));
                }
                args.flags.push((flag.into(), Vec::new()));
            } else if let Some((_, values)) = args.flags.last_mut() {
                values.push(word.clone());
            } else {
                args.plain.push(word.clone());
            }
        }
        Ok(args)
    }

    /// Whether the flag is there.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|(name, _)| name == flag)
    }

    /// Every value of a flag, over all its uses.
    pub(crate) fn all(&self, flag: &str) -> Vec<&str> {
        self.flags.iter().filter(|(name, _)| name == flag).flat_map(|(_, v)| v).map(String::as_str).collect()
    }

    /// The one value of a flag, if it is there. `Err` when it has none or several.
    pub(crate) fn one(&self, flag: &str) -> Result<Option<&str>, String> {
        match self.all(flag)[..] {
            [] if !self.has(flag) => Ok(None),
            [value] => Ok(Some(value)),
            _ => Err(format!("`--{flag}` takes one value")),
        }
    }

    /// The one value of a flag as a number, or `default`.
    pub(crate) fn number(&self, flag: &str, default: usize) -> Result<usize, String> {
        let Some(value) = self.one(flag)? else { return Ok(default) };
        value.parse().map_err(|_| format!("`--{flag} {value}` is not a whole number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Args, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
        Args::read(&words, &["trees", "rounds", "check"])
    }

    #[test]
    fn flags_take_the_words_up_to_the_next_flag() {
        let args = read("a --trees b c --rounds 3 --check -- --trees x").unwrap();
        assert_eq!(args.plain, ["a"]);
        assert_eq!(args.all("trees"), ["b", "c"]);
        assert_eq!(args.number("rounds", 9), Ok(3));
        assert!(args.has("check") && args.one("check").is_err());
        assert_eq!(args.rest, ["--trees", "x"]);
    }

    #[test]
    fn wrong_flags_and_values_are_told() {
        assert!(read("--tree x").unwrap_err().contains("no flag `--tree`"));
        assert!(read("--rounds x").unwrap().number("rounds", 1).is_err());
        assert_eq!(read("").unwrap().number("rounds", 7), Ok(7));
    }
}
