;; row: 31
;; attack: memory that escapes the limiter
;; verdict: rejected
(module
  (memory 1 1 shared)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))
