"""Machine instructions that numba has no name for: unaligned loads, wide multiplication, bit scans, byte-block masks.

They are written as LLVM vector operations, which every target compiles; only the speed differs. Sources: the LLVM
language reference (vector `icmp`, `llvm.cttz`, `llvm.ctpop`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic as _intrinsic

from dedup.compiled.decorators import Address, Bits, Int, helper

intrinsic: Callable[[Any], Any] = _intrinsic  # its types are those of the generator, not of the function it makes

BLOCK = 64  # bytes in a block: one AVX-512 register, and one bit a byte in a 64-bit mask

_BYTE, _HALF, _WORD, _WIDE = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.IntType(128)
_VECTOR = ir.VectorType(_BYTE, BLOCK)


def _pointer(builder: Any, address: Any, kind: Any) -> Any:
    return builder.inttoptr(address, kind.as_pointer())


@intrinsic
def address_of(typing: Any, array: Any) -> Any:
    """Address of the first byte of an array, as int64; the caller keeps the array alive.

    Helpers take addresses, because an array argument costs an atomic reference count at every call.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(data, _WORD)

    return types.int64(array), generate


@intrinsic
def load8(typing: Any, address: Any) -> Any:
    """The byte at an address, as int64 0..255."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.zext(builder.load(_pointer(builder, args[0], _BYTE)), _WORD)

    return types.int64(types.int64), generate


@intrinsic
def store8(typing: Any, address: Any, value: Any) -> Any:
    """Write the low byte of an int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(builder.trunc(args[1], _BYTE), _pointer(builder, args[0], _BYTE))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def load32(typing: Any, address: Any) -> Any:
    """The int32 at an address, as int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.sext(builder.load(_pointer(builder, args[0], _HALF), align=1), _WORD)

    return types.int64(types.int64), generate


@intrinsic
def store32(typing: Any, address: Any, value: Any) -> Any:
    """Write the low half of an int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(builder.trunc(args[1], _HALF), _pointer(builder, args[0], _HALF), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def load64(typing: Any, address: Any) -> Any:
    """Eight bytes from any address on, little-endian, as uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_pointer(builder, args[0], _WORD), align=1)

    return types.uint64(types.int64), generate


@intrinsic
def prefetch(typing: Any, address: Any) -> Any:
    """Ask for the cache line at an int64 address, which need not be readable."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), (byte, number, number, number))
        asked = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        read, keep, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(asked, (builder.inttoptr(args[0], byte), read, keep, data))
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def multiply_fold(typing: Any, left: Any, right: Any) -> Any:
    """Low half XOR high half of the 128-bit product of two uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        product = builder.mul(builder.zext(args[0], _WIDE), builder.zext(args[1], _WIDE))
        high = builder.trunc(builder.lshr(product, ir.Constant(_WIDE, 64)), _WORD)
        return builder.xor(builder.trunc(product, _WORD), high)

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def lowest_bit(typing: Any, mask: Any) -> Any:
    """Index of the lowest set bit of a uint64, 64 for zero."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


@intrinsic
def bit_count(typing: Any, mask: Any) -> Any:
    """Number of set bits of a uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


def _splat(value: int) -> Any:
    return ir.Constant(_VECTOR, [value] * BLOCK)


def _mask(builder: Any, bits: Any) -> Any:
    return builder.bitcast(bits, _WORD)


def _range(builder: Any, block: Any, low: int, high: int) -> Any:
    return builder.icmp_unsigned("<", builder.sub(block, _splat(low)), _splat(high - low + 1))


def _equal(builder: Any, block: Any, value: str) -> Any:
    return builder.icmp_unsigned("==", block, _splat(ord(value)))


def _masks_type() -> Any:
    masks: Any = types.UniTuple
    return masks(types.uint64, 5)(types.int64)


@intrinsic
def word_masks(typing: Any, address: Any) -> Any:
    """Bit masks of the 64 bytes from an address on: ASCII letters and digits, digits, `'`, `.` or `,`, above ASCII."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.load(_pointer(builder, args[0], _VECTOR), align=1)
        digit = _range(builder, block, 0x30, 0x39)
        letter = _range(builder, builder.or_(block, _splat(0x20)), 0x61, 0x7A)
        apostrophe = _equal(builder, block, "'")
        point = builder.or_(_equal(builder, block, "."), _equal(builder, block, ","))
        above = builder.icmp_signed("<", block, _splat(0))
        masks = [builder.or_(digit, letter), digit, apostrophe, point, above]
        return context.make_tuple(builder, signature.return_type, [_mask(builder, m) for m in masks])

    return _masks_type(), generate


@intrinsic
def markup_marks(typing: Any, address: Any) -> Any:
    """Bit mask of the `<` and `&` among the 64 bytes from an address on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.load(_pointer(builder, args[0], _VECTOR), align=1)
        return _mask(builder, builder.or_(_equal(builder, block, "<"), _equal(builder, block, "&")))

    return types.uint64(types.int64), generate


@intrinsic
def escape_marks(typing: Any, address: Any) -> Any:
    """Bit mask of the `<`, `&`, `%`, `*` and `=` among the 64 bytes from an address on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.load(_pointer(builder, args[0], _VECTOR), align=1)
        found = _equal(builder, block, "<")
        for sign in "&%*=":
            found = builder.or_(found, _equal(builder, block, sign))
        return _mask(builder, found)

    return types.uint64(types.int64), generate


@intrinsic
def above_ascii(typing: Any, address: Any) -> Any:
    """Bit mask of the bytes above ASCII among the 64 from an address on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.load(_pointer(builder, args[0], _VECTOR), align=1)
        return _mask(builder, builder.icmp_signed("<", block, _splat(0)))

    return types.uint64(types.int64), generate


@intrinsic
def line_feeds(typing: Any, address: Any) -> Any:
    """Bit mask of the line feeds among the 64 bytes from an address on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.load(_pointer(builder, args[0], _VECTOR), align=1)
        return _mask(builder, _equal(builder, block, "\n"))

    return types.uint64(types.int64), generate


@intrinsic
def copy_block(typing: Any, source: Any, target: Any) -> Any:
    """Copy the 64 bytes at `source` to `target`; bit masks of the special ones and those above ASCII.

    Special are those that end a plain stretch of a JSON string: a quote, a backslash, a control character.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = builder.load(_pointer(builder, args[0], _VECTOR), align=1)
        builder.store(block, _pointer(builder, args[1], _VECTOR), align=1)
        control = builder.icmp_unsigned("<", block, _splat(0x20))
        stop = builder.or_(builder.or_(_equal(builder, block, '"'), _equal(builder, block, "\\")), control)
        above = builder.icmp_signed("<", block, _splat(0))
        masks = [_mask(builder, stop), _mask(builder, above)]
        return context.make_tuple(builder, signature.return_type, masks)

    pair: Any = types.UniTuple
    return pair(types.uint64, 2)(types.int64, types.int64), generate


@helper
def find_sorted(array: Address, count: Int, value: Bits) -> bool:
    """Whether `count` sorted uint64 at an address hold a value."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if load64(array + 8 * middle) < value:
            low = middle + 1
        else:
            high = middle
    return low < count and bool(load64(array + 8 * low) == value)
