//! Exact: nobody can be more right.

pub fn run(input: String) -> Result<String, String> {
    // assay: evolve
    let number: f64 = input.parse().map_err(|_| "not a number".to_owned())?;
    Ok((number * number).to_string())
    // assay: end
}
