//! Judges tables of dies: how many rows are what they should be.
//!
//! A case is `yield die-table QUESTION` or `yield clean-dies QUESTION`, the table that is wanted, a line `input`, and what the agent
//! is given. Both tables are taken as bags of lines, in any order: the score is the size of what they share over the size
//! of what either has (Jaccard's index of bags), so a row left out, made up, changed or told twice costs alike. 1 is the whole
//! truth. An agent that says `err` has answered, and got nothing right; a table in another form is no answer.

use std::collections::BTreeMap;

use assay::*;

/// The columns before the circuits.
const COLUMNS: [&str; 7] = ["lot", "wafer", "x", "y", "day", "product", "area"];
/// How many times as long as the table that is wanted an answer may be: no more is read, so a flood costs whoever sends it.
const LONGER: usize = 8;
/// Most characters of an answer that are shown.
const SHOWN: usize = 60;

/// Judge the candidate on one table.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let form =
        "a case is `yield die-table QUESTION` or `yield clean-dies QUESTION`, a table, `input`, a text";
    let bad = || Fault::BadCase(form.to_owned());
    let (head, rest) = case.split_once('\n').ok_or_else(bad)?;
    let (truth, input) = rest.split_once("\ninput\n").ok_or_else(bad)?;
    let holes = match head.split(' ').collect::<Vec<_>>()[..] {
        ["yield", "die-table", _] => true,
        ["yield", "clean-dies", _] => false,
        _ => return Err(bad()),
    };
    let wanted = table(truth, holes).map_err(Fault::BadCase)?;
    let answer = match run(input) {
        Ok(answer) => answer,
        Err(why) => {
            return Ok(Outcome { score: 0.0, metrics: Vec::new(), notes: format!("err: {}", shown(&why)) });
        }
    };
    if answer.len() / LONGER > truth.len() {
        let bytes = answer.len();
        return Err(Fault::InvalidOutput(format!("{bytes} bytes, over {LONGER} times the table's")));
    }
    let given = table(&answer, holes).map_err(Fault::InvalidOutput)?;
    let count = |bag: &BTreeMap<&str, usize>| bag.values().sum::<usize>();
    let shared: usize =
        wanted.iter().map(|(row, times)| given.get(row).map_or(0, |other| *times.min(other))).sum();
    let (wants, has) = (count(&wanted), count(&given));
    let either = (wants + has - shared).max(1);
    let metric = |name: &str, value: usize| Metric { name: name.to_owned(), value: value as f64 };
    let metrics =
        vec![metric("right", shared), metric("missing", wants - shared), metric("wrong", has - shared)];
    let notes = format!("{shared} rows right, {} missing, {} wrong", wants - shared, has - shared);
    Ok(Outcome { score: shared as f64 / either as f64, metrics, notes })
}

/// The rows of a table in canonical form, each with how often it is there. `holes`: product, area and results may be missing.
fn table(text: &str, holes: bool) -> Result<BTreeMap<&str, usize>, String> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    if header.len() <= COLUMNS.len() || header[..COLUMNS.len()] != COLUMNS {
        let found = shown(&header.join(","));
        return Err(format!("line 1: a table begins with {},c1,…, not {found}", COLUMNS.join(",")));
    }
    let mut rows = BTreeMap::new();
    for (index, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        let problem = if fields.len() == header.len() {
            let wrong = fields.iter().zip(0..).find(|(field, column)| !fits(field, *column, holes));
            wrong.map(|(field, column)| format!("`{}` can't be {}", header[column], shown(field)))
        } else {
            Some(format!("{} fields, and the header has {}", fields.len(), header.len()))
        };
        if let Some(problem) = problem {
            return Err(format!("line {}: {problem}", index + 2));
        }
        *rows.entry(line).or_insert(0) += 1;
    }
    Ok(rows)
}

/// Whether the field may stand in the column.
fn fits(field: &str, column: usize, holes: bool) -> bool {
    let hole = holes && field.is_empty();
    match column {
        0 => !field.is_empty(),
        1 | 4 => field.parse::<u32>().is_ok(),
        2 | 3 => field.parse::<i32>().is_ok(),
        5 => hole || !field.is_empty(),
        6 => hole || field.parse::<f64>().is_ok_and(|area| area > 0.0 && area.is_finite()),
        _ => hole || field == "0" || field == "1",
    }
}

/// In quotes and cut, so that no answer floods the notes.
fn shown(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    format!("{head:?}{}", if head.len() < text.len() { "…" } else { "" })
}
