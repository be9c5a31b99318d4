"""How numba's intermediate code becomes LLVM's: in a third of the lines that numba writes, for LLVM to optimise.

numba writes each access to an array as if the array might be anything: it stores the array's nine numbers in memory
and loads them one by one, some 25 lines for an element. LLVM finds out that nothing of it is needed, which takes long.
Here an element of an array of numbers is the seven lines that are left in the end, and a variable that is assigned once
is a value and no place in memory. The machine code is the same.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from numba import types
from numba.core import analysis, compiler, compiler_machinery, ir, lowering, transforms, typed_passes, untyped_passes

_types: Any = types
_Lower: Any = lowering.Lower
_Lowering: Any = typed_passes.BaseNativeLowering
_PassManager: Any = compiler_machinery.PassManager
_pass: Any = compiler_machinery.register_pass
_DATA, _SHAPE, _STRIDES = 4, 5, 6  # positions in the struct of an array: `numba.np.arrayobj.ArrayModel`


class _Compact(_Lower):  # type: ignore[misc]
    """Writes LLVM's code for one function."""

    def _find_singly_assigned_variable(self) -> None:
        """Choose the variables that need no place in memory: assigned once, and before they are used on any way."""
        self._values: dict[str, Any] = {}
        self._valued: set[str] = set()
        self._singly_assigned_vars: set[str] = set()
        self._blk_local_varmap: dict[str, Any] = {}
        if self.func_ir.func_id.is_generator:
            return
        found = analysis.compute_use_defs(self.blocks)  # type: ignore[no-untyped-call]
        assigned = [
            (place, one.target.name) for place, block in self.blocks.items() for one in block.find_insts(ir.Assign)
        ]
        times = Counter(name for _, name in assigned)
        used: dict[str, list[int]] = {}
        for place, names in found.usemap.items():  # where names are used that were not assigned in the same block
            for name in names:
                used.setdefault(name, []).append(place)
        before = analysis.compute_cfg_from_blocks(self.blocks).dominators()  # type: ignore[no-untyped-call]
        for place, name in assigned:
            others = used.get(name, ())
            if times[name] == 1 and not others:
                self._singly_assigned_vars.add(name)
            elif (
                times[name] == 1
                and all(place < other and place in before[other] for other in others)  # written in this order
                and not self._is_counted(self.typeof(name))
            ):
                self._valued.add(name)

    def _is_counted(self, kind: Any) -> bool:
        """Whether references to such a value are counted, which needs a place for the end of its life."""
        return bool(self.context.enable_nrt and self.context.data_model_manager[kind].contains_nrt_meminfo())

    def _alloca_var(self, name: str, fetype: Any) -> None:
        if name not in self._valued:
            super()._alloca_var(name, fetype)

    def loadvar(self, name: str) -> Any:
        """The value of a variable."""
        value = self._values.get(name)
        return super().loadvar(name) if value is None else value

    def storevar(self, value: Any, name: str, argidx: int | None = None) -> None:
        """Give a variable its value."""
        if name in self._valued:
            self._values[name] = value
        else:
            super().storevar(value, name, argidx)

    def delvar(self, name: str) -> None:
        """End the life of a variable."""
        if name not in self._valued:
            super().delvar(name)

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        """An element of an array; other items are left to numba."""
        place = self._place(value, index)
        if place is None:
            return super().lower_getitem(resty, expr, value, index, signature)
        kind = signature.args[0]
        align = None if kind.aligned else 1
        item = self.context.unpack_value(self.builder, kind.dtype, place, align=align)
        return self.context.cast(self.builder, item, kind.dtype, resty)

    def lower_setitem(self, target_var: Any, index_var: Any, value_var: Any, signature: Any) -> None:
        """Set an element of an array; other items are left to numba."""
        kind = self.typeof(value_var.name)
        number = isinstance(kind, (_types.Number, _types.Boolean))
        place = self._place(target_var, index_var) if number else None
        if place is None:
            super().lower_setitem(target_var, index_var, value_var, signature)
            return
        array, _, cast = signature.args
        item = self.context.cast(self.builder, self.loadvar(value_var.name), kind, cast)
        item = self.context.cast(self.builder, item, cast, array.dtype)
        self.context.pack_value(self.builder, array.dtype, item, place, align=None if array.aligned else 1)

    def _place(self, array_var: Any, index_var: Any) -> Any:
        """The pointer to an element, None where something else than one number is asked for."""
        kind, index = self.typeof(array_var.name), self.typeof(index_var.name)
        tuples = isinstance(index, _types.BaseTuple)
        indices = tuple(index) if tuples else (index,)
        if not _has_numbers(kind) or len(indices) != kind.ndim or self.flags.boundscheck:
            return None
        if kind.layout not in "CA" or not all(isinstance(one, _types.Integer) for one in indices):
            return None
        array, value = self.loadvar(array_var.name), self.loadvar(index_var.name)
        values = [self.builder.extract_value(value, i) for i in range(len(indices))] if tuples else [value]
        shape = self.builder.extract_value(array, _SHAPE)
        sizes = [self.builder.extract_value(shape, i) for i in range(kind.ndim)]
        at = [self._wrapped(*one) for one in zip(values, indices, sizes, strict=True)]
        data = self.builder.extract_value(array, _DATA)
        return self._element(data, at, sizes) if kind.layout == "C" else self._strided(array, data, at)

    def _wrapped(self, value: Any, kind: Any, size: Any) -> Any:
        """An index as a 64-bit number from 0 on: negative ones count from the end."""
        if not kind.signed:
            return self.context.cast(self.builder, value, kind, _types.uintp)
        value = self.context.cast(self.builder, value, kind, _types.intp)
        if isinstance(kind, _types.IntegerLiteral) and kind.literal_value >= 0:
            return value
        below = self.builder.icmp_signed("<", value, value.type(0))
        return self.builder.select(below, self.builder.add(value, size), value)

    def _element(self, data: Any, at: list[Any], sizes: list[Any]) -> Any:
        """Where an element of an array without gaps is."""
        whole = at[0]
        for index, size in zip(at[1:], sizes[1:], strict=True):
            whole = self.builder.add(self.builder.mul(whole, size), index)
        return self.builder.gep(data, [whole])

    def _strided(self, array: Any, data: Any, at: list[Any]) -> Any:
        """Where an element of a view is."""
        strides = self.builder.extract_value(array, _STRIDES)
        steps = [self.builder.mul(index, self.builder.extract_value(strides, i)) for i, index in enumerate(at)]
        whole = steps[0]
        for step in steps[1:]:
            whole = self.builder.add(whole, step)
        byte = self.builder.bitcast(data, self.context.get_value_type(_types.voidptr))
        return self.builder.bitcast(self.builder.gep(byte, [whole]), data.type)

    def lower_expr(self, resty: Any, expr: Any) -> Any:
        """The value of an expression: here the shape of an array."""
        if expr.op == "getattr" and expr.attr == "shape" and _has_numbers(self.typeof(expr.value.name)):
            return self.builder.extract_value(self.loadvar(expr.value.name), _SHAPE)
        return super().lower_expr(resty, expr)

    def _lower_call_normal(self, fnty: Any, expr: Any, signature: Any) -> Any:
        if getattr(fnty, "typing_key", None) is len and _has_numbers(self.typeof(expr.args[0].name)):
            shape = self.builder.extract_value(self.loadvar(expr.args[0].name), _SHAPE)
            return self.builder.extract_value(shape, 0)
        return super()._lower_call_normal(fnty, expr, signature)


