//! Tells the four lines that lead a finding, in round figures.

/// A report on a finding: a head of fixed form, then words for people.
pub fn run(input: String) -> Result<String, String> {
    let mut lines = input.lines();
    let first = lines.next().unwrap_or_default();
    let question = first.strip_prefix("finding\t");
    let question = question
        .ok_or_else(|| format!("line 1: a finding begins with `finding` and a tab, not {first:.60}"))?;
    let mut list: Vec<(&str, f64)> = Vec::new();
    for (index, line) in lines.enumerate() {
        let pair = line.split_once('\t').and_then(|(key, value)| Some((key, value.parse::<f64>().ok()?)));
        let pair = pair.filter(|(key, value)| !key.is_empty() && value.is_finite());
        list.push(
            pair.ok_or_else(|| format!("line {}: a key, a tab and a number, not {line:.60}", index + 2))?,
        );
    }
    let (key, value) = *list.first().ok_or("the finding lists nothing")?;
    let (told, decimals) = extent();
    let mut report = format!("Question: {question}\nAnswer: {key}\n");
    for (index, (key, value)) in list.iter().take(told).enumerate() {
        report += &format!("{}. {key}: {value:.decimals$}\n", index + 1);
    }
    report += &format!("\nFirst is {key}, with {value}.\n");
    Ok(report)
}

/// How many lines of the list are told, and with how many decimals.
fn extent() -> (usize, usize) {
    // assay: evolve
    let told = 4;
    let decimals = 2;
    (told, decimals)
    // assay: end
}
