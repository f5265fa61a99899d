/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record in words.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/core/content.h"
#include "common/core/human.h"
#include "common/core/limits.h"
#include "common/sys/json.h"

/* "Signed 14:32, 21 November 2026", "Draft", "Signed, 2 addenda". */
static void
show_content(
    const struct human *h, const struct schema_type *type, const json_t *result)
{
	const char *content = human_str(result, "content");
	const json_t *doc = json_object_get(result, "doc");
	const struct schema_signing *s = &type->signing;
	const size_t addenda = content_addenda(type, doc, false);
	const size_t proposed = content_addenda(type, doc, true);
	const char *at = s->at == NULL ? "" : human_str(doc, s->at);
	char key[80], n[24], unsure[HUMAN_UNSURE_MAX];
	char time[HUMAN_TIME_MAX] = "", date[HUMAN_TIME_MAX];
	char day[HUMAN_TIME_MAX + HUMAN_UNSURE_MAX] = "";
	uint64_t ms;

	if (*content == '\0')
		return;
	if (clock_parse(at, &ms)) {
		human_clock(ms, time);
		human_day(ms, date);
		human_unsure(h, json_object_get(result, "signed"), unsure);
		(void)snprintf(day, sizeof(day), "%s%s", date, unsure);
	}
	(void)snprintf(n, sizeof(n), "%zu", addenda);
	(void)snprintf(key, sizeof(key), "content.%.60s", content);
	if (s->addended != NULL && strcmp(content, s->addended) == 0)
		(void)snprintf(key, sizeof(key), "content.addended.%s",
		    addenda == 1 ? "one" : "many");
	if (strcmp(human_word(h, key), key) != 0 &&
	    (time[0] != '\0' || strcmp(content, "signed") != 0))
		human_words(h, key, "time", time, "day", day, "n", n, NULL);
	else
		human_put(h, "%s\n", content);
	if (content_is_error(type, content))
		human_words(h, "content.error.help", NULL);
	if (proposed == 0)
		return;
	(void)snprintf(n, sizeof(n), "%zu", proposed);
	human_words(h,
	    proposed == 1 ? "content.proposed.one" : "content.proposed.many",
	    "n", n, NULL);
}

/* The words for where the last own change is. */
static const char *
transport_key(const char *word)
{
	static const char *const keys[][2] = {
		{ "device", "transport.local" },
		{ "waiting", "transport.queued" },
		{ "sending", "transport.sending" },
		{ "sealed", "transport.queued" },
		{ "office", "transport.received.told" },
		{ "answer", "transport.needs_you" },
		{ "held", "transport.refused" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i][0], word) == 0)
			return keys[i][1];
	return word;
}

/* Why the office holds a change. */
static void
show_reason(
    const struct human *h, const struct schema_type *type, const json_t *held)
{
	const char *path = human_str(held, "reason_path");
	const struct schema_field *f = schema_find_field(type, path);
	char key[80];

	(void)snprintf(
	    key, sizeof(key), "held.%.40s", human_str(held, "reason"));
	human_words(h, key, "field",
	    f != NULL                           ? f->label
	        : *path == '\0' && type != NULL ? type->label
	                                        : path,
	    NULL);
}

void
human_transport(
    const struct human *h, const struct schema_type *type, const json_t *shown)
{
	const json_t *receipt = json_object_get(shown, "receipt");
	const char *word = human_str(shown, "transport");
	uint64_t at = receipt != NULL ? human_num(receipt, "time")
	                              : human_num(shown, "received_at");
	char time[HUMAN_TIME_MAX];

	if (strcmp(word, "office") == 0 && at != 0) {
		human_when(h, at, time);
		human_words(h, "transport.received", "time", time, NULL);
	} else {
		human_words(h, transport_key(word), "i", "1", "n", "1", NULL);
	}
	if (*human_str(shown, "reason") != '\0' &&
	    strcmp(human_str(shown, "outcome"), "closed") != 0)
		show_reason(h, type, shown);
}

/* What a change said that is not, or not only, in the document. */
static void
show_said(
    const struct human *h, const struct schema_type *type, const json_t *one)
{
	const char *path;
	json_t *value;

	json_object_foreach(json_object_get(one, "said"), path, value)
	{
		const struct schema_field *f = schema_find_field(type, path);

		human_put(h, "  %s:\n",
		    f != NULL           ? f->label
		        : *path == '\0' ? type->label
		                        : path);
		if (*path == '\0' && json_is_null(value))
			human_put(h, "    Removed\n");
		else
			human_value(h, f, value, "    ");
	}
}

/* What the office holds, and why; of the last change that is told already. */
static void
show_held(
    const struct human *h, const struct schema_type *type, const json_t *shown)
{
	const json_t *list = json_object_get(shown, "held"), *one;
	const uint64_t last = human_num(shown, "counter");
	const size_t n = json_array_size(list);
	char count[24];
	size_t i;

	(void)snprintf(count, sizeof(count), "%zu", n);
	if (n > 1 ||
	    (n == 1 && human_num(json_array_get(list, 0), "counter") != last))
		human_words(h, n == 1 ? "held.count.one" : "held.count.many",
		    "n", count, NULL);
	json_array_foreach(list, i, one)
	{
		if (human_num(one, "counter") != last)
			show_reason(h, type, one);
		show_said(h, type, one);
	}
}

