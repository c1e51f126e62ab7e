;; row: 32
;; attack: a feature that is off: exceptions
;; verdict: rejected
(module
  (tag $t)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (throw $t)))
