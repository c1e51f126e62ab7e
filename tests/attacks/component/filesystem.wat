;; row: 21
;; attack: an import outside the grant
;; says: wasi:filesystem/preopens@0.2.0
;; verdict: rejected
(component
  (import "wasi:filesystem/preopens@0.2.0" (instance))
  (core module $m (func (export "p") (param i32 i32) (result f64) (f64.const 0)) )
  (core instance $i (instantiate $m))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))
