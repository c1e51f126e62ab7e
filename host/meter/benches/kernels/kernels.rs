//! The kernels, as `rustc -O3` has them of anybody's code. Each takes how much to do and returns a checksum.
//!
//! kernels.wat was made of it by rustc 1.95 and wasmprinter 0.254 (rustc -C opt-level=3 -C panic=abort -C lto=fat
//! -C strip=symbols --crate-type cdylib --edition 2024 --target wasm32-unknown-unknown kernels.rs). Without std, so that
//! the text holds the kernels and not the formatting of panics.
#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

const ROOM: usize = 1 << 24;
static mut ARENA: [u64; ROOM / 8] = [0; ROOM / 8];

/// Room for `count` numbers, zero or left by a kernel before. One at a time, and no kernel runs beside another.
fn room<T: Copy>(first: usize, count: usize, zero: T) -> &'static mut [T] {
    assert!(first + count * size_of::<T>() <= ROOM);
    // SAFETY: inside the arena, which nothing else refers to; numbers of any bits are valid.
    let room = unsafe {
        let start = (&raw mut ARENA).cast::<u8>().add(first).cast::<T>();
        core::slice::from_raw_parts_mut(start, count)
    };
    room.fill(zero);
    room
}

#[unsafe(no_mangle)]
pub extern "C" fn nested(n: u32) -> u64 {
    let mut sum = 0_u64;
    for a in 0..n {
        for b in 0..n {
            for c in 0..n {
                sum = sum.wrapping_add(u64::from((a ^ b).wrapping_mul(c) & 0xffff));
            }
        }
    }
    sum
}

const K: [u32; 64] = constants();

const fn constants() -> [u32; 64] {
    // Not SHA-256's own: nobody compares digests.
    let mut k = [0_u32; 64];
    let (mut i, mut x) = (0, 0x428a_2f98_u32);
    while i < 64 {
        k[i] = x;
        x = x.wrapping_mul(0x9e37_79b1) ^ (x >> 13);
        i += 1;
    }
    k
}

