//! What cases cost: many small ones, and one that is large. The best-fit agent of `tasks/bin-packing`, with its evaluator,
//! on one worker; compiling is not in it.

use crate::plot::Series;
use crate::series;
use assay::compile::{Compiler, Toolchain};
use assay::evaluate::compose::{self, Grant};
use assay::evaluate::judge::Judge;
use assay::evaluate::native::Program;
use assay::evaluate::pool::{Pool, PoolConfig};
use assay::task::Task;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub(crate) fn measure() -> Vec<Series> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let sandbox = PathBuf::from(env!("CARGO_BIN_EXE_assay")).with_file_name("assay-sandbox");
    let mut task = Task::load(&root.join("tasks/bin-packing"), None).unwrap();
    // The longest case needs more than a task grants.
    task.limits.fuel = 1 << 40;
    let limits = task.limits.clone();
    let (pool, program) = runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let compiler =
            Arc::new(Compiler::new(Toolchain::find().unwrap(), sandbox.clone(), folder.path().join("cache")));
        let pool = Arc::new(Pool::start(PoolConfig::new(sandbox, 1, limits.stack_bytes)).await.unwrap());
        let judge = Judge::new(task, compiler, pool.clone()).await.unwrap();
        let source = std::fs::read_to_string(root.join("tasks/bin-packing/best-fit.rs")).unwrap();
        let component = judge.compile(&source).await.unwrap().unwrap();
        let joined = compose::compose(judge.evaluator(), &component, &Grant::default()).unwrap();
        let native = pool.compile(joined.wasm, &joined.grants, &limits).await.unwrap().unwrap();
        (pool, Program::new(native, joined.grants))
    });
    let evaluate = |cases: Vec<String>| {
        let began = Instant::now();
        let results = runtime.block_on(pool.evaluate(&program, &limits, &cases)).unwrap();
        assert!(results.iter().all(|result| result.score().is_some()), "{:?}", results[0].verdict);
        began.elapsed().as_secs_f64()
    };
    let many = series("cases", "cases of 10 items", "cases of one candidate", |size| {
        evaluate((0..size).map(|number| case(10, number)).collect())
    });
    let large = series("case-size", "one case", "items in it", |size| evaluate(vec![case(size, 1)]));
    vec![many, large]
}

/// Items of 20 to 100, in bins of 150, as OR-Library writes them.
fn case(items: u64, number: u64) -> String {
    let mut text = format!("number-{number}\n150 {items} 0\n");
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..items {
        // Knuth's MMIX generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Writing to a string can't fail.
        let _ = writeln!(text, "{}", 20 + (state >> 33) % 81);
    }
    text
}
