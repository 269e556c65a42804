# Helpers that every folder's CMakeLists.txt uses: one static library a folder, so that a call across a
# wall that design forbids does not link; one executable a test file.

add_library(evroll_options INTERFACE)
target_include_directories(evroll_options INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_definitions(evroll_options INTERFACE _GNU_SOURCE EVROLL_VERSION="${PROJECT_VERSION}")
target_compile_options(evroll_options INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror
    -fno-omit-frame-pointer -fstack-protector-strong)
target_link_options(evroll_options INTERFACE -Wl,--as-needed -Wl,-z,relro,-z,now)
# A hundred test programs are linked at each change: mold does it in a fraction of the time.
find_program(EVROLL_MOLD mold)
if(EVROLL_MOLD)
    target_link_options(evroll_options INTERFACE -fuse-ld=mold)
endif()
# Assertions guard against bugs and stay on in every build (docs/architecture.md).
foreach(kind RELEASE RELWITHDEBINFO MINSIZEREL)
    string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${kind} "${CMAKE_C_FLAGS_${kind}}")
endforeach()
if(NOT EVROLL_SANITIZE)
    target_compile_definitions(evroll_options INTERFACE
        $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
else()
    target_compile_options(evroll_options INTERFACE
        -fsanitize=${EVROLL_SANITIZE} -fno-sanitize-recover=all)
    # gcc warns that ThreadSanitizer does not follow fences; those of the journal order two processes.
    if(EVROLL_SANITIZE STREQUAL "thread")
        target_compile_options(evroll_options INTERFACE $<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
    endif()
    target_link_options(evroll_options INTERFACE -fsanitize=${EVROLL_SANITIZE})
endif()
if(EVROLL_FUZZ)
    target_compile_options(evroll_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# evroll_library(name dep...): a static library of the folder's own .c files.
function(evroll_library name)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
    list(FILTER sources EXCLUDE REGEX "_main\\.c$")
    if(NOT sources)
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE evroll_options ${ARGN})
        return()
    endif()
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC evroll_options ${ARGN})
endfunction()

# evroll_program(name source dep...)
function(evroll_program name source)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE evroll_options ${ARGN})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# evroll_test(name dep...): tests/unit/<area>/name.c as a cmocka program under CTest. A test that cannot
# run here exits 77 and says why; CTest shows it as skipped. evroll_test_program() builds only.
function(evroll_test_program name)
    add_executable(${name} ${name}.c)
    target_link_libraries(${name} PRIVATE evroll_options ${ARGN} dep_cmocka)
endfunction()

function(evroll_test name)
    evroll_test_program(${name} ${ARGN})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
endfunction()

# Those that take longest, first: the others fill the time beside them.
function(evroll_test_long name)
    set_tests_properties(${name} PROPERTIES COST 100)
endfunction()

# evroll_postgres_test(name [IN_EVERY_BUILD]): the test program once more, over a private PostgreSQL that the first of
# them starts and the last one ends (tests/harness/postgres.py); skipped where there can be none. It runs when CTest is
# asked for that (-C postgres), as the stage of ./dev test does; IN_EVERY_BUILD, for what tests the driver: under the
# sanitizers too. And once more over a Citus cluster (-C citus, tests/harness/citus.py).
function(evroll_postgres_test name)
    cmake_parse_arguments(PARSE_ARGV 1 postgres "IN_EVERY_BUILD" "" "")
    set(configurations CONFIGURATIONS postgres)
    if(postgres_IN_EVERY_BUILD)
        set(configurations)
    endif()
    set(harness ${CMAKE_COMMAND} -E env "PYTHONPATH=${CMAKE_SOURCE_DIR}/tests" /usr/bin/python3 -m harness.postgres)
    set(folder "${CMAKE_BINARY_DIR}/test-postgres")
    get_property(made GLOBAL PROPERTY evroll_postgres_fixture)
    if(NOT made)
        set_property(GLOBAL PROPERTY evroll_postgres_fixture TRUE)
        add_test(NAME postgres_start COMMAND ${harness} start "${folder}" $<TARGET_FILE:evroll-registry>)
        add_test(NAME postgres_stop COMMAND ${harness} stop "${folder}")
        set_tests_properties(postgres_start PROPERTIES FIXTURES_SETUP postgres LABELS postgres TIMEOUT 120)
        set_tests_properties(postgres_stop PROPERTIES FIXTURES_CLEANUP postgres LABELS postgres TIMEOUT 120)
    endif()
    add_test(NAME ${name}.postgres COMMAND ${harness} with "${folder}" -- $<TARGET_FILE:${name}>
        ${configurations})
    set_tests_properties(${name}.postgres PROPERTIES FIXTURES_REQUIRED postgres LABELS postgres TIMEOUT 300
        SKIP_RETURN_CODE 77)
    add_test(NAME ${name}.citus COMMAND ${CMAKE_COMMAND} -E env "PYTHONPATH=${CMAKE_SOURCE_DIR}/tests"
        /usr/bin/python3 -m harness.citus -- $<TARGET_FILE:${name}> CONFIGURATIONS citus)
    set_tests_properties(${name}.citus PROPERTIES LABELS citus TIMEOUT 600 SKIP_RETURN_CODE 77)
endfunction()

# evroll_fuzzer(name dep...): tests/fuzz/name.c, only in the fuzz build.
function(evroll_fuzzer name)
    if(EVROLL_FUZZ)
        add_executable(${name} ${name}.c)
        target_link_libraries(${name} PRIVATE evroll_options ${ARGN})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    endif()
endfunction()
