;; row: 30
;; attack: more than twice the limit from the start
;; verdict: out-of-memory
(module
  (memory 2000)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))
