//! The built-in evaluator compares as each mode says and refuses what is no case.

use crate::expectations::evaluate;
use crate::stand_in::be_agent;
use crate::{Fault, Outcome};

fn judge(case: &str, answer: Result<&str, &str>) -> Result<Outcome, Fault> {
    let answer = answer.map(str::to_owned).map_err(str::to_owned);
    be_agent(move |_| answer.clone());
    evaluate(case.to_owned())
}

fn score(case: &str, answer: &str) -> f64 {
    judge(case, Ok(answer)).unwrap().score
}

#[test]
fn exact_is_byte_for_byte() {
    let case = r#"{"input":"a","expected":"b c","mode":"exact"}"#;
    assert_eq!([score(case, "b c"), score(case, "b c "), score(case, "B c")], [1.0, 0.0, 0.0]);
    assert_eq!(score(r#"{"input":"a","expected":[1, 2],"mode":"exact"}"#, "[1,2]"), 1.0);
    assert_eq!(score(r#"{"mode":"exact","tolerance":0.0,"id":"1","input":"a","expected":"b"}"#, "b"), 1.0);
}

#[test]
fn json_ignores_key_order_space_and_how_numbers_are_written() {
    let case = r#"{"input":"a","expected":{"x":1,"y":[2.5,null,"z"]},"mode":"json"}"#;
    assert_eq!(score(case, r#" { "y": [2.50, null, "z"], "x": 1.0 } "#), 1.0);
    for wrong in [r#"{"x":1}"#, r#"{"x":1,"y":[null,2.5,"z"]}"#, r#"{"x":true,"y":[2.5,null,"z"]}"#, "", "{"]
    {
        assert_eq!(score(case, wrong), 0.0, "{wrong}");
    }
    let large = r#"{"input":"a","expected":9007199254740993,"mode":"json"}"#;
    assert_eq!([score(large, "9007199254740993"), score(large, "9007199254740992")], [1.0, 0.0]);
}

#[test]
fn numeric_is_within_the_tolerance_and_finite() {
    let case = r#"{"input":"a","expected":2.5,"mode":"numeric","tolerance":0.25}"#;
    assert_eq!([score(case, " 2.75\n"), score(case, "2.25"), score(case, "2.751")], [1.0, 1.0, 0.0]);
    for wrong in ["NaN", "inf", "", "two", "2.5 m"] {
        assert_eq!(score(case, wrong), 0.0, "{wrong}");
    }
    assert_eq!(score(r#"{"input":"a","expected":"1e3","mode":"numeric"}"#, "1000"), 1.0);
    assert_eq!(score(r#"{"input":"a","expected":"1e3","mode":"numeric"}"#, "1000.1"), 0.0);
}

#[test]
fn an_agent_that_says_err_scores_nothing_and_is_quoted() {
    let outcome = judge(r#"{"id":"c1","input":"a","expected":"no","mode":"exact"}"#, Err("no")).unwrap();
    assert_eq!(outcome.score, 0.0);
    assert_eq!(outcome.notes, r#"c1: wrong: expected "no", got err "no""#);
}

#[test]
fn an_input_that_is_no_string_arrives_as_json() {
    be_agent(|input| Ok(input.to_owned()));
    for (input, arrives) in [(r#""a\nb""#, r#""a\nb""#), (r#"{"k": [1, 2]}"#, r#""{\"k\":[1,2]}""#)] {
        let case = format!(r#"{{"input":{input},"expected":{arrives},"mode":"exact"}}"#);
        assert_eq!(evaluate(case).unwrap().score, 1.0, "{input}");
    }
}

#[test]
fn notes_stay_short_and_on_one_line() {
    let answer = format!("line\n{}", "ä".repeat(1000));
    let outcome = judge(r#"{"input":"a","expected":"b","mode":"exact"}"#, Ok(&answer)).unwrap();
    assert!(outcome.notes.chars().count() < 250 && !outcome.notes.contains('\n'), "{}", outcome.notes);
}

#[test]
fn what_is_no_case_is_a_bad_case_that_says_why() {
    let cases = [
        ("", "JSON object"),
        ("[]", "JSON object"),
        (r#"{"expected":"b","mode":"exact"}"#, "`input`"),
        (r#"{"input":"a","mode":"exact"}"#, "`expected`"),
        (r#"{"input":"a","expected":"b"}"#, "`mode`"),
        (r#"{"input":"a","expected":"b","mode":"fuzzy"}"#, "fuzzy"),
        (r#"{"input":"a","expected":"b","mode":"numeric"}"#, "number"),
        (r#"{"input":"a","expected":"NaN","mode":"numeric"}"#, "number"),
        (r#"{"input":"a","expected":1,"mode":"numeric","tolerance":-1}"#, "negative"),
        (r#"{"input":"a","expected":"b","mode":"exact","note":"x"}"#, "note"),
    ];
    for (case, named) in cases {
        match judge(case, Ok("b")) {
            Err(Fault::BadCase(why)) => assert!(why.contains(named), "{case}: {why}"),
            other => panic!("{case}: {other:?}"),
        }
    }
}
