;; row: 44
;; attack: a string outside of memory handed to the host
;; verdict: trapped
(module
  (import "assay:host/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (call $write (i32.const 1) (i32.const 65530) (i32.const 100)) (f64.const 0)))
