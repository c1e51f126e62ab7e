;; row: 44
;; attack: a division by zero
;; verdict: trapped
(module
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.convert_i32_u (i32.div_u (local.get 0) (i32.const 0)))))
