# Writes OUT: the plan FILE as a C array, with its name for faults.
get_filename_component(name "${FILE}" NAME)
file(READ "${FILE}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(LENGTH "${bytes}" length)
math(EXPR length "${length} / 5")
file(WRITE "${OUT}" "#include \"registry/plans/plan_internal.h\"\n\n"
    "const char plan_builtin_name[] = \"${name}\";\n"
    "const unsigned char plan_builtin_text[] = {${bytes}};\n"
    "const size_t plan_builtin_len = ${length};\n")
