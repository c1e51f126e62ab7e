//! Counts the clauses that a candidate's assignment satisfies.
//!
//! A case is `{"variables":3,"whole":false,"clauses":[[1,-2,3],…]}`, literals as in DIMACS. Score, 0 to 1: the share of clauses satisfied;
//! if the case is judged as a `whole`, 1 if that is all of them and 0 if it isn't. A score of 1 is a proof: the assignment at hand
//! satisfies the formula.

use assay::*;

/// The most variables.
const VARIABLES: u32 = 10_000;
/// The most clauses.
const CLAUSES: usize = 50_000;

type Clause = (i32, i32, i32);

/// Judge the candidate on one formula.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let Formula { variables, whole, clauses } = parse(&case).map_err(Fault::BadCase)?;
    let values = solver::solve(variables, &clauses);
    if values.len() != variables as usize {
        return Err(Fault::InvalidOutput(format!(
            "{} values for {variables} variables; there must be one each",
            values.len()
        )));
    }
    let holds = |literal: i32| values[literal.unsigned_abs() as usize - 1] == (literal > 0);
    let satisfied = clauses.iter().filter(|(a, b, c)| holds(*a) || holds(*b) || holds(*c)).count();
    let total = clauses.len();
    let solved = if satisfied == total { 1.0 } else { 0.0 };
    let share = satisfied as f64 / total as f64;
    let metrics = [("solved", solved), ("satisfied", share)];
    Ok(Outcome {
        score: if whole { solved } else { share },
        metrics: metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into(),
        notes: format!("{satisfied} of {total} clauses over {variables} variables are satisfied"),
    })
}

struct Formula {
    variables: u32,
    whole: bool,
    clauses: Vec<Clause>,
}

/// The one shape of JSON that a case has; a JSON parser would be most of this program.
fn parse(case: &str) -> Result<Formula, String> {
    let bare: String = case.split_whitespace().collect();
    let parts = bare.strip_prefix("{\"variables\":").and_then(|rest| rest.strip_suffix("]]}"));
    let parts = parts.and_then(|rest| {
        let (variables, rest) = rest.split_once(",\"whole\":")?;
        let (whole, clauses) = rest.split_once(",\"clauses\":[[")?;
        Some((variables.parse().ok()?, whole.parse().ok()?, clauses))
    });
    let form = "a case is {\"variables\": 3, \"whole\": false, \"clauses\": [[1, -2, 3], …]}";
    let (variables, whole, list): (u32, bool, &str) = parts.ok_or(form)?;
    if !(3..=VARIABLES).contains(&variables) {
        return Err(format!("there must be from 3 to {VARIABLES} variables, not {variables}"));
    }
    let mut clauses = Vec::new();
    for text in list.split("],[") {
        clauses.push(clause(text, variables).ok_or_else(|| {
            format!("a clause is three literals, 1 to {variables} or negative, not `{text}`")
        })?);
        if clauses.len() > CLAUSES {
            return Err(format!("there are more than {CLAUSES} clauses"));
        }
    }
    Ok(Formula { variables, whole, clauses })
}

fn clause(text: &str, variables: u32) -> Option<Clause> {
    let mut literals = text.split(',').map(|word| {
        let literal = word.parse::<i32>().ok()?;
        (1..=variables).contains(&literal.unsigned_abs()).then_some(literal)
    });
    let clause = (literals.next()??, literals.next()??, literals.next()??);
    literals.next().is_none().then_some(clause)
}
