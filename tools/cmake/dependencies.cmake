# SPDX-License-Identifier: Apache-2.0
# Outside libraries, as imported targets.  Only common/sys may link them (and
# jansson, the in-memory form of a document, what stands on common/core).
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(EVENT REQUIRED IMPORTED_TARGET
	libevent>=2.1.12 libevent_openssl>=2.1.12)
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5)
# libunistring ships no pkg-config file.
find_library(UNISTRING_LIBRARY unistring REQUIRED)
find_path(UNISTRING_INCLUDE_DIR unistr.h REQUIRED)
# Optional: sd_notify and the session lock signals; the filter of system calls
# for processes that speak with strangers.
pkg_check_modules(SYSTEMD IMPORTED_TARGET libsystemd)
pkg_check_modules(SECCOMP IMPORTED_TARGET libseccomp)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
