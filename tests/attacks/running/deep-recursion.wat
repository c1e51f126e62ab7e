;; row: 33
;; attack: recursion without end
;; key: stack-bytes
;; says: stack-overflow
;; verdict: trapped
(module
  (func $down (param i64) (result i64) (i64.add (local.get 0) (call $down (i64.add (local.get 0) (i64.const 1)))))
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (drop (call $down (i64.const 0))) (f64.const 0)))
