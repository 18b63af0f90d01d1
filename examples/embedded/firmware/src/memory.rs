//! Copying, filling and comparing memory byte by byte.
//!
//! The compiler calls these by name. Those it brings along are quick and 2.7 kilobytes long; these are slow, at some five
//! cycles a byte, and take 90 bytes. What links this file has them, since those of the compiler give way.

#![expect(unsafe_code, reason = "the compiler has no other way to be told")]

use core::arch::global_asm;

// Thumb code that every Cortex-M has. Arguments come in r0, r1 and r2, and r3 and r12 are free.
global_asm!(
    ".macro entry names:vararg",
    ".irp name, \\names",
    ".global \\name",
    ".type \\name, %function",
    ".thumb_func",
    "\\name:",
    ".endr",
    ".endm",
    ".section .text.memory, \"ax\", %progbits",
    ".syntax unified",
    ".thumb",
    // To above its source, or to elsewhere: from the last byte on.
    "entry memmove, __aeabi_memmove, __aeabi_memmove4, __aeabi_memmove8",
    "cmp r0, r1",
    "bls 3f",
    "entry memcpy, __aeabi_memcpy, __aeabi_memcpy4, __aeabi_memcpy8",
    "1: subs r2, #1",
    "bcc 2f",
    "ldrb r3, [r1, r2]",
    "strb r3, [r0, r2]",
    "b 1b",
    "2: bx lr",
    // To below its source: from the first byte on.
    "3: mov r12, r0",
    "4: subs r2, #1",
    "bcc 5f",
    "ldrb r3, [r1]",
    "strb r3, [r0]",
    "adds r0, #1",
    "adds r1, #1",
    "b 4b",
    "5: mov r0, r12",
    "bx lr",
    // The length comes second here, and the byte third, or is zero.
    "entry __aeabi_memclr, __aeabi_memclr4, __aeabi_memclr8",
    "movs r2, #0",
    "entry __aeabi_memset, __aeabi_memset4, __aeabi_memset8",
    "mov r3, r1",
    "mov r1, r2",
    "mov r2, r3",
    "entry memset",
    "6: subs r2, #1",
    "bcc 7f",
    "strb r1, [r0, r2]",
    "b 6b",
    "7: bx lr",
    // The difference of the first bytes that differ, or zero.
    "entry memcmp",
    "mov r12, r4",
    "movs r3, #0",
    "8: subs r2, #1",
    "bcc 9f",
    "ldrb r3, [r0]",
    "ldrb r4, [r1]",
    "adds r0, #1",
    "adds r1, #1",
    "subs r3, r3, r4",
    "beq 8b",
    "9: mov r4, r12",
    "mov r0, r3",
    "bx lr",
    ".purgem entry",
);
