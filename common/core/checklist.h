/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CHECKLIST_H
#define CORE_CHECKLIST_H

#include "common/core/schema.h"
#include "common/core/schema_when.h"

/*
 * checklist -- what the law asks of a kind of work, as dated data
 * (schema/README.md): what is not met is a warning with its reason and source,
 * and stops nobody.
 *
 * All is borrowed from the schema.
 */
struct checklist_item {
	const char *name;
	const char *label;        /* what should be there */
	const char *reason;       /* why, in a sentence */
	const char *source;       /* the law, or other ground */
	const char *from, *to;    /* first and last day in force, or NULL */
	const json_t *nations;    /* codes of "nation"; NULL: in all */
	struct schema_whens when; /* all of them, else it does not concern */
	struct schema_whens met;  /* one of them is enough */
};

struct schema_checklist {
	const char *name, *label;
	const char *source; /* or NULL */
	const struct schema_type *type;
	struct schema_whens when; /* as an item's, for every item */
	const struct checklist_item *items;
	size_t items_n;
};

size_t schema_checklists_n(const struct schema *s);
/* In the order of their names. */
const struct schema_checklist *schema_checklist_at(
    const struct schema *s, size_t i);

/* How the check reads other records; the documents are the caller's to
 * json_decref. */
struct checklist_look {
	void *arg;
	/* One record's document; NULL when it is not here. */
	enum err_code (*get)(
	    void *arg, const char *id, json_t **out, struct err *e);
	/* An array of the documents of all records of a type whose ref field
	 * names this record. */
	enum err_code (*referring)(void *arg, const char *type,
	    const char *field, const char *id, json_t **out, struct err *e);
};

/* What is looked at. */
struct checklist_of {
	const struct schema *schema;
	const struct schema_type *type;
	const char *id;
	const json_t *doc;
	const char *day;    /* "2026-11-21" */
	const char *nation; /* a code, or NULL: not known, so all count */
	const struct checklist_look *look;
};

/* Append to `out` an object for each item that is not met: {"checklist",
 * "item", "label", "reason", "source", "nation"?}.  Where a record that it
 * asks for is not here, nothing is said.  Errors are those of look, and
 * ERR_NOMEM. */
enum err_code checklist_check(
    const struct checklist_of *of, json_t *out, struct err *e) ERR_CHECKED;

#endif
