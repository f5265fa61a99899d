/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/title.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/core/path.h"

/* note > case > person, and one more. */
#define TITLE_DEPTH 4

/* A title alone is a few names and a time. */
#define TITLE_STORED_BYTES ((size_t)64 * 1024)

/* The field at one place of a title: a field, or a group's member. */
static const struct schema_field *
title_field(const struct schema_type *type, const char *name)
{
	const struct schema_field *f = schema_find_field(type, name);
	const char *slash = strchr(name, '/');
	char first[LIMIT_NAME_BYTES + 1];

	if (f != NULL || slash == NULL)
		return f;
	(void)snprintf(first, sizeof(first), "%.*s", (int)(slash - name), name);
	f = schema_find_field(type, first);
	return f == NULL ? NULL : schema_child(f, slash + 1);
}

/* What stands at one place of a title, or NULL; time is room for a time. */
static const char *
title_text(const struct schema_type *type, const struct record *r,
    const char *name, struct clock_text *time)
{
	const struct schema_field *f = title_field(type, name);
	const char *text = json_string_value(path_get(r->doc, name));

	if (strcmp(name, SCHEMA_TITLE_MADE) == 0) {
		*time = clock_print(id_time_ms(r->id));
		return time->s;
	}
	if (text != NULL && f != NULL && f->codes != NULL)
		return schema_code_label(f->codes, text);
	return text;
}

/* The value at one place of a type's title ("a|b": a, or b), as text. */
static void
title_part(const struct schema_type *type, const struct record *r,
    const char *place, struct buf *out)
{
	char name[LIMIT_PATH_BYTES + 1];

	while (*place != '\0') {
		size_t len = strcspn(place, "|");
		struct clock_text time;
		const char *text = NULL;

		if (len < sizeof(name)) {
			memcpy(name, place, len);
			name[len] = '\0';
			text = title_text(type, r, name, &time);
		}
		if (text != NULL) {
			(void)buf_add_str(out, out->len > 0 ? ", " : "");
			(void)buf_add_str(out, text);
			return;
		}
		place += len;
		if (*place == '|')
			place++;
	}
}

/* One line for people, by the schema; ids and times in it are put into words
 * by who shows it. */
void
title_print(
    const struct schema_type *type, const struct record *r, struct buf *out)
{
	const char *same = type == NULL || type->same.field == NULL
	    ? NULL
	    : json_string_value(json_object_get(r->doc, type->same.field));

	/* What another one stands for is called as that one is. */
	if (same != NULL) {
		(void)buf_add_str(out, same);
		return;
	}
	for (size_t i = 0; type != NULL && i < type->title_n; i++)
		title_part(type, r, type->title[i], out);
}

/* Does an id begin at text? */
static bool
id_at(const char *text, struct id *out)
{
	char copy[ID_TEXT_LEN + 1];

	if (strnlen(text, ID_TEXT_LEN) < ID_TEXT_LEN)
		return false;
	memcpy(copy, text, ID_TEXT_LEN);
	copy[ID_TEXT_LEN] = '\0';
	return id_parse(copy, out);
}

/* The time that begins at text, and how long it is; 0: none does. */
static size_t
time_at(const char *text, uint64_t *ms_out)
{
	static const size_t lens[] = { CLOCK_TEXT_LEN, CLOCK_TEXT_LEN - 4 };
	struct clock_text copy;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		if (strnlen(text, lens[i]) < lens[i])
			continue;
		memcpy(copy.s, text, lens[i]);
		copy.s[lens[i]] = '\0';
		if (clock_parse(copy.s, ms_out))
			return lens[i];
	}
	return 0;
}

/* Who knows the records, and how deep their titles may still name others. */
struct filling {
	title_stored *stored;
	void *arg;
	int depth;
};

static enum err_code fill(
    const struct filling *f, const char *text, struct buf *out, struct err *e);

static enum err_code
fill_id(const struct filling *f, struct id id, struct buf *out, struct err *e)
{
	const struct filling below = { f->stored, f->arg, f->depth - 1 };
	struct buf text;
	enum err_code code;

	if (f->depth == 0)
		return ERR_OK;
	buf_init(&text, TITLE_STORED_BYTES);
	code = f->stored(f->arg, id, &text, e);
	if (code == ERR_OK)
		code = buf_check(&text, e);
	if (code == ERR_OK && text.len > 0)
		code = fill(&below, text.ptr, out, e);
	buf_wipe(&text);
	return code;
}

static enum err_code
fill(const struct filling *f, const char *text, struct buf *out, struct err *e)
{
	char both[CLOCK_HUMAN_MAX];
	uint64_t ms;
	size_t len;
	struct id id;

	while (*text != '\0') {
		if ((len = time_at(text, &ms)) > 0) {
			clock_print_human(ms, both);
			(void)buf_add_str(out, both);
			text += len;
		} else if (id_at(text, &id)) {
			const size_t before = out->len;
			enum err_code code = fill_id(f, id, out, e);

			if (code != ERR_OK)
				return code;
			if (out->len == before)
				(void)buf_add(out, text, ID_TEXT_LEN);
			text += ID_TEXT_LEN;
		} else {
			(void)buf_add_char(out, *text++);
		}
	}
	return buf_check(out, e);
}

enum err_code
title_fill(const char *text, title_stored *stored, void *arg, struct buf *out,
    struct err *e)
{
	const struct filling f = { stored, arg, TITLE_DEPTH };

	return fill(&f, text, out, e);
}

enum err_code
title_of(struct id id, title_stored *stored, void *arg, struct buf *out,
    struct err *e)
{
	const struct filling f = { stored, arg, TITLE_DEPTH + 1 };

	return fill_id(&f, id, out, e);
}
