//! What a task says its agents turn into what: read, overridden by classes, in the digest, refused with its place.

use super::*;

/// `FIXED` with a catalogue of its own.
const SAID: &str =
    "[catalogue]\ntakes = \"lot-csv\"\ngives = \"die-table\"\ndifficulty = 2\nwords = [\"csv\", \"parse\"]\n";
const CLASSES: &str = "[classes.first]\n[classes.clean]\ncatalogue = { takes = \"die-table\", gives = \"clean-dies\" }\n[classes.hard]\ncatalogue.difficulty = 10\ncatalogue.words = []\n";

fn with(more: &str) -> String {
    format!("{FIXED}{more}")
}

fn catalogue(toml: &str, class: Option<&str>) -> Option<Catalogue> {
    Task::load(folder(toml).path(), class).unwrap().catalogue
}

fn said(takes: &str, gives: &str, difficulty: u32, words: &[&str]) -> Option<Catalogue> {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Some(Catalogue { takes: takes.to_owned(), gives: gives.to_owned(), difficulty, words })
}

#[test]
fn a_catalogue_is_read_and_a_class_overrides_it_key_by_key() {
    assert_eq!(catalogue(FIXED, None), None);
    let plain = SAID.replace("words = [\"csv\", \"parse\"]\n", "");
    assert_eq!(catalogue(&with(&plain), None), said("lot-csv", "die-table", 2, &[]));
    let toml = with(&format!("{SAID}{CLASSES}"));
    assert_eq!(catalogue(&toml, None), said("lot-csv", "die-table", 2, &["csv", "parse"]));
    assert_eq!(catalogue(&toml, Some("clean")), said("die-table", "clean-dies", 2, &["csv", "parse"]));
    assert_eq!(catalogue(&toml, Some("hard")), said("lot-csv", "die-table", 10, &[]));
    let alone =
        with("[classes.x]\ncatalogue = { takes = \"a\", gives = \"b\", difficulty = 1 }\n[classes.y]\n");
    assert_eq!(catalogue(&alone, Some("x")), said("a", "b", 1, &[]));
    assert_eq!(catalogue(&alone, Some("y")), None, "another class's catalogue is not this one's");
}

#[test]
fn a_catalogue_reaches_the_digest_only_where_there_is_one() {
    let parts = |toml: &str| load(toml).fingerprint();
    let silent = parts(FIXED);
    assert!(silent.iter().all(|(part, _)| *part != "catalogue"));
    let mut digests = std::collections::BTreeSet::new();
    for (from, to) in [
        ("", ""),
        ("lot-csv", "lot-text"),
        ("die-table", "dies"),
        ("= 2", "= 3"),
        ("\"parse\"", ""),
        ("[\"csv\", \"parse\"]", "[\"parse\", \"csv\"]"),
    ] {
        let parts = parts(&with(&SAID.replace(from, to)));
        assert_eq!(parts[..silent.len()], silent);
        let [("catalogue", digest)] = &parts[silent.len()..] else { panic!("{parts:?}") };
        assert!(digests.insert(digest.clone()), "{from} → {to}");
    }
}

#[test]
fn a_mistake_in_a_catalogue_is_refused_at_its_place() {
    let many: Vec<String> = (0..65).map(|i| format!("\"w{i}\"")).collect();
    let kebab = "use at most 64 lower-case letters and digits in words joined by hyphens, e.g. `bin-packing`";
    for (from, to, expected) in [
        ("takes = \"lot-csv\"\n", "", "task.toml:17:2: [catalogue] lacks `takes` | write takes = \"lot-csv\", the kind of data that `run` is given".to_owned()),
        ("gives = \"die-table\"\n", "", "task.toml:17:2: [catalogue] lacks `gives` | write gives = \"die-table\", the kind of data that `run` returns".to_owned()),
        ("difficulty = 2\n", "", "task.toml:17:2: [catalogue] lacks `difficulty` | write difficulty = 2, from 1 to 10".to_owned()),
        ("\"lot-csv\"", "\"Lot CSV\"", format!("task.toml:18:9: `catalogue.takes` can't be `Lot CSV` | {kebab}")),
        ("= 2", "= 11", "task.toml:20:14: `catalogue.difficulty` is out of range | write a whole number from 1 to 10".to_owned()),
        ("= 2", "= 0", "task.toml:20:14: `catalogue.difficulty` is out of range | write a whole number from 1 to 10".to_owned()),
        ("\"parse\"", "\"csv\"", "task.toml:21:17: `catalogue.words` names `csv` twice | name each word once".to_owned()),
        ("\"csv\", \"parse\"", &many.join(", "), "task.toml:21:9: `catalogue.words` is too long | name at most 64 words".to_owned()),
        ("words", "tags", "task.toml:21:1: unknown key `tags` in [catalogue] | known here: takes, gives, difficulty, words".to_owned()),
    ] {
        assert_eq!(SAID.matches(from).count(), 1, "{from}");
        assert_eq!(refusal_of(folder(&with(&SAID.replace(from, to))).path(), None), expected);
    }
    let typed = "task.toml:42:2: a catalogue names the kinds of text that `run` takes and gives, and agents of this task have no `run` | take the section away";
    assert_eq!(refusal_of(folder(&format!("{DRAWN}{SAID}")).path(), None), typed);
    let class = format!("{CLASSES}[classes.odd]\ncatalogue = {{ take = \"x\" }}\n");
    let odd = refusal_of(folder(&with(&class)).path(), None);
    assert_eq!(odd, "task.toml:24:15: unknown key `take` in [classes.odd.catalogue] | did you mean `takes`?");
}
