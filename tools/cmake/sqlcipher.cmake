# SPDX-License-Identifier: Apache-2.0
# Encrypted SQLite (SQLCipher 4 file format) as the target `sqlcipher`:
#   1. a system SQLCipher, if a compile-and-run probe accepts it;
#   2. a source folder given with -DVISITBOOK_SQLCIPHER_SOURCE=DIR, which holds
#      sqlite3.c and sqlite3.h;
#   3. the pinned npm package, fetched with `npm pack` and checked by SHA-512.
# pkg-config cannot be trusted here: its version number is SQLite's.
set(VISITBOOK_SQLCIPHER_SOURCE "" CACHE PATH
	"Folder with a SQLCipher 4 amalgamation (sqlite3.c, sqlite3.h)")
option(VISITBOOK_SYSTEM_SQLCIPHER "Use a system SQLCipher if it is fit" ON)

set(sqlcipher_package "@journeyapps/sqlcipher@6.0.0")
set(sqlcipher_tarball "journeyapps-sqlcipher-6.0.0.tgz")
set(sqlcipher_sha512
	"626592408478727bfee4bdfc9582684bf74817ff9b11905a0020136de4f2ab85ca8cc1dcc5d22516712504b888a9af6bc2c78e222988623b9d80e382a2fb9ddd")

function(sqlcipher_probe_system out)
	set(${out} FALSE PARENT_SCOPE)
	find_library(SQLCIPHER_LIBRARY sqlcipher)
	find_path(SQLCIPHER_INCLUDE_DIR sqlcipher/sqlite3.h)
	if(NOT SQLCIPHER_LIBRARY OR NOT SQLCIPHER_INCLUDE_DIR)
		return()
	endif()
	try_run(ran compiled
		"${CMAKE_BINARY_DIR}/sqlcipher-probe"
		"${PROJECT_SOURCE_DIR}/tools/cmake/sqlcipher_probe.c"
		CMAKE_FLAGS
		"-DINCLUDE_DIRECTORIES=${SQLCIPHER_INCLUDE_DIR}/sqlcipher"
		LINK_LIBRARIES "${SQLCIPHER_LIBRARY}"
		RUN_OUTPUT_VARIABLE said)
	if(compiled AND ran EQUAL 0)
		set(${out} TRUE PARENT_SCOPE)
	else()
		message(STATUS "system SQLCipher refused: ${said}")
	endif()
endfunction()

function(sqlcipher_fetch out)
	set(cache "${CMAKE_BINARY_DIR}/fetched")
	set(tarball "${cache}/${sqlcipher_tarball}")
	file(MAKE_DIRECTORY "${cache}")
	if(NOT EXISTS "${tarball}")
		find_program(NPM npm REQUIRED)
		message(STATUS "fetching ${sqlcipher_package}")
		execute_process(
			COMMAND "${NPM}" pack "${sqlcipher_package}"
				--ignore-scripts --silent --pack-destination "${cache}"
			WORKING_DIRECTORY "${cache}"
			RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE said)
		if(failed OR NOT EXISTS "${tarball}")
			message(FATAL_ERROR "cannot fetch ${sqlcipher_package}: ${said}")
		endif()
	endif()
	file(SHA512 "${tarball}" got)
	if(NOT got STREQUAL sqlcipher_sha512)
		file(REMOVE "${tarball}")
		message(FATAL_ERROR
			"${sqlcipher_tarball} has a wrong SHA-512 and was removed: ${got}")
	endif()
	set(found "${cache}/package/deps/sqlcipher-amalgamation")
	if(NOT EXISTS "${found}/sqlite3.c")
		file(ARCHIVE_EXTRACT INPUT "${tarball}" DESTINATION "${cache}"
			PATTERNS "package/deps/sqlcipher-amalgamation/*")
	endif()
	set(${out} "${found}" PARENT_SCOPE)
endfunction()

# The licence asks that its notice goes with the programs: it stands in the
# source and is installed from there.
function(sqlcipher_notice amalgamation)
	set(notice "${CMAKE_BINARY_DIR}/sqlcipher-LICENSE")
	if(NOT EXISTS "${notice}")
		file(READ "${amalgamation}" text)
		string(FIND "${text}" "Copyright (c) 2008" start)
		if(start EQUAL -1)
			message(FATAL_ERROR
				"no licence notice in ${amalgamation}")
		endif()
		string(SUBSTRING "${text}" ${start} 2000 text)
		string(FIND "${text}" "*/" end)
		string(SUBSTRING "${text}" 0 ${end} text)
		string(REPLACE "\n**" "\n" text "${text}")
		file(WRITE "${notice}" "SQLCipher\n\n${text}")
	endif()
	install(FILES "${notice}" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endfunction()

function(sqlcipher_build source)
	find_file(amalgamation sqlite3.c PATHS "${source}" "${source}/src"
		NO_DEFAULT_PATH NO_CACHE)
	if(NOT amalgamation)
		message(FATAL_ERROR "no sqlite3.c in ${source}")
	endif()
	get_filename_component(folder "${amalgamation}" DIRECTORY)
	find_path(header sqlite3.h PATHS "${folder}" "${source}/include"
		NO_DEFAULT_PATH NO_CACHE REQUIRED)
	add_library(sqlcipher STATIC "${amalgamation}")
	target_include_directories(sqlcipher SYSTEM INTERFACE "${header}")
	target_include_directories(sqlcipher PRIVATE "${header}")
	target_compile_options(sqlcipher PRIVATE
		-O2 -w -fstack-protector-strong)
	target_compile_definitions(sqlcipher PUBLIC SQLITE_HAS_CODEC
		PRIVATE SQLCIPHER_CRYPTO_OPENSSL
		SQLITE_EXTRA_INIT=sqlcipher_extra_init
		SQLITE_EXTRA_SHUTDOWN=sqlcipher_extra_shutdown
		SQLITE_TEMP_STORE=3 SQLITE_THREADSAFE=1 SQLITE_ENABLE_FTS5
		SQLITE_ENABLE_MATH_FUNCTIONS SQLITE_ENABLE_SESSION
		SQLITE_ENABLE_PREUPDATE_HOOK SQLITE_ENABLE_COLUMN_METADATA
		SQLITE_SECURE_DELETE SQLITE_DQS=0 SQLITE_USE_URI=0
		SQLITE_OMIT_LOAD_EXTENSION SQLITE_DEFAULT_MEMSTATUS=0
		SQLITE_LIKE_DOESNT_MATCH_BLOBS HAVE_USLEEP=1 HAVE_STDINT_H=1
		NDEBUG)
	target_link_libraries(sqlcipher PRIVATE OpenSSL::Crypto
		Threads::Threads m)
	sqlcipher_notice("${amalgamation}")
endfunction()

set(system_is_fit FALSE)
if(VISITBOOK_SQLCIPHER_SOURCE)
	sqlcipher_build("${VISITBOOK_SQLCIPHER_SOURCE}")
else()
	if(VISITBOOK_SYSTEM_SQLCIPHER)
		sqlcipher_probe_system(system_is_fit)
	endif()
	if(system_is_fit)
		add_library(sqlcipher INTERFACE)
		target_include_directories(sqlcipher SYSTEM INTERFACE
			"${SQLCIPHER_INCLUDE_DIR}/sqlcipher")
		target_compile_definitions(sqlcipher INTERFACE SQLITE_HAS_CODEC)
		target_link_libraries(sqlcipher INTERFACE
			"${SQLCIPHER_LIBRARY}")
	else()
		sqlcipher_fetch(sqlcipher_folder)
		sqlcipher_build("${sqlcipher_folder}")
	endif()
endif()
