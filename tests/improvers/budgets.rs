//! Budgets, counted from inside: an improver that takes all it can get gets exactly what `[nested]` says, on each case.

use super::{Field, words};
use crate::tasks::{self, CASE_FUEL};
use assay::run::train_cases;

/// Takes all there is, one by one, and tells how much that was.
const COUNTS: &str = r#"
use assay::*;

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let told = (proposals::remaining(), evaluation::remaining());
    let (mut programs, mut scores) = (0, 0);
    while !proposals::propose(&program, "", 1, 0.5).unwrap_or_default().is_empty() {
        programs += 1;
    }
    let why = loop {
        match evaluation::score(&program) {
            Ok(_) => scores += 1,
            Err(why) => break why,
        }
    };
    log::info(&format!("told {told:?}, got ({programs}, {scores}): {why}"));
    Ok(program)
}
"#;

/// What [`COUNTS`] tells on each train case of a small task with these lines of `[nested]`.
async fn counted(field: &mut Field, nested: &str) -> Vec<String> {
    let judge = field.judge((nested.to_owned(), String::new())).await;
    let component = judge.compile(COUNTS).await.unwrap().unwrap();
    let train = train_cases(&judge, 1).await.unwrap();
    let evaluation = judge.evaluate(&component, &train).await.unwrap();
    assert!(evaluation.scores().is_some(), "{:?}", evaluation.cases.iter().map(words).collect::<Vec<_>>());
    evaluation.cases.iter().map(|case| case.log.lines[0].message.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_and_evaluations_are_given_to_the_last_one_and_no_further_on_every_case() {
    let mut field = Field::new().await;
    for (proposals, evaluations) in [(1, 1), (7, 2), (2, 9)] {
        let told =
            counted(&mut field, &format!("proposals = {proposals}\nevaluations = {evaluations}")).await;
        let both = format!("({proposals}, {evaluations})");
        let expected = format!("told {both}, got {both}: the budget is spent: no evaluations are left");
        assert_eq!(told, [expected.as_str(), &expected]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fuel_is_given_to_the_last_unit_that_pays_for_an_evaluation() {
    let mut field = Field::new().await;
    // Two cases guide.
    let dearest = 2 * CASE_FUEL;
    let first = |told: &[String]| told[0].clone();
    let mut with = async |fuel: u64| {
        first(&counted(&mut field, &format!("proposals = 1\nevaluations = 9\nfuel = {fuel}")).await)
    };
    let told = with(dearest).await;
    let (before, _) = told.split_once(" fuel are left").unwrap();
    let left: u64 = before.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(told.starts_with("told (1, 9), got (1, 1): the budget is spent"), "{told}");
    let spent = dearest - left;
    assert!((1..CASE_FUEL).contains(&spent), "what was not spent came back: {told}");
    assert!(with(dearest + spent - 1).await.contains("got (1, 1)"));
    assert!(with(dearest + spent).await.contains("got (1, 2)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_without_a_better_reference_gives_no_unit_to_measure_improvers_in() {
    let field = Field::new().await;
    let folder = tasks::small(field.folder.path(), "none", tasks::SIX, "");
    let dispatch = tasks::dispatch(field.folder.path());
    let refusal = async || {
        let judge = field.stand_ready(&folder).await;
        judge.err().unwrap().to_string()
    };
    std::fs::copy(format!("{dispatch}/seed.rs"), format!("{dispatch}/least.rs")).unwrap();
    let said = refusal().await;
    assert!(said.contains("none of its references beats its seed agent"), "{said}");
    assert!(said.contains("dispatch"), "{said}");
    // Nor does one whose seed fails.
    let fails = "pub fn preference(_job: u32, _load: u32) -> f64 {\n    f64::NAN\n}\n";
    std::fs::write(format!("{dispatch}/seed.rs"), fails).unwrap();
    let said = refusal().await;
    assert!(said.contains("its seed agent is not scored (invalid-output"), "{said}");
}
