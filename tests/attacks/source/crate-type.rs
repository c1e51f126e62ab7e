//! row: 12
//! attack: asking to be a procedural macro, which would run in the compiler; the command line wins
//! verdict: scored
#![crate_type = "proc-macro"]
extern crate proc_macro;

pub fn priority(item: u32, remaining: u32) -> f64 {
    proc_macro::is_available(); 0.0
}
