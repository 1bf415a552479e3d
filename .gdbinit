# gdb reads this when it is told to: gdb -x .gdbinit build/debug/sdxl
source docs/debugging/tensor_printer.py
# `step` goes from layer to layer: tensors' own code and the standard library's are stepped over.
skip -gfi */tensor/*
skip -gfi /usr/include/*
set breakpoint pending on
set pagination off
# No scheduler-locking: it hangs where a kernel's threads wait for each other.
