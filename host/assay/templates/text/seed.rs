//! A first attempt: right for titles of plain words, wrong for most others.

/// The slug of the title `input`.
pub fn run(input: String) -> Result<String, String> {
    Ok(input.to_lowercase().replace(' ', "-"))
}
