# Debian packages, one a component; `./dev package` makes them, tests/e2e/test_packages.py says what is in them.
# Which libraries a package depends on, dpkg-shlibdeps finds out.
set(packaging "${CMAKE_SOURCE_DIR}/packaging")
set(filled "${CMAKE_BINARY_DIR}/packaging")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${packaging}/sandbox.conf")

# evroll_package(component SUMMARY text [DEPENDS packages] PROGRAMS name... [SERVICES name...]): evroll-<component>.
# A program is a target or a script, and has a man page of its name. A package with services has a user to run them.
function(evroll_package component)
    cmake_parse_arguments(PARSE_ARGV 1 package "" "SUMMARY;DEPENDS" "PROGRAMS;SERVICES")
    foreach(program ${package_PROGRAMS})
        if(TARGET ${program})
            install(TARGETS ${program} RUNTIME DESTINATION bin COMPONENT ${component})
        else()
            install(PROGRAMS "${CMAKE_SOURCE_DIR}/certs/${program}" DESTINATION bin COMPONENT ${component})
        endif()
        install(FILES "${CMAKE_SOURCE_DIR}/docs/man/${program}.1" DESTINATION share/man/man1 COMPONENT ${component})
    endforeach()
    install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" DESTINATION share/doc/evroll-${component} RENAME copyright
        COMPONENT ${component})

    set(scripts)
    if(package_SERVICES)
        list(TRANSFORM package_SERVICES APPEND ".service" OUTPUT_VARIABLE units)
        list(JOIN units " " SERVICES)
        file(READ "${packaging}/sandbox.conf" SANDBOX)
        foreach(unit ${units})
            configure_file("${packaging}/${unit}.in" "${filled}/${unit}" @ONLY)
            install(FILES "${filled}/${unit}" DESTINATION lib/systemd/system COMPONENT ${component})
        endforeach()
        foreach(script postinst prerm postrm)
            configure_file("${packaging}/${script}.in" "${filled}/${component}/${script}" @ONLY)
            list(APPEND scripts "${filled}/${component}/${script}")
        endforeach()
        install(DIRECTORY DESTINATION /etc/evroll COMPONENT ${component})
    endif()

    string(TOUPPER ${component} upper)
    set(CPACK_COMPONENT_${upper}_DESCRIPTION "${package_SUMMARY}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${package_DEPENDS}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
endfunction()

evroll_package(registry
    SUMMARY "register of a fleet's electrification, its telemetry and its plan"
    DEPENDS "adduser"
    PROGRAMS evroll-registry
    SERVICES evroll-registry)
install(FILES "${packaging}/registry.yaml" DESTINATION share/doc/evroll-registry COMPONENT registry)

evroll_package(gateway
    SUMMARY "MQTT and CoAP gateway that keeps what onboard units send until the registry has it"
    DEPENDS "adduser, mosquitto (>= 2.0.11)"
    PROGRAMS evroll-gateway
    SERVICES evroll-broker evroll-gateway)
install(TARGETS evroll-broker LIBRARY DESTINATION lib/evroll COMPONENT gateway)
install(FILES "${packaging}/gateway.yaml" DESTINATION share/doc/evroll-gateway COMPONENT gateway)
set(ADDRESS 127.0.0.1)
set(PORT 18883) # Debian's own broker has 1883
set(STATE /var/lib/evroll/gateway)
set(PKI /etc/evroll/pki)
set(PLUGIN /usr/lib/evroll/evroll-broker.so)
set(USER evroll)
configure_file("${CMAKE_SOURCE_DIR}/gateway/broker_plugin/mosquitto.conf.in" "${filled}/mosquitto.conf" @ONLY)
install(FILES "${filled}/mosquitto.conf" DESTINATION /etc/evroll COMPONENT gateway)
list(APPEND CPACK_DEBIAN_GATEWAY_PACKAGE_CONTROL_EXTRA "${packaging}/conffiles")

evroll_package(tools
    SUMMARY "certificate authority for small sites, and a reference onboard unit"
    DEPENDS "openssl"
    PROGRAMS evroll-ca evroll-unit)
install(FILES "${CMAKE_SOURCE_DIR}/certs/openssl.cnf" DESTINATION share/evroll COMPONENT tools)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL registry gateway tools)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
# A Debian package must name a maintainer; who distributes them has an address.
set(CPACK_PACKAGE_CONTACT "evroll <evroll@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
include(CPack)
