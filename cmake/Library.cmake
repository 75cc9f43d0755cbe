# The fairprune library: usage requirements, install, export.
target_link_libraries(fairprune PUBLIC fmt::fmt tl::expected nlohmann_json::nlohmann_json)
target_link_libraries(fairprune PRIVATE
  $<BUILD_INTERFACE:fairprune_options> DNNL::dnnl OpenMP::OpenMP_CXX OpenSSL::Crypto CURL::libcurl Threads::Threads
  PkgConfig::PCRE2 PkgConfig::UTF8PROC PkgConfig::TOMLPLUSPLUS)
target_include_directories(fairprune PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/fairprune>)
target_compile_features(fairprune PUBLIC cxx_std_20)

# Installs the program, the library and its headers, and what find_package(fairprune) reads.
# Headers keep their rooms: #include <forward/engine.h>.
function(fairprune_install)
  include(CMakePackageConfigHelpers)
  set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fairprune)
  install(TARGETS fairprune_cli RUNTIME_DEPENDENCY_SET fairprune_libraries
          RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
  install(TARGETS fairprune EXPORT fairpruneTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  foreach(room IN LISTS FAIRPRUNE_ROOMS)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/${room}
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fairprune COMPONENT development
            FILES_MATCHING PATTERN "*.h" PATTERN "*_matchers.h" EXCLUDE PATTERN "*_test*.h" EXCLUDE)
  endforeach()
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY_NOTICES.md
          DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
  install(EXPORT fairpruneTargets NAMESPACE fairprune:: DESTINATION ${config_dir}
          COMPONENT development)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/fairpruneConfig.cmake.in
                                ${PROJECT_BINARY_DIR}/fairpruneConfig.cmake
                                INSTALL_DESTINATION ${config_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/fairpruneConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/fairpruneConfig.cmake
                ${PROJECT_BINARY_DIR}/fairpruneConfigVersion.cmake
          DESTINATION ${config_dir} COMPONENT development)
endfunction()
