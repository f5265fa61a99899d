# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=FILE -DOUTPUT=FILE.c -DNAME=identifier -P embed.cmake
# Write FILE as `const char NAME[]`, ended by a NUL byte.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}00")
string(REGEX REPLACE "(.{60})" "\\1\n\t" bytes "${bytes}")
get_filename_component(from "${INPUT}" NAME)
file(WRITE "${OUTPUT}"
	"/* Made from ${from}; do not edit. */\n"
	"extern const char ${NAME}[];\n"
	"const char ${NAME}[] = {\n\t${bytes}\n};\n")
