//! Names the product of the last die that was tested, and guesses its yield. A whole job has to start from something.

/// A report on an export that it hardly looks at.
pub fn run(input: String) -> Result<String, String> {
    let last = input.lines().last().unwrap_or_default();
    let mut words = last.split([',', ';', '\t', '|']).map(str::trim);
    let product = words.find(|word| word.contains('-') && word.len() > 3).unwrap_or("unknown");
    Ok(format!(
        "Question: lowest-yield\nAnswer: {product}\n1. {product}: 0.5000\n\nThe last product that was tested.\n"
    ))
}