def _has_numbers(kind: Any) -> bool:
    return isinstance(kind, _types.Array) and isinstance(kind.dtype, (_types.Number, _types.Boolean)) and kind.ndim > 0


@_pass(mutates_CFG=True, analysis_only=False)
class _CompactLowering(_Lowering):  # type: ignore[misc]
    _name = "dedup_lowering"

    @property
    def lowering_class(self) -> Any:
        return _Compact


class _Passes(_PassManager):  # type: ignore[misc]
    """Runs passes one after the other.

    numba works out anew where each variable lives after every pass; what needs to know that works it out itself.
    """

    def _runPass(self, index: int, pss: Any, internal_state: Any) -> None:  # noqa: N802
        pss.analysis = self._analysis
        changed = False
        for step in (pss.run_initialization, pss.run_pass, pss.run_finalizer):
            changed |= step(internal_state)
        if changed:
            internal_state.func_ir.blocks = transforms.canonicalize_cfg(internal_state.func_ir.blocks)  # type: ignore[no-untyped-call]


def passes(state: Any) -> Any:
    """Return numba's passes without those that look for what functions of this project do not have."""
    builder: Any = compiler.DefaultPassBuilder
    manager = _Passes("dedup")
    code = state.func_id.func.__code__
    left_out = set(_NEVER) if any(isinstance(one, type(code)) for one in code.co_consts) else {*_NEVER, *_CLOSURES}
    for one, name in builder.define_nopython_pipeline(state).passes:
        if one is typed_passes.NativeLowering:
            manager.add_pass(_CompactLowering, name)
        elif one not in left_out:
            manager.add_pass(one, name)
    manager.finalize()
    return manager


_CLOSURES = (untyped_passes.InlineClosureLikes, untyped_passes.MakeFunctionToJitFunction)
_NEVER = (
    untyped_passes.WithLifting,
    untyped_passes.InlineInlinables,
    untyped_passes.FindLiterallyCalls,
    untyped_passes.LiteralUnroll,
    untyped_passes.LiteralPropagationSubPipelinePass,
    typed_passes.InlineOverloads,
    typed_passes.AnnotateTypes,
)
