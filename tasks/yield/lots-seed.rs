//! Compares lots, taking most of a difference for chance, and only a ruined wafer for a bad one.

use std::collections::BTreeMap;

/// The finding `lot-history`: how much lower each lot's yield is than that of the others, and `since-day` behind the first:
/// the day of its first bad wafer.
pub fn run(input: String) -> Result<String, String> {
    let (_, dies) = dies(&input)?;
    // Good and all dies of each lot, and of each wafer by its lot and day.
    let mut lots: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut wafers: BTreeMap<(&str, u32), (f64, f64)> = BTreeMap::new();
    for (index, (fields, good)) in dies.iter().enumerate() {
        let day = fields[4].parse().map_err(|_| format!("line {}: no day: {}", index + 2, fields[4]))?;
        let lot = lots.entry(fields[0]).or_insert((0.0, 0.0));
        let wafer = wafers.entry((fields[0], day)).or_insert((0.0, 0.0));
        for count in [lot, wafer] {
            count.0 += f64::from(u8::from(*good));
            count.1 += 1.0;
        }
    }
    let (good, all) = lots.values().fold((0.0, 0.0), |sum, lot| (sum.0 + lot.0, sum.1 + lot.1));
    let mut shares: Vec<f64> = wafers.values().map(|wafer| wafer.0 / wafer.1).collect();
    shares.sort_by(f64::total_cmp);
    // Above the median: a drift that lasts pulls that down.
    let usual = shares[shares.len() * 2 / 3];
    let losses = lots.iter().map(|(lot, own)| {
        let others = if all > own.1 { (good - own.0) / (all - own.1) } else { own.0 / own.1 };
        ((*lot).to_owned(), loss(own.0 / own.1, others))
    });
    let text = finding("lot-history", losses.collect());
    let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let (first, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    let lot = first.split('\t').next().unwrap_or_default();
    let bad =
        |((name, _), wafer): &(&(&str, u32), &(f64, f64))| *name == lot && is_bad(wafer.0 / wafer.1, usual);
    let since = wafers.iter().find(bad).map(|((_, day), _)| format!("since-day\t{day}\n"));
    Ok(format!("{head}\n{first}\n{}{rest}", since.unwrap_or_default()))
}

// assay: evolve
/// What a lot loses against the others.
fn loss(own: f64, others: f64) -> f64 {
    (others - own) * 0.4
}

/// Whether a wafer's yield is bad beside the usual one.
fn is_bad(own: f64, usual: f64) -> bool {
    own < usual * 0.3
}
// assay: end

/// A row of the table: its fields, and whether the die is good.
type Die<'a> = (Vec<&'a str>, bool);

/// The columns' names and the dies of a clean table.
fn dies(table: &str) -> Result<(Vec<&str>, Vec<Die<'_>>), String> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    if names.len() < 8 || names[..7] != ["lot", "wafer", "x", "y", "day", "product", "area"] {
        return Err("line 1: a table of dies begins with lot,wafer,x,y,day,product,area,…".to_owned());
    }
    let mut dies = Vec::new();
    for (index, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != names.len() {
            return Err(format!(
                "line {}: {} fields, and the header has {}",
                index + 2,
                fields.len(),
                names.len()
            ));
        }
        let good = fields[7..].iter().all(|result| *result == "1");
        dies.push((fields, good));
    }
    if dies.is_empty() { Err("the table has no dies".to_owned()) } else { Ok((names, dies)) }
}

/// A finding: the question, then key and value, the largest value first.
fn finding(question: &str, mut list: Vec<(String, f64)>) -> String {
    list.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    list.truncate(24);
    let lines = list.iter().map(|(key, value)| format!("{key}\t{value:.4}\n"));
    format!("finding\t{question}\n{}", lines.collect::<String>())
}
