;; row: 42
;; attack: a log line that clears the screen
;; never: \u{1b}
;; verdict: scored
(module
  (import "assay:host/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\1b[2J\1b]0;owned\07")
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (call $write (i32.const 1) (i32.const 0) (i32.const 14)) (f64.const 0)))
