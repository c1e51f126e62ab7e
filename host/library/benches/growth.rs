//! What a library costs as it grows: 10,000 promotions, each an attempt and a promotion of its own, as the host makes them.
//!
//! The cost of an append must not depend on how many there were. So the time per promotion is printed per thousand, the last
//! thousand as a ratio of the first: by the clock, and in processor time, which other work on the machine blurs less. Beside it: opening and verifying what came of it, proofs, and the room it takes.
//!
//! No fsync is skipped, and a promotion makes 34 of them (`tests/faults` counts): on a slow disk they are nearly all of the time and
//! hide what grows. So the long run is made in memory (`/dev/shm`, where fsync costs nothing), and a short one on the disk of
//! the temporary folder says what a promotion really takes. `GROWTH_DIR` puts both elsewhere, `GROWTH_PROMOTIONS` is the length
//! of the long one.
//!
//! What 1,000, 10,000 and 100,000 promotions take, and what verifying the library then takes, give a line each; with a folder as argument, each is drawn there (`benches/plots`).
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark talks, and fails loudly"
)]

#[path = "../../assay/benches/sizes/plot.rs"]
mod plot;

use plot::Series;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use library::{About, Digest, Keys, Leaf, Library, Line, Options, Statement, leaf_hash, verify};
use serde_json::json;

const NAME: &str = "example.com/growth";
/// Promotions of the run on the disk.
const SHORT: u64 = 200;
/// Promotions after which the library is looked at as a whole.
const SIZES: [u64; 3] = [1_000, 10_000, 100_000];

fn line() -> Line {
    Line { name: "packer".into(), channel: "stable".into(), task: Digest::of(b"task") }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// One promotion; the times of its two appends.
fn promote(library: &mut Library, number: u64) -> [Duration; 2] {
    let source =
        library.put(format!("// {number}\npub fn run() -> u64 {{ {number} }}\n").as_bytes()).unwrap();
    let about = About { source: Some(source), ..About::default() };
    let version = library.put_version(format!("component {number}").as_bytes(), &about).unwrap();
    let started = Instant::now();
    library.append(Leaf::attempt(&line(), version.component, number)).unwrap();
    let attempt = started.elapsed();
    let predicate = json!({"attempt": number, "gain": 0.125, "gates": [{"name": "improves", "holds": true}]});
    let statement = Statement::new(&version, "https://assay.dev/promotion/v1", &predicate).unwrap();
    let evidence = library.sign(&statement).unwrap();
    let started = Instant::now();
    library.append(Leaf::promote(&line(), version, number, vec![evidence])).unwrap();
    [attempt, started.elapsed()]
}

/// Files, their bytes, and the bytes that the file system gives them.
fn room(dir: &Path) -> [u64; 3] {
    let mut sum = [0; 3];
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        let blocks = std::os::unix::fs::MetadataExt::blocks(&metadata) * 512;
        let one = if metadata.is_dir() { room(&entry.path()) } else { [1, metadata.len(), blocks] };
        sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
    }
    sum
}

/// Processor time of this process so far, its own and the kernel's for it; in steps of 10 ms.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks =
        |field: usize| after_name.split_ascii_whitespace().nth(field).unwrap().parse::<u64>().unwrap();
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    ms(times[times.len() / 2])
}

fn main() {
    let promotions = std::env::var("GROWTH_PROMOTIONS").map_or(10_000, |number| number.parse().unwrap());
    let given = std::env::var_os("GROWTH_DIR").map(PathBuf::from);
    let memory = Some(PathBuf::from("/dev/shm")).filter(|folder| folder.is_dir());
    let disk = given.clone().unwrap_or_else(std::env::temp_dir);
    // Cargo's own arguments begin with a dash.
    let plots = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    for series in measure(&given.or(memory).unwrap_or_else(|| disk.clone()), promotions) {
        println!("{:22} slope {:.2}", series.title, series.slope());
        if let Some(folder) = &plots {
            std::fs::write(folder.join(format!("{}.svg", series.file)), series.svg()).unwrap();
        }
    }
    println!();
    measure(&disk, promotions.min(SHORT));
}

