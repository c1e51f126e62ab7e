//! Draws the test results of semiconductor lots, with causes put in and dirt put on, and what is true about them.
//!
//! `{"stage":"clean","question":"wafer-variation","lots":2,"wafers":4,"model":"poisson"}`: what the agent is to do, what is asked,
//! lots and wafers a lot, and how yield falls with size: "poisson" exp(−A·D), or "murphy" ((1 − exp(−A·D)) / (A·D))² (Murphy 1964).
//! README.md has columns, causes, dirt and forms.
//!
//! One seed draws one world of dies, then what was written down about it. The truth is computed from the dies, never from
//! what was written, and goes with the case to the evaluator alone. A Murphy yield is drawn as Murphy derived it: the density of
//! defects is itself random, triangular on 0…2·D, here the sum of two uniform numbers.

use assay::*;

const QUESTIONS: [&str; 5] =
    ["lowest-yield", "wafer-variation", "circuit-contribution", "lot-history", "size-yield"];
const STAGES: [&str; 5] = ["ingest", "clean", "analyse", "report", "goal"];
/// The columns in the canonical order, each under the three names that exports give it; circuits follow.
const COLUMNS: [[&str; 3]; 7] = [
    ["lot", "lot_id", "LOT"],
    ["wafer", "wafer_no", "WAFER"],
    ["x", "die_x", "X"],
    ["y", "die_y", "Y"],
    ["day", "test_day", "DAY"],
    ["product", "device", "PRODUCT"],
    ["area", "area_mm2", "AREA"],
];
const CIRCUITS: usize = 5;
/// Sites on a row of the grid, and the square of the wafer's radius in sites.
const GRID: i32 = 7;
const RADIUS: i32 = 10;

/// Draw one case. `parameters` is a JSON object as above; every key is needed. The question "any" draws one of the five.
pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let parameters = Parameters::parse(&parameters, &["stage", "question", "lots", "wafers", "model"])?;
    let stage = parameters.word("stage", &STAGES)?;
    let question = parameters.word("question", &[&QUESTIONS[..], &["any"]].concat())?;
    let murphy = parameters.word("model", &["poisson", "murphy"])? == 1;
    let (lots, wafers) = (parameters.whole("lots", 1, 20)?, parameters.whole("wafers", 1, 20)?);
    let mut random = Random::new(seed);
    let question = if question == QUESTIONS.len() { random.below(5) as usize } else { question };
    let world = World::draw(&mut random, question, lots, wafers, murphy);
    let dirty = if stage < 2 || stage == 4 { world.dirtied(&mut random) } else { Vec::new() };
    let rows = |rows: &[Row]| rows.iter().map(|row| row.canonical() + "\n").collect::<String>();
    let header = format!("{}\n", header());
    let (answer, truth, input) = match stage {
        0 => ("die-table", header + &rows(&dirty), exported(&mut random, &dirty)),
        1 => ("clean-dies", header.clone() + &rows(&world.known(&dirty)), header + &rows(&dirty)),
        2 => ("finding", world.truth(question, 1.0), header + &rows(&world.dies)),
        3 => {
            // A report has only to repeat, so little may be lost.
            let truth = world.truth(question, 0.1);
            let finding = truth.lines().filter_map(|line| Some(line.rsplit_once('\t')?.0.to_owned() + "\n"));
            let finding = format!("finding\t{}\n{}", QUESTIONS[question], finding.collect::<String>());
            ("report", truth, finding)
        }
        _ => ("report", world.truth(question, 1.0), exported(&mut random, &dirty)),
    };
    Ok(format!("yield {answer} {}\n{truth}input\n{input}", QUESTIONS[question]))
}

fn header() -> String {
    let circuits = (1..=CIRCUITS).map(|circuit| format!("c{circuit}"));
    COLUMNS.iter().map(|names| names[0].to_owned()).chain(circuits).collect::<Vec<_>>().join(",")
}

/// One line about one die: the truth, or what somebody wrote. `None`: nothing was written.
#[derive(Clone, PartialEq)]
struct Row {
    lot: String,
    wafer: u32,
    x: i32,
    y: i32,
    day: u32,
    product: Option<String>,
    /// In tenths of a square millimetre.
    area: Option<u32>,
    passed: [Option<bool>; CIRCUITS],
}

impl Row {
    fn good(&self) -> bool {
        self.passed.iter().all(|passed| *passed == Some(true))
    }

    fn fields(&self) -> Vec<String> {
        let area = self.area.map_or(String::new(), |area| format!("{}.{}", area / 10, area % 10));
        let mut fields =
            vec![self.lot.clone(), self.wafer.to_string(), self.x.to_string(), self.y.to_string()];
        fields.extend([self.day.to_string(), self.product.clone().unwrap_or_default(), area]);
        fields.extend(self.passed.iter().map(|passed| match passed {
            None => String::new(),
            Some(passed) => u32::from(*passed).to_string(),
        }));
        fields
    }

