//! A key that is added to somebody's `task.toml`, which keeps its words, order and comments.
//!
//! The text is not written anew: one line is put behind the header of its section. Where that header stands is found by
//! parsing lines, which can be misled (a text value of several lines may hold one that looks like a header), so whoever
//! writes such a text reads it back first and compares. A section in another form (inline, dotted keys) is left to its author.

use toml::{Table, Value};

/// The ways in which `key = "value"` can be put into the section at `path`, in the order of the text.
pub(super) fn candidates(text: &str, path: &[&str], key: &str, value: &str) -> Vec<String> {
    let line_of = |ending: &str| format!("{key} = {}{ending}", Value::from(value));
    let mut offset = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        if is_header(line, path) {
            let (ending, before) = match (line.ends_with("\r\n"), line.ends_with('\n')) {
                (true, _) => ("\r\n", ""),
                (false, true) => ("\n", ""),
                // The header is the file's last line.
                (false, false) => ("\n", "\n"),
            };
            let at = start + line.len();
            found.push(format!("{}{before}{}{}", &text[..at], line_of(ending), &text[at..]));
        }
    }
    found
}

/// Whether the line opens the table at `path`, and no other.
fn is_header(line: &str, path: &[&str]) -> bool {
    let trimmed = line.trim_start();
    if !trimmed.starts_with('[') || trimmed.starts_with("[[") {
        return false;
    }
    let Ok(mut table) = trimmed.parse::<Table>() else { return false };
    for name in path {
        let Some(Value::Table(inner)) = (table.len() == 1).then(|| table.remove(*name)).flatten() else {
            return false;
        };
        table = inner;
    }
    table.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str, path: &[&str]) -> Vec<String> {
        candidates(text, path, "pool", "pool.jsonl")
    }

    #[test]
    fn the_line_goes_behind_its_header_and_nothing_else_changes() {
        let text =
            "# mine\n[simulator]   # draws\nsource = \"s.rs\" # kept\n\n[ classes . \"a-b\" ]\ntrain = 1\n";
        let expected = text.replace("# draws\n", "# draws\npool = \"pool.jsonl\"\n");
        assert_eq!(only(text, &["simulator"]), [expected]);
        let expected = text.replace("\"a-b\" ]\n", "\"a-b\" ]\npool = \"pool.jsonl\"\n");
        assert_eq!(only(text, &["classes", "a-b"]), [expected]);
    }

    #[test]
    fn line_ends_are_the_files_own() {
        assert_eq!(
            only("[simulator]\r\ntrain = 1\r\n", &["simulator"]),
            ["[simulator]\r\npool = \"pool.jsonl\"\r\ntrain = 1\r\n"]
        );
        assert_eq!(only("[simulator]", &["simulator"]), ["[simulator]\npool = \"pool.jsonl\"\n"]);
    }

    #[test]
    fn other_forms_are_left_alone_and_every_line_that_looks_like_it_is_offered() {
        for text in [
            "simulator = { source = \"s.rs\" }\n",
            "simulator.source = \"s.rs\"\n",
            "[simulator.parameters]\n",
            "[[simulator]]\n",
            "# [simulator]\n",
            "[simulator\n",
            "",
        ] {
            assert!(only(text, &["simulator"]).is_empty(), "{text}");
        }
        let text = "a = \"\"\"\n[simulator]\n\"\"\"\n[simulator]\n";
        assert_eq!(only(text, &["simulator"]).len(), 2);
    }

    #[test]
    fn a_value_is_quoted_as_toml_has_it() {
        let text = &candidates("[a]\n", &["a"], "pool", "q\"\\\u{1}.jsonl")[0];
        let table: Table = text.parse().unwrap();
        assert_eq!(table["a"]["pool"].as_str(), Some("q\"\\\u{1}.jsonl"));
    }
}
