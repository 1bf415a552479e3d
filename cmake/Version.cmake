# GLASSBOX_VERSION, from the line of sdxl/version.h that has it. A change of it configures anew.
set(version_header ${CMAKE_CURRENT_LIST_DIR}/../sdxl/version.h)
file(STRINGS ${version_header} version_line REGEX "version = \"[0-9]+\\.[0-9]+\\.[0-9]+\"")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" GLASSBOX_VERSION "${version_line}")
if(NOT GLASSBOX_VERSION)
  message(FATAL_ERROR "sdxl/version.h: expected a line with version = \"X.Y.Z\", found none")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${version_header})
