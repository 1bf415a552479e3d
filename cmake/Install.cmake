# What the libraries are to other projects, and `cmake --install` (docs/installing.md):
#
#   bin/sdxl                      the program
#   lib/glassbox_sdxl/            the libraries; the kernels' folders for newer processors
#   lib/cmake/glassbox_sdxl/      for find_package(glassbox_sdxl)
#   include/glassbox_sdxl/        the headers: #include "tensor/tensor.h"
#   share/glassbox_sdxl/tiny_sdxl the tiny model
#   share/man, share/bash-completion ...   made by the program from its command line
#
# The program finds libraries and model relative to itself, so that the whole can be moved.
include(GNUInstallDirs)
set(inner_libdir ${CMAKE_INSTALL_LIBDIR}/glassbox_sdxl)
set(model_dir ${CMAKE_INSTALL_DATADIR}/glassbox_sdxl/tiny_sdxl)

set(glassbox_libraries tensor nn sdxl_core)
foreach(library IN LISTS glassbox_libraries)
  add_library(glassbox_sdxl::${library} ALIAS ${library})
endforeach()
target_compile_features(tensor PUBLIC cxx_std_20)
target_include_directories(tensor PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/glassbox_sdxl>)
# The variants of the kernels lie beside the plain one, wherever a parent project has its libraries.
set_target_properties(bounded_wait tensor_kernels PROPERTIES
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

if(GLASSBOX_PROGRAM)
  file(RELATIVE_PATH libraries_from_program ${CMAKE_INSTALL_FULL_BINDIR}
       ${CMAKE_INSTALL_FULL_LIBDIR}/glassbox_sdxl)
  file(RELATIVE_PATH model_from_program ${CMAKE_INSTALL_FULL_BINDIR}
       ${CMAKE_INSTALL_FULL_DATADIR}/glassbox_sdxl/tiny_sdxl)
  target_compile_definitions(sdxl PRIVATE GLASSBOX_INSTALLED_MODEL="${model_from_program}")
endif()
set(glassbox_sdxl_MODEL ${PROJECT_SOURCE_DIR}/examples/tiny_sdxl/model)
if(NOT PROJECT_IS_TOP_LEVEL)
  set(glassbox_sdxl_MODEL ${glassbox_sdxl_MODEL} PARENT_SCOPE)  # as find_package sets it
endif()
if(NOT GLASSBOX_INSTALL)
  return()
endif()

set(origin $<IF:$<PLATFORM_ID:Darwin>,@loader_path,$ORIGIN>)
foreach(level x86-64-v3 x86-64-v4)
  if(TARGET tensor_kernels_${level})
    set_target_properties(tensor_kernels_${level} PROPERTIES INSTALL_RPATH "${origin}/../..")
    install(TARGETS tensor_kernels_${level}
      LIBRARY DESTINATION ${inner_libdir}/glibc-hwcaps/${level} COMPONENT program)
  endif()
endforeach()
set_target_properties(tensor_kernels PROPERTIES INSTALL_RPATH "${origin}")
install(TARGETS bounded_wait tensor_kernels EXPORT glassbox_sdxl
  LIBRARY DESTINATION ${inner_libdir} COMPONENT program)
install(TARGETS ${glassbox_libraries} image_libraries EXPORT glassbox_sdxl
  ARCHIVE DESTINATION ${inner_libdir} COMPONENT development)
foreach(folder tensor nn sdxl)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/glassbox_sdxl
    COMPONENT development FILES_MATCHING PATTERN "*.h" PATTERN fast EXCLUDE PATTERN eigen EXCLUDE
    PATTERN textbook EXCLUDE PATTERN convert.h EXCLUDE PATTERN data EXCLUDE)
endforeach()
install(DIRECTORY examples/tiny_sdxl/model/ DESTINATION ${model_dir} COMPONENT program)
install(FILES LICENSE cmake/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)

# find_package(glassbox_sdxl)
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/glassbox_sdxl)
configure_package_config_file(cmake/glassbox_sdxl-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/glassbox_sdxl-config.cmake
  INSTALL_DESTINATION ${config_dir} PATH_VARS model_dir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/glassbox_sdxl-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT glassbox_sdxl FILE glassbox_sdxl-targets.cmake NAMESPACE glassbox_sdxl::
  DESTINATION ${config_dir} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/package/glassbox_sdxl-config.cmake
  ${PROJECT_BINARY_DIR}/package/glassbox_sdxl-config-version.cmake
  cmake/Findutf8proc.cmake cmake/FindWebP.cmake DESTINATION ${config_dir} COMPONENT development)

if(NOT GLASSBOX_PROGRAM)
  return()
endif()
set_target_properties(sdxl PROPERTIES INSTALL_RPATH "${origin}/${libraries_from_program}")
install(TARGETS sdxl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)

# The manual and the completions: the program prints them, where it can be run.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "Cross-compiling: no manual page and no completions")
  return()
endif()
set(printed ${PROJECT_BINARY_DIR}/package)
function(print_by_program file destination)
  add_custom_command(OUTPUT ${printed}/${file} DEPENDS sdxl
    COMMAND sdxl ${ARGN} > ${printed}/${file} VERBATIM)
  install(FILES ${printed}/${file} DESTINATION ${destination} COMPONENT program)
endfunction()
print_by_program(sdxl.1 ${CMAKE_INSTALL_MANDIR}/man1 manual)
print_by_program(sdxl ${CMAKE_INSTALL_DATADIR}/bash-completion/completions completion bash)
print_by_program(_sdxl ${CMAKE_INSTALL_DATADIR}/zsh/site-functions completion zsh)
print_by_program(sdxl.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d completion fish)
add_custom_target(manual_and_completions ALL
  DEPENDS ${printed}/sdxl.1 ${printed}/sdxl ${printed}/_sdxl ${printed}/sdxl.fish)
