# cmake -DBUILD_DIR=… -DSOURCE_DIR=… -DVERSION=… -P test_installed.cmake
#
# Installs BUILD_DIR into a fresh prefix, builds examples/count_neurons against what lies there (and
# nothing of the source tree), and runs both programs on a model of testdata.
set(scratch ${BUILD_DIR}/package_test)
set(prefix ${scratch}/prefix)
set(model ${SOURCE_DIR}/testdata/models/llama)
file(REMOVE_RECURSE ${scratch})

# run(OUTPUT_VARIABLE COMMAND…): runs it; any failure ends the test.
function(run output)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${text}")
  endif()
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

run(ignored ${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})

# The example is copied out, so that no relative path can reach the project.
file(COPY ${SOURCE_DIR}/examples/count_neurons DESTINATION ${scratch})
run(ignored ${CMAKE_COMMAND} -S ${scratch}/count_neurons -B ${scratch}/build -G Ninja
    -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=Release)
run(ignored ${CMAKE_COMMAND} --build ${scratch}/build)

run(version ${prefix}/bin/fairprune --version)
if(NOT version STREQUAL "fairprune ${VERSION}\n")
  message(FATAL_ERROR "the installed fairprune says '${version}', expected ${VERSION}")
endif()
run(counted ${scratch}/build/count_neurons ${model})
if(NOT counted MATCHES "^llama: [0-9]+ layers of [0-9]+ neurons, [0-9]+ in all\n$")
  message(FATAL_ERROR "count_neurons printed '${counted}'")
endif()

# Manual pages and completions, of every verb.
foreach(file bin/fairprune share/man/man1/fairprune.1 share/man/man1/fairprune-run.1
             share/man/man1/fairprune-doctor.1 share/bash-completion/completions/fairprune
             share/zsh/site-functions/_fairprune share/fish/vendor_completions.d/fairprune.fish)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()

# A header must not name the folder it was built in.
file(GLOB_RECURSE installed ${prefix}/*.cmake ${prefix}/*.h)
foreach(file IN LISTS installed)
  file(READ ${file} text)
  string(FIND "${text}" "${SOURCE_DIR}" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "${file} names the source folder")
  endif()
endforeach()

# A version that this one does not satisfy is refused.
file(WRITE ${scratch}/future/CMakeLists.txt
     "cmake_minimum_required(VERSION 3.25)\nproject(future CXX)\nfind_package(fairprune 99 REQUIRED)\n")
execute_process(COMMAND ${CMAKE_COMMAND} -S ${scratch}/future -B ${scratch}/future/build -G Ninja
                        -DCMAKE_PREFIX_PATH=${prefix}
                RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(result EQUAL 0)
  message(FATAL_ERROR "find_package(fairprune 99) was satisfied by ${VERSION}")
endif()
message(STATUS "installed into ${prefix}: ${counted}")
