// Headers that most files of tests include: compiled once for all of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tests/support/golden.h"
#include "tests/support/program.h"
