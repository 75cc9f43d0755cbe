# The fairprune library: usage requirements, install, export.
target_link_libraries(fairprune PUBLIC fmt::fmt tl::expected nlohmann_json::nlohmann_json)
target_link_libraries(fairprune PRIVATE
  fairprune_options DNNL::dnnl OpenMP::OpenMP_CXX OpenSSL::Crypto Threads::Threads
  PkgConfig::PCRE2 PkgConfig::UTF8PROC)
target_include_directories(fairprune PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/fairprune>)
target_compile_features(fairprune PUBLIC cxx_std_20)
