;; row: 59
;; attack: a score that is no number
;; verdict: invalid-output
(module
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const nan)))
