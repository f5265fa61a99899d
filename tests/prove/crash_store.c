/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/crash_store.h"

#include <stdio.h>
#include <string.h>

#include "common/core/path.h"
#include "tests/prove/folder.h"

/* The same words of the same person. */
static bool
is_same_field(const struct crash_save *a, const struct crash_save *b)
{
	return a->is_new == b->is_new && id_equal(a->person, b->person);
}

/* The last of the same words that was told to be saved. */
static const struct crash_save *
last_told(const struct crash_save *saves, const struct crash_told *told,
    const struct crash_save *one)
{
	const struct crash_save *last = one;

	for (size_t i = 0; i < told->saved; i++)
		if (saves[i].is_saved && is_same_field(&saves[i], one))
			last = &saves[i];
	return last;
}

/* What was told last is shown, or what was asked for after it. */
static bool
is_shown(const struct crash_save *saves, const struct crash_told *told,
    const struct crash_save *last, const char *shown)
{
	for (const struct crash_save *s = last; s < saves + told->begun; s++)
		if (is_same_field(s, last) && strcmp(s->text, shown) == 0)
			return true;
	return false;
}

static const char *
words_missing(struct device_store *store, const struct crash_save *saves,
    const struct crash_told *told)
{
	for (size_t i = 0; i < told->saved; i++) {
		const struct crash_save *one = &saves[i];
		struct record_view v;
		const char *shown;
		bool is_there;
		struct err e;

		if (!one->is_saved || last_told(saves, told, one) != one)
			continue;
		if (device_store_get(store, one->person, &v, &e) != ERR_OK)
			return "a saved person is gone";
		shown = json_string_value(path_get(v.record.doc,
		    one->is_new ? "full_name" : "preferred_name"));
		is_there = shown != NULL && is_shown(saves, told, one, shown);
		record_view_fini(&v);
		if (!is_there)
			return "saved words are not shown";
	}
	return NULL;
}

static const char *
store_is_whole(struct device_store *store, const char *folder,
    const struct crash_save *saves, const struct crash_told *told)
{
	static char
	    first_bad[sizeof(((struct verify_result *)0)->first_bad) + 32];
	struct verify_result v;
	const char *bad;
	struct err e;

	if (device_store_verify(store, &v, &e) != ERR_OK)
		return "it cannot be verified";
	if (!v.ok) {
		(void)snprintf(first_bad, sizeof(first_bad),
		    "it does not add up: %s", v.first_bad);
		return first_bad;
	}
	if (told->saved > 0 && v.written < saves[told->saved - 1].counter)
		return "a change that was saved is gone";
	if (v.written < told->sent)
		return "a change that went to the office is gone";
	if (v.written > told->begun)
		return "it has changes that nobody made";
	if (v.receipted < told->receipted)
		return "a receipt is gone";
	bad = words_missing(store, saves, told);
	return bad != NULL
	    ? bad
	    : folder_sealed_whole(folder, v.receipted, v.written);
}

/* NULL when the store goes on as if nothing had been: one more save. */
static const char *
save_again(struct device_store *store)
{
	json_t *name = json_string("After the crash");
	const struct edit edit = { .path = "full_name", .now = name };
	struct save_result saved;
	struct err e;
	const enum err_code code = device_store_save(
	    store, NULL, "person", &edit, 1, NULL, &saved, &e);

	json_decref(name);
	if (code != ERR_OK)
		return "nothing can be saved any more";
	save_result_fini(&saved);
	return NULL;
}

const char *
crash_store_check(const char *folder, const struct secret_key *key,
    const struct crash_save *saves, const struct crash_told *told)
{
	struct device_store *store = NULL;
	const char *bad;
	struct err e;

	if (device_store_open(folder, key, &store, &e) != ERR_OK)
		return "it does not open";
	bad = store_is_whole(store, folder, saves, told);
	if (bad == NULL)
		bad = save_again(store);
	device_store_close(store);
	return bad;
}
