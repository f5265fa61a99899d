/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices and commands against the engine's own journal: a device's row is
 * what the last entry about it says, and a command was entered before it was
 * signed.
 */
#include <string.h>

#include "common/base/enc.h"

#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/engine_verify.h"
#include "daemon/central/store/office_walk.h"

#define KEY_CAP (ID_TEXT_LEN + 22)

static bool
is_one_of(const char *action, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(action, list[i]) == 0)
			return true;
	return false;
}

/* "<extent> <file>"; an older entry is the file, a whole path, alone. */
static enum err_code
note_backup(struct verifying *v, const char *object, struct err *e)
{
	const size_t len = ENC_HEX_LEN((size_t)HASH32_LEN);
	json_t *extent =
	    strspn(object, "0123456789abcdef") == len && object[len] == ' '
	    ? json_stringn(object, len)
	    : json_null();

	return json_array_append_new(v->extents, extent) == 0
	    ? ERR_OK
	    : err_set(e, ERR_NOMEM, 0, "out of memory");
}

/* Does an entry say this extent?  An older one may have. */
static bool
is_entered(const json_t *extents, size_t from, const struct hash32 *extent)
{
	char hex[ENC_HEX_LEN((size_t)HASH32_LEN) + 1];

	enc_hex(extent->b, HASH32_LEN, hex);
	for (size_t i = from; i < json_array_size(extents); i++) {
		const json_t *one = json_array_get(extents, i);

		if (json_is_null(one) ||
		    strcmp(json_string_value(one), hex) == 0)
			return true;
	}
	return false;
}

/* What is told to be in a backup is what an entry said when it was begun. */
static enum err_code
check_backups(struct verifying *v, struct err *e)
{
	const size_t n = json_array_size(v->extents);
	struct hash32 begun, whole;
	bool any_begun, any_whole;
	enum err_code code = store_extent_digest(
	    v->g->store, EXTENT_BACKING_UP, &any_begun, &begun, e);

	if (code == ERR_OK)
		code = store_extent_digest(
		    v->g->store, EXTENT_BACKED_UP, &any_whole, &whole, e);
	if (code != ERR_OK)
		return code;
	if ((n > 0 || any_begun) &&
	    !is_entered(v->extents, n == 0 ? 0 : n - 1, &begun))
		verify_bad(v, "devices: the last backup was not begun so far");
	else if (any_whole && !is_entered(v->extents, 0, &whole))
		verify_bad(v, "devices: no backup reaches so far");
	return ERR_OK;
}

enum err_code
verify_note_device(
    struct verifying *v, const char *action, const char *object, struct err *e)
{
	static const char *const rows[] = { "device.enrol", "device.found",
		"device.approve", "device.revoke", "device.renew" };
	static const char *const commands[] = { "device.lock", "device.wipe" };
	char key[KEY_CAP];
	const char *end;

	if (strcmp(action, "office.backup") == 0)
		return note_backup(v, object, e);

	if (strlen(object) < ID_TEXT_LEN)
		return ERR_OK;
	if (is_one_of(action, rows, sizeof(rows) / sizeof(rows[0])))
		return json_object_setn_new(v->devices, object, ID_TEXT_LEN,
		           json_string(device_entry_digest(object))) == 0
		    ? ERR_OK
		    : err_set(e, ERR_NOMEM, 0, "out of memory");
	if (!is_one_of(
	        action, commands, sizeof(commands) / sizeof(commands[0])))
		return ERR_OK;
	/* An older entry is about the device alone: one of its commands is
	 * then taken as it is. */
	end = object[ID_TEXT_LEN] == ' ' ? strchr(object + ID_TEXT_LEN + 1, ' ')
	                                 : NULL;
	if (end == NULL)
		end = object + ID_TEXT_LEN;
	(void)snprintf(key, sizeof(key), "%.*s", (int)(end - object), object);
	return json_object_set_new(
	           v->commands, key, json_pack("[s, s]", action, object)) == 0
	    ? ERR_OK
	    : err_set(e, ERR_NOMEM, 0, "out of memory");
}

struct rows {
	struct verifying *v;
	size_t n;
};

static bool
check_device(void *arg, const struct office_device *d)
{
	struct rows *w = arg;
	struct id_text id = id_print(d->id);
	char object[DEVICE_ENTRY_CAP];
	const char *said =
	    json_string_value(json_object_get(w->v->devices, id.s));

	if (d->state == DEVICE_ENGINE)
		return true;
	w->n++;
	device_entry(d, NULL, object);
	if (said == NULL)
		verify_bad(
		    w->v, "device %s: no entry says how it came here", id.s);
	else if (said[0] != '\0' &&
	    strcmp(said, device_entry_digest(object)) != 0)
		verify_bad(
		    w->v, "device %s: its last entry says otherwise", id.s);
	return !verify_is_bad(w->v);
}

static bool
check_command(void *arg, const struct office_command *c)
{
	struct rows *w = arg;
	char key[KEY_CAP], object[COMMAND_ENTRY_CAP], action[32];
	const json_t *said;
	const char *was_action, *was_object;

	(void)snprintf(key, sizeof(key), "%s %llu", id_print(c->device).s,
	    (unsigned long long)c->no);
	(void)snprintf(
	    action, sizeof(action), "device.%s", device_command_word(c->kind));
	command_entry(c, object);
	said = json_object_get(w->v->commands, key);
	was_action = json_string_value(json_array_get(said, 0));
	was_object = json_string_value(json_array_get(said, 1));
	if (said == NULL &&
	    json_object_get(w->v->commands, id_print(c->device).s) != NULL)
		return true;
	w->n++;
	if (was_action == NULL || strcmp(was_action, action) != 0 ||
	    was_object == NULL || strcmp(was_object, object) != 0)
		verify_bad(w->v, "command %llu to device %s: not entered so",
		    (unsigned long long)c->no, id_print(c->device).s);
	return !verify_is_bad(w->v);
}

static size_t
numbered(json_t *commands)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach(commands, key, value) n +=
	    strlen(key) > ID_TEXT_LEN;
	return n;
}

enum err_code
verify_devices(struct verifying *v, struct err *e)
{
	struct rows devices = { .v = v }, commands = { .v = v };
	enum err_code code =
	    store_devices(v->g->store, check_device, &devices, e);

	if (code == ERR_OK && !verify_is_bad(v) &&
	    devices.n != json_object_size(v->devices))
		verify_bad(v, "devices: %zu came, %zu are here",
		    json_object_size(v->devices), devices.n);
	if (code != ERR_OK || verify_is_bad(v))
		return code;
	code = store_commands(v->g->store, check_command, &commands, e);
	if (code == ERR_OK && !verify_is_bad(v) &&
	    commands.n != numbered(v->commands))
		verify_bad(v, "commands: %zu were given, %zu are here",
		    numbered(v->commands), commands.n);
	if (code == ERR_OK && !verify_is_bad(v))
		code = check_backups(v, e);
	return code;
}
