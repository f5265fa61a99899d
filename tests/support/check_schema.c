/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/buf.h"
#include "schema/schema_bundle.h"
#include "tests/support/check_schema.h"

struct schema *
check_schema_new(void)
{
	struct schema *s = NULL;
	struct err e = { 0 };

	assert_ok(
	    schema_parse(schema_bundle_bytes, schema_bundle_len, &s, &e), &e);
	return s;
}

struct schema *the_schema;

int
check_schema_set_up(void **state)
{
	(void)state;
	the_schema = check_schema_new();
	return 0;
}

int
check_schema_tear_down(void **state)
{
	(void)state;
	schema_free(the_schema);
	the_schema = NULL;
	return 0;
}

struct schema *
check_schema_without_addenda(const char *type)
{
	json_error_t error = { 0 };
	json_t *bundle = json_loadb(
	    (const char *)schema_bundle_bytes, schema_bundle_len, 0, &error);
	json_t *records = json_object_get(bundle, "records"), *def, *signing;
	struct schema *s = NULL;
	struct err e = { 0 };

	assert_non_null(records);
	def = json_object_get(records, type);
	signing = json_object_get(def, "signing");
	assert_int_equal(json_object_del(signing, "addenda"), 0);
	assert_int_equal(json_object_del(signing, "addendum"), 0);
	assert_ok(schema_load(bundle, &s, &e), &e);
	json_decref(bundle);
	return s;
}

const struct schema_type *
check_type(const struct schema *s, const char *name)
{
	const struct schema_type *type = schema_type(s, name);

	assert_non_null(type);
	return type;
}

json_t *
check_json(const char *text)
{
	json_error_t error = { 0 };
	struct buf b;
	json_t *value;

	buf_init(&b, (size_t)1024 * 1024);
	for (const char *p = text; *p != '\0'; p++)
		(void)buf_add_char(&b, (char)(*p == '\'' ? '"' : *p));
	value = json_loadb(
	    b.ptr, b.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	if (value == NULL)
		fail_msg("%s: %s", text, error.text);
	buf_fini(&b);
	return value;
}
