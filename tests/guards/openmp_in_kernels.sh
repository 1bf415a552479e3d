# OpenMP is in tensor/kernels alone: above it a debugger steps from line to line in one thread.
found=$(grep -rnE '#pragma +omp|_Pragma|omp\.h' tensor nn sdxl examples --include='*.h' --include='*.cpp' |
  grep -v '^tensor/kernels/')
if [ -n "$found" ]; then
  printf 'OpenMP outside of tensor/kernels:\n%s\n' "$found"
  exit 1
fi
grep -rq '#pragma omp parallel' tensor/kernels || { echo 'no OpenMP at all: this guard checks nothing'; exit 1; }
echo 'OpenMP is in tensor/kernels alone.'
