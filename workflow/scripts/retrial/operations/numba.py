"""The very same loops as in naive.py, compiled by Numba when they are first called.

Without fastmath and without parallel: every multiplication and addition is done as written, one after the other.
"""

from types import FunctionType

import numba

from retrial.operations import naive

# Where one function calls another, it finds the compiled one here.
_NAMESPACE = dict(vars(naive))
for _name, _function in vars(naive).items():
    if isinstance(_function, FunctionType):
        _loops = FunctionType(_function.__code__, _NAMESPACE, _name)
        _NAMESPACE[_name] = globals()[_name] = numba.njit(_loops, cache=True)
