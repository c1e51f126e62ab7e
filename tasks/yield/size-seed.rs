//! Takes defects to come in clusters: the negative binomial yield model (1 + A·D/α)^−α (Stapper 1973) with α = 1.

use std::collections::BTreeMap;

/// The finding `size-yield`: `defect-density` in defects a square centimetre, and the yield that follows for each size.
pub fn run(input: String) -> Result<String, String> {
    let (_, dies) = dies(&input)?;
    let mut sizes: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (fields, good) in &dies {
        let count = sizes.entry(fields[6]).or_insert((0.0, 0.0));
        count.0 += f64::from(u8::from(*good));
        count.1 += 1.0;
    }
    let mut measured = Vec::new();
    for (size, (good, all)) in &sizes {
        let area: Option<f64> = size.parse().ok().filter(|area: &f64| *area > 0.0 && area.is_finite());
        let area =
            area.ok_or_else(|| format!("`area` is a size in square millimetres, not {size:.40}"))? / 100.0;
        measured.push((*size, area, good / all, *all));
    }
    let density = fitted(&measured);
    let list =
        measured.iter().map(|(size, area, _, _)| (format!("yield-at-{size}"), promised(density, *area)));
    let text = finding("size-yield", list.take(23).collect());
    Ok(text.replacen('\n', &format!("\ndefect-density\t{density:.4}\n"), 1))
}

/// The mean of what each size says by itself: (size, area in cm², yield, dies) each.
fn fitted(measured: &[(&str, f64, f64, f64)]) -> f64 {
    let densities = measured.iter().map(|(_, area, share, _)| density(*share, *area));
    densities.sum::<f64>() / measured.len() as f64
}

/// α: the larger, the less defects come in clusters.
fn alpha() -> f64 {
    // assay: evolve
    1.0
    // assay: end
}

/// Defects a square centimetre, from the share of good dies of this area.
fn density(share: f64, area: f64) -> f64 {
    alpha() * (share.max(0.01).powf(-1.0 / alpha()) - 1.0) / area
}

/// The share of good dies that follows.
fn promised(density: f64, area: f64) -> f64 {
    (1.0 + density * area / alpha()).powf(-alpha())
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
