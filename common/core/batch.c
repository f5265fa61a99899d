/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/limits.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"

void
batch_init(struct batch *b)
{
	*b = (struct batch){ 0 };
}

void
batch_fini(struct batch *b)
{
	for (size_t i = 0; i < b->n_changes; i++)
		change_fini(&b->changes[i]);
	free(b->changes);
	batch_init(b);
}

static enum err_code
changes_to_json(const struct batch *b, json_t **out, struct err *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->n_changes; i++) {
		json_t *one = NULL;
		enum err_code code = change_to_json(&b->changes[i], &one, e);

		/* A batch says its device once. */
		if (code == ERR_OK)
			(void)json_object_del(one, "device");
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
		if (code != ERR_OK) {
			json_decref(list);
			return code;
		}
	}
	*out = list;
	return ERR_OK;
}

enum err_code
batch_to_json(const struct batch *b, json_t **out, struct err *e)
{
	json_t *json = json_object(), *changes = NULL;
	enum err_code code;

	if ((code = json_put_id(json, "device", b->device, e)) != ERR_OK ||
	    (code = json_put_int(json, "from", (int64_t)b->from, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "before", b->before.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "link", b->link.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_base64(json, "sig", b->sig.b, SIGN_SIG_LEN, e)) !=
	        ERR_OK ||
	    (code = changes_to_json(b, &changes, e)) != ERR_OK ||
	    (code = json_put_take(json, "changes", changes, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

/* One change of a batch: the device that the batch says, the counter that its
 * place says. */
static enum err_code
one_from_json(const json_t *json, struct batch *b, struct err *e)
{
	struct change *c = &b->changes[b->n_changes];
	json_t *whole;
	enum err_code code;

	if (!json_is_object(json) || json_has(json, "device"))
		return err_set(e, ERR_MALFORMED, 0, "change: not of its form");
	whole = json_copy_all(json);
	code = json_put_id(whole, "device", b->device, e);
	if (code == ERR_OK)
		code = change_from_json(whole, c, e);
	json_decref(whole);
	if (code != ERR_OK)
		return code;
	b->n_changes++;
	if (c->counter != b->from + b->n_changes - 1)
		return err_set(e, ERR_MALFORMED, 0,
		    "counter: %llu is out of place",
		    (unsigned long long)c->counter);
	return ERR_OK;
}

static enum err_code
changes_from_json(const json_t *json, struct batch *b, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code = json_get_arr(json, "changes", &list, e);

	if (code != ERR_OK)
		return code;
	n = json_array_size(list);
	if (n == 0 || n > LIMIT_BATCH_CHANGES)
		return err_set(e, ERR_MALFORMED, 0, "changes: wrong count");
	if (b->from == 0 || b->from > INT64_MAX - n)
		return err_set(e, ERR_MALFORMED, 0, "from: out of range");
	b->changes = calloc(n, sizeof(*b->changes));
	if (b->changes == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		code = one_from_json(json_array_get(list, i), b, e);
		if (code != ERR_OK)
			return code;
	}
	b->to = b->from + n - 1;
	return ERR_OK;
}

enum err_code
batch_from_json(const json_t *json, struct batch *out, struct err *e)
{
	struct batch b;
	enum err_code code;

	batch_init(&b);
	if ((code = json_get_id(json, "device", &b.device, e)) != ERR_OK ||
	    (code = json_get_uint(json, "from", &b.from, e)) != ERR_OK ||
	    (code = json_get_hex(json, "before", b.before.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(json, "link", b.link.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_bytes(json, "sig", b.sig.b, SIGN_SIG_LEN, e)) !=
	        ERR_OK ||
	    (code = changes_from_json(json, &b, e)) != ERR_OK) {
		batch_fini(&b);
		return code;
	}
	*out = b;
	return ERR_OK;
}

enum err_code
batch_check(struct batch *b, struct id office, const struct sign_pub *pub,
    change_lookup lookup, void *arg, struct err *e)
{
	struct hash32 link = b->before;
	enum err_code code;

	/* The signature first: it is cheap beside rebuilding, and covers the
	 * link that the changes must then add up to. */
	if (!change_sig_ok(pub, office, b->device, b->to, b->link, &b->sig))
		return err_set(
		    e, ERR_AUTH, 0, "the signature is not the device's");
	for (size_t i = 0; i < b->n_changes; i++) {
		code = change_rebuild(&b->changes[i], lookup, arg, e);
		if (code == ERR_OK)
			code = change_link_next(link, &b->changes[i], &link, e);
		if (code != ERR_OK)
			return code;
	}
	if (!hash32_equal(link, b->link))
		return err_set(e, ERR_MALFORMED, 0, "the links do not add up");
	return ERR_OK;
}
