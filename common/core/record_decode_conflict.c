/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

static enum err_code
bad(struct err *e, const char *what)
{
	return err_set(e, ERR_MALFORMED, 0, "conflict: %s", what);
}

/* Every key is one of the n names. */
static bool
keys_known(const json_t *obj, const char *const *names, size_t n)
{
	const char *key;
	json_t *value;

	json_object_foreach(value_plain(obj), key, value)
	{
		size_t i = 0;

		while (i < n && strcmp(key, names[i]) != 0)
			i++;
		if (i == n)
			return false;
	}
	return true;
}

/* A value that may stand at the path; NULL is absent. */
static enum err_code
check_at(const char *path, const json_t *value, struct err *e)
{
	if (value == NULL)
		return ERR_OK;
	if (*path != '\0')
		return value_check(value, 0, e);
	if (path_is_absent(value))
		return bad(e, "a value is empty");
	return value_check_doc(value, e);
}

static enum err_code
read_version(const json_t *json, struct version *out, struct err *e)
{
	const json_t *v = json_object_get(json, "version");

	if (v == NULL)
		return bad(e, "\"version\" is missing");
	return version_from_json(v, out, e);
}

static enum err_code
read_side(const json_t *json, const char *path, struct conflict_side *out,
    struct err *e)
{
	static const char *const names[] = { "key", "value", "author", "device",
		"counter", "made_at", "clock_offset", "version", "open" };
	struct conflict_side s = { .is_open = false };
	const json_t *value = json_object_get(json, "value");
	const char *key;
	enum err_code code;

	if (!keys_known(json, names, sizeof(names) / sizeof(names[0])))
		return bad(e, "a side has a key too many");
	code = json_get_str(json, "key", &key, NULL, e);
	if (code == ERR_OK)
		code = json_get_id(json, "author", &s.author, e);
	if (code == ERR_OK)
		code = json_get_id(json, "device", &s.device, e);
	if (code == ERR_OK)
		code = json_get_uint(json, "counter", &s.counter, e);
	if (code == ERR_OK)
		code = json_get_uint(json, "made_at", &s.made_at, e);
	if (code == ERR_OK)
		code = json_get_int(json, "clock_offset", &s.clock_offset, e);
	if (code == ERR_OK)
		code = json_get_bool(json, "open", &s.is_open, e);
	if (code == ERR_OK)
		code = read_version(json, &s.version, e);
	if (code == ERR_OK)
		code = check_at(path, value, e);
	if (code != ERR_OK)
		return code;
	conflict_key_print(s.key, s.device, s.counter);
	if (strcmp(s.key, key) != 0)
		return bad(e, "a side's key is not its change's");
	s.value = value_share(value);
	*out = s;
	return ERR_OK;
}

static enum err_code
read_sides(const json_t *list, struct conflict *c, struct err *e)
{
	size_t n = json_array_size(list);

	if (n == 0 || n > LIMIT_SIDES)
		return bad(e, "it has no side, or too many");
	c->sides = calloc(n, sizeof(*c->sides));
	if (c->sides == NULL)
		return value_no_memory(e);
	for (; c->n_sides < n; c->n_sides++) {
		struct conflict_side *s = &c->sides[c->n_sides];
		enum err_code code =
		    read_side(json_array_get(list, c->n_sides), c->path, s, e);

		if (code != ERR_OK)
			return code;
		if (version_compare(s->version, c->version) > 0) {
			c->n_sides++;
			return bad(e, "a side is above its version");
		}
	}
	return ERR_OK;
}

static enum err_code
check_decision(const json_t *d, const char *path, struct err *e)
{
	struct id id;
	uint64_t n;
	struct version v;
	const json_t *reason = json_object_get(d, "reason");
	enum err_code code = json_get_id(d, "by", &id, e);

	if (code == ERR_OK)
		code = json_get_id(d, "device", &id, e);
	if (code == ERR_OK)
		code = json_get_uint(d, "counter", &n, e);
	if (code == ERR_OK)
		code = json_get_uint(d, "at", &n, e);
	if (code == ERR_OK)
		code = read_version(d, &v, e);
	if (code == ERR_OK)
		code = check_at(path, json_object_get(d, "value"), e);
	if (code == ERR_OK && reason != NULL && !json_is_string(reason))
		code = bad(e, "a decision's reason is not text");
	return code;
}

static enum err_code
read_decisions(const json_t *list, struct conflict *c, struct err *e)
{
	size_t n = json_array_size(list);

	if (list == NULL)
		return ERR_OK;
	if (n == 0)
		return bad(e, "\"decisions\" is empty");
	for (size_t i = 0; i < n; i++) {
		enum err_code code =
		    check_decision(json_array_get(list, i), c->path, e);

		if (code != ERR_OK)
			return code;
	}
	c->decisions = json_copy_all(list);
	if (c->decisions == NULL)
		return value_no_memory(e);
	return ERR_OK;
}

static enum err_code
read_words(const json_t *json, struct conflict *c, struct err *e)
{
	const char *kind, *owner;
	enum err_code code = json_get_str(json, "kind", &kind, NULL, e);
	int k = CONFLICT_ASK, o = OWNER_AUTHOR;

	if (code == ERR_OK)
		code = json_get_str(json, "owner", &owner, NULL, e);
	if (code != ERR_OK)
		return code;
	while (k <= CONFLICT_REVIEW &&
	    strcmp(kind, conflict_kind_word((enum conflict_kind)k)) != 0)
		k++;
	while (o <= OWNER_ADMINISTRATOR &&
	    strcmp(owner, conflict_owner_word((enum conflict_owner)o)) != 0)
		o++;
	if (k > CONFLICT_REVIEW || o > OWNER_ADMINISTRATOR)
		return bad(e, "its kind or owner is none known here");
	c->kind = (enum conflict_kind)k;
	c->owner = (enum conflict_owner)o;
	return ERR_OK;
}

enum err_code
conflict_from_json(const json_t *json, struct conflict *out, struct err *e)
{
	static const char *const names[] = { "id", "path", "kind", "owner",
		"ancestor", "version", "opened_at", "decisions", "sides" };
	const json_t *ancestor = json_object_get(json, "ancestor");
	struct conflict c = { .path = NULL };
	const char *path = NULL;
	enum err_code code = ERR_OK;

	if (!keys_known(json, names, sizeof(names) / sizeof(names[0])))
		return bad(e, "it has a key too many");
	code = json_get_id(json, "id", &c.id, e);
	if (code == ERR_OK)
		code = json_get_str(json, "path", &path, NULL, e);
	if (code == ERR_OK)
		code = path_check(path, e);
	if (code == ERR_OK)
		code = read_words(json, &c, e);
	if (code == ERR_OK)
		code = json_get_uint(json, "opened_at", &c.opened_at, e);
	if (code == ERR_OK)
		code = read_version(json, &c.version, e);
	if (code == ERR_OK)
		code = check_at(path, ancestor, e);
	if (code != ERR_OK)
		return code;
	c.ancestor = value_share(ancestor);
	c.path = strdup(path);
	if (c.path == NULL)
		code = value_no_memory(e);
	if (code == ERR_OK)
		code =
		    read_decisions(json_object_get(json, "decisions"), &c, e);
	if (code == ERR_OK)
		code = read_sides(json_object_get(json, "sides"), &c, e);
	if (code == ERR_OK)
		*out = c;
	else
		conflict_fini(&c);
	return code;
}
