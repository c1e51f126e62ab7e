//! Measures the distance of the string that a candidate found, and how far that is from the one asked for.
//!
//! A case is `{"target":"ABBA","distance":5}`. Score 1 if the distance is met exactly, else 0.5 − |difference| / (6 · length): above
//! 0 always, as any two distances differ by less than 3 · length. All in whole numbers up to that division.

use assay::*;

/// The longest string.
const LENGTH: usize = 10_000;

/// Judge the candidate on one target.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let (target, wanted) = parse(&case).map_err(Fault::BadCase)?;
    let found = finder::find(&target, wanted);
    if found.len() != target.len() {
        return Err(Fault::InvalidOutput(format!(
            "the string has {} letters; it must have as many as the target, {}",
            found.len(),
            target.len()
        )));
    }
    let distance = distance(&found, &target);
    let off = distance.abs_diff(wanted);
    let score = if off == 0 { 1.0 } else { 0.5 - f64::from(off) / (6 * target.len()) as f64 };
    let metrics = [("exact", if off == 0 { 1.0 } else { 0.0 }), ("off", f64::from(off))];
    Ok(Outcome {
        score,
        metrics: metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into(),
        notes: format!("length {}: distance {distance}, wanted {wanted}", target.len()),
    })
}

/// Places that differ, and neighbours that differ in either.
fn distance(a: &[bool], b: &[bool]) -> u32 {
    let differ = a.iter().zip(b).filter(|(a, b)| a != b).count() as u32;
    let turns = |s: &[bool]| s.windows(2).filter(|pair| pair[0] != pair[1]).count() as u32;
    differ + turns(a) + turns(b)
}

/// The one shape of JSON that a case has; a JSON parser would be most of this program.
fn parse(case: &str) -> Result<(Vec<bool>, u32), String> {
    let bare: String = case.split_whitespace().collect();
    let parts = bare.strip_prefix("{\"target\":\"").and_then(|rest| rest.strip_suffix('}'));
    let parts = parts.and_then(|rest| rest.split_once("\",\"distance\":"));
    let parts = parts.and_then(|(target, distance)| Some((target, distance.parse::<u32>().ok()?)));
    let (target, distance) =
        parts.ok_or_else(|| format!("a case is {{\"target\": \"ABBA\", \"distance\": 5}}, not `{case}`"))?;
    if !(1..=LENGTH).contains(&target.len()) || target.bytes().any(|c| c != b'A' && c != b'B') {
        return Err(format!("the target must be of 1 to {LENGTH} letters A and B"));
    }
    let most = 3 * target.len() as u32 - 2;
    if distance > most {
        return Err(format!("no string of this length is farther away than {most}"));
    }
    Ok((target.bytes().map(|c| c == b'B').collect(), distance))
}
