# gdb -x docs/debugging/glassbox.gdb build/debug/sdxl, in the project's folder.
# `step` goes from layer to layer and skips the functions that layers are written with.
skip -rfunction ^(tensor|std|__gnu_cxx|nn::Parameter|nn::ModuleList<.*>)::
skip -rfunction ^nn::(Module::path|Module::record_inputs|Input|to_tensor|active_observers|Observer::.*|BackendFor::.*)
set breakpoint pending on
set pagination off
# No scheduler-locking: it hangs where the threads of a kernel wait for each other.
# Threads that wait in a kernel sleep, so that the thread in gdb has the processor.
set environment OMP_WAIT_POLICY passive
if $_isvoid($_streq)
  echo glassbox.gdb: this gdb was built without Python: tensors stay raw fields, and the commands at, at-nan,\n
  echo at-diff, layers and tensor-... are missing. On Debian and Ubuntu the package gdb has it, gdb-minimal has not.\n
else
  source docs/debugging/in_gdb.py
end
