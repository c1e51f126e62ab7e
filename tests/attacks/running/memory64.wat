;; row: 34
;; attack: a memory past four gigabytes
;; verdict: rejected
(module
  (memory i64 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))
