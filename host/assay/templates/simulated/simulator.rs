//! Draws days of work: jobs of random length, in the order in which they come.

use assay::*;

/// One case, `{"machines": …, "jobs": […]}`: the same for the same `seed` and `parameters`.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let parameters: json::Value = json::from_str(&parameters).map_err(|error| error.to_string())?;
    let whole = |key: &str| match parameters[key].as_u64() {
        Some(number) if (1..=1_000).contains(&number) => Ok(number),
        _ => Err(format!("parameter `{key}` should be a whole number from 1 to 1000")),
    };
    let (machines, jobs, longest) = (whole("machines")?, whole("jobs")?, whole("longest")?);
    let mut state = seed;
    let jobs: Vec<u64> = (0..jobs).map(|_| random(&mut state) % longest + 1).collect();
    Ok(format!("{{\"machines\":{machines},\"jobs\":{jobs:?}}}"))
}

/// SplitMix64 (Steele, Lea and Flood 2014): well mixed numbers from any seed.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
