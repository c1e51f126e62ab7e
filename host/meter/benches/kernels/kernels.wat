(module
  (type (;0;) (func (param i32 i32) (result i64)))
  (type (;1;) (func (param i32 i32)))
  (type (;2;) (func (param i32 i32 i32)))
  (type (;3;) (func (param i32) (result i64)))
  (type (;4;) (func))
  (type (;5;) (func (param i32) (result f64)))
  (memory (;0;) 273)
  (global (;0;) (mut i32) i32.const 1048576)
  (global (;1;) i32 i32.const 17826048)
  (global (;2;) i32 i32.const 17826048)
  (export "memory" (memory 0))
  (export "fib" (func 3))
  (export "heapsort" (func 4))
  (export "interpreter" (func 6))
  (export "matmul" (func 7))
  (export "matmul_rows" (func 8))
  (export "nested" (func 10))
  (export "sha256" (func 11))
  (export "sieve" (func 12))
  (export "__data_end" (global 1))
  (export "__heap_base" (global 2))
  (func (;0;) (type 0) (param i32 i32) (result i64)
    (local i32 i32 i32 i32 i64)
    global.get 0
    i32.const 512
    i32.sub
    local.tee 2
    global.set 0
    i32.const 0
    local.set 3
    local.get 2
    i32.const 0
    i32.const 512
    memory.fill
    i32.const 0
    local.set 4
    loop ;; label = @1
      block ;; label = @2
        block ;; label = @3
          block ;; label = @4
            block ;; label = @5
              block ;; label = @6
                block ;; label = @7
                  block ;; label = @8
                    block ;; label = @9
                      block ;; label = @10
                        block ;; label = @11
                          block ;; label = @12
                            local.get 0
                            local.get 4
                            i32.const 4
                            i32.shl
                            i32.add
                            local.tee 5
                            i32.load
                            br_table 6 (;@6;) 0 (;@12;) 1 (;@11;) 2 (;@10;) 7 (;@5;) 3 (;@9;) 4 (;@8;) 5 (;@7;) 6 (;@6;)
                          end
                          local.get 2
                          local.get 3
                          i32.const 62
                          i32.add
                          i32.const 63
                          i32.and
                          i32.const 3
                          i32.shl
                          i32.add
                          local.tee 5
                          local.get 2
                          local.get 3
                          i32.const -1
                          i32.add
                          local.tee 3
                          i32.const 63
                          i32.and
                          i32.const 3
                          i32.shl
                          i32.add
                          i64.load
                          local.get 5
                          i64.load
                          i64.add
                          i64.store
                          br 8 (;@3;)
                        end
                        local.get 2
                        local.get 3
                        i32.const 62
                        i32.add
                        i32.const 63
                        i32.and
                        i32.const 3
                        i32.shl
                        i32.add
                        local.tee 5
                        local.get 2
                        local.get 3
                        i32.const -1
                        i32.add
                        local.tee 3
                        i32.const 63
                        i32.and
                        i32.const 3
                        i32.shl
                        i32.add
                        i64.load
                        local.get 5
                        i64.load
                        i64.mul
                        i64.store
                        br 7 (;@3;)
                      end
                      local.get 2
                      local.get 3
                      i32.const 62
                      i32.add
                      i32.const 63
                      i32.and
                      i32.const 3
                      i32.shl
                      i32.add
                      local.tee 5
                      local.get 5
                      i64.load
                      local.get 2
                      local.get 3
                      i32.const -1
                      i32.add
                      local.tee 3
                      i32.const 63
                      i32.and
                      i32.const 3
                      i32.shl
                      i32.add
                      i64.load
                      i64.xor
                      i64.store
                      local.get 3
                      local.set 3
                      br 6 (;@3;)
                    end
                    local.get 1
                    local.get 5
                    i32.load offset=4
                    i32.const 7
                    i32.and
                    i32.const 3
                    i32.shl
                    i32.add
                    local.get 2
                    local.get 3
                    i32.const -1
                    i32.add
                    local.tee 3
                    i32.const 63
                    i32.and
                    i32.const 3
                    i32.shl
                    i32.add
                    i64.load
                    i64.store
                    br 5 (;@3;)
                  end
                  local.get 2
                  local.get 3
                  i32.const -1
                  i32.add
                  local.tee 3
                  i32.const 63
                  i32.and
                  i32.const 3
                  i32.shl
                  i32.add
                  i64.load
                  local.get 5
                  i64.load offset=8
                  i64.ge_s
                  br_if 4 (;@3;)
                  local.get 5
                  i32.load offset=4
                  local.set 4
                  br 5 (;@2;)
                end
                local.get 1
                i64.load offset=8
                local.set 6
                local.get 2
                i32.const 512
                i32.add
                global.set 0
                local.get 6
                return
              end
              local.get 2
              local.get 3
              i32.const 63
              i32.and
              i32.const 3
              i32.shl
              i32.add
              local.get 5
              i64.load offset=8
              i64.store
              br 1 (;@4;)
            end
            local.get 2
            local.get 3
            i32.const 63
            i32.and
            i32.const 3
            i32.shl
            i32.add
            local.get 1
            local.get 5
            i32.load offset=4
            i32.const 7
            i32.and
            i32.const 3
            i32.shl
            i32.add
            i64.load
            i64.store
          end
          local.get 3
          i32.const 1
          i32.add
          local.set 3
        end
        local.get 4
        i32.const 1
        i32.add
        local.set 4
      end
      local.get 4
      i32.const 13
      i32.lt_u
      br_if 0 (;@1;)
    end
    local.get 4
    i32.const 13
    call 1
    unreachable
  )
  (func (;1;) (type 1) (param i32 i32)
    call 13
    unreachable
  )
  (func (;2;) (type 2) (param i32 i32 i32)
    (local i32 i32 i32 i32)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          local.get 1
          i32.const 1
          i32.shl
          local.tee 3
          i32.const 1
          i32.or
          local.tee 4
          local.get 2
          i32.ge_u
          br_if 0 (;@3;)
          loop ;; label = @4
            block ;; label = @5
              block ;; label = @6
                local.get 3
                i32.const 2
                i32.add
                local.tee 3
                local.get 2
                i32.lt_u
                br_if 0 (;@6;)
                local.get 4
                local.set 4
                br 1 (;@5;)
              end
              block ;; label = @6
                local.get 4
                local.get 0
                i32.lt_u
                br_if 0 (;@6;)
                local.get 4
                local.get 0
                call 1
                unreachable
              end
              block ;; label = @6
                local.get 3
                local.get 0
                i32.lt_u
                br_if 0 (;@6;)
                local.get 3
                local.get 0
                call 1
                unreachable
              end
              local.get 3
              local.get 4
              local.get 4
              i32.const 2
              i32.shl
              i32.load offset=1048832
              local.get 3
              i32.const 2
              i32.shl
              i32.load offset=1048832
              i32.lt_u
              select
              local.set 4
            end
            local.get 1
            local.get 0
            i32.ge_u
            br_if 2 (;@2;)
            local.get 4
            local.get 0
            i32.ge_u
            br_if 3 (;@1;)
            local.get 1
            i32.const 2
            i32.shl
            local.tee 1
            i32.load offset=1048832
            local.tee 3
            local.get 4
            i32.const 2
            i32.shl
            local.tee 5
            i32.load offset=1048832
            local.tee 6
            i32.ge_u
            br_if 1 (;@3;)
            local.get 1
            i32.const 1048832
            i32.add
            local.get 6
            i32.store
            local.get 5
            i32.const 1048832
            i32.add
            local.get 3
            i32.store
            local.get 4
            local.set 1
            local.get 4
            i32.const 1
            i32.shl
            local.tee 3
            i32.const 1
            i32.or
            local.tee 4
            local.get 2
            i32.lt_u
            br_if 0 (;@4;)
          end
        end
        return
      end
      local.get 1
      local.get 0
      call 1
      unreachable
    end
    local.get 4
    local.get 0
    call 1
    unreachable
  )
  (func (;3;) (type 3) (param i32) (result i64)
    (local i64)
    i64.const 0
    local.set 1
    block ;; label = @1
      local.get 0
      i32.const 2
      i32.lt_u
      br_if 0 (;@1;)
      i64.const 0
      local.set 1
      loop ;; label = @2
        local.get 0
        i32.const -1
        i32.add
        call 3
        local.get 1
        i64.add
        local.set 1
        local.get 0
        i32.const -2
        i32.add
        local.tee 0
        i32.const 1
        i32.gt_u
        br_if 0 (;@2;)
      end
    end
    local.get 1
    local.get 0
    i64.extend_i32_u
    i64.add
  )
  (func (;4;) (type 3) (param i32) (result i64)
    (local i32 i32 i32 i32 i64 i32)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          block ;; label = @4
            local.get 0
            i32.const 2
            i32.shl
            local.tee 1
            i32.const 16777217
            i32.ge_u
            br_if 0 (;@4;)
            block ;; label = @5
              local.get 1
              i32.eqz
              br_if 0 (;@5;)
              i32.const 1048832
              i32.const 0
              local.get 1
              memory.fill
            end
            block ;; label = @5
              local.get 0
              br_if 0 (;@5;)
              i64.const 0
              return
            end
            local.get 1
            i32.const -4
            i32.add
            local.tee 1
            i32.const 2
            i32.shr_u
            i32.const 1
            i32.add
            local.tee 2
            i32.const 3
            i32.and
            local.set 3
            block ;; label = @5
              block ;; label = @6
                block ;; label = @7
                  local.get 1
                  i32.const 12
                  i32.ge_u
                  br_if 0 (;@7;)
                  i32.const 1048832
                  local.set 1
                  i32.const 12345
                  local.set 2
                  br 1 (;@6;)
                end
                local.get 2
                i32.const 2147483644
                i32.and
                local.set 4
                i32.const 1048832
                local.set 1
                i32.const 12345
                local.set 2
                loop ;; label = @7
                  local.get 1
                  local.get 2
                  i32.const 13
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 17
                  i32.shr_u
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 5
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.store
                  local.get 1
                  i32.const 4
                  i32.add
                  local.get 2
                  i32.const 13
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 17
                  i32.shr_u
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 5
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.store
                  local.get 1
                  i32.const 8
                  i32.add
                  local.get 2
                  i32.const 13
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 17
                  i32.shr_u
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 5
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.store
                  local.get 1
                  i32.const 12
                  i32.add
                  local.get 2
                  i32.const 13
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 17
                  i32.shr_u
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.const 5
                  i32.shl
                  local.get 2
                  i32.xor
                  local.tee 2
                  i32.store
                  local.get 1
                  i32.const 16
                  i32.add
                  local.set 1
                  local.get 4
                  i32.const -4
                  i32.add
                  local.tee 4
                  br_if 0 (;@7;)
                end
                local.get 3
                i32.eqz
                br_if 1 (;@5;)
              end
              local.get 3
              i32.const 2
              i32.shl
              local.set 4
              loop ;; label = @6
                local.get 1
                local.get 2
                i32.const 13
                i32.shl
                local.get 2
                i32.xor
                local.tee 2
                i32.const 17
                i32.shr_u
                local.get 2
                i32.xor
                local.tee 2
                i32.const 5
                i32.shl
                local.get 2
                i32.xor
                local.tee 2
                i32.store
                local.get 1
                i32.const 4
                i32.add
                local.set 1
                local.get 4
                i32.const -4
                i32.add
                local.tee 4
                br_if 0 (;@6;)
              end
            end
            i32.const 1
            local.set 2
            block ;; label = @5
              local.get 0
              i32.const 1
              i32.shr_u
              local.tee 1
              i32.eqz
              br_if 0 (;@5;)
              local.get 1
              i32.const -1
              i32.add
              local.set 1
              loop ;; label = @6
                local.get 0
                local.get 1
                local.get 0
                call 2
                local.get 1
                i32.const -1
                i32.add
                local.tee 1
                i32.const -1
                i32.ne
                br_if 0 (;@6;)
              end
            end
            i64.const 0
            local.set 5
            block ;; label = @5
              local.get 0
              i32.const 1
              i32.ne
              br_if 0 (;@5;)
              i32.const 0
              local.set 1
              br 3 (;@2;)
            end
            local.get 0
            i32.const 2
            i32.shl
            i32.const 1048828
            i32.add
            local.set 2
            local.get 0
            local.set 1
            block ;; label = @5
              loop ;; label = @6
                local.get 1
                i32.const -1
                i32.add
                local.tee 1
                local.get 0
                i32.ge_u
                br_if 1 (;@5;)
                i32.const 0
                i32.load offset=1048832
                local.set 4
                i32.const 0
                local.get 2
                i32.load
                i32.store offset=1048832
                local.get 2
                local.get 4
                i32.store
                local.get 0
                i32.const 0
                local.get 1
                call 2
                local.get 2
                i32.const -4
                i32.add
                local.set 2
                local.get 1
                i32.const 1
                i32.le_u
                br_if 3 (;@3;)
                br 0 (;@6;)
              end
            end
            local.get 1
            local.get 0
            call 1
            unreachable
          end
          call 5
          unreachable
        end
        local.get 0
        i32.const 3
        i32.and
        local.set 2
        block ;; label = @3
          local.get 0
          i32.const 4
          i32.ge_u
          br_if 0 (;@3;)
          i32.const 0
          local.set 1
          br 1 (;@2;)
        end
        block ;; label = @3
          block ;; label = @4
            block ;; label = @5
              local.get 0
              i32.const -4
              i32.add
              i32.const 2
              i32.shr_u
              local.tee 1
              br_if 0 (;@5;)
              i64.const 0
              local.set 5
              i32.const 0
              local.set 3
              br 1 (;@4;)
            end
            local.get 1
            i32.const 1
            i32.add
            local.tee 1
            i32.const 1
            i32.and
            local.set 6
            local.get 1
            i32.const 2147483646
            i32.and
            local.tee 4
            i32.const 2
            i32.shl
            local.set 3
            i64.const 0
            local.set 5
            i32.const 1048832
            local.set 1
            loop ;; label = @5
              local.get 5
              i64.const 31
              i64.mul
              local.get 1
              i64.load32_u
              i64.add
              i64.const 31
              i64.mul
              local.get 1
              i32.const 4
              i32.add
              i64.load32_u
              i64.add
              i64.const 31
              i64.mul
              local.get 1
              i32.const 8
              i32.add
              i64.load32_u
              i64.add
              i64.const 31
              i64.mul
              local.get 1
              i32.const 12
              i32.add
              i64.load32_u
              i64.add
              i64.const 31
              i64.mul
              local.get 1
              i32.const 16
              i32.add
              i64.load32_u
              i64.add
              i64.const 31
              i64.mul
              local.get 1
              i32.const 20
              i32.add
              i64.load32_u
              i64.add
              i64.const 31
              i64.mul
              local.get 1
              i32.const 24
              i32.add
              i64.load32_u
              i64.add
              i64.const 31
              i64.mul
              local.get 1
              i32.const 28
              i32.add
              i64.load32_u
              i64.add
              local.set 5
              local.get 1
              i32.const 32
              i32.add
              local.set 1
              local.get 4
              i32.const -2
              i32.add
              local.tee 4
              br_if 0 (;@5;)
            end
            local.get 6
            i32.eqz
            br_if 1 (;@3;)
          end
          local.get 5
          i64.const 31
          i64.mul
          local.get 3
          i32.const 2
          i32.shl
          local.tee 1
          i64.load32_u offset=1048832
          i64.add
          i64.const 31
          i64.mul
          local.get 1
          i64.load32_u offset=1048836
          i64.add
          i64.const 31
          i64.mul
          local.get 1
          i64.load32_u offset=1048840
          i64.add
          i64.const 31
          i64.mul
          local.get 1
          i64.load32_u offset=1048844
          i64.add
          local.set 5
        end
        local.get 2
        i32.eqz
        br_if 1 (;@1;)
        local.get 0
        i32.const -4
        i32.and
        local.set 1
      end
      local.get 1
      i32.const 2
      i32.shl
      i32.const 1048832
      i32.add
      local.set 1
      loop ;; label = @2
        local.get 5
        i64.const 31
        i64.mul
        local.get 1
        i64.load32_u
        i64.add
        local.set 5
        local.get 1
        i32.const 4
        i32.add
        local.set 1
        local.get 2
        i32.const -1
        i32.add
        local.tee 2
        br_if 0 (;@2;)
      end
    end
    local.get 5
  )
  (func (;5;) (type 4)
    call 13
    unreachable
  )
  (func (;6;) (type 3) (param i32) (result i64)
    (local i32 i64)
    global.get 0
    i32.const 272
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 7
    i32.store offset=192
    local.get 1
    i64.const 6
    i64.store offset=176
    local.get 1
    i64.const 4
    i64.store offset=160
    local.get 1
    i64.const 4294967301
    i64.store offset=144
    local.get 1
    i32.const 3
    i32.store offset=128
    local.get 1
    i64.const 4
    i64.store offset=112
    local.get 1
    i32.const 2
    i32.store offset=96
    local.get 1
    i64.const 31
    i64.store offset=88
    local.get 1
    i32.const 0
    i32.store offset=80
    local.get 1
    i64.const 4294967300
    i64.store offset=64
    local.get 1
    i64.const 5
    i64.store offset=48
    local.get 1
    i32.const 1
    i32.store offset=32
    local.get 1
    i64.const 1
    i64.store offset=24
    local.get 1
    i32.const 0
    i32.store offset=16
    local.get 1
    i64.const 4
    i64.store
    local.get 1
    local.get 0
    i64.extend_i32_u
    i64.store offset=184
    local.get 1
    i64.const 0
    i64.store offset=264
    local.get 1
    i64.const 0
    i64.store offset=256
    local.get 1
    i64.const 0
    i64.store offset=248
    local.get 1
    i64.const 0
    i64.store offset=240
    local.get 1
    i64.const 0
    i64.store offset=232
    local.get 1
    i64.const 0
    i64.store offset=224
    local.get 1
    i64.const 0
    i64.store offset=216
    local.get 1
    i64.const 0
    i64.store offset=208
    local.get 1
    local.get 1
    i32.const 208
    i32.add
    call 0
    local.set 2
    local.get 1
    i32.const 272
    i32.add
    global.set 0
    local.get 2
  )
  (func (;7;) (type 5) (param i32) (result f64)
    (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 f64 f64 f64 f64 i32 i32)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          block ;; label = @4
            local.get 0
            local.get 0
            i32.mul
            local.tee 1
            i32.const 3
            i32.shl
            local.tee 2
            i32.const 16777217
            i32.ge_u
            br_if 0 (;@4;)
            block ;; label = @5
              local.get 1
              i32.eqz
              br_if 0 (;@5;)
              block ;; label = @6
                local.get 2
                i32.eqz
                local.tee 3
                br_if 0 (;@6;)
                i32.const 1048832
                i32.const 0
                local.get 2
                memory.fill
              end
              local.get 2
              i32.const 12582913
              i32.ge_u
              br_if 1 (;@4;)
              block ;; label = @6
                local.get 3
                br_if 0 (;@6;)
                i32.const 5243136
                i32.const 0
                local.get 2
                memory.fill
              end
              local.get 2
              i32.const 8388609
              i32.ge_u
              br_if 1 (;@4;)
              i32.const 0
              local.set 4
              block ;; label = @6
                local.get 3
                br_if 0 (;@6;)
                i32.const 9437440
                i32.const 0
                local.get 2
                memory.fill
              end
              i32.const 1048832
              local.set 2
              local.get 1
              local.set 3
              loop ;; label = @6
                local.get 2
                i32.const 4194304
                i32.add
                local.get 4
                i32.const 13
                i32.rem_u
                f64.convert_i32_u
                f64.const 0x1p-1 (;=0.5;)
                f64.mul
                f64.const -0x1p+1 (;=-2;)
                f64.add
                f64.store
                local.get 2
                local.get 4
                i32.const 17
                i32.rem_u
                f64.convert_i32_u
                f64.const 0x1p-2 (;=0.25;)
                f64.mul
                f64.const -0x1p+0 (;=-1;)
                f64.add
                f64.store
                local.get 2
                i32.const 8
                i32.add
                local.set 2
                local.get 4
                i32.const 1
                i32.add
                local.set 4
                local.get 3
                i32.const -1
                i32.add
                local.tee 3
                br_if 0 (;@6;)
              end
            end
            block ;; label = @5
              local.get 0
              br_if 0 (;@5;)
              f64.const -0x0p+0 (;=-0;)
              return
            end
            block ;; label = @5
              block ;; label = @6
                block ;; label = @7
                  block ;; label = @8
                    block ;; label = @9
                      block ;; label = @10
                        block ;; label = @11
                          block ;; label = @12
                            block ;; label = @13
                              block ;; label = @14
                                local.get 0
                                i32.const 2
                                i32.shr_u
                                local.tee 5
                                i32.eqz
                                br_if 0 (;@14;)
                                local.get 0
                                i32.const 3
                                i32.shl
                                local.set 6
                                i32.const 1048832
                                local.set 7
                                i32.const 0
                                local.set 8
                                i32.const 0
                                local.set 9
                                loop ;; label = @15
                                  local.get 9
                                  local.get 0
                                  i32.mul
                                  local.set 10
                                  local.get 9
                                  i32.const 1
                                  i32.add
                                  local.set 9
                                  i32.const 0
                                  local.set 11
                                  i32.const 1048832
                                  local.set 12
                                  i32.const 0
                                  local.set 13
                                  loop ;; label = @16
                                    local.get 13
                                    i32.const 1
                                    i32.add
                                    local.set 14
                                    f64.const 0x0p+0 (;=0;)
                                    local.set 15
                                    i32.const 0
                                    local.set 2
                                    f64.const 0x0p+0 (;=0;)
                                    local.set 16
                                    f64.const 0x0p+0 (;=0;)
                                    local.set 17
                                    f64.const 0x0p+0 (;=0;)
                                    local.set 18
                                    i32.const 0
                                    local.set 4
                                    local.get 5
                                    local.set 19
                                    loop ;; label = @17
                                      local.get 8
                                      local.get 4
                                      i32.add
                                      local.tee 3
                                      local.get 1
                                      i32.ge_u
                                      br_if 8 (;@9;)
                                      local.get 11
                                      local.get 4
                                      i32.add
                                      local.tee 3
                                      local.get 1
                                      i32.ge_u
                                      br_if 12 (;@5;)
                                      local.get 8
                                      local.get 4
                                      i32.add
                                      local.tee 3
                                      i32.const 1
                                      i32.add
                                      local.get 1
                                      i32.ge_u
                                      br_if 7 (;@10;)
                                      local.get 11
                                      local.get 4
                                      i32.add
                                      local.tee 20
                                      i32.const 1
                                      i32.add
                                      local.get 1
                                      i32.ge_u
                                      br_if 11 (;@6;)
                                      local.get 3
                                      i32.const 2
                                      i32.add
                                      local.get 1
                                      i32.ge_u
                                      br_if 6 (;@11;)
                                      local.get 20
                                      i32.const 2
                                      i32.add
                                      local.get 1
                                      i32.ge_u
                                      br_if 10 (;@7;)
                                      local.get 3
                                      i32.const 3
                                      i32.add
                                      local.get 1
                                      i32.ge_u
                                      br_if 5 (;@12;)
                                      local.get 20
                                      i32.const 3
                                      i32.add
                                      local.get 1
                                      i32.ge_u
                                      br_if 9 (;@8;)
                                      local.get 15
                                      local.get 7
                                      local.get 2
                                      i32.add
                                      local.tee 3
                                      f64.load
                                      local.get 12
                                      local.get 2
                                      i32.add
                                      local.tee 20
                                      i32.const 4194304
                                      i32.add
                                      f64.load
                                      f64.mul
                                      f64.add
                                      local.set 15
                                      local.get 16
                                      local.get 3
                                      i32.const 8
                                      i32.add
                                      f64.load
                                      local.get 20
                                      i32.const 4194312
                                      i32.add
                                      f64.load
                                      f64.mul
                                      f64.add
                                      local.set 16
                                      local.get 17
                                      local.get 3
                                      i32.const 16
                                      i32.add
                                      f64.load
                                      local.get 20
                                      i32.const 4194320
                                      i32.add
                                      f64.load
                                      f64.mul
                                      f64.add
                                      local.set 17
                                      local.get 18
                                      local.get 3
                                      i32.const 24
                                      i32.add
                                      f64.load
                                      local.get 20
                                      i32.const 4194328
                                      i32.add
                                      f64.load
                                      f64.mul
                                      f64.add
                                      local.set 18
                                      local.get 4
                                      i32.const 4
                                      i32.add
                                      local.set 4
                                      local.get 2
                                      i32.const 32
                                      i32.add
                                      local.set 2
                                      local.get 19
                                      i32.const -1
                                      i32.add
                                      local.tee 19
                                      br_if 0 (;@17;)
                                    end
                                    local.get 13
                                    local.get 10
                                    i32.add
                                    local.tee 4
                                    local.get 1
                                    i32.ge_u
                                    br_if 3 (;@13;)
                                    local.get 4
                                    i32.const 3
                                    i32.shl
                                    local.get 18
                                    local.get 15
                                    local.get 16
                                    f64.add
                                    local.get 17
                                    f64.add
                                    f64.add
                                    f64.store offset=9437440
                                    local.get 11
                                    local.get 0
                                    i32.add
                                    local.set 11
                                    local.get 12
                                    local.get 6
                                    i32.add
                                    local.set 12
                                    local.get 14
                                    local.set 13
                                    local.get 14
                                    local.get 0
                                    i32.ne
                                    br_if 0 (;@16;)
                                  end
                                  local.get 8
                                  local.get 0
                                  i32.add
                                  local.set 8
                                  local.get 7
                                  local.get 6
                                  i32.add
                                  local.set 7
                                  local.get 9
                                  local.get 0
                                  i32.ne
                                  br_if 0 (;@15;)
                                  br 12 (;@3;)
                                end
                              end
                              local.get 0
                              i32.const 3
                              i32.shl
                              local.set 8
                              i32.const 0
                              local.set 20
                              i32.const 9437440
                              local.set 19
                              i32.const 0
                              local.set 11
                              loop ;; label = @14
                                local.get 11
                                i32.const 1
                                i32.add
                                local.set 11
                                local.get 19
                                local.set 3
                                i32.const 0
                                local.set 2
                                loop ;; label = @15
                                  local.get 20
                                  local.get 2
                                  i32.add
                                  local.tee 4
                                  local.get 1
                                  i32.ge_u
                                  br_if 2 (;@13;)
                                  local.get 3
                                  i64.const 0
                                  i64.store
                                  local.get 3
                                  i32.const 8
                                  i32.add
                                  local.set 3
                                  local.get 0
                                  local.get 2
                                  i32.const 1
                                  i32.add
                                  local.tee 2
                                  i32.ne
                                  br_if 0 (;@15;)
                                end
                                local.get 19
                                local.get 8
                                i32.add
                                local.set 19
                                local.get 20
                                local.get 0
                                i32.add
                                local.set 20
                                local.get 11
                                local.get 0
                                i32.ne
                                br_if 0 (;@14;)
                              end
                              local.get 1
                              i32.const 4
                              i32.ge_u
                              br_if 10 (;@3;)
                              f64.const -0x0p+0 (;=-0;)
                              local.set 15
                              i32.const 0
                              local.set 1
                              br 11 (;@2;)
                            end
                            local.get 4
                            local.get 1
                            call 1
                            unreachable
                          end
                          local.get 3
                          i32.const 3
                          i32.add
                          local.get 1
                          call 1
                          unreachable
                        end
                        local.get 3
                        i32.const 2
                        i32.add
                        local.get 1
                        call 1
                        unreachable
                      end
                      local.get 3
                      i32.const 1
                      i32.add
                      local.set 3
                    end
                    local.get 3
                    local.get 1
                    call 1
                    unreachable
                  end
                  local.get 20
                  i32.const 3
                  i32.add
                  local.get 1
                  call 1
                  unreachable
                end
                local.get 20
                i32.const 2
                i32.add
                local.get 1
                call 1
                unreachable
              end
              local.get 20
              i32.const 1
              i32.add
              local.set 3
            end
            local.get 3
            local.get 1
            call 1
            unreachable
          end
          call 5
          unreachable
        end
        local.get 1
        i32.const 1
        i32.and
        local.set 3
        block ;; label = @3
          block ;; label = @4
            block ;; label = @5
              local.get 1
              i32.const -4
              i32.add
              i32.const 2
              i32.shr_u
              local.tee 4
              br_if 0 (;@5;)
              f64.const -0x0p+0 (;=-0;)
              local.set 15
              i32.const 0
              local.set 20
              br 1 (;@4;)
            end
            local.get 4
            i32.const 1
            i32.add
            local.tee 4
            i32.const 1
            i32.and
            local.set 11
            local.get 4
            i32.const 2147483646
            i32.and
            local.tee 2
            i32.const 2
            i32.shl
            local.set 20
            f64.const -0x0p+0 (;=-0;)
            local.set 15
            i32.const 1048832
            local.set 4
            loop ;; label = @5
              local.get 15
              local.get 4
              i32.const 8388608
              i32.add
              f64.load
              f64.add
              local.get 4
              i32.const 8388616
              i32.add
              f64.load
              f64.add
              local.get 4
              i32.const 8388624
              i32.add
              f64.load
              f64.add
              local.get 4
              i32.const 8388632
              i32.add
              f64.load
              f64.add
              local.get 4
              i32.const 8388640
              i32.add
              f64.load
              f64.add
              local.get 4
              i32.const 8388648
              i32.add
              f64.load
              f64.add
              local.get 4
              i32.const 8388656
              i32.add
              f64.load
              f64.add
              local.get 4
              i32.const 8388664
              i32.add
              f64.load
              f64.add
              local.set 15
              local.get 4
              i32.const 64
              i32.add
              local.set 4
              local.get 2
              i32.const -2
              i32.add
              local.tee 2
              br_if 0 (;@5;)
            end
            local.get 11
            i32.eqz
            br_if 1 (;@3;)
          end
          local.get 15
          local.get 20
          i32.const 3
          i32.shl
          local.tee 4
          f64.load offset=9437440
          f64.add
          local.get 4
          f64.load offset=9437448
          f64.add
          local.get 4
          f64.load offset=9437456
          f64.add
          local.get 4
          f64.load offset=9437464
          f64.add
          local.set 15
        end
        local.get 3
        i32.eqz
        br_if 1 (;@1;)
        local.get 1
        i32.const -4
        i32.and
        local.set 1
      end
      local.get 15
      local.get 1
      i32.const 3
      i32.shl
      f64.load offset=9437440
      f64.add
      local.set 15
    end
    local.get 15
  )
  (func (;8;) (type 5) (param i32) (result f64)
    (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 f64 i32)
    block ;; label = @1
      local.get 0
      local.get 0
      i32.mul
      local.tee 1
      i32.const 3
      i32.shl
      local.tee 2
      i32.const 16777217
      i32.ge_u
      br_if 0 (;@1;)
      block ;; label = @2
        local.get 1
        i32.eqz
        br_if 0 (;@2;)
        block ;; label = @3
          local.get 2
          i32.eqz
          local.tee 3
          br_if 0 (;@3;)
          i32.const 1048832
          i32.const 0
          local.get 2
          memory.fill
        end
        local.get 2
        i32.const 12582913
        i32.ge_u
        br_if 1 (;@1;)
        block ;; label = @3
          local.get 3
          br_if 0 (;@3;)
          i32.const 5243136
          i32.const 0
          local.get 2
          memory.fill
        end
        local.get 2
        i32.const 8388609
        i32.ge_u
        br_if 1 (;@1;)
        i32.const 0
        local.set 4
        block ;; label = @3
          local.get 3
          br_if 0 (;@3;)
          i32.const 9437440
          i32.const 0
          local.get 2
          memory.fill
        end
        i32.const 1048832
        local.set 2
        local.get 1
        local.set 3
        loop ;; label = @3
          local.get 2
          i32.const 4194304
          i32.add
          local.get 4
          i32.const 13
          i32.rem_u
          f64.convert_i32_u
          f64.const 0x1p-1 (;=0.5;)
          f64.mul
          f64.const -0x1p+1 (;=-2;)
          f64.add
          f64.store
          local.get 2
          local.get 4
          i32.const 17
          i32.rem_u
          f64.convert_i32_u
          f64.const 0x1p-2 (;=0.25;)
          f64.mul
          f64.const -0x1p+0 (;=-1;)
          f64.add
          f64.store
          local.get 2
          i32.const 8
          i32.add
          local.set 2
          local.get 4
          i32.const 1
          i32.add
          local.set 4
          local.get 3
          i32.const -1
          i32.add
          local.tee 3
          br_if 0 (;@3;)
        end
      end
      block ;; label = @2
        local.get 0
        br_if 0 (;@2;)
        f64.const -0x0p+0 (;=-0;)
        return
      end
      local.get 0
      i32.const 3
      i32.shl
      local.set 5
      local.get 0
      i32.const -2
      i32.and
      local.set 6
      local.get 0
      i32.const 1
      i32.and
      local.set 7
      i32.const 0
      local.set 8
      i32.const 9437448
      local.set 9
      loop ;; label = @2
        local.get 8
        local.get 0
        i32.mul
        local.set 10
        block ;; label = @3
          block ;; label = @4
            block ;; label = @5
              block ;; label = @6
                local.get 8
                i32.const 1
                i32.add
                local.tee 8
                local.get 0
                i32.mul
                local.tee 4
                local.get 10
                i32.lt_u
                local.get 4
                local.get 1
                i32.gt_u
                i32.or
                br_if 0 (;@6;)
                local.get 10
                i32.const 3
                i32.shl
                i32.const 9437440
                i32.add
                local.set 11
                i32.const 0
                local.set 12
                i32.const 5243144
                local.set 13
                br 1 (;@5;)
              end
              block ;; label = @6
                local.get 10
                local.get 1
                i32.lt_u
                br_if 0 (;@6;)
                local.get 10
                local.set 3
                br 2 (;@4;)
              end
              local.get 10
              local.get 4
              local.get 1
              call 9
              unreachable
            end
            loop ;; label = @5
              local.get 12
              local.tee 4
              local.get 10
              i32.add
              local.tee 3
              local.get 1
              i32.ge_u
              br_if 1 (;@4;)
              block ;; label = @6
                block ;; label = @7
                  block ;; label = @8
                    block ;; label = @9
                      local.get 4
                      i32.const 1
                      i32.add
                      local.tee 12
                      local.get 0
                      i32.mul
                      local.tee 2
                      local.get 4
                      local.get 0
                      i32.mul
                      local.tee 14
                      i32.lt_u
                      br_if 0 (;@9;)
                      local.get 2
                      local.get 1
                      i32.gt_u
                      br_if 0 (;@9;)
                      local.get 3
                      i32.const 3
                      i32.shl
                      f64.load offset=1048832
                      local.set 15
                      i32.const 0
                      local.set 3
                      local.get 0
                      i32.const 1
                      i32.eq
                      br_if 2 (;@7;)
                      i32.const 0
                      local.set 3
                      local.get 13
                      local.set 2
                      local.get 9
                      local.set 4
                      loop ;; label = @10
                        local.get 4
                        i32.const -8
                        i32.add
                        local.tee 16
                        local.get 16
                        f64.load
                        local.get 15
                        local.get 2
                        i32.const -8
                        i32.add
                        f64.load
                        f64.mul
                        f64.add
                        f64.store
                        local.get 4
                        local.get 4
                        f64.load
                        local.get 15
                        local.get 2
                        f64.load
                        f64.mul
                        f64.add
                        f64.store
                        local.get 2
                        i32.const 16
                        i32.add
                        local.set 2
                        local.get 4
                        i32.const 16
                        i32.add
                        local.set 4
                        local.get 6
                        local.get 3
                        i32.const 2
                        i32.add
                        local.tee 3
                        i32.ne
                        br_if 0 (;@10;)
                        br 2 (;@8;)
                      end
                    end
                    local.get 14
                    local.get 2
                    local.get 1
                    call 9
                    unreachable
                  end
                  local.get 7
                  i32.eqz
                  br_if 1 (;@6;)
                end
                local.get 11
                local.get 3
                i32.const 3
                i32.shl
                local.tee 4
                i32.add
                local.tee 2
                local.get 2
                f64.load
                local.get 15
                local.get 14
                i32.const 3
                i32.shl
                i32.const 5243136
                i32.add
                local.get 4
                i32.add
                f64.load
                f64.mul
                f64.add
                f64.store
              end
              local.get 13
              local.get 5
              i32.add
              local.set 13
              local.get 12
              local.get 0
              i32.eq
              br_if 2 (;@3;)
              br 0 (;@5;)
            end
          end
          local.get 3
          local.get 1
          call 1
          unreachable
        end
        local.get 9
        local.get 5
        i32.add
        local.set 9
        local.get 8
        local.get 0
        i32.ne
        br_if 0 (;@2;)
      end
      block ;; label = @2
        block ;; label = @3
          block ;; label = @4
            local.get 1
            i32.const 4
            i32.ge_u
            br_if 0 (;@4;)
            f64.const -0x0p+0 (;=-0;)
            local.set 15
            i32.const 0
            local.set 4
            br 1 (;@3;)
          end
          local.get 1
          i32.const 1
          i32.and
          local.set 3
          block ;; label = @4
            block ;; label = @5
              block ;; label = @6
                local.get 1
                i32.const -4
                i32.add
                i32.const 2
                i32.shr_u
                local.tee 4
                br_if 0 (;@6;)
                f64.const -0x0p+0 (;=-0;)
                local.set 15
                i32.const 0
                local.set 16
                br 1 (;@5;)
              end
              local.get 4
              i32.const 1
              i32.add
              local.tee 4
              i32.const 1
              i32.and
              local.set 6
              local.get 4
              i32.const 2147483646
              i32.and
              local.tee 2
              i32.const 2
              i32.shl
              local.set 16
              f64.const -0x0p+0 (;=-0;)
              local.set 15
              i32.const 1048832
              local.set 4
              loop ;; label = @6
                local.get 15
                local.get 4
                i32.const 8388608
                i32.add
                f64.load
                f64.add
                local.get 4
                i32.const 8388616
                i32.add
                f64.load
                f64.add
                local.get 4
                i32.const 8388624
                i32.add
                f64.load
                f64.add
                local.get 4
                i32.const 8388632
                i32.add
                f64.load
                f64.add
                local.get 4
                i32.const 8388640
                i32.add
                f64.load
                f64.add
                local.get 4
                i32.const 8388648
                i32.add
                f64.load
                f64.add
                local.get 4
                i32.const 8388656
                i32.add
                f64.load
                f64.add
                local.get 4
                i32.const 8388664
                i32.add
                f64.load
                f64.add
                local.set 15
                local.get 4
                i32.const 64
                i32.add
                local.set 4
                local.get 2
                i32.const -2
                i32.add
                local.tee 2
                br_if 0 (;@6;)
              end
              local.get 6
              i32.eqz
              br_if 1 (;@4;)
            end
            local.get 15
            local.get 16
            i32.const 3
            i32.shl
            local.tee 4
            f64.load offset=9437440
            f64.add
            local.get 4
            f64.load offset=9437448
            f64.add
            local.get 4
            f64.load offset=9437456
            f64.add
            local.get 4
            f64.load offset=9437464
            f64.add
            local.set 15
          end
          local.get 3
          i32.eqz
          br_if 1 (;@2;)
          local.get 1
          i32.const -4
          i32.and
          local.set 4
        end
        local.get 15
        local.get 4
        i32.const 3
        i32.shl
        f64.load offset=9437440
        f64.add
        local.set 15
      end
      local.get 15
      return
    end
    call 5
    unreachable
  )
  (func (;9;) (type 2) (param i32 i32 i32)
    call 13
    unreachable
  )
  (func (;10;) (type 3) (param i32) (result i64)
    (local i32 i32 i32 i64 i32 i32 i32 i32 i32 i32 i32 i32)
    block ;; label = @1
      local.get 0
      br_if 0 (;@1;)
      i64.const 0
      return
    end
    local.get 0
    i32.const -4
    i32.and
    local.set 1
    local.get 0
    i32.const 3
    i32.and
    local.set 2
    i32.const 0
    local.set 3
    i64.const 0
    local.set 4
    local.get 0
    i32.const 4
    i32.lt_u
    local.set 5
    loop ;; label = @1
      i32.const 0
      local.set 6
      loop ;; label = @2
        local.get 6
        local.get 3
        i32.xor
        local.set 7
        i32.const 0
        local.set 8
        block ;; label = @3
          block ;; label = @4
            local.get 5
            br_if 0 (;@4;)
            local.get 7
            i32.const 1
            i32.shl
            local.set 9
            local.get 7
            i32.const 2
            i32.shl
            local.set 10
            local.get 7
            i32.const 3
            i32.mul
            local.set 11
            i32.const 0
            local.set 8
            local.get 1
            local.set 12
            loop ;; label = @5
              local.get 4
              local.get 8
              i32.const 65532
              i32.and
              i64.extend_i32_u
              i64.add
              local.get 7
              local.get 8
              i32.add
              i32.const 65535
              i32.and
              i64.extend_i32_u
              i64.add
              local.get 9
              local.get 8
              i32.add
              i32.const 65534
              i32.and
              i64.extend_i32_u
              i64.add
              local.get 11
              local.get 8
              i32.add
              i32.const 65535
              i32.and
              i64.extend_i32_u
              i64.add
              local.set 4
              local.get 8
              local.get 10
              i32.add
              local.set 8
              local.get 12
              i32.const -4
              i32.add
              local.tee 12
              br_if 0 (;@5;)
            end
            local.get 1
            local.set 8
            local.get 2
            i32.eqz
            br_if 1 (;@3;)
          end
          local.get 8
          local.get 7
          i32.mul
          local.set 8
          local.get 2
          local.set 12
          loop ;; label = @4
            local.get 4
            local.get 8
            i32.const 65535
            i32.and
            i64.extend_i32_u
            i64.add
            local.set 4
            local.get 8
            local.get 7
            i32.add
            local.set 8
            local.get 12
            i32.const -1
            i32.add
            local.tee 12
            br_if 0 (;@4;)
          end
        end
        local.get 6
        i32.const 1
        i32.add
        local.tee 6
        local.get 0
        i32.ne
        br_if 0 (;@2;)
      end
      local.get 3
      i32.const 1
      i32.add
      local.tee 3
      local.get 0
      i32.ne
      br_if 0 (;@1;)
    end
    local.get 4
  )
  (func (;11;) (type 3) (param i32) (result i64)
    (local i32 i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    global.get 0
    i32.const 256
    i32.sub
    local.tee 1
    global.set 0
    block ;; label = @1
      block ;; label = @2
        local.get 0
        br_if 0 (;@2;)
        i64.const 4294967304
        local.set 2
        br 1 (;@1;)
      end
      local.get 1
      i32.const 4
      i32.add
      local.set 3
      local.get 1
      i32.const 64
      i32.add
      local.set 4
      i32.const 6
      local.set 5
      i32.const 5
      local.set 6
      i32.const 2
      local.set 7
      i32.const 0
      local.set 8
      i32.const 1
      local.set 9
      i32.const 3
      local.set 10
      i32.const 4
      local.set 11
      i32.const 7
      local.set 12
      i32.const 8
      local.set 13
      loop ;; label = @2
        local.get 4
        i32.const 0
        i32.const 192
        memory.fill
        local.get 3
        i64.const 0
        i64.store align=4
        local.get 3
        i64.const 0
        i64.store offset=8 align=4
        local.get 3
        i64.const 0
        i64.store offset=16 align=4
        local.get 3
        i64.const 0
        i64.store offset=24 align=4
        local.get 3
        i64.const 0
        i64.store offset=32 align=4
        local.get 3
        i64.const 0
        i64.store offset=40 align=4
        local.get 3
        i64.const 0
        i64.store offset=48 align=4
        local.get 3
        i32.const 0
        i32.store offset=56
        local.get 1
        local.get 8
        i32.const 16711935
        i32.and
        i32.const 8
        i32.rotr
        local.get 8
        i32.const 24
        i32.rotr
        i32.const 16711935
        i32.and
        i32.or
        local.tee 14
        i32.store
        i32.const 0
        local.set 15
        loop ;; label = @3
          local.get 1
          local.get 15
          i32.add
          local.tee 16
          i32.const 64
          i32.add
          local.get 16
          i32.const 36
          i32.add
          i32.load
          local.get 14
          i32.add
          local.get 16
          i32.const 56
          i32.add
          i32.load
          local.tee 14
          i32.const 15
          i32.rotl
          local.get 14
          i32.const 13
          i32.rotl
          i32.xor
          local.get 14
          i32.const 10
          i32.shr_u
          i32.xor
          i32.add
          local.get 16
          i32.const 4
          i32.add
          i32.load
          local.tee 16
          i32.const 25
          i32.rotl
          local.get 16
          i32.const 14
          i32.rotl
          i32.xor
          local.get 16
          i32.const 3
          i32.shr_u
          i32.xor
          i32.add
          i32.store
          local.get 16
          local.set 14
          local.get 15
          i32.const 4
          i32.add
          local.tee 15
          i32.const 192
          i32.ne
          br_if 0 (;@3;)
        end
        i32.const 0
        local.set 14
        local.get 9
        local.set 17
        local.get 6
        local.set 18
        local.get 13
        local.set 19
        local.get 12
        local.set 20
        local.get 7
        local.set 16
        local.get 10
        local.set 21
        local.get 11
        local.set 22
        local.get 5
        local.set 15
        loop ;; label = @3
          local.get 15
          local.set 23
          local.get 22
          local.set 24
          local.get 21
          local.tee 22
          local.get 16
          local.tee 21
          i32.xor
          local.get 17
          local.tee 16
          i32.and
          local.get 22
          local.get 21
          i32.and
          i32.xor
          local.get 16
          i32.const 30
          i32.rotl
          local.get 16
          i32.const 19
          i32.rotl
          i32.xor
          local.get 16
          i32.const 10
          i32.rotl
          i32.xor
          i32.add
          local.get 18
          local.tee 15
          i32.const 26
          i32.rotl
          local.get 15
          i32.const 21
          i32.rotl
          i32.xor
          local.get 15
          i32.const 7
          i32.rotl
          i32.xor
          local.get 19
          i32.add
          local.get 14
          i32.const 1048576
          i32.add
          i32.load
          i32.add
          local.get 23
          local.get 20
          local.tee 25
          i32.xor
          local.get 15
          i32.and
          local.get 25
          i32.xor
          i32.add
          local.get 1
          local.get 14
          i32.add
          i32.load
          i32.add
          local.tee 18
          i32.add
          local.set 17
          local.get 18
          local.get 24
          i32.add
          local.set 18
          local.get 25
          local.set 19
          local.get 23
          local.set 20
          local.get 14
          i32.const 4
          i32.add
          local.tee 14
          i32.const 256
          i32.ne
          br_if 0 (;@3;)
        end
        local.get 25
        local.get 13
        i32.add
        local.set 13
        local.get 23
        local.get 12
        i32.add
        local.set 12
        local.get 15
        local.get 5
        i32.add
        local.set 5
        local.get 18
        local.get 6
        i32.add
        local.set 6
        local.get 22
        local.get 11
        i32.add
        local.set 11
        local.get 21
        local.get 10
        i32.add
        local.set 10
        local.get 16
        local.get 7
        i32.add
        local.set 7
        local.get 17
        local.get 9
        i32.add
        local.set 9
        local.get 8
        i32.const 1
        i32.add
        local.tee 8
        local.get 0
        i32.ne
        br_if 0 (;@2;)
      end
      local.get 9
      i64.extend_i32_u
      i64.const 32
      i64.shl
      local.get 13
      i64.extend_i32_u
      i64.or
      local.set 2
    end
    local.get 1
    i32.const 256
    i32.add
    global.set 0
    local.get 2
  )
  (func (;12;) (type 3) (param i32) (result i64)
    (local i32 i64 i32 i32)
    block ;; label = @1
      local.get 0
      i32.const 1
      i32.add
      local.tee 1
      i32.const 16777217
      i32.ge_u
      br_if 0 (;@1;)
      block ;; label = @2
        block ;; label = @3
          local.get 1
          i32.eqz
          br_if 0 (;@3;)
          block ;; label = @4
            local.get 1
            i32.eqz
            br_if 0 (;@4;)
            i32.const 1048832
            i32.const 0
            local.get 1
            memory.fill
          end
          i64.const 0
          local.set 2
          local.get 0
          i32.const 2
          i32.lt_u
          br_if 1 (;@2;)
        end
        i32.const 2
        local.set 3
        i64.const 0
        local.set 2
        loop ;; label = @3
          block ;; label = @4
            block ;; label = @5
              local.get 3
              local.get 1
              i32.ge_u
              br_if 0 (;@5;)
              local.get 3
              i32.load8_u offset=1048832
              br_if 1 (;@4;)
              local.get 2
              i64.const 1
              i64.add
              local.set 2
              local.get 3
              local.get 3
              i32.mul
              local.tee 4
              local.get 0
              i32.gt_u
              br_if 1 (;@4;)
              block ;; label = @6
                loop ;; label = @7
                  local.get 4
                  local.get 1
                  i32.ge_u
                  br_if 1 (;@6;)
                  local.get 4
                  i32.const 1048832
                  i32.add
                  i32.const 1
                  i32.store8
                  local.get 4
                  local.get 3
                  i32.add
                  local.tee 4
                  local.get 0
                  i32.gt_u
                  br_if 3 (;@4;)
                  br 0 (;@7;)
                end
              end
              local.get 4
              local.get 1
              call 1
              unreachable
            end
            local.get 3
            local.get 1
            call 1
            unreachable
          end
          local.get 3
          local.get 0
          i32.ge_u
          br_if 1 (;@2;)
          local.get 3
          local.get 3
          local.get 0
          i32.lt_u
          i32.add
          local.tee 3
          local.get 0
          i32.le_u
          br_if 0 (;@3;)
        end
      end
      local.get 2
      return
    end
    call 5
    unreachable
  )
  (func (;13;) (type 4)
    unreachable
  )
  (data (;0;) (i32.const 1048576) "\98/\8aBI\d4\b3[\e7\9aY\10{\ca\cc\81m,\bd\f4\b4\991r\f8\c8\9e\83\8e7\0aK\7f\df\d6Iy\c3~\03_L\08\02\ed\a4>^(\fd-z\c7!\08J\d69U\1b_\f8=\af@\d9\a3r^\e0\bb\e1!\83#\18\cd\83\9f\03A\19\a1\bd\f9\c3L\ccOR5R5\ae\bc{@\a2-\df-\97\fb;\c1\14\13\a4\e9\b2r\09\8c\9f\ec\fc\a8\9c\10f\ac\88\9c\c3\08\d6\c1\c0\86\c5\e0\cf\a0\98\88\1b\e4\fa\f5#\0b$\a5\bf\b2\e3\91\17\9d,\bb\07T0;L\cd\7f\d2\e8.\07\far\1e#&\9b\8f\acm[\b2>\1eb\e3k\cav\a0T\b4\16\02\97\0e\dd\16\b2\e2i#\c8\a025~F\99\96\85\c3\1e\aa\b4\8d\f6\e7\f7\e3.\a8\e2j\00\7f\1d 1\cf\e2o\dd`C\0ey\12=W*\cb\e9\0d\bd4p\b9\ce?Rm\c7\e5\9f\f8\1b\91\15\ac\8a!'WW")
)
