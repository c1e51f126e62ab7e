//! Blames the last lot. A whole job has to start from something.

/// A report on an export that it hardly looks at.
pub fn run(input: String) -> Result<String, String> {
    let last = input.lines().last().unwrap_or_default();
    let mut words = last.split([',', ';', '\t', '|']).map(str::trim);
    let lot = words.find(|word| word.starts_with('L')).unwrap_or("unknown");
    Ok(format!("Question: lot-history\nAnswer: {lot}\n1. {lot}: 0.1000\n\nThe latest news.\n"))
}
