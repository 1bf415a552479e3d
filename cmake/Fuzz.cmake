# The fuzzers: tests/fuzz/NAME.cpp is the program fuzz_NAME, in the preset `fuzz`. As a test of
# ctest each reads its corpus, and then tries other inputs for 20 seconds.
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*.cpp)
file(GLOB fuzz_support CONFIGURE_DEPENDS tests/fuzz/support/*.cpp)
add_library(fuzz_support OBJECT ${fuzz_support})
add_custom_target(fuzzers)
# The commands are linked without the program's main, as libFuzzer has one: so it is compiled alone.
set_source_files_properties(examples/cli/main.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
foreach(source ${fuzz_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(fuzz_${name} ${source})
  file(STRINGS ${source} commands REGEX "#include \"examples/cli/")
  if(commands)
    target_sources(fuzz_${name} PRIVATE $<FILTER:$<TARGET_OBJECTS:sdxl>,EXCLUDE,/main.cpp.o$>)
  endif()
  target_compile_definitions(fuzz_${name} PRIVATE GLASSBOX_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(fuzz_${name} PRIVATE fuzz_support sdxl_core nlohmann_json::nlohmann_json
                                             CLI11::CLI11 image_libraries)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers fuzz_${name})
  add_test(NAME "fuzz: ${name}"
           COMMAND sh ${PROJECT_SOURCE_DIR}/tests/fuzz/run.sh ${PROJECT_BINARY_DIR} ${name} 20
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endforeach()
