//! tries: harvesting scores past its budget
//! leads: orchestrator
//! ends: 1 not reached
//! says: the budget is spent: no evaluations are left
//! says: 64 of 5000 were scored

use assay::*;

pub fn pursue(_goal: String) -> Result<String, String> {
    let member = library::find(&library::Query {
        name: "cut".to_owned(),
        takes: String::new(),
        gives: String::new(),
        words: Vec::new(),
    });
    let member = member.first().map(|agent| agent.component.clone()).unwrap_or_default();
    let team = |salt: u32| {
        format!(
            "# assay team 1\nanswer = \"a{salt}\"\n[roles.a{salt}]\nagent = \"{member}\"\ntakes = [\"input\"]\n"
        )
    };
    let scored: usize = (0..50)
        .map(|batch| {
            let teams: Vec<String> = (0..100).map(|one| team(batch * 100 + one)).collect();
            evaluation::score_all(&teams).iter().filter(|score| score.is_ok()).count()
        })
        .sum();
    Err(format!("{scored} of 5000 were scored"))
}
