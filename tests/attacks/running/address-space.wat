;; row: 50
;; attack: reserving four gigabytes, many times over
;; verdict: rejected
(module
  {{8|(memory 65536)}}
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))
