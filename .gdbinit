# gdb reads this when it is told to: gdb -x .gdbinit build/debug/sdxl
# `step` goes from layer to layer: what a layer is written with is stepped over.
skip -rfunction ^(tensor|std|__gnu_cxx|nn::Parameter|nn::ModuleList<.*>)::
skip -rfunction ^nn::(Module::path|active_observers)
set breakpoint pending on
set pagination off
# No scheduler-locking: it hangs where a kernel's threads wait for each other.
# Threads that wait in a kernel sleep, and leave the processor to the one that is looked at.
set environment OMP_WAIT_POLICY passive
if $_isvoid($_streq)
  echo .gdbinit: this gdb was built without Python: tensors stay raw fields, and the commands at,\n
  echo layers and tensor-... are missing. On Debian and Ubuntu the package gdb has it, gdb-minimal has not.\n
else
  source docs/debugging/in_gdb.py
end
