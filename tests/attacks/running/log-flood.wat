;; row: 41
;; attack: a megabyte of log; the score stays
;; key: log-bytes
;; says: "truncated":true
;; verdict: scored
(module
  (import "assay:host/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (local $n i32) (loop $l (call $write (i32.const 1) (i32.const 0) (i32.const 30000)) (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $l (i32.lt_u (local.get $n) (i32.const 3)))) (f64.const 0)))
