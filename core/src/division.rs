//! Division of 64 bits, where the processor has none.

/// Whether the processor is a chip's that divides 32 bits at most.
const CHIP: bool = cfg!(any(xray_small, target_arch = "arm", target_arch = "riscv32"));

/// `n` divided by `by`, which is not zero, and what is left.
///
/// All that is divided here is divided by 32 bits at most. Bit by bit that is done in 80 bytes of code; what the compiler
/// brings along for a chip is a kilobyte, and not quick either.
#[inline]
pub(crate) const fn divided(n: u64, by: u32) -> (u64, u32) {
    if CHIP {
        return bit_by_bit(n, by);
    }
    (n / by as u64, (n % by as u64) as u32)
}

#[inline(never)]
const fn bit_by_bit(n: u64, by: u32) -> (u64, u32) {
    let (mut quotient, mut rest) = (n, 0_u32);
    let mut bits = 0;
    while bits < u64::BITS {
        // The bits of `n` leave at the top into the rest, and those of the quotient come in below.
        let carried = rest >> 31 != 0;
        rest = rest << 1 | (quotient >> 63) as u32;
        quotient <<= 1;
        if carried || rest >= by {
            rest = rest.wrapping_sub(by);
            quotient |= 1;
        }
        bits += 1;
    }
    (quotient, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRng;

    #[test]
    fn bit_by_bit_it_comes_to_the_same() {
        let mut rng = SeededRng::new(1);
        let numbers = [0, 1, 999_999, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX / 2 + 1, u64::MAX];
        for by in [1, 2, 10, 1_000_000, 1_000_000_000, u32::MAX / 2 + 1, u32::MAX] {
            for n in (0..100).map(|_| rng.next_u64()).chain(numbers) {
                assert_eq!(bit_by_bit(n, by), (n / u64::from(by), (n % u64::from(by)) as u32), "{n} by {by}");
            }
        }
    }
}
