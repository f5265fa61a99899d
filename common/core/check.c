/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/check.h"

#include <string.h>

#include "common/core/path.h"
#include "common/core/schema_template.h"
#include "common/sys/json.h"

/* Two fields that read alike are asked for once. */
static enum err_code
label_add(json_t *gaps, const struct schema_field *f, struct err *e)
{
	for (size_t i = 0; i < json_array_size(gaps); i++)
		if (strcmp(json_string_value(json_array_get(gaps, i)),
		        f->label) == 0)
			return ERR_OK;
	return json_add_take(gaps, json_string(f->label), e);
}

enum err_code
check_gaps(const struct schema *s, const struct schema_type *type,
    const json_t *doc, const char *day, json_t **out, struct err *e)
{
	const struct template_version *v = NULL;
	const struct schema_field *f;
	json_t *gaps = json_array();
	size_t i = 0;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && (f = schema_missing(type, doc, &i)) != NULL)
		code = label_add(gaps, f, e);
	if (schema_template_of(s, type, doc, &v) == TEMPLATE_KNOWN)
		for (i = 0; code == ERR_OK &&
		     (f = schema_template_missing(v, doc, day, &i)) != NULL;)
			code = label_add(gaps, f, e);
	if (code != ERR_OK)
		json_decref(gaps);
	else
		*out = gaps;
	return code;
}

enum err_code
check_to_json(const struct checklist_of *of, json_t *out, struct err *e)
{
	const struct schema_type *type = of->type;
	const struct template_version *v;
	json_t *gaps = NULL, *warnings = json_array();
	enum err_code code = ERR_OK;

	if (type->signing.closes == NULL || schema_is_signed(type, of->doc))
		gaps = json_array();
	else
		code = check_gaps(of->schema, type, of->doc, of->day, &gaps, e);
	if (code == ERR_OK)
		code = json_put_take(out, "gaps", gaps, e);
	if (code == ERR_OK)
		code = checklist_check(of, warnings, e);
	if (code != ERR_OK) {
		json_decref(warnings);
		return code;
	}
	code = json_put_take(out, "warnings", warnings, e);
	return code != ERR_OK ? code
	                      : json_put_bool(out, "template_newer",
	                            schema_template_of(of->schema, type,
	                                of->doc, &v) == TEMPLATE_NEWER,
	                            e);
}

const char *
check_nation(const struct schema *s, const json_t *service)
{
	for (size_t i = 0; i < schema_types_n(s) && service != NULL; i++) {
		const char *nation = schema_type_at(s, i)->intake.nation;

		if (nation != NULL)
			return json_string_value(path_get(service, nation));
	}
	return NULL;
}
