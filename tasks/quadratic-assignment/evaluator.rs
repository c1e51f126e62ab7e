//! Checks that an assignment is one, and computes what it is worth in whole numbers.
//!
//! A case is `{"flow":[[…],…],"distance":[[…],…],"preference":[[…],…]}`, three square matrices of millionths. With n facilities the score
//! is (Σ flow · distance − ½ Σ preference) / n²: a share of n², which no assignment can pass as every figure is at most 1. The
//! sums are exact: up to 64 facilities they stay below 2^53, so that not even the conversion to a float rounds.

use assay::*;

/// The most facilities.
const FACILITIES: usize = 64;
/// What stands for 1.
const ONE: u32 = 1_000_000;

type Matrix = Vec<Vec<u32>>;

/// Judge the candidate on one case.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let [flow, distance, preference] = parse(&case).map_err(Fault::BadCase)?;
    let n = flow.len();
    let places = planner::assign(&flow, &distance, &preference);
    check(&places, n).map_err(Fault::InvalidOutput)?;
    let mut carried = 0;
    let mut disliked = 0;
    for (i, &from) in places.iter().enumerate() {
        disliked += i64::from(preference[i][from as usize]);
        for (j, &to) in places.iter().enumerate() {
            carried += i64::from(flow[i][j]) * i64::from(distance[from as usize][to as usize]);
        }
    }
    let one = i64::from(ONE);
    let unit = (2 * one * one) as f64 * (n * n) as f64;
    let score = (2 * carried - one * disliked) as f64 / unit;
    let metrics = [("carried", (2 * carried) as f64 / unit), ("disliked", (one * disliked) as f64 / unit)];
    Ok(Outcome {
        score,
        metrics: metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into(),
        notes: format!("{n} facilities: flow times distance {carried}, preference {disliked}"),
    })
}

/// Each of `n` facilities has a place of its own.
fn check(places: &[u32], n: usize) -> Result<(), String> {
    if places.len() != n {
        return Err(format!("{} places for {n} facilities; there must be one each", places.len()));
    }
    let mut taken = vec![false; n];
    for (facility, &place) in places.iter().enumerate() {
        match taken.get_mut(place as usize) {
            Some(taken) if !*taken => *taken = true,
            Some(_) => return Err(format!("facility {facility}: place {place} is taken already")),
            None => {
                return Err(format!("facility {facility}: there is no place {place}, only 0 to {}", n - 1));
            }
        }
    }
    Ok(())
}

/// The one shape of JSON that a case has; a JSON parser would be most of this program.
fn parse(case: &str) -> Result<[Matrix; 3], String> {
    let bare: String = case.split_whitespace().collect();
    let parts = bare.strip_prefix("{\"flow\":[[").and_then(|rest| rest.strip_suffix("]]}"));
    let parts = parts.and_then(|rest| {
        let (flow, rest) = rest.split_once("]],\"distance\":[[")?;
        let (distance, preference) = rest.split_once("]],\"preference\":[[")?;
        Some([flow, distance, preference])
    });
    let parts = parts.ok_or("a case is {\"flow\": matrix, \"distance\": matrix, \"preference\": matrix}")?;
    let n = parts[0].split("],[").count();
    if !(1..=FACILITIES).contains(&n) {
        return Err(format!("there must be from 1 to {FACILITIES} facilities, not {n}"));
    }
    let [flow, distance, preference] = parts.map(|part| matrix(part, n));
    Ok([flow?, distance?, preference?])
}

fn matrix(text: &str, n: usize) -> Result<Matrix, String> {
    let mut rows = Matrix::new();
    for line in text.split("],[") {
        let numbers = line.split(',').map_while(|word| word.parse().ok().filter(|number| *number <= ONE));
        let row: Vec<u32> = numbers.collect();
        if row.len() != n || line.split(',').count() != n {
            return Err(format!("a row is {n} whole numbers from 0 to {ONE}, not `{line}`"));
        }
        rows.push(row);
    }
    if rows.len() != n {
        return Err(format!("a matrix has {n} rows, not {}", rows.len()));
    }
    Ok(rows)
}
