# The source still has the lines that examples/parity/planted_mistakes.py changes.
command -v python3 >/dev/null || { echo 'no python3: the mistakes are not checked'; exit 77; }
python3 examples/parity/planted_mistakes.py
