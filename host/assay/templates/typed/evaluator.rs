//! Scores how far an agent's curve is from one measured point. A case is `{"x": …, "y": …}`.

use assay::*;

/// The distance of the agent's height at `x` from the measured `y`.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let point: json::Value = json::from_str(&case).map_err(|error| Fault::BadCase(error.to_string()))?;
    let number = |key: &str| match point[key].as_f64() {
        Some(number) => Ok(number),
        None => Err(Fault::BadCase(format!("`{key}` should be a number"))),
    };
    let (x, y) = (number("x")?, number("y")?);
    let height = curve::height(x);
    if !height.is_finite() {
        return Err(Fault::InvalidOutput(format!("height({x}) is {height}")));
    }
    let notes = format!("height({x}) is {height}, measured {y}");
    Ok(Outcome { score: (height - y).abs(), metrics: Vec::new(), notes })
}
