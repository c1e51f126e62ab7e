;; row: 35
;; attack: two megabytes in one call to the host
;; key: output-bytes
;; verdict: invalid-output
(module
  (import "assay:host/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 64)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (call $write (i32.const 0) (i32.const 0) (i32.const 2000000)) (f64.const 0)))