    fn canonical(&self) -> String {
        self.fields().join(",")
    }
}

/// A product: its name, its size in tenths of a square millimetre, and how many times the usual defects it has.
struct Product {
    name: String,
    area: u32,
    factor: f64,
}

/// What is the case, whatever is written about it.
struct World {
    dies: Vec<Row>,
    products: Vec<Product>,
    /// Defects a square centimetre.
    density: f64,
    murphy: bool,
    /// The zone that loses yield, as `in_zone` counts them; none if that is beyond.
    zone: u32,
    /// The lot that drifts and the day from which on it does, if one does.
    drift: Option<(String, u32)>,
}

impl World {
    fn draw(random: &mut Random, question: usize, lots: u32, wafers: u32, murphy: bool) -> Self {
        let asked = |other: &str| QUESTIONS[question] == other;
        let density =
            if asked("size-yield") { 0.4 + 0.9 * random.unit() } else { 0.1 + 0.15 * random.unit() };
        let letters = ["AX", "BK", "CT", "DM"];
        let products: Vec<Product> = [250, 500, 900, 1400]
            .iter()
            .zip(letters)
            .map(|(size, letters)| Product {
                name: format!("{letters}-{}", 100 + 10 * random.below(90)),
                area: size + 5 * random.below(size / 10),
                factor: if asked("lowest-yield") { 0.5 + 4.5 * random.unit() } else { 1.0 },
            })
            .collect();
        // A zone: 0 the edge, 1 the centre, from 2 on a column. Other questions have faint causes at most.
        let strong =
            |random: &mut Random, asked: bool| (if asked { 0.3 } else { 0.03 }) + 0.1 * random.unit();
        let zone = match random.below(10) {
            0..=1 => 0,
            2..=3 => 1,
            _ => 2 + random.below(GRID as u32),
        };
        let zone_loss = strong(random, asked("wafer-variation"));
        let zone = if asked("size-yield") { u32::MAX } else { zone };
        let (weak, weak_loss) =
            (random.below(CIRCUITS as u32), strong(random, asked("circuit-contribution")));
        let weak_loss = if asked("size-yield") { 0.0 } else { weak_loss };
        let (first, names) = (random.below(900), lots);
        let name = |lot: u32| format!("L{:03}", first + lot);
        let drifting = random.below(names);
        let (since, drift_loss) = (1 + random.below(wafers.max(3) - 2), 0.45 + 0.2 * random.unit());
        let mut world = Self { dies: Vec::new(), products, density, murphy, zone, drift: None };
        let mut day = 1 + random.below(30);
        for lot in 0..lots {
            for wafer in 0..wafers {
                day += 1 + random.below(3);
                let product = random.below(4) as usize;
                let product =
                    if wafers * lots >= 4 { ((lot * wafers + wafer) % 4) as usize } else { product };
                let drifts = asked("lot-history") && lot == drifting && wafer >= since;
                if drifts && world.drift.is_none() {
                    world.drift = Some((name(lot), day));
                }
                for (x, y) in sites() {
                    let mut passed = [Some(true); CIRCUITS];
                    let mut fail = |circuit: u32| passed[circuit as usize % CIRCUITS] = Some(false);
                    if random.unit() >= world.survives(random, product) {
                        fail(random.below(CIRCUITS as u32));
                    }
                    if in_zone(zone, x, y) && random.unit() < zone_loss {
                        let circuit = random.below(CIRCUITS as u32);
                        fail(circuit);
                        fail(circuit + 1);
                    }
                    if random.unit() < weak_loss {
                        fail(weak);
                    }
                    if drifts && random.unit() < drift_loss {
                        fail(random.below(CIRCUITS as u32));
                    }
                    let Product { name: product, area, .. } = &world.products[product];
                    let (product, area) = (Some(product.clone()), Some(*area));
                    world.dies.push(Row {
                        lot: name(lot),
                        wafer: wafer + 1,
                        x,
                        y,
                        day,
                        product,
                        area,
                        passed,
                    });
                }
            }
        }
        world
    }

    /// The chance that no defect hits a die of the product; where the model is Murphy's, of one die's own density.
    fn survives(&self, random: &mut Random, product: usize) -> f64 {
        let Product { area, factor, .. } = &self.products[product];
        let spread = if self.murphy { random.unit() + random.unit() } else { 1.0 };
        (-f64::from(*area) / 1000.0 * self.density * factor * spread).exp()
    }

