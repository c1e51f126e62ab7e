//! Draws a target and a distance that some string has to it.
//!
//! `{"low":1,"high":30}`: the length is uniform on low…high, and so are the letters of the target and of a second string. The
//! distance asked for is the one between the two, so it can be met; the second string is in no case.

use assay::*;

/// Draw one case. `parameters` is a JSON object as above; both keys are needed.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let parameters = Parameters::parse(&parameters, &["low", "high"])?;
    let low = parameters.whole("low", 1, 10_000)?;
    let high = parameters.whole("high", low, 10_000)?;
    let mut random = Random::new(seed);
    let length = low + random.below(high - low + 1);
    let target: Vec<bool> = (0..length).map(|_| random.below(2) == 1).collect();
    let other: Vec<bool> = (0..length).map(|_| random.below(2) == 1).collect();
    let turns = |s: &[bool]| s.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let differ = target.iter().zip(&other).filter(|(a, b)| a != b).count();
    let distance = differ + turns(&target) + turns(&other);
    let target: String = target.iter().map(|b| if *b { 'B' } else { 'A' }).collect();
    Ok(format!("{{\"target\":\"{target}\",\"distance\":{distance}}}"))
}

/// xorshift* seeded through splitmix64 (Vigna 2016): small, and the same everywhere.
struct Random {
    state: u64,
}

impl Random {
    fn new(seed: u64) -> Self {
        // splitmix64's output function is a bijection with one zero; xorshift must not start there.
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        Self { state: if z == 0 { 1 } else { z } }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Uniform on 0 … bound − 1, without bias (Lemire 2019). `bound` is positive.
    fn below(&mut self, bound: u32) -> u32 {
        let bound = u64::from(bound);
        let threshold = (1 << 32) % bound;
        loop {
            let product = (self.next() >> 32) * bound;
            if product & 0xffff_ffff >= threshold {
                return (product >> 32) as u32;
            }
        }
    }
}

/// The task's parameters, read strictly: what is missing, misspelt or out of range is named.
struct Parameters(json::Map<String, json::Value>);

impl Parameters {
    fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let map = match json::from_str(text) {
            Ok(json::Value::Object(map)) => map,
            Ok(_) => return Err("the parameters must be a JSON object".to_owned()),
            Err(error) => return Err(format!("the parameters are not JSON: {error}")),
        };
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(format!("no parameter `{key}`; there are {}", known.join(", "))),
            None => Ok(Self(map)),
        }
    }

    fn whole(&self, key: &str, low: u32, high: u32) -> Result<u32, String> {
        let value = self.0.get(key).ok_or_else(|| format!("the parameter `{key}` is missing"))?;
        let number = value.as_u64().filter(|n| (u64::from(low)..=u64::from(high)).contains(n));
        let number = number.and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| format!("`{key}` must be a whole number from {low} to {high}, not {value}"))
    }
}
