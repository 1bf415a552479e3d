# Usage: gdb -x .gdbinit build/debug/sdxl
# `step` goes from layer to layer and steps over tensors, parameters and the standard library.
skip -rfunction ^(tensor|std|__gnu_cxx|nn::Parameter|nn::ModuleList<.*>)::
skip -rfunction ^nn::(Module::path|active_observers)
set breakpoint pending on
set pagination off
# No scheduler-locking: it hangs where a kernel's threads wait for each other.
# Threads that wait in a kernel sleep, and leave the processor to the one being debugged.
set environment OMP_WAIT_POLICY passive
if $_isvoid($_streq)
  echo .gdbinit: this gdb was built without Python: tensors stay raw fields, and the commands at,\n
  echo layers and tensor-... are missing. On Debian and Ubuntu the package gdb has it, gdb-minimal has not.\n
else
  source docs/debugging/in_gdb.py
end
