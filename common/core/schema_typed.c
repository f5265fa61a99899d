/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/schema_typed.h"

#include <string.h>
#include <strings.h>

#include "common/base/near.h"

/* The first codes of a list, so that a wrong one can be put right. */
static void
list_codes(const struct schema_list *list, char *out, size_t cap)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < list->items_n && at < cap; i++) {
		int n = snprintf(out + at, cap - at, "%s%s", i > 0 ? ", " : "",
		    list->items[i].code);

		if (n < 0 || (size_t)n >= cap - at) {
			(void)snprintf(out + at, cap - at, "%s",
			    cap - at > 5 ? ", ..." : "");
			return;
		}
		at += (size_t)n;
	}
}

enum err_code
schema_code_typed(const struct schema_field *f, const char *text,
    const char **out, struct err *e)
{
	const struct schema_list *list = f->codes;
	struct near near = { 0 };
	char all[120];

	for (size_t i = 0; i < list->items_n; i++) {
		const struct schema_code *item = &list->items[i];

		if (strcasecmp(item->code, text) == 0 ||
		    (item->label != NULL &&
		        strcasecmp(item->label, text) == 0)) {
			*out = item->code;
			return ERR_OK;
		}
		near_offer(&near, text, item->code);
	}
	if (near.word != NULL)
		return err_set(e, ERR_INVALID, 0,
		    "%s: there is no \"%.60s\"; did you mean \"%s\"?", f->label,
		    text, near.word);
	list_codes(list, all, sizeof(all));
	return err_set(e, ERR_INVALID, 0,
	    "%s: there is no \"%.40s\"; choose from %s", f->label, text, all);
}

enum err_code
schema_code_value(
    const struct schema_field *f, const char *text, json_t **out, struct err *e)
{
	const char *found;
	enum err_code code = schema_code_typed(f, text, &found, e);

	if (code != ERR_OK)
		return code;
	*out = json_string(found);
	return *out != NULL ? ERR_OK
	                    : err_set(e, ERR_NOMEM, 0, "out of memory");
}
