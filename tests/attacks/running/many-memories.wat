;; row: 28
;; attack: each memory is below the limit, their sum is not
;; key: memory-bytes
;; verdict: out-of-memory
(module
  {{6|(memory 200)}}
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.const 0)))
