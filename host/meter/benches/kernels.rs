//! What metering costs: seven kernels (matrices in two orders of loops), each unmetered, with wasmtime's switches, with its fuel alone, and rewritten.
//!
//! Rounds alternate between the configurations; a figure is the median of the rounds' ratios to the unmetered run of the
//! same round, with the smallest and the largest; then, in brackets, the ratio of the least times of all rounds, which a neighbour on
//! the same processor reaches less: that is what is reported. A short loop may take a tenth longer because of where it stands, so all of
//! it is done at two places, 32 bytes apart in a line of 64: the ratio is of the geometric means of both. The mean is of all but `matmul_rows`, which is there for its NaNs. All
//! must return the same checksum, and the rewritten module the fuel that wasmtime counts. The kernels run native code that wasmtime made, so the profile of this program hardly matters.
//!
//! Code is for this machine's own CPU: the engine's fixed level is set by an unsafe call, which this crate does without.
//!
//! `cargo bench -p meter --profile dev`; `ROUNDS` (101) is how many, `KERNEL` one of them alone.
#![expect(clippy::print_stdout, reason = "it is what a benchmark is for")]

use meter::{Costs, FUEL_USED, Options, meter};
use std::time::Instant;
use wasmtime::{Config, Engine, Instance, Module, OperatorCost, Store, Val};

/// Name and how much to do: each a few milliseconds, so that among many runs some meet no neighbour.
const KERNELS: [(&str, i32); 8] = [
    ("nested", 250),
    ("sha256", 12_000),
    ("heapsort", 50_000),
    ("matmul", 160),
    ("matmul_rows", 160),
    ("fib", 30),
    ("interpreter", 200_000),
    ("sieve", 1_000_000),
];

const NAMES: [&str; 4] = ["unmetered", "all of wasmtime's switches", "wasmtime's fuel", "rewritten"];

/// As host/sandbox's engine has them.
const COSTS: Costs = Costs { memory_grow: 255, memory_grow_per_page: 255, table_grow_per_element: 4 };

/// How often all of it is done, each time at another place.
const PLACES: usize = 2;

/// The kernels behind a function more, which moves them on by the 32 bytes that functions are aligned to.
fn moved_on(text: &str) -> String {
    let one_more =
        |number: &str| number.parse::<u32>().map_or(number.to_owned(), |number| (number + 1).to_string());
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.contains("(func (;0;)") {
            lines.push("(func)".to_owned());
        }
        lines.push(if let Some((before, number)) = line.split_once("call ") {
            format!("{before}call {}", one_more(number))
        } else if let Some((before, number)) = line.split_once(" (func ").filter(|_| line.contains("(export"))
        {
            format!("{before} (func {}))", one_more(number.trim_end_matches(')')))
        } else {
            line.to_owned()
        });
    }
    lines.join("\n")
}

struct Kind {
    engine: Engine,
    module: Module,
    fuel: bool,
    epoch: bool,
}

fn kind(bytes: &[u8], fuel: bool, all: bool) -> Kind {
    let mut costs = OperatorCost::new();
    costs.MemoryGrow = 255;
    costs.variable.memory_grow_per_page = 255;
    costs.variable.table_grow_per_element = 4;
    let mut config = Config::new();
    config
        .relaxed_simd_deterministic(true)
        .memory_init_cow(false)
        .generate_address_map(false)
        .consume_fuel(fuel)
        .operator_cost(costs)
        .epoch_interruption(all)
        .cranelift_nan_canonicalization(all);
    let engine = Engine::new(&config).expect("a valid configuration");
    let start = Instant::now();
    let module = Module::new(&engine, bytes).expect("a valid module");
    let compiling = start.elapsed().as_secs_f64() * 1e3;
    println!("compiling takes {compiling:.1} ms with fuel {fuel}, all {all}");
    Kind { engine, module, fuel, epoch: all }
}

