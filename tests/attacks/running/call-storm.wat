;; row: 36
;; attack: calls to the host without end
;; key: host-calls
;; verdict: out-of-calls
(module
  (import "assay:host/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (loop $l (call $write (i32.const 0) (i32.const 0) (i32.const 1)) (br $l)) (f64.const 0)))