/// Of what all promotions took, and of verifying them, if there are enough.
fn measure(place: &Path, promotions: u64) -> Vec<Series> {
    let folder = tempfile::tempdir_in(place).unwrap();
    let dir = folder.path().join("library");
    let keys = Keys::open_or_create(&folder.path().join("keys")).unwrap();
    let mut library = Library::open_or_create(&dir, NAME, &keys).unwrap();
    let seed = library.put_version(b"component 0", &About::default()).unwrap();
    library.append(Leaf::baseline(&line(), seed, vec![])).unwrap();
    println!("{promotions} promotions in {}", place.display());

    let step = (promotions / 10).max(1);
    println!("  promotions          attempt    promote      whole   processor   (ms; medians, a mean)");
    let (mut wholes, mut means, started) = (Vec::new(), Vec::new(), Instant::now());
    let (mut promoting, mut verifying, mut spent) = (Vec::new(), Vec::new(), Duration::ZERO);
    for first in (1..=promotions).step_by(usize::try_from(step).unwrap()) {
        let last = (first + step - 1).min(promotions);
        let (mut attempts, mut promotes, mut all) = (Vec::new(), Vec::new(), Vec::new());
        let mut busy = processor();
        for number in first..=last {
            let started = Instant::now();
            let [attempt, promote] = promote(&mut library, number);
            all.push(started.elapsed());
            attempts.push(attempt);
            promotes.push(promote);
            spent += started.elapsed();
            if SIZES.contains(&number) {
                promoting.push((number as f64, spent.as_secs_f64()));
                let (started, before) = (Instant::now(), processor());
                assert!(verify(&dir, &Options::default()).unwrap().verified);
                verifying.push((number as f64, started.elapsed().as_secs_f64()));
                busy += processor() - before;
            }
        }
        let (whole, mean) = (median(all), ms(processor() - busy) / (last - first + 1) as f64);
        let [attempt, promote] = [attempts, promotes].map(median);
        println!("  {first:>6} to {last:>6}   {attempt:>9.3}  {promote:>9.3}  {whole:>9.3}   {mean:>9.3}");
        wholes.push(whole);
        means.push(mean);
    }
    let ratio = |all: &[f64]| all[all.len() - 1] / all[0];
    println!("  last tenth : first tenth = {:.2}, of processor time {:.2}", ratio(&wholes), ratio(&means));
    println!("  all in {:.1} s", started.elapsed().as_secs_f64());
    let (head, held) = (library.head(), library.head().size / 2 + 1);
    drop(library);

    let started = Instant::now();
    let library = Library::open_or_create(&dir, NAME, &keys).unwrap();
    println!("open for writing      {:>9.1} ms", ms(started.elapsed()));
    drop(library);
    let started = Instant::now();
    let library = Library::open_read_only(&dir).unwrap();
    println!("open for reading      {:>9.1} ms", ms(started.elapsed()));
    let started = Instant::now();
    let report = verify(&dir, &Options::default()).unwrap();
    assert!(report.verified && report.counts.leaves == 2 * promotions + 1, "{report}");
    println!(
        "verify                {:>9.1} ms, {} leaves, {} blobs",
        ms(started.elapsed()),
        head.size,
        report.counts.blobs
    );

    let mut longest = 0;
    for index in (0..head.size).step_by(97).chain([head.size - 1]) {
        let proof = library.inclusion(index).unwrap();
        let leaf = leaf_hash(&library.entries()[usize::try_from(index).unwrap()].body());
        assert!(library::verify_inclusion(&leaf, index, head.size, &head.root, &proof), "{index}");
        longest = longest.max(proof.len());
    }
    let proof = library.consistency(held).unwrap();
    let root = library.root_at(held).unwrap();
    assert!(library::verify_consistency(held, &root, head.size, &head.root, &proof));
    println!("inclusion proof       {longest:>9} hashes, {} bytes at most", longest * 32);
    println!(
        "consistency proof     {:>9} hashes, {} bytes, from {held} to {}",
        proof.len(),
        proof.len() * 32,
        head.size
    );
    let [files, bytes, blocks] = room(&dir).map(|sum| sum as f64 / promotions as f64);
    println!("room per promotion    {bytes:>9.0} bytes in {files:.2} files, {blocks:.0} on disk");
    let titled = |file, title, points| Series { file, title, unit: "promotions in the library", points };
    let all = [
        titled("library", "library: promote", promoting),
        titled("library-verify", "library: verify", verifying),
    ];
    all.into_iter().filter(|series| series.points.len() > 1).collect()
}
