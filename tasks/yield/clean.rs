//! Cleans a die table: one row a die, results that a repeated row knows, labels and sizes by what their wafer has.
//!
//! A wafer carries one product, so a label that most of its rows have is put on all of them, unless not even half agree (then a
//! wafer carries several, and labels stay). A missing size is that of the wafer's others. What nobody knows is left out.

use std::collections::BTreeMap;

/// Clean dies of a die table.
pub fn run(input: String) -> Result<String, String> {
    let (header, rows) = rows(&input)?;
    let mut wafers: BTreeMap<[&str; 2], Vec<&Row<'_>>> = BTreeMap::new();
    for row in &rows {
        wafers.entry([row.die[0], row.die[1]]).or_default().push(row);
    }
    let labels: BTreeMap<_, _> = wafers
        .iter()
        .map(|(wafer, rows)| {
            let (product, times, all) = most(rows.iter().map(|row| row.product));
            let area = most(rows.iter().map(|row| row.area)).0;
            (*wafer, (product, 2 * times > all, area))
        })
        .collect();
    let mut places: BTreeMap<[&str; 4], usize> = BTreeMap::new();
    let mut dies: Vec<Row<'_>> = Vec::new();
    for row in rows {
        let place = *places.entry(row.die).or_insert(dies.len());
        match dies.get_mut(place) {
            None => dies.push(row),
            Some(die) => {
                for (own, other) in die.passed.iter_mut().zip(row.passed).filter(|(own, _)| own.is_empty()) {
                    *own = other;
                }
            }
        }
    }
    let mut table = header.to_owned() + "\n";
    for Row { die, day, product, area, passed } in dies {
        let Some((usual, agreed, size)) = labels.get(&[die[0], die[1]]) else { continue };
        let product = if *agreed || product.is_empty() { usual } else { product };
        let area = if area.is_empty() { size } else { area };
        if product.is_empty() || area.is_empty() || passed.contains(&"") {
            continue;
        }
        table += &format!("{},{day},{product},{area},{}\n", die.join(","), passed.join(","));
    }
    Ok(table)
}

/// A row of the table, cut into its columns.
struct Row<'a> {
    /// Lot, wafer, x and y: which die.
    die: [&'a str; 4],
    day: &'a str,
    product: &'a str,
    area: &'a str,
    passed: Vec<&'a str>,
}

/// The header and the rows of a die table.
fn rows(table: &str) -> Result<(&str, Vec<Row<'_>>), String> {
    let mut lines = table.lines();
    let header = lines.next().unwrap_or_default();
    let width = header.split(',').count();
    if !header.starts_with("lot,wafer,x,y,day,product,area,") {
        return Err(format!(
            "line 1: a die table begins with lot,wafer,x,y,day,product,area,… not {header:.60}"
        ));
    }
    let mut rows = Vec::new();
    for (index, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        match fields[..] {
            [lot, wafer, x, y, day, product, area, ref passed @ ..] if fields.len() == width => {
                rows.push(Row { die: [lot, wafer, x, y], day, product, area, passed: passed.to_vec() });
            }
            _ => {
                return Err(format!(
                    "line {}: {} fields, and the header has {width}",
                    index + 2,
                    fields.len()
                ));
            }
        }
    }
    Ok((header, rows))
}

/// The word that comes most often, with how often, and how many words there are; of equals the first by name.
fn most<'a>(words: impl Iterator<Item = &'a str>) -> (&'a str, usize, usize) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words.filter(|word| !word.is_empty()) {
        *counts.entry(word).or_insert(0) += 1;
    }
    let all = counts.values().sum();
    let first = counts.into_iter().max_by(|one, other| one.1.cmp(&other.1).then(other.0.cmp(one.0)));
    first.map_or(("", 0, all), |(word, times)| (word, times, all))
}