/// Seconds, checksum, fuel where it is counted.
fn run(kind: &Kind, name: &str, amount: i32) -> (f64, u64, Option<u64>) {
    let mut store = Store::new(&kind.engine, ());
    if kind.fuel {
        store.set_fuel(u64::MAX / 4).expect("fuel is on");
    }
    if kind.epoch {
        store.set_epoch_deadline(1 << 40);
    }
    let instance = Instance::new(&mut store, &kind.module, &[]).expect("no imports");
    let function = instance.get_func(&mut store, name).expect("a kernel");
    let mut results = [Val::I64(0)];
    // Pages that a kernel touches are there before it is timed.
    function.call(&mut store, &[Val::I32(amount / 8)], &mut results).expect("it ends");
    let start = Instant::now();
    function.call(&mut store, &[Val::I32(amount)], &mut results).expect("it ends");
    let seconds = start.elapsed().as_secs_f64();
    let checksum = match results[0] {
        Val::I64(bits) => bits.cast_unsigned(),
        Val::F64(bits) => bits,
        _ => 0,
    };
    let used = instance.get_typed_func::<(), i64>(&mut store, FUEL_USED);
    let fuel = match used {
        Ok(used) => Some(used.call(&mut store, ()).expect("it ends").cast_unsigned()),
        Err(_) => kind.fuel.then(|| u64::MAX / 4 - store.get_fuel().expect("fuel is on")),
    };
    (seconds, checksum, fuel)
}

fn median(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

fn main() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(101_usize);
    let only = std::env::var("KERNEL").ok();
    let text = include_str!("kernels/kernels.wat");
    let options = Options { fuel: i64::MAX.cast_unsigned(), costs: COSTS };
    let kinds: [[Kind; 4]; PLACES] = [text, &moved_on(text)].map(|text| {
        let original = wat::parse_str(text).expect("valid text");
        let start = Instant::now();
        let rewritten = meter(&original, &options).expect("a form that is rewritten").module;
        println!(
            "rewriting {} bytes to {} takes {:.2} ms",
            original.len(),
            rewritten.len(),
            start.elapsed().as_secs_f64() * 1e3
        );
        [
            kind(&original, false, false),
            kind(&original, true, true),
            kind(&original, true, false),
            kind(&rewritten, false, false),
        ]
    });
    println!("\n| kernel | ms | {} | {} | {} |\n|---|---|---|---|---|", NAMES[1], NAMES[2], NAMES[3]);
    let (mut logarithms, mut of_least) = ([0.0; 4], [0.0; 4]);
    let mut count = 0.0;
    for (name, amount) in KERNELS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let mut ratios = [(); 4].map(|()| Vec::new());
        let mut leasts = [[f64::MAX; PLACES]; 4];
        for _ in 0..rounds {
            for (place, kinds) in kinds.iter().enumerate() {
                let runs = [0, 1, 2, 3].map(|index| run(&kinds[index], name, amount));
                assert!(runs.iter().all(|run| run.1 == runs[0].1), "{name}: another result");
                assert_eq!(runs[2].2, runs[3].2, "{name}: other fuel");
                for (leasts, run) in leasts.iter_mut().zip(&runs) {
                    leasts[place] = leasts[place].min(run.0);
                }
                ratios[0].push(runs[0].0 * 1e3);
                for index in 1..4 {
                    ratios[index].push(runs[index].0 / runs[0].0);
                }
            }
        }
        let leasts = leasts.map(|places| places.iter().product::<f64>().powf(1.0 / PLACES as f64));
        let counted = name != "matmul_rows";
        print!("| {name}, {:.2} ms ", leasts[0] * 1e3);
        for (index, ratios) in ratios.iter_mut().enumerate() {
            let (median, least, most) = median(ratios);
            let ratio = leasts[index] / leasts[0];
            if counted {
                logarithms[index] += median.ln();
                of_least[index] += ratio.ln();
            }
            print!("| {median:.2} ({least:.2}…{most:.2}) [{ratio:.2}] ");
        }
        println!("|");
        count += if counted { 1.0 } else { 0.0 };
    }
    print!("| geometric mean | ");
    for (medians, leasts) in logarithms[1..].iter().zip(&of_least[1..]) {
        print!("| {:.3} [{:.3}] ", (medians / count).exp(), (leasts / count).exp());
    }
    println!("|");
}
