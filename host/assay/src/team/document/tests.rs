//! One text for a team, and every way not to be one.

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn team(roles: &str) -> Result<Document, TeamError> {
    Document::parse(&format!("{MARK}\nanswer = \"z\"\n{roles}"))
}

fn role(name: &str, takes: &str) -> String {
    format!("[roles.{name}]\nagent = \"{A}\"\ntakes = [{takes}]\n")
}

#[test]
fn a_document_has_one_text_however_it_was_written() {
    let text = format!(
        "{MARK}\n# by hand\nanswer = 'z'\nroles.z = {{ takes = ['b', \"input\"], agent = '{A}', fuel = 7 }}\n\
         [roles.b]\ntakes = ['input']\nfind = {{ gives = 'k2', takes = 'k1' }}\n"
    );
    let document = Document::parse(&text).unwrap();
    let canonical = document.text();
    assert_eq!(Document::parse(&canonical).unwrap(), document);
    assert_eq!(Document::parse(&canonical).unwrap().text(), canonical);
    assert_eq!(document.size(), 5);
    assert_eq!(document.waves().unwrap(), [vec!["b"], vec!["z"]]);
    assert_eq!(document.members(), None, "a query is no digest");
}

#[test]
fn what_no_team_can_be_is_refused_in_words() {
    let many: String = (0..40).map(|i| role(&format!("r{i}"), "\"input\"")).collect();
    for (roles, words) in [
        (role("z", "\"a\"") + &role("a", "\"z\""), "wait for each other"),
        (role("z", "\"z\""), "wait for each other"),
        (role("z", "\"nobody\""), "`nobody`, which is no role"),
        (role("z", ""), "1 to 8 sources"),
        (role("z", "\"input\"") + &role("idle", "\"input\""), "no part in the answer"),
        (role("y", "\"input\""), "`answer` is `z`"),
        (role("input", "\"input\"") + &role("z", "\"input\""), "can't name"),
        (role("\"../x\"", "\"input\""), "can't name"),
        (many, "40 roles; at most 32"),
        (role("z", "\"input\"").replace(A, "beef"), "no sha256"),
        (role("z", "\"input\"") + "fuel = 0\n", "`fuel` is out of range"),
        (role("z", "\"input\"") + "fuel = -1\n", "`fuel` is out of range"),
        (role("z", "\"input\"") + "name = \"x\"\n", "exactly one of"),
        (role("z", "\"input\"") + "wish = 1\n", "unknown field"),
        ("[".into(), "not of the form"),
    ] {
        let error = team(&roles).unwrap_err().to_string();
        assert!(error.contains(words), "{error} lacks {words}");
    }
    assert!(Document::parse("answer = 'z'").unwrap_err().to_string().contains("first line"));
    let huge = format!("{MARK}\n{}", "#".repeat(BYTES));
    assert!(matches!(Document::parse(&huge), Err(TeamError::Size { .. })));
}

#[test]
fn budgets_are_moved_out_of_the_teams() {
    let document = team(
        &(role("z", "\"a\", \"b\"") + &role("a", "\"input\"") + "fuel = 40\n" + &role("b", "\"input\"")),
    );
    let document = document.unwrap();
    let budgets = document.budgets(100).unwrap();
    assert_eq!((budgets["a"], budgets["b"], budgets["z"]), (40, 30, 30));
    assert!(matches!(document.budgets(41), Err(TeamError::Budget { asked: 42, most: 41 })));
}
