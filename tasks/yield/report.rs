//! Tells a finding whole: every line with the figures that it has, and a sentence on what leads.

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
    let (told, decimals) = (24, 4);
    let mut report = format!("Question: {question}\nAnswer: {key}\n");
    for (index, (key, value)) in list.iter().take(told).enumerate() {
        report += &format!("{}. {key}: {value:.decimals$}\n", index + 1);
    }
    report += &format!("\n{}\n", meaning(question, key, value, &list));
    if let (Some((second, other)), "lowest-yield" | "circuit-contribution") = (list.get(1), question) {
        report += &format!("Next is {second}, with {:.1} %.\n", 100.0 * other);
    }
    Ok(report)
}

/// What the first line of the finding means, in a sentence.
fn meaning(question: &str, key: &str, value: f64, list: &[(&str, f64)]) -> String {
    let percent = 100.0 * value;
    match question {
        "lowest-yield" => format!("{key} yields least: {percent:.1} % of its dies pass every circuit."),
        "wafer-variation" => {
            format!("Zone {key} of the wafers loses most: {percent:.1} points of yield below the rest.")
        }
        "circuit-contribution" => format!("Circuit {key} fails most often: on {percent:.1} % of all dies."),
        "lot-history" => {
            let since = list.iter().find(|(key, _)| *key == "since-day");
            let since = since.map_or(String::new(), |(_, day)| format!(", since day {day:.0}"));
            format!("Lot {key} stands out{since}: {percent:.1} points of yield below the others.")
        }
        "size-yield" => {
            format!("Yield falls with size as {value:.2} defects a square centimetre would have it.")
        }
        _ => format!("{key} comes first, with {value}."),
    }
}
