//! Ranks products by the yield that each surely has: what was measured, less twice what chance may add to it.

use std::collections::BTreeMap;

/// The finding `lowest-yield`: products and the share of their dies that are good.
pub fn run(input: String) -> Result<String, String> {
    let (_, dies) = dies(&input)?;
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (fields, good) in &dies {
        let count = counts.entry(fields[5]).or_insert((0.0, 0.0));
        count.0 += f64::from(u8::from(*good));
        count.1 += 1.0;
    }
    let list =
        counts.iter().filter_map(|(product, (good, all))| Some(((*product).to_owned(), told(*good, *all)?)));
    Ok(finding("lowest-yield", list.collect()))
}

/// The yield that is told of a product with so many good dies of all; none where too few were tested.
fn told(good: f64, all: f64) -> Option<f64> {
    // assay: evolve
    if all < 10.0 {
        return None;
    }
    let share = good / all;
    Some(share - 2.0 * (share * (1.0 - share) / all).sqrt())
    // assay: end
}

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

/// A finding: the question, then key and value, the smallest value first.
fn finding(question: &str, mut list: Vec<(String, f64)>) -> String {
    list.sort_by(|one, other| one.1.total_cmp(&other.1).then_with(|| one.0.cmp(&other.0)));
    list.truncate(24);
    let lines = list.iter().map(|(key, value)| format!("{key}\t{value:.4}\n"));
    format!("finding\t{question}\n{}", lines.collect::<String>())
}
