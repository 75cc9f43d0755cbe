# fairprune_room(NAME SOURCES a.cc … [DEPS room …] [LIBS target …] [TESTS a_test.cc …] [TEST_LIBS target …])
#
# One room: an object library whose objects go into the fairprune library, and one test program of
# its *_test.cc files. DEPS are rooms; LIBS are outside libraries that only this room's .cc include.

add_library(fairprune_options INTERFACE)
target_compile_features(fairprune_options INTERFACE cxx_std_20)
target_compile_options(fairprune_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -Wno-missing-field-initializers
  # GCC 12 sees overlapping copies in std::string's own code (its bugs 105329 and 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
if(FAIRPRUNE_SANITIZE)
  target_compile_options(fairprune_options INTERFACE
    -fsanitize=${FAIRPRUNE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(FAIRPRUNE_SANITIZE MATCHES undefined)
    # A third of the time to compile, and AddressSanitizer stops at a null pointer all the same.
    target_compile_options(fairprune_options INTERFACE -fno-sanitize=null,vptr)
  endif()
  target_compile_definitions(fairprune_options INTERFACE FAIRPRUNE_SANITIZED=1)
  target_link_options(fairprune_options INTERFACE -fsanitize=${FAIRPRUNE_SANITIZE})
endif()
if(FAIRPRUNE_BUILD_FUZZ)
  # Coverage counters in the library, so that the fuzzer sees which inputs take new paths.
  target_compile_options(fairprune_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# For all tests: they run side by side, and an idle thread that spins keeps the core from another
# one's work. The program sees to that itself (cli/wait_policy.h), but not with sanitizers.
set(idle_threads GOMP_SPINCOUNT=2000)

function(fairprune_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS;TESTS;TEST_LIBS" ${ARGN})
  set(target fairprune_${name})
  if(ARG_SOURCES)
    add_library(${target} OBJECT ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE fairprune_options ${ARG_LIBS})
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_sources(fairprune PRIVATE $<TARGET_OBJECTS:${target}>)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} ${scope} fmt::fmt tl::expected nlohmann_json::nlohmann_json)
  foreach(dep IN LISTS ARG_DEPS)
    add_dependencies(${target} fairprune_${dep})
  endforeach()
  if(ARG_TESTS AND FAIRPRUNE_BUILD_TESTS)
    add_executable(${target}_test ${ARG_TESTS})
    target_link_libraries(${target}_test PRIVATE fairprune_options fairprune ${ARG_TEST_LIBS}
                          GTest::gmock GTest::gtest_main)
    target_include_directories(${target}_test PRIVATE ${PROJECT_SOURCE_DIR}/src)
    # The tests' own code gains nothing from more, and takes a third of the build's time as it is.
    target_compile_options(${target}_test PRIVATE $<$<CONFIG:Release>:-O1>)
    target_compile_definitions(${target}_test PRIVATE
      FAIRPRUNE_TESTDATA="${PROJECT_SOURCE_DIR}/testdata"
      FAIRPRUNE_SHARED="${PROJECT_SOURCE_DIR}/../shared")
    if(FAIRPRUNE_SANITIZE)
      # Starting a process takes longer than most tests do there: four of them share a room's tests.
      foreach(shard RANGE 3)
        add_test(NAME ${name}.quarter_${shard} COMMAND ${target}_test)
        set_tests_properties(${name}.quarter_${shard} PROPERTIES LABELS unit
          ENVIRONMENT "${idle_threads};GTEST_TOTAL_SHARDS=4;GTEST_SHARD_INDEX=${shard}")
      endforeach()
    else()
      gtest_discover_tests(${target}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 120
                           PROPERTIES LABELS unit ENVIRONMENT ${idle_threads})
    endif()
  endif()
endfunction()
