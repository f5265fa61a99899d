/* SPDX-License-Identifier: Apache-2.0 */
#include "client/stands.h"

#include "client/save.h"
#include "common/core/same.h"

/* What the record names as standing for it; the record itself where it names
 * nothing or is not here.  *is_here_out: it is, and was not removed. */
static enum err_code
named(struct client *c, const struct schema_type *type, struct id id,
    struct id *out, bool *is_here_out, struct err *e)
{
	const char *text;
	json_t *doc;
	enum err_code code = record_doc(c, id, &doc, e);

	if (code != ERR_OK)
		return code;
	*is_here_out = doc != NULL;
	text = same_stands(type, doc);
	if (text == NULL || !id_parse(text, out))
		*out = id;
	json_decref(doc);
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
