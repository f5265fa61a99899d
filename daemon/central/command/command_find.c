/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people call things, found.
 */
#include <stdio.h>
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

/* So many of one name are told apart; more are counted. */
#define ALIKE_MAX 3

struct user_search {
	const char *name;
	struct office_user found;
	struct office_user
	    alike[ALIKE_MAX]; /* who works here before who left */
	unsigned active, left;
};

/* Keep one of the name, unless there are enough of those who count more. */
static void
user_keep(struct user_search *s, const struct office_user *u)
{
	unsigned at = u->is_active ? s->active : s->active + s->left;

	if (at >= ALIKE_MAX)
		return;
	memmove(&s->alike[at + 1], &s->alike[at],
	    (ALIKE_MAX - at - 1) * sizeof(*u));
	s->alike[at] = *u;
}

static bool
user_offer(void *arg, const struct office_user *u)
{
	struct user_search *s = arg;

	if (strcmp(u->name, s->name) != 0)
		return true;
	if (u->is_active || s->active == 0)
		s->found = *u;
	user_keep(s, u);
	if (u->is_active)
		s->active++;
	else
		s->left++;
	return true;
}

/* Which of them is meant?  Each with what they are here and their id. */
static enum err_code
user_ask(const struct command *c, const struct user_search *s, struct err *e)
{
	const struct schema_type *type =
	    schema_account_type(engine_schema(c->g));
	const struct schema_field *role =
	    schema_find_field(type, type->account.role);
	const unsigned n = s->active > 0 ? s->active : s->left;
	char list[ERR_MSG_MAX] = "", more[32] = "";
	size_t len = 0;

	for (unsigned i = 0; i < n && i < ALIKE_MAX && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    "%s%.36s (%.32s)", i == 0 ? "" : ", ",
		    id_print(s->alike[i].id).s,
		    schema_code_label(role->codes, s->alike[i].role));
	if (n > ALIKE_MAX)
		(void)snprintf(
		    more, sizeof(more), " and %u more", n - ALIKE_MAX);
	return err_set(e, ERR_INVALID, 0,
	    "%u people are called %.40s; write the id of one: %s%s", n, s->name,
	    list, more);
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
		return user_ask(c, &s, e);
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
	struct change_name name;

	if (change_name_parse(text, &name)) {
		*device_out = name.device;
		*counter_out = name.counter;
		return ERR_OK;
	}
	return err_set(e, ERR_INVALID, 0,
	    "a change is named DEVICE/COUNTER, not %.60s", text);
}
