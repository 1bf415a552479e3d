# `cpack` in a build folder packs the installation: a .tar.gz of all, and on Debian two packages, the
# program and the files for developers (docs/installing.md).
if(NOT PROJECT_IS_TOP_LEVEL OR NOT GLASSBOX_INSTALL OR NOT GLASSBOX_PROGRAM)
  return()
endif()
set(CPACK_PACKAGE_NAME glassbox-sdxl)
set(CPACK_PACKAGE_CONTACT "The Glassbox SDXL developers <developers@glassbox-sdxl.invalid>"
  CACHE STRING "Who maintains the packages that cpack makes")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Stable Diffusion XL in C++, every layer open to view")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(DPKG_SHLIBDEPS)
if(DPKG_SHLIBDEPS)
  list(APPEND CPACK_GENERATOR DEB)
endif()

set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/files.cmake)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME glassbox-sdxl)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})  # libbounded_wait.so
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
  "The program sdxl draws images from texts as Hugging Face diffusers does, on the
processor, and shows every state between the prompt and the image. A tiny model
is included.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME glassbox-sdxl-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "glassbox-sdxl (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), libutf8proc-dev, nlohmann-json3-dev")
if(image_dependencies MATCHES JPEG)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libjpeg-dev")
endif()
if(image_dependencies MATCHES WebP)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libwebp-dev")
endif()
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "Static libraries, headers and the files of find_package(glassbox_sdxl):
tensors, layers and the models of Stable Diffusion XL, for programs in C++20.")
include(CPack)