fn block(state: &mut [u32; 8], bytes: &[u8; 64]) {
    let mut w = [0_u32; 64];
    for (word, chunk) in w.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
    }
    for i in 16..64 {
        let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
        let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for i in 0..64 {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let t1 = h.wrapping_add(s1).wrapping_add((e & f) ^ (!e & g)).wrapping_add(K[i]).wrapping_add(w[i]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d.wrapping_add(t1);
        d = c;
        c = b;
        b = a;
        a = t1.wrapping_add(t2);
    }
    for (old, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *old = old.wrapping_add(new);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn sha256(blocks: u32) -> u64 {
    let mut state = [1, 2, 3, 4, 5, 6, 7, 8];
    let mut bytes = [0_u8; 64];
    for i in 0..blocks {
        bytes[..4].copy_from_slice(&i.to_le_bytes());
        block(&mut state, &bytes);
    }
    u64::from(state[0]) << 32 | u64::from(state[7])
}

fn sift(values: &mut [u32], mut root: usize, end: usize) {
    loop {
        let mut child = 2 * root + 1;
        if child >= end {
            break;
        }
        if child + 1 < end && values[child] < values[child + 1] {
            child += 1;
        }
        if values[root] >= values[child] {
            break;
        }
        values.swap(root, child);
        root = child;
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn heapsort(n: u32) -> u64 {
    let mut x = 12345_u32;
    let values = room(0, n as usize, 0_u32);
    for value in values.iter_mut() {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        *value = x;
    }
    let len = values.len();
    for root in (0..len / 2).rev() {
        sift(values, root, len);
    }
    for end in (1..len).rev() {
        values.swap(0, end);
        sift(values, 0, end);
    }
    values.iter().fold(0, |sum, value| u64::wrapping_add(sum.wrapping_mul(31), (*value).into()))
}

#[unsafe(no_mangle)]
pub extern "C" fn matmul(n: u32) -> f64 {
    let n = n as usize;
    let (a, b) = (room(0, n * n, 0.0), room(1 << 22, n * n, 0.0));
    let c = room(1 << 23, n * n, 0.0);
    for (i, (a, b)) in a.iter_mut().zip(b.iter_mut()).enumerate() {
        *a = (i % 17) as f64 * 0.25 - 1.0;
        *b = (i % 13) as f64 * 0.5 - 2.0;
    }
    for i in 0..n {
        for j in 0..n {
            // Four accumulators, as one writes it for speed.
            let mut sums = [0.0; 4];
            for k in (0..n / 4 * 4).step_by(4) {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    *sum += a[i * n + k + lane] * b[j * n + k + lane];
                }
            }
            c[i * n + j] = sums[0] + sums[1] + sums[2] + sums[3];
        }
    }
    c.iter().sum()
}

/// The other order of loops: each sum is stored as soon as it is made.
#[unsafe(no_mangle)]
pub extern "C" fn matmul_rows(n: u32) -> f64 {
    let n = n as usize;
    let (a, b) = (room(0, n * n, 0.0), room(1 << 22, n * n, 0.0));
    let c = room(1 << 23, n * n, 0.0);
    for (i, (a, b)) in a.iter_mut().zip(b.iter_mut()).enumerate() {
        *a = (i % 17) as f64 * 0.25 - 1.0;
        *b = (i % 13) as f64 * 0.5 - 2.0;
    }
    for i in 0..n {
        for k in 0..n {
            let factor = a[i * n + k];
            let (row, other) = (&mut c[i * n..(i + 1) * n], &b[k * n..(k + 1) * n]);
            for (sum, value) in row.iter_mut().zip(other) {
                *sum += factor * value;
            }
        }
    }
    c.iter().sum()
}

#[unsafe(no_mangle)]
pub extern "C" fn fib(n: u32) -> u64 {
    if n < 2 { n.into() } else { fib(n - 1) + fib(n - 2) }
}

#[derive(Clone, Copy)]
enum Op {
    Push(i64),
    Add,
    Mul,
    Xor,
    Load(usize),
    Store(usize),
    JumpIfLess(usize, i64),
    Halt,
}

#[inline(never)]
fn run(program: &[Op], slots: &mut [i64; 8]) -> i64 {
    let mut stack = [0_i64; 64];
    let (mut top, mut at) = (0, 0);
    loop {
        match program[at] {
            Op::Push(value) => {
                stack[top & 63] = value;
                top += 1;
            }
            Op::Add => {
                top -= 1;
                stack[(top - 1) & 63] = stack[(top - 1) & 63].wrapping_add(stack[top & 63]);
            }
            Op::Mul => {
                top -= 1;
                stack[(top - 1) & 63] = stack[(top - 1) & 63].wrapping_mul(stack[top & 63]);
            }
            Op::Xor => {
                top -= 1;
                stack[(top - 1) & 63] ^= stack[top & 63];
            }
            Op::Load(slot) => {
                stack[top & 63] = slots[slot & 7];
                top += 1;
            }
            Op::Store(slot) => {
                top -= 1;
                slots[slot & 7] = stack[top & 63];
            }
            Op::JumpIfLess(target, limit) => {
                top -= 1;
                if stack[top & 63] < limit {
                    at = target;
                    continue;
                }
            }
            Op::Halt => return slots[1],
        }
        at += 1;
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn interpreter(rounds: u32) -> u64 {
    let program = [
        Op::Load(0),
        Op::Push(1),
        Op::Add,
        Op::Store(0),
        Op::Load(1),
        Op::Push(31),
        Op::Mul,
        Op::Load(0),
        Op::Xor,
        Op::Store(1),
        Op::Load(0),
        Op::JumpIfLess(0, rounds.into()),
        Op::Halt,
    ];
    run(&program, &mut [0; 8]).cast_unsigned()
}

#[unsafe(no_mangle)]
pub extern "C" fn sieve(n: u32) -> u64 {
    let n = n as usize;
    let composite = room(0, n + 1, false);
    let mut count = 0;
    for i in 2..=n {
        if !composite[i] {
            count += 1;
            let mut j = i * i;
            while j <= n {
                composite[j] = true;
                j += i;
            }
        }
    }
    count
}
