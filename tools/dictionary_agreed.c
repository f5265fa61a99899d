/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Among the facts of a type: which agreement of its person its records rest on.
 */
#include "tools/dictionary.h"

#define LABELS_MAX ((size_t)8192)

/* Labels of codes in a field's list. */
static void
labels_of(const struct dictionary *d, const struct schema_type *type,
    const char *field, const json_t *codes, struct buf *out)
{
	buf_init(out, LABELS_MAX);
	dictionary_labels(d, schema_find_field(type, field)->codes, codes, out);
}

void
dictionary_agreed(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_agreed *a = &type->agreed;
	const struct schema_type *of, *account = schema_account_type(d->schema);
	struct buf about, no, lawful;

	if (a->of == NULL)
		return;
	of = schema_type(d->schema, a->of);
	labels_of(d, of, a->what, a->about, &about);
	labels_of(d, of, a->answer, a->no, &no);
	dictionary_fact(d, "dictionary.agreed");
	dictionary_words(d, "dictionary.agreed.help", "of", of->label, "ref",
	    dictionary_label_of(type, a->ref), "about", about.ptr, "no", no.ptr,
	    "role",
	    schema_code_label(
	        schema_find_field(account, account->account.role)->codes,
	        a->role),
	    NULL);
	if (a->law != NULL) {
		labels_of(d, type, a->law, a->lawful, &lawful);
		dictionary_text(d, " ");
		dictionary_words(d, "dictionary.agreed.law", "law",
		    dictionary_label_of(type, a->law), "lawful", lawful.ptr,
		    NULL);
		buf_fini(&lawful);
	}
	dictionary_fact_end(d);
	buf_fini(&about);
	buf_fini(&no);
}
