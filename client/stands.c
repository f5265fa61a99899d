/* SPDX-License-Identifier: Apache-2.0 */
#include "client/stands.h"

#include "common/core/same.h"

/* What the record names as standing for it; the record itself where it names
 * nothing or is not here.  *is_here_out: it is, and was not removed. */
static enum err_code
named(struct client *c, const struct schema_type *type, struct id id,
    struct id *out, bool *is_here_out, struct err *e)
{
	const char *text;
	struct record r;
	struct err why;
	enum err_code code = device_store_record(c->store, id, &r, &why);

	*out = id;
	*is_here_out = false;
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK) {
		if (e != NULL)
			*e = why;
		return code;
	}
	*is_here_out = !record_is_removed(&r);
	text = same_stands(type, r.doc);
	if (text != NULL && !id_parse(text, out))
		*out = id;
	record_fini(&r);
	return ERR_OK;
}

enum err_code
stands_for(struct client *c, const struct schema_type *type, struct id id,
    struct id *out, struct err *e)
{
	struct id stands = id, beyond;
	bool is_here = true;
	enum err_code code = ERR_OK;

	if (type != NULL && type->same.field != NULL)
		code = named(c, type, id, &stands, &is_here, e);
	if (code == ERR_OK && is_here && !id_equal(stands, id))
		code = named(c, type, stands, &beyond, &is_here, e);
	if (code == ERR_OK)
		*out = is_here ? stands : id;
	return code;
}
