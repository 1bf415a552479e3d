# Puts the page's folder together: cmake -D SITE=... -D BUILD=... -D ROOT=... -D VERSION=... -P assemble.cmake
# It lists every file in files.json with its size, so that the page can show its progress and refuse a
# file that was cut; the hash of the list names the browser's cache.
file(GLOB_RECURSE old LIST_DIRECTORIES false RELATIVE ${SITE} ${SITE}/*)
set(wanted "")
set(model ${ROOT}/examples/tiny_sdxl/model)

# put(FROM FOLDER...): copies files below FROM to the same places in the site's folder TO.
function(put from to)
  foreach(file ${ARGN})
    cmake_path(GET file PARENT_PATH below)
    file(COPY ${from}/${file} DESTINATION ${SITE}/${to}/${below})
    cmake_path(SET path NORMALIZE ${to}/${file})
    list(APPEND wanted ${path})
  endforeach()
  set(wanted ${wanted} PARENT_SCOPE)
endfunction()

set(page ${ROOT}/examples/web/page)
file(GLOB_RECURSE files RELATIVE ${page} ${page}/*)
put(${page} . ${files})
put(${BUILD} . glassbox.js glassbox.wasm trees/sdxl-base.json trees/sdxl-refiner.json)
file(GLOB_RECURSE files RELATIVE ${model} ${model}/*.json ${model}/*.txt ${model}/*.safetensors)
list(FILTER files EXCLUDE REGEX "(^|/)tokenizer\\.json$")  # vocab.json and merges.txt say the same
put(${model} model ${files})
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/sdxl/*.h ${ROOT}/sdxl/*.cpp ${ROOT}/nn/*.h ${ROOT}/nn/*.cpp)
put(${ROOT} source ${files} tensor/ops.h tensor/kernels/textbook/conv2d.cpp tensor/kernels/textbook/linear.cpp
    tensor/kernels/textbook/norm.cpp tensor/kernels/textbook/attention.cpp)
if(EXISTS ${BUILD}/glassbox.wasm.map)  # of a debug build: its paths, relative to BUILD, become those of the folder
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/tensor/*.h ${ROOT}/tensor/*.cpp ${ROOT}/examples/web/api/*)
  put(${ROOT} source ${files})
  file(READ ${BUILD}/glassbox.wasm.map map)
  string(REGEX REPLACE "\"\\.\\./\\.\\./(tensor|nn|sdxl|examples)/" "\"source/\\1/" map "${map}")
  file(WRITE ${SITE}/glassbox.wasm.map "${map}")
  list(APPEND wanted glassbox.wasm.map)
endif()

list(REMOVE_ITEM old ${wanted} files.json)
foreach(file ${old})
  file(REMOVE ${SITE}/${file})
endforeach()
list(SORT wanted)
set(lines "")
set(hashes "")
foreach(file ${wanted})
  file(SIZE ${SITE}/${file} size)
  file(SHA256 ${SITE}/${file} hash)
  string(APPEND lines "${lines_end}  \"${file}\": ${size}")
  string(APPEND hashes "${hash}")
  set(lines_end ",\n")
endforeach()
string(SHA256 cache "${hashes}")
string(SUBSTRING ${cache} 0 16 cache)
file(WRITE ${SITE}/files.json "{\"version\": \"${VERSION}\", \"cache\": \"${cache}\", \"files\": {\n${lines}\n}}\n")
