# SPDX-License-Identifier: Apache-2.0
# embed_list(TARGET FILE...) -- a static library with each file as a text:
# sql/office_1.sql becomes `const char schema_office_1[]`.
function(embed_list target)
	set(made)
	foreach(file ${ARGN})
		get_filename_component(stem "${file}" NAME_WE)
		set(out "${CMAKE_CURRENT_BINARY_DIR}/schema_${stem}.c")
		add_custom_command(OUTPUT "${out}"
			COMMAND "${CMAKE_COMMAND}"
				"-DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/${file}"
				"-DOUTPUT=${out}" "-DNAME=schema_${stem}"
				-P "${PROJECT_SOURCE_DIR}/tools/cmake/embed.cmake"
			DEPENDS "${file}"
				"${PROJECT_SOURCE_DIR}/tools/cmake/embed.cmake"
			VERBATIM)
		list(APPEND made "${out}")
	endforeach()
	add_library(${target} STATIC ${made})
	target_link_libraries(${target} PRIVATE warnings)
endfunction()
