;; row: 27
;; attack: a loop without end
;; key: fuel
;; limits: fuel = 1000000
;; verdict: out-of-fuel
(module
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (loop $l (br $l)) (f64.const 0)))
