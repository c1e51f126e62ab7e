;; row: 44
;; attack: giving up
;; says: unreachable
;; verdict: trapped
(module
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (unreachable)))
