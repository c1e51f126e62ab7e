;; row: 44
;; attack: a level that is none
;; verdict: trapped
(module
  (import "assay:host/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (call $write (i32.const 77) (i32.const 0) (i32.const 1)) (f64.const 0)))
