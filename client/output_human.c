/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the device's own in telling records: their titles, and who reads.
 */
#include <stdarg.h>

#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/core/limits.h"

void
record_title(struct client *c, const char *id_text, char out[static TITLE_MAX])
{
	struct buf title;
	struct id id;
	size_t len;

	(void)snprintf(out, TITLE_MAX, "%s", id_text);
	if (!id_parse(id_text, &id))
		return;
	if (id_is_zero(id)) {
		(void)snprintf(
		    out, TITLE_MAX, "%s", output_word(c, "who.office"));
		return;
	}
	buf_init(&title, LIMIT_RECORD_BYTES);
	if (c->store != NULL &&
	    device_store_title(c->store, id, &title, NULL) == ERR_OK) {
		len = title.len < TITLE_MAX ? title.len : TITLE_MAX - 1;
		/* Never half a character. */
		while (len < title.len && len > 0 &&
		    ((unsigned char)title.ptr[len] & 0xC0U) == 0x80U)
			len--;
		(void)snprintf(out, TITLE_MAX, "%.*s", (int)len, title.ptr);
	}
	buf_wipe(&title);
}

static void
put(void *arg, const char *text)
{
	(void)arg;
	output("%s", text);
}

static void
name(void *arg, const char *id_text, char out[static HUMAN_NAME_MAX])
{
	record_title(arg, id_text, out);
}

/* The words alone, which need no notes. */
static struct human
words_of(const struct client *c)
{
	return (struct human){ .schema = c->schema,
		.built_in = c->built_in,
		.program = "visitbook",
		.now_ms = clock_unix_ms(),
		.put = put };
}

struct human
output_human(struct client *c)
{
	struct human h = words_of(c);

	h.name = name;
	h.arg = c;
	if (c->store != NULL)
		h.me = device_store_identity(c->store)->user;
	return h;
}

const char *
output_word(const struct client *c, const char *key)
{
	const struct human h = words_of(c);

	return human_word(&h, key);
}

void
output_words(const struct client *c, const char *key, ...)
{
	const struct human h = words_of(c);
	va_list ap;

	va_start(ap, key);
	human_words_of(&h, key, ap);
	va_end(ap);
}

void
tell_left_out(const struct client *c, const json_t *result)
{
	const struct human h = words_of(c);

	human_left_out(&h, result);
}

void
tell_held(const struct client *c, uint64_t n)
{
	char text[24];

	if (n == 0)
		return;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	output_words(
	    c, n == 1 ? "held.count.one" : "held.count.many", "n", text, NULL);
}
