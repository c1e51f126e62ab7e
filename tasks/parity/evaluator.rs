//! Asks a learner for the labels of rows that it has not seen, and counts those it gets right.
//!
//! A case is `{"train":["01101",…],"test":["01100",…]}`: a row's bits, then its label. The labels of test rows never
//! leave this component. The score is the share of test rows that are labelled rightly, 0 to 1; a guess gets 0.5.
//!
//! `parity` and `parity-with-noise` have this file in common: what differs is what their simulators draw.

use assay::*;

/// The most rows of one kind.
const ROWS: usize = 10_000;
/// The most bits of a row.
const BITS: usize = 64;

/// Judge the candidate on one case.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let (train, test) = parse(&case).map_err(Fault::BadCase)?;
    let predicted = learner::predict(&train.bits, &train.labels, &test.bits);
    if predicted.len() != test.labels.len() {
        return Err(Fault::InvalidOutput(format!(
            "{} labels for {} test rows; there must be one each",
            predicted.len(),
            test.labels.len()
        )));
    }
    let right = predicted.iter().zip(&test.labels).filter(|(predicted, label)| predicted == label).count();
    let total = test.labels.len();
    Ok(Outcome {
        score: right as f64 / total as f64,
        metrics: vec![Metric { name: "right".to_owned(), value: right as f64 }],
        notes: format!("{right} of {total} test rows are labelled rightly"),
    })
}

#[derive(Default)]
struct Rows {
    bits: Vec<Vec<bool>>,
    labels: Vec<bool>,
}

/// The one shape of JSON that a case has; a JSON parser would be most of this program.
fn parse(case: &str) -> Result<(Rows, Rows), String> {
    let bare: String = case.split_whitespace().collect();
    let lists = bare.strip_prefix("{\"train\":[\"").and_then(|rest| rest.strip_suffix("\"]}"));
    let lists = lists.and_then(|rest| rest.split_once("\"],\"test\":[\""));
    let (train, test) = lists.ok_or("a case is {\"train\": [rows], \"test\": [rows]}, rows as strings")?;
    let length = train.find('"').unwrap_or(train.len());
    Ok((rows(train, length)?, rows(test, length)?))
}

fn rows(list: &str, length: usize) -> Result<Rows, String> {
    let mut rows = Rows::default();
    for row in list.split("\",\"") {
        if row.len() != length
            || !(2..=BITS + 1).contains(&length)
            || row.bytes().any(|c| c != b'0' && c != b'1')
        {
            return Err(format!(
                "a row is 1 to {BITS} bits and a label, each 0 or 1, and all are as long; not `{row}`"
            ));
        }
        let mut bits: Vec<bool> = row.bytes().map(|c| c == b'1').collect();
        rows.labels.extend(bits.pop());
        rows.bits.push(bits);
        if rows.bits.len() > ROWS {
            return Err(format!("there are more than {ROWS} rows"));
        }
    }
    Ok(rows)
}