    /// The yield that the model promises for an area in tenths of a square millimetre.
    fn promised(&self, area: u32) -> f64 {
        let defects = f64::from(area) / 1000.0 * self.density;
        if self.murphy { ((1.0 - (-defects).exp()) / defects).powi(2) } else { (-defects).exp() }
    }

    /// The share of good dies among those that `fits` picks; 1 where it picks none.
    fn share(&self, fits: impl Fn(&Row) -> bool) -> f64 {
        let (mut good, mut all) = (0, 0);
        for die in self.dies.iter().filter(|die| fits(die)) {
            good += u32::from(die.good());
            all += 1;
        }
        if all == 0 { 1.0 } else { f64::from(good) / f64::from(all) }
    }

    /// What is true, as lines of key, value and how far off a value is worth nothing; what matters most first.
    fn truth(&self, question: usize, scales: f64) -> String {
        let mut lines: Vec<(String, f64, f64)> = Vec::new();
        let lot_names = || {
            let mut names: Vec<&String> = self.dies.iter().map(|die| &die.lot).collect();
            names.dedup();
            names
        };
        match QUESTIONS[question] {
            "lowest-yield" => {
                for Product { name, .. } in &self.products {
                    if self.dies.iter().any(|die| die.product.as_ref() == Some(name)) {
                        lines.push((
                            name.clone(),
                            -self.share(|die| die.product.as_ref() == Some(name)),
                            0.2,
                        ));
                    }
                }
            }
            "wafer-variation" => {
                for zone in 0..2 + GRID as u32 {
                    let inside = self.share(|die| in_zone(zone, die.x, die.y));
                    let outside = self.share(|die| !in_zone(zone, die.x, die.y));
                    lines.push((zone_name(zone), outside - inside, 0.2));
                }
            }
            "circuit-contribution" => {
                for circuit in 0..CIRCUITS {
                    let failing = self.dies.iter().filter(|die| die.passed[circuit] == Some(false)).count();
                    lines.push((format!("c{}", circuit + 1), failing as f64 / self.dies.len() as f64, 0.1));
                }
            }
            "lot-history" => {
                for lot in lot_names() {
                    let (own, rest) = (self.share(|die| die.lot == *lot), self.share(|die| die.lot != *lot));
                    lines.push((lot.clone(), rest - own, 0.2));
                }
            }
            _ => {
                for Product { area, .. } in &self.products {
                    let key = format!("yield-at-{}.{}", area / 10, area % 10);
                    lines.push((key, -self.promised(*area), 0.2));
                }
            }
        }
        lines.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        // Yields were negated, so that the lowest comes first.
        let negated = question == 0 || question == 4;
        lines.iter_mut().filter(|_| negated).for_each(|line| line.1 = -line.1);
        if question == 4 {
            lines.insert(0, ("defect-density".to_owned(), self.density, self.density / 2.0));
        }
        // The cause as it was put in says what leads, whatever chance made of the figures.
        let cause = match &self.drift {
            Some((lot, _)) => lot.clone(),
            None if question == 1 => zone_name(self.zone),
            None => String::new(),
        };
        if let Some(at) = lines.iter().position(|line| line.0 == cause) {
            lines[..=at].rotate_right(1);
        }
        if let Some((_, day)) = &self.drift {
            lines.insert(1, ("since-day".to_owned(), f64::from(*day), 10.0));
        }
        lines
            .iter()
            .map(|(key, value, scale)| format!("{key}\t{value:.4}\t{:.4}\n", scale * scales))
            .collect()
    }

    /// What was written about the dies: rows twice, most of them of dies that failed and were tested again; fields left out; labels
    /// mistaken or misspelt.
    fn dirtied(&self, random: &mut Random) -> Vec<Row> {
        let mut rows = self.dies.clone();
        for die in &self.dies {
            if random.below(100) < if die.good() { 3 } else { 25 } {
                let place = random.below(rows.len() as u32) as usize;
                rows.insert(place, die.clone());
            }
        }
        for row in &mut rows {
            let name = row.product.clone().unwrap_or_default();
            match random.below(100) {
                0..=6 => row.product = Some(self.products[random.below(4) as usize].name.clone()),
                7..=11 => row.product = Some(misspelt(random, &name)),
                12..=14 => row.product = None,
                15..=18 => row.area = None,
                19..=24 => row.passed[random.below(CIRCUITS as u32) as usize] = None,
                _ => {}
            }
        }
        rows
    }

