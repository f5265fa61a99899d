/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/merge.h"

#include "common/core/path.h"
#include "common/core/text_merge.h"
#include "common/core/value.h"

static void
become(struct merge_result *out, enum merge_kind kind, const json_t *value)
{
	*out = (struct merge_result){ .kind = kind,
		.value = value_share(path_is_absent(value) ? NULL : value) };
}

static void
hold(struct merge_result *out, const char *reason)
{
	*out = (struct merge_result){ .kind = MERGE_HELD, .reason = reason };
}

static void
conflict(struct merge_result *out)
{
	*out = (struct merge_result){ .kind = MERGE_CONFLICT };
}

static bool
set_has(const json_t *set, const json_t *member)
{
	for (size_t i = 0; i < json_array_size(set); i++)
		if (json_equal(json_array_get(set, i), member))
			return true;
	return false;
}

/* Members that one side added, and those that neither took away. */
static bool
member_stays(
    const json_t *member, const json_t *was, const json_t *a, const json_t *b)
{
	bool in_both = set_has(a, member) && set_has(b, member);

	return in_both || !set_has(was, member);
}

/* Two whole sets, sorted: walked side by side. */
static enum err_code
merge_sets(const json_t *was, const json_t *a, const json_t *b, json_t **out,
    struct err *e)
{
	size_t i = 0, j = 0, n = json_array_size(a), m = json_array_size(b);
	json_t *merged = json_array();

	if (merged == NULL)
		return value_no_memory(e);
	while (i < n || j < m) {
		const json_t *x = json_array_get(a, i);
		const json_t *y = json_array_get(b, j), *next;
		int order;

		if (x == NULL || y == NULL)
			order = x == NULL ? 1 : -1;
		else
			order =
			    strcmp(json_string_value(x), json_string_value(y));
		next = order <= 0 ? x : y;
		i += order <= 0;
		j += order >= 0;
		if (member_stays(next, was, a, b) &&
		    json_array_append_new(merged, value_share(next)) != 0) {
			json_decref(merged);
			return value_no_memory(e);
		}
	}
	*out = merged;
	return ERR_OK;
}

static bool
is_member(const json_t *v)
{
	return v == NULL || json_is_true(v);
}

static bool
is_set(const json_t *v)
{
	for (size_t i = 0; i < json_array_size(v); i++)
		if (!json_is_string(json_array_get(v, i)))
			return false;
	return v == NULL || json_is_array(v);
}

static enum err_code
merge_set(const json_t *was, const json_t *current, const json_t *now,
    struct merge_result *out, struct err *e)
{
	json_t *merged = NULL;
	enum err_code code;

	/* One member: adding wins over a concurrent removal. */
	if (is_member(current) && is_member(now)) {
		become(out, MERGE_CLEAN, json_true());
		return ERR_OK;
	}
	if (!is_set(was) || !is_set(current) || !is_set(now)) {
		conflict(out);
		return ERR_OK;
	}
	code = merge_sets(was, current, now, &merged, e);
	if (code == ERR_OK)
		become(out, MERGE_CLEAN, merged);
	json_decref(merged);
	return code;
}

static struct text_merge_part
part_of(const json_t *v)
{
	struct text_merge_part empty = { "", 0 };

	if (v == NULL)
		return empty;
	return (struct text_merge_part){ json_string_value(v),
		json_string_length(v) };
}

static bool
is_text(const json_t *v)
{
	return v == NULL || json_is_string(v);
}

static enum err_code
merge_text(const struct schema_field *field, const json_t *was,
    const json_t *current, const json_t *now, struct merge_result *out,
    struct err *e)
{
	struct text_merge_result result = { false, false };
	json_t *merged = NULL;
	struct buf text;
	enum err_code code;

	conflict(out);
	if (!is_text(was) || !is_text(current) || !is_text(now))
		return ERR_OK;
	buf_init(&text, field->max_len);
	code = text_merge(&(struct text_merge_task){ part_of(was),
	                      part_of(current), part_of(now), field->guard },
	    &text, &result, e);
	/* Two long texts that make one too long: a person shortens it. */
	if (code == ERR_INVALID) {
		result.is_clean = false;
		code = ERR_OK;
	}
	if (code == ERR_OK && result.is_clean && text.len > 0) {
		merged = json_stringn_nocheck(text.ptr, text.len);
		if (merged == NULL)
			code = value_no_memory(e);
	}
	if (code == ERR_OK && result.is_clean) {
		become(out, MERGE_CLEAN, merged);
		out->review = result.review;
	}
	json_decref(merged);
	buf_wipe(&text);
	return code;
}

static void
merge_rank(const struct schema_field *field, const json_t *current,
    const json_t *now, struct merge_result *out)
{
	int sign;

	if (!schema_rank_compare(field, now, current, &sign))
		conflict(out);
	else
		become(out, MERGE_RANKED, sign > 0 ? now : current);
}

enum err_code
merge_value(const struct schema_field *field, const json_t *was,
    const json_t *current, const json_t *now, bool by_office,
    struct merge_result *out, struct err *e)
{
	enum err_code code = ERR_OK;

	if (field != NULL && field->policy == SCHEMA_OFFICE && !by_office) {
		hold(out, "office_only");
		return ERR_OK;
	}
	if (path_equal(current, now)) {
		become(out, MERGE_CLEAN, current);
		return ERR_OK;
	}
	conflict(out);
	if (field == NULL)
		return ERR_OK;
	switch (field->policy) {
	case SCHEMA_FIXED:
		if (path_is_absent(current))
			become(out, MERGE_CLEAN, now);
		else
			hold(out, "fixed");
		break;
	case SCHEMA_LATEST:
		become(out, MERGE_BESIDE, now);
		break;
	case SCHEMA_SET:
		code = merge_set(was, current, now, out, e);
		break;
	case SCHEMA_MERGED_TEXT:
		code = merge_text(field, was, current, now, out, e);
		break;
	case SCHEMA_RANK:
		merge_rank(field, current, now, out);
		break;
	case SCHEMA_ASK:
	case SCHEMA_OFFICE:
		/* Two people at the office are two people. */
		break;
	}
	return code;
}
