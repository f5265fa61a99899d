# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=FILE -DOUTPUT=FILE.c -DNAME=identifier -P embed.cmake
# Write FILE as `const char NAME[]`, ended by a NUL byte, and its length without
# that as `const size_t NAME_len`.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}00")
string(REGEX REPLACE "(.{63})" "\\1\n\t" bytes "${bytes}")
get_filename_component(from "${INPUT}" NAME)
file(WRITE "${OUTPUT}"
	"/* Made from ${from}; do not edit. */\n"
	"#include <stddef.h>\n"
	"extern const char ${NAME}[];\n"
	"extern const size_t ${NAME}_len;\n"
	"const char ${NAME}[] = {\n\t${bytes}\n};\n"
	"const size_t ${NAME}_len = sizeof(${NAME}) - 1;\n")
