//! Draws bin-packing problems of two published classes, in OR-Library's form.
//!
//! `{"class":"uniform","capacity":150,"low":20,"high":100,"items":500}`: whole items, uniform on low…high
//! (Falkenauer's class of OR-Library's binpack1 to 4).
//! `{"class":"weibull","capacity":100,"shape":3,"scale":45,"items":5000}`: scale · Weibull(shape), clipped to
//! 1…capacity and cut to whole numbers (the class of Castiñeiras et al. 2012, as FunSearch used it).
//!
//! Weibull items are drawn through a table of the distribution's steps, so that a logarithm's last bit,
//! where machines and libraries differ, can't reach an item.

use assay::*;

/// Draw one problem. `parameters` is a JSON object as above; every key of its class is needed.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let parameters = Parameters::parse(&parameters)?;
    let class = parameters.text("class")?;
    let capacity = parameters.whole("capacity", 1, 10_000)?;
    let count = parameters.whole("items", 1, 200_000)?;
    let mut random = Random::new(seed);
    let items: Vec<u32> = match class {
        "uniform" => {
            parameters.only(&["class", "capacity", "items", "low", "high"])?;
            let low = parameters.whole("low", 1, capacity)?;
            let high = parameters.whole("high", low, capacity)?;
            (0..count).map(|_| low + random.below(high - low + 1)).collect()
        }
        "weibull" => {
            parameters.only(&["class", "capacity", "items", "shape", "scale"])?;
            let steps = weibull(parameters.positive("shape")?, parameters.positive("scale")?, capacity);
            (0..count).map(|_| random.on_steps(&steps)).collect()
        }
        other => return Err(format!("`class` must be \"uniform\" or \"weibull\", not {other:?}")),
    };
    let sum: u64 = items.iter().map(|item| u64::from(*item)).sum();
    let bound = sum.div_ceil(u64::from(capacity));
    let mut case = format!("{class}-{seed:016x}\n{capacity} {count} {bound}\n");
    for item in items {
        case.push_str(&item.to_string());
        case.push('\n');
    }
    Ok(case)
}

/// The chance that an item is at most k, for k = 1 … capacity − 1 (at most the capacity is certain).
fn weibull(shape: f64, scale: f64, capacity: u32) -> Vec<f64> {
    (1..capacity).map(|item| 1.0 - (-(f64::from(item + 1) / scale).powf(shape)).exp()).collect()
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

    /// The first k from 1 whose step is above a uniform number in [0, 1).
    fn on_steps(&mut self, steps: &[f64]) -> u32 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        1 + steps.partition_point(|step| *step <= unit) as u32
    }
}

/// The task's parameters, read strictly: what is missing, misspelt or out of range is named.
struct Parameters(json::Map<String, json::Value>);

impl Parameters {
    fn parse(text: &str) -> Result<Self, String> {
        match json::from_str(text) {
            Ok(json::Value::Object(map)) => Ok(Self(map)),
            Ok(_) => Err("the parameters must be a JSON object".to_owned()),
            Err(error) => Err(format!("the parameters are not JSON: {error}")),
        }
    }

    fn get(&self, key: &str) -> Result<&json::Value, String> {
        self.0.get(key).ok_or_else(|| format!("the parameter `{key}` is missing"))
    }

    fn text(&self, key: &str) -> Result<&str, String> {
        self.get(key)?.as_str().ok_or_else(|| format!("`{key}` must be a string"))
    }

    fn whole(&self, key: &str, low: u32, high: u32) -> Result<u32, String> {
        let value = self.get(key)?;
        let number = value.as_u64().filter(|n| (u64::from(low)..=u64::from(high)).contains(n));
        let number = number.and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| format!("`{key}` must be a whole number from {low} to {high}, not {value}"))
    }

    fn positive(&self, key: &str) -> Result<f64, String> {
        let value = self.get(key)?;
        let number = value.as_f64().filter(|n| *n > 0.0 && *n <= 1e6);
        number.ok_or_else(|| format!("`{key}` must be a number above 0 and at most 1000000, not {value}"))
    }

    fn only(&self, known: &[&str]) -> Result<(), String> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(format!("no parameter `{key}` in this class; there are {}", known.join(", "))),
            None => Ok(()),
        }
    }
}
