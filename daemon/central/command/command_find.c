/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people call things, found.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/change.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

enum err_code
command_text(
    const struct command *c, const char *key, const char **out, struct err *e)
{
	const char *text = json_string_value(json_object_get(c->in, key));

	if (text == NULL || text[0] == '\0')
		return err_set(e, ERR_INVALID, 0, "%s is missing", key);
	*out = text;
	return ERR_OK;
}

const char *
command_text_or(const struct command *c, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(c->in, key));

	/* Blanks say nothing: no reason, and nobody's name. */
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0' ? otherwise
	                                                             : text;
}

struct user_search {
	const char *name;
	struct office_user found;
	unsigned active, left;
};

static bool
user_offer(void *arg, const struct office_user *u)
{
	struct user_search *s = arg;

	if (strcmp(u->name, s->name) != 0)
		return true;
	if (u->is_active || s->active == 0)
		s->found = *u;
	if (u->is_active)
		s->active++;
	else
		s->left++;
	return true;
}

enum err_code
command_user(const struct command *c, const char *who, struct office_user *out,
    struct err *e)
{
	struct user_search s = { .name = who };
	struct id id;
	enum err_code code;

	if (id_parse(who, &id))
		return store_user_get(c->store, id, out, e);
	code = store_users(c->store, user_offer, &s, e);
	if (code != ERR_OK)
		return code;
	if (s.active > 1 || (s.active == 0 && s.left > 1))
		return err_set(e, ERR_INVALID, 0,
		    "several people are called %.80s; use the id", who);
	if (s.active + s.left == 0)
		return err_set(
		    e, ERR_NOTFOUND, 0, "nobody is called %.80s", who);
	*out = s.found;
	return ERR_OK;
}

struct device_search {
	const char *start;
	struct office_device found;
	unsigned n;
};

static bool
device_offer(void *arg, const struct office_device *d)
{
	struct device_search *s = arg;

	if (strncmp(id_print(d->id).s, s->start, strlen(s->start)) == 0) {
		s->found = *d;
		s->n++;
	}
	return true;
}

enum err_code
command_device(const struct command *c, const char *which,
    struct office_device *out, struct err *e)
{
	struct device_search s = { .start = which };
	enum err_code code = store_devices(c->store, device_offer, &s, e);

	if (code != ERR_OK)
		return code;
	if (s.n == 0)
		return err_set(e, ERR_NOTFOUND, 0, "no device %.40s", which);
	if (s.n > 1)
		return err_set(e, ERR_INVALID, 0,
		    "several devices begin with %.40s; write more of the id",
		    which);
	*out = s.found;
	return ERR_OK;
}

enum err_code
command_change_key(const char *text, struct id *device_out,
    uint64_t *counter_out, struct err *e)
{
	char id[ID_TEXT_LEN + 1];
	char *end;
	unsigned long long counter;

	if (strlen(text) > ID_TEXT_LEN + 1 && text[ID_TEXT_LEN] == '/') {
		memcpy(id, text, ID_TEXT_LEN);
		id[ID_TEXT_LEN] = '\0';
		errno = 0;
		counter = strtoull(text + ID_TEXT_LEN + 1, &end, 10);
		if (id_parse(id, device_out) && errno == 0 && *end == '\0' &&
		    text[ID_TEXT_LEN + 1] >= '1' &&
		    text[ID_TEXT_LEN + 1] <= '9' && counter <= INT64_MAX) {
			*counter_out = counter;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, 0,
	    "a change is named DEVICE/COUNTER, not %.60s", text);
}
