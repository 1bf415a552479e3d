# Which parts are built: all of them, or the libraries alone where another project has this one as a
# subdirectory.
option(GLASSBOX_PROGRAM "Build the program sdxl" ${PROJECT_IS_TOP_LEVEL})
option(GLASSBOX_TESTS "Build the tests, examples and benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(GLASSBOX_INSTALL "Install the libraries, and the program with its model" ${PROJECT_IS_TOP_LEVEL})
if(GLASSBOX_TESTS AND NOT GLASSBOX_PROGRAM)
  message(FATAL_ERROR "GLASSBOX_TESTS: the tests run the program; expected GLASSBOX_PROGRAM=ON too")
endif()
# Objects that were compiled before come from ccache where it is installed (CCACHE_DISABLE=1: not).
find_program(CCACHE ccache)
mark_as_advanced(CCACHE)
if(CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
list(PREPEND CMAKE_MODULE_PATH ${PROJECT_SOURCE_DIR}/cmake)  # Findutf8proc.cmake, FindWebP.cmake