/* What the office held and a person there closed: why, and what it said. */
static void
show_closed(
    const struct human *h, const struct schema_type *type, const json_t *shown)
{
	const json_t *list = json_object_get(shown, "closed"), *one;
	const char *why;
	size_t i;

	json_array_foreach(list, i, one)
	{
		why = human_str(one, "words");
		human_words(h,
		    *why != '\0' ? "held.closed" : "held.closed.bare", "reason",
		    why, NULL);
		show_said(h, type, one);
	}
}

/* "Removed by Mair at 18:05 on 22 November 2026." */
static void
show_removed(const struct human *h, const json_t *removed)
{
	char who[HUMAN_NAME_MAX], when[HUMAN_TIME_MAX];
	char unsure[HUMAN_UNSURE_MAX], time[HUMAN_TIME_MAX + HUMAN_UNSURE_MAX];

	human_who(h, human_str(removed, "by"), who);
	human_when(h, human_num(removed, "at"), when);
	human_unsure(h, removed, unsure);
	(void)snprintf(time, sizeof(time), "%s%s", when, unsure);
	human_words(h, "content.removed", "who", who, "time", time, NULL);
}

/* "Last written by Mair at 18:05 (device's clock, ±3 min: it was behind)",
 * with the places that it is about where there are some. */
static void
show_written(const struct human *h, const struct schema_type *type,
    const json_t *written, const char *key)
{
	const json_t *paths = json_object_get(written, "paths");
	char who[HUMAN_NAME_MAX], when[HUMAN_TIME_MAX];
	char unsure[HUMAN_UNSURE_MAX];
	struct buf places;

	buf_init(&places, LIMIT_RECORD_BYTES);
	for (size_t i = 0; i < json_array_size(paths); i++) {
		const char *path = json_string_value(json_array_get(paths, i));
		const struct schema_field *f = schema_find_field(type, path);

		(void)buf_printf(&places, "%s%s", i > 0 ? ", " : "",
		    f != NULL           ? f->label
		        : *path == '\0' ? type->label
		                        : path);
	}
	human_who(h, human_str(written, "by"), who);
	human_when(h, human_num(written, "at"), when);
	human_unsure(h, written, unsure);
	human_words(h, key, "who", who, "time", when, "unsure", unsure,
	    "fields", places.len > 0 ? places.ptr : "", NULL);
	buf_wipe(&places);
}

/* Who wrote it last, and what else stands here that was written by a clock
 * that was not right. */
static void
show_times(
    const struct human *h, const struct schema_type *type, const json_t *shown)
{
	const json_t *written = json_object_get(shown, "written");
	const json_t *uncertain = json_object_get(shown, "uncertain");

	if (json_is_object(written))
		show_written(h, type, written, "content.written");
	for (size_t i = 0; i < json_array_size(uncertain); i++)
		show_written(
		    h, type, json_array_get(uncertain, i), "content.uncertain");
}

/* What waits for a person, and the command that shows it.  The office names
 * all that is open in "conflicts". */
static void
show_waiting(const struct human *h, const json_t *shown)
{
	static const struct {
		const char *list, *said;
	} kinds[] = {
		{ "conflicts", "Two versions" },
		{ "beside", "Another value is kept beside it" },
		{ "reviews", "Please read it" },
	};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		const json_t *list = json_object_get(shown, kinds[k].list);

		for (size_t i = 0; i < json_array_size(list); i++) {
			const char *id =
			    json_string_value(json_array_get(list, i));

			if (k == 0 &&
			    (json_list_has(
			         json_object_get(shown, "beside"), id) ||
			        json_list_has(
			            json_object_get(shown, "reviews"), id)))
				continue;
			human_put(h, "%s: %s conflict show %s\n", kinds[k].said,
			    h->program, id);
		}
	}
}

void
human_record(const struct human *h, const json_t *shown)
{
	const struct schema_type *type =
	    schema_type(h->schema, human_str(shown, "type"));
	const json_t *removed = json_object_get(shown, "removed");
	const json_t *signed_as = json_object_get(shown, "signed");
	char title[HUMAN_NAME_MAX];

	if (type == NULL)
		return;
	h->name(h->arg, human_str(shown, "id"), title);
	human_put(h, "%s: %s\n", type->label, title);
	if (json_is_object(removed))
		show_removed(h, removed);
	else
		show_content(h, type, shown);
	if (json_is_object(signed_as))
		human_words(h, "content.hash", "hash",
		    human_str(signed_as, "sha256"), NULL);
	if (json_is_false(json_object_get(signed_as, "same")))
		human_words(h, "content.hash.differs", NULL);
	if (json_is_false(json_object_get(signed_as, "signature_ok")))
		human_words(h, "content.signature.bad", NULL);
	show_times(h, type, shown);
	human_transport(h, type, shown);
	show_held(h, type, shown);
	show_closed(h, type, shown);
	show_waiting(h, shown);
	human_put(h, "\n");
	human_doc(h, type, json_object_get(shown, "doc"));
	if (json_is_object(json_object_get(shown, "waited"))) {
		human_put(h, "\n");
		human_words(h, "intake.waited", NULL);
		human_waited(h, json_object_get(shown, "waited"));
	}
}
