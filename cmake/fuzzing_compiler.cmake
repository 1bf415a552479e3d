# Toolchain file of the preset `fuzz`: the compiler that fuzzing_compiler.sh finds.
if(NOT CMAKE_CXX_COMPILER)
  execute_process(COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/fuzzing_compiler.sh
    OUTPUT_VARIABLE found ERROR_VARIABLE reason OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT found)
    message(FATAL_ERROR "The preset fuzz: ${reason}")
  endif()
  set(CMAKE_CXX_COMPILER ${found} CACHE FILEPATH "The compiler of the preset fuzz")
endif()
