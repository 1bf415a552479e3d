# The target `eigen_headers`: Eigen 5 where it is found, whose matrix product has kernels for AVX-512;
# else Eigen 3.4. Only tensor/kernels/eigen includes it.
option(GLASSBOX_EIGEN "Build the backend eigen and matmul by Eigen" ON)
if(NOT GLASSBOX_EIGEN)
  message(STATUS "Eigen is left out: no backend eigen")
  return()
endif()
option(GLASSBOX_FETCH "Fetch Eigen 5 by git when it is not installed" OFF)
set(wheel_dir ${PROJECT_SOURCE_DIR}/build/third_party/eigen5/eigency/eigen)  # scripts/setup.sh puts it there

add_library(eigen_headers INTERFACE)  # not "eigen": Eigen 3.4 defines nothing beside a target of that name
find_package(Eigen3 5 QUIET NO_MODULE)
if(Eigen3_FOUND)
  target_link_libraries(eigen_headers INTERFACE Eigen3::Eigen)
  set(eigen_origin "${Eigen3_VERSION}, installed")
elseif(GLASSBOX_FETCH)
  include(FetchContent)
  FetchContent_Declare(eigen5
    GIT_REPOSITORY https://gitlab.com/libeigen/eigen.git GIT_TAG 5.0.1 GIT_SHALLOW ON
    SOURCE_SUBDIR none)  # the headers alone: Eigen's own build is not run
  FetchContent_MakeAvailable(eigen5)
  target_include_directories(eigen_headers SYSTEM INTERFACE ${eigen5_SOURCE_DIR})
  set(eigen_origin "5.0.1, fetched")
elseif(EXISTS ${wheel_dir}/Eigen/Core)
  target_include_directories(eigen_headers SYSTEM INTERFACE ${wheel_dir})
  set(eigen_origin "5.0.1, headers from the eigency wheel")
else()
  find_package(Eigen3 3.4 REQUIRED NO_MODULE)
  target_link_libraries(eigen_headers INTERFACE Eigen3::Eigen)
  set(eigen_origin "${Eigen3_VERSION}: no kernels for AVX-512 (docs/building.md says how to get 5)")
endif()
message(STATUS "Eigen ${eigen_origin}")
