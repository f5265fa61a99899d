# SPDX-License-Identifier: Apache-2.0
# One INTERFACE target carries the warning set, hardening and sanitizers; every
# target of ours links it privately.  Nothing is set globally.
include(CheckPIESupported)
check_pie_supported()

add_library(warnings INTERFACE)
target_include_directories(warnings INTERFACE "${PROJECT_SOURCE_DIR}")
# Linux only: SO_PEERCRED, getrandom, netlink (_GNU_SOURCE includes POSIX 2008).
target_compile_definitions(warnings INTERFACE _POSIX_C_SOURCE=200809L
	_GNU_SOURCE)
target_compile_options(warnings INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
	-Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings
	-Wundef -Wvla -Wswitch-enum -Wimplicit-fallthrough
	-Wdouble-promotion -Wnull-dereference
	$<$<C_COMPILER_ID:GNU>:-Wduplicated-cond>
	$<$<C_COMPILER_ID:GNU>:-Wduplicated-branches>
	$<$<C_COMPILER_ID:GNU>:-Wlogical-op>
	$<$<C_COMPILER_ID:GNU>:-Walloca>
	$<$<C_COMPILER_ID:GNU>:-Wformat-signedness>
	$<$<C_COMPILER_ID:GNU>:-Wjump-misses-init>
	$<$<C_COMPILER_ID:Clang>:-Wcomma>
	$<$<C_COMPILER_ID:Clang>:-Wconditional-uninitialized>
	$<$<C_COMPILER_ID:Clang>:-Wmissing-variable-declarations>
	$<$<C_COMPILER_ID:Clang>:-Wextra-semi>
	-fstack-protector-strong
	-include "${PROJECT_SOURCE_DIR}/common/base/banned.h")
if(VISITBOOK_WERROR)
	target_compile_options(warnings INTERFACE -Werror)
endif()
if(VISITBOOK_SANITIZE)
	target_compile_options(warnings INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_link_options(warnings INTERFACE -fsanitize=address,undefined)
elseif(NOT VISITBOOK_COVERAGE)
	target_compile_options(warnings INTERFACE
		$<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE>
		$<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=3>)
endif()
if(VISITBOOK_COVERAGE)
	target_compile_options(warnings INTERFACE --coverage -O0)
	target_link_options(warnings INTERFACE --coverage)
endif()
target_link_options(warnings INTERFACE -Wl,-z,relro,-z,now)

# Asserts stay on in release builds: they are part of the product.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
