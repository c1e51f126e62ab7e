;; row: 32
;; attack: a feature that is off: a heap of structs
;; verdict: rejected
(module
  (type $s (struct (field i64)))
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (drop (struct.new $s (i64.const 1))) (f64.const 0)))
