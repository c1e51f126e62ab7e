//! Draws random graphs to cut, each with a bound that no cut passes.
//!
//! `{"low":50,"high":200,"edge-percent":40,"weight":10}`: vertices are uniform on low…high, each pair is joined with `edge-percent`, weights are
//! uniform on 1…weight.
//!
//! The bound is the least whole number b for which A + b·1, with A the matrix of weights, has a Cholesky factor: then no eigenvalue
//! of A is below −b, and no cut weighs more than half of all weight plus n · b / 4. The search goes from where the
//! semicircle law (Wigner 1955) expects it. A margin far above what rounding can do is taken off before factoring, so a
//! factor is a proof. Only sums, products, quotients and square roots are used, which are the same on every machine.

use assay::*;

/// Taken off the diagonal: rounding adds up to about 1e-10 at these sizes.
const MARGIN: f64 = 1e-3;

/// Draw one case. `parameters` is a JSON object as above; every key is needed.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let parameters = Parameters::parse(&parameters, &["low", "high", "edge-percent", "weight"])?;
    let low = parameters.whole("low", 2, 200)?;
    let high = parameters.whole("high", low, 200)?;
    let percent = parameters.whole("edge-percent", 1, 100)?;
    let heaviest = parameters.whole("weight", 1, 1000)?;
    let mut random = Random::new(seed);
    let vertices = low + random.below(high - low + 1);
    let mut edges = Vec::new();
    // A graph without edges can't be cut; it is drawn again.
    while edges.is_empty() {
        for i in 0..vertices {
            for j in i + 1..vertices {
                if random.below(100) < percent {
                    edges.push((i, j, 1 + random.below(heaviest)));
                }
            }
        }
    }
    let bound = bound(vertices as usize, &edges);
    let edges: Vec<String> = edges.iter().map(|(i, j, weight)| format!("[{i},{j},{weight}]")).collect();
    Ok(format!("{{\"vertices\":{vertices},\"bound\":{bound},\"edges\":[{}]}}", edges.join(",")))
}

/// The least whole number that A's eigenvalues, made negative, don't pass.
fn bound(n: usize, edges: &[(u32, u32, u32)]) -> u32 {
    let mut matrix = vec![0.0; n * n];
    let (mut sum, mut squares) = (0.0, 0.0);
    for (i, j, weight) in edges {
        let weight = f64::from(*weight);
        // The lower half is all that factoring reads.
        matrix[*j as usize * n + *i as usize] = weight;
        sum += weight;
        squares += weight * weight;
    }
    let pairs = (n * (n - 1) / 2) as f64;
    let variance = squares / pairs - (sum / pairs) * (sum / pairs);
    let mut bound = 1 + (2.0 * (variance.max(0.0) * n as f64).sqrt()) as u32;
    // It ends: no eigenvalue is larger than the largest sum of a row.
    while !factors(n, &matrix, f64::from(bound)) {
        bound += 1;
    }
    while bound > 1 && factors(n, &matrix, f64::from(bound - 1)) {
        bound -= 1;
    }
    bound
}

/// Whether A + shift has a Cholesky factor.
fn factors(n: usize, matrix: &[f64], shift: f64) -> bool {
    let mut factor = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let (before, row) = factor.split_at(i * n);
            let own = if i == j { shift - MARGIN } else { matrix[i * n + j] };
            let other = if i == j { &row[..j] } else { &before[j * n..j * n + j] };
            let rest = own - row[..j].iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
            factor[i * n + j] = if i != j {
                rest / factor[j * n + j]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return false;
            };
        }
    }
    true
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
