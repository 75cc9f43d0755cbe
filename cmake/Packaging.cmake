# `cpack` in a build folder, or `cpack --preset release`, makes
#
#   fairprune_VERSION_ARCH.deb           the program; the libraries beneath are its dependencies
#   fairprune-VERSION-Linux-ARCH.tar.gz  the same to unpack anywhere: the libraries that a system often
#                                        lacks lie in lib/fairprune, beside their licences
#
# The library and its headers are installed by `cmake --install` alone.

# Found by the program beside itself; DT_RPATH, since these libraries need one another. libcurl and
# OpenSSL stay the system's own, with its certificates and its security updates; so does the C++ runtime.
set(FAIRPRUNE_BUNDLED dnnl fmt pcre2-8 utf8proc tomlplusplus OpenCL gomp)
set(FAIRPRUNE_BUNDLED_PACKAGES libdnnl2 libfmt9 libpcre2-8-0 libutf8proc2 libtomlplusplus3 ocl-icd-libopencl1 libgomp1)

function(fairprune_install_bundled)
  set(libraries "")
  foreach(name IN LISTS FAIRPRUNE_BUNDLED)
    list(APPEND libraries "^lib${name}\\.so")
  endforeach()
  install(RUNTIME_DEPENDENCY_SET fairprune_libraries
          PRE_INCLUDE_REGEXES ${libraries} PRE_EXCLUDE_REGEXES ".*"
          LIBRARY DESTINATION lib/fairprune COMPONENT bundled EXCLUDE_FROM_ALL)
  foreach(package IN LISTS FAIRPRUNE_BUNDLED_PACKAGES)
    install(FILES /usr/share/doc/${package}/copyright RENAME ${package}
            DESTINATION ${CMAKE_INSTALL_DOCDIR}/licences COMPONENT bundled EXCLUDE_FROM_ALL OPTIONAL)
  endforeach()
endfunction()

set(CPACK_PACKAGE_NAME fairprune)
set(CPACK_PACKAGE_VENDOR fairprune)
set(CPACK_PACKAGE_CONTACT "the fairprune authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_SYSTEM_NAME ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
# What differs between the two is said while cpack runs.
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/PackagingOptions.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
