;; row: 44
;; attack: a read past the end of memory
;; verdict: trapped
(module
  (memory 1)
  (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64)
    (f64.load (i32.const 65535))))
