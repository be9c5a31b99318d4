"""What all compiled code stands on: decorators, machine instructions, hashes and names for array types.

Every stage may import this package, and this package imports no stage. `decorators` says how functions are compiled,
`intrinsics` has the instructions that numba has no name for, `hashing` the hashes that decide what is stored, `arrays`
the names of array types. `private_numba` and `private_lowering` alone touch what numba does not document.
"""
