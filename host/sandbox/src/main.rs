//! `assay-sandbox`: the process that reads, compiles or runs what nobody vouches for.
//!
//! Two lives: `assay-sandbox compile-box …` becomes the guest compiler under limits (see
//! `compile_box.rs`); without arguments it is a worker that serves frames on its standard input.

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "compile-box") {
        eprintln!("compile-box: {}", sandbox::compile_box::enter(arguments));
        return std::process::ExitCode::from(sandbox::compile_box::FAILED);
    }
    match sandbox::serve::serve(sandbox::wall::worker()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("assay-sandbox: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
