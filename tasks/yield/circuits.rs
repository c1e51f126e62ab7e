//! Counts the failures of each circuit, every one alike.

/// The finding `circuit-contribution`: the share of all dies that fail in each circuit.
pub fn run(input: String) -> Result<String, String> {
    let (names, dies) = dies(&input)?;
    let mut sums = vec![0.0; names.len() - 7];
    for (fields, _) in &dies {
        let mut before = 0.0;
        for (circuit, result) in fields[7..].iter().enumerate() {
            if *result != "1" {
                sums[circuit] += blame(circuit as f64, before);
                before += 1.0;
            }
        }
    }
    let all = dies.len() as f64;
    let list = names[7..].iter().zip(sums).map(|(name, sum)| ((*name).to_owned(), sum / all));
    Ok(finding("circuit-contribution", list.collect()))
}

/// How much a failure counts, of the circuit at this place, with so many failures before it on the same die.
fn blame(_place: f64, _before: f64) -> f64 {
    1.0
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

/// A finding: the question, then key and value, the largest value first.
fn finding(question: &str, mut list: Vec<(String, f64)>) -> String {
    list.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    list.truncate(24);
    let lines = list.iter().map(|(key, value)| format!("{key}\t{value:.4}\n"));
    format!("finding\t{question}\n{}", lines.collect::<String>())
}