    /// The dies whose results all stand in some of their rows: what cleaning can know.
    fn known(&self, rows: &[Row]) -> Vec<Row> {
        let written = |die: &Row, circuit: usize| {
            let same =
                |row: &&Row| (&row.lot, row.wafer, row.x, row.y) == (&die.lot, die.wafer, die.x, die.y);
            rows.iter().filter(same).any(|row| row.passed[circuit].is_some())
        };
        // Only few dies miss anything, so look for the others' rows there alone.
        let holes: Vec<&Row> = rows.iter().filter(|row| row.passed.contains(&None)).collect();
        let whole = |die: &&Row| {
            let hole = holes
                .iter()
                .any(|row| (&row.lot, row.wafer, row.x, row.y) == (&die.lot, die.wafer, die.x, die.y));
            !hole || (0..CIRCUITS).all(|circuit| written(die, circuit))
        };
        self.dies.iter().filter(whole).cloned().collect()
    }
}

/// The sites of a wafer: those of a square grid that lie on a disc.
fn sites() -> impl Iterator<Item = (i32, i32)> {
    let all = (0..GRID).flat_map(|y| (0..GRID).map(move |x| (x, y)));
    all.filter(|(x, y)| square(*x, *y) <= RADIUS)
}

/// The square of the distance from the middle.
fn square(x: i32, y: i32) -> i32 {
    (x - GRID / 2).pow(2) + (y - GRID / 2).pow(2)
}

/// Zone 0 is what lies beyond 0.8 of the outermost site's radius, 1 what lies within 0.4, the others are columns.
fn in_zone(zone: u32, x: i32, y: i32) -> bool {
    match zone {
        0 => 100 * square(x, y) > 64 * RADIUS,
        1 => 100 * square(x, y) < 16 * RADIUS,
        _ => i64::from(x) == i64::from(zone) - 2,
    }
}

fn zone_name(zone: u32) -> String {
    match zone {
        0 => "edge".to_owned(),
        1 => "center".to_owned(),
        _ => format!("column-{}", zone - 2),
    }
}

fn misspelt(random: &mut Random, name: &str) -> String {
    match random.below(3) {
        0 => name.to_lowercase(),
        1 => name.replace('-', ""),
        _ => name.replace('-', " "),
    }
}

/// The rows as a tester might export them: some separator, names, order and spelling, the same throughout a file.
fn exported(random: &mut Random, rows: &[Row]) -> String {
    let separator = *random.one(&[",", ",", ";", "\t", "|"]);
    let decimal = if separator == ";" && random.below(2) == 0 { "," } else { "." };
    let [good, bad] = *random.one(&[["1", "0"], ["P", "F"], ["pass", "fail"], ["OK", "NG"]]);
    let missing = *random.one(&["", "NA", "-"]);
    let end = *random.one(&["\n", "\n", "\r\n"]);
    let style = random.below(3) as usize;
    let mut order: Vec<usize> = (0..COLUMNS.len()).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, random.below(place as u32 + 1) as usize);
    }
    // Circuits keep their order: their names are all that says which is which.
    let names = order.iter().map(|column| COLUMNS[*column][style].to_owned());
    let names: Vec<String> = names.chain((1..=CIRCUITS).map(|circuit| format!("c{circuit}"))).collect();
    let comments =
        ["# exported by tester 7", "# operator: night shift; checked", "# yield data, do not edit"];
    let mut text = String::new();
    for comment in comments.iter().take(random.below(3) as usize) {
        text += comment;
        text += end;
    }
    text += &names.join(separator);
    text += end;
    for row in rows {
        let fields = row.fields();
        for (place, column) in
            order.iter().copied().chain(COLUMNS.len()..COLUMNS.len() + CIRCUITS).enumerate()
        {
            let field = match (fields[column].as_str(), column) {
                ("", _) => missing.to_owned(),
                (field, 6) => field.replace('.', decimal),
                ("1", 7..) => good.to_owned(),
                (_, 7..) => bad.to_owned(),
                (field, _) => field.to_owned(),
            };
            text += if place == 0 { "" } else { separator };
            text += &field;
        }
        text += end;
    }
    text
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

    /// Uniform in [0, 1).
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u32) as usize]
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

    fn get(&self, key: &str) -> Result<&json::Value, String> {
        self.0.get(key).ok_or_else(|| format!("the parameter `{key}` is missing"))
    }

    fn whole(&self, key: &str, low: u32, high: u32) -> Result<u32, String> {
        let value = self.get(key)?;
        let number = value.as_u64().filter(|n| (u64::from(low)..=u64::from(high)).contains(n));
        let number = number.and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| format!("`{key}` must be a whole number from {low} to {high}, not {value}"))
    }

    fn word(&self, key: &str, known: &[&str]) -> Result<usize, String> {
        let value = self.get(key)?;
        let found = value.as_str().and_then(|word| known.iter().position(|other| *other == word));
        found.ok_or_else(|| format!("`{key}` must be one of {}, not {value}", known.join(", ")))
    }
}
