/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_INT_H
#define CORE_SCHEMA_INT_H

#include "common/core/schema.h"
#include "common/core/schema_when.h"

/*
 * schema_int -- what the files of the schema module share.
 *
 * A schema keeps a copy of its bundle; every string in its structs is borrowed
 * from that copy, and every array comes from one chain of blocks, so freeing
 * is the chain and the copy.
 */
struct schema_block {
	struct schema_block *next;
	max_align_t data[];
};

struct schema {
	json_t *bundle;
	int64_t version;
	struct schema_block *blocks;
	const struct schema_type *types; /* sorted by name */
	size_t types_n;
	const struct schema_type *account;  /* the one that has one */
	const struct schema_type *deciding; /* the same, or NULL */
	const struct schema_list *lists;    /* sorted by name */
	size_t lists_n;
	const json_t *words;
	const struct text_guard *guard; /* NULL if the bundle has none */
	const struct schema_dual *duals;
	size_t duals_n;
	const struct schema_template *templates; /* sorted by name */
	size_t templates_n;
	const struct schema_checklist *checklists; /* sorted by name */
	size_t checklists_n;
	const struct schema_holidays *holidays;
	size_t holidays_n;
	const struct schema_page *pages; /* sorted by name */
	size_t pages_n;
	const struct schema_guide *guides; /* sorted by name */
	size_t guides_n;
	const struct schema_retention *retentions; /* sorted by name */
	size_t retentions_n;
};

/* What the parts of a path are written with (path.h). */
#define SCHEMA_PATH_CHARS                                                      \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

/* Where in the bundle the loader is, for its messages. */
struct schema_where {
	struct schema *s;
	const char *folder; /* "records", "codes" or "" */
	const char *file;   /* without ".json" */
	const char *field;  /* "actual" or "" */
	const char *child;  /* column or member, or "" */
};

/* n zeroed items that live as long as s; NULL when out of memory. */
void *schema_alloc(struct schema *s, size_t n, size_t len);

/* "records/visit.json: field actual/start: ...": ERR_INVALID. */
enum err_code schema_bad(const struct schema_where *w, struct err *e,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Borrow a string member that is one printable line; *out is NULL when it is
 * missing and not required. */
enum err_code schema_read_line(const struct schema_where *w, json_t *obj,
    const char *key, bool is_required, const char **out,
    struct err *e) ERR_CHECKED;
/* A true/false member, `otherwise` when it is missing. */
enum err_code schema_read_bool(const struct schema_where *w, json_t *obj,
    const char *key, bool otherwise, bool *out, struct err *e) ERR_CHECKED;
/* A whole number member, `otherwise` when it is missing. */
enum err_code schema_read_int(const struct schema_where *w, json_t *obj,
    const char *key, int64_t otherwise, int64_t *out,
    struct err *e) ERR_CHECKED;
/* Every key of obj is one of the n allowed. */
enum err_code schema_read_keys(const struct schema_where *w, json_t *obj,
    const char *const *allowed, size_t n, struct err *e) ERR_CHECKED;

/* The head of a definition: an object that has none but these n keys, of which
 * the first holds its name, that of its file, and `version`, where it is one of
 * them, is 1 or more. */
enum err_code schema_read_head(const struct schema_where *w, json_t *def,
    const char *const *keys, size_t n, const char **name_out,
    struct err *e) ERR_CHECKED;

/* A folder of definitions ("templates"), and what reads one of them into an
 * item, which is zeroed. */
struct schema_folder {
	const char *name;
	size_t item_len;
	enum err_code (*load)(
	    struct schema_where *w, json_t *def, void *item, struct err *e);
};
/* Read each definition of defs, in the order of names: as many items as it has
 * members, in that order, which live as long as s.  ERR_INVALID: it is no
 * object, or a definition does not hold. */
enum err_code schema_load_folder(struct schema *s,
    const struct schema_folder *folder, json_t *defs, void **items_out,
    struct err *e) ERR_CHECKED;

/* The first and the last day of what is dated ("from" and "to"); NULL where it
 * has none.  what: the thing's name, for messages. */
enum err_code schema_read_dates(const struct schema_where *w, json_t *obj,
    const char *what, const char **from, const char **to,
    struct err *e) ERR_CHECKED;
/* Nations that something holds in ("nation"): codes of that list; NULL: in
 * all. */
enum err_code schema_read_nations(const struct schema_where *w, json_t *obj,
    const char *what, const json_t **out, struct err *e) ERR_CHECKED;

/* Names of types, fields and lists: a-z first, then a-z 0-9 _. */
bool schema_name_is_ok(const char *name);
/* Codes: lower case (or a digit first) with _ and digits, or upper case so. */
bool schema_code_is_ok(const char *code);
bool schema_date_is_ok(const char *text);

/* Make the fields (columns, members) out of an object of definitions.  parent
 * is NULL for a type's own.  *type is being filled: its signing is read. */
enum err_code schema_load_fields(struct schema_where *w, json_t *defs,
    struct schema_type *type, struct schema_field *parent,
    struct err *e) ERR_CHECKED;
/* Fill s->lists and s->words; the types come after, they name lists. */
enum err_code schema_load_lists(
    struct schema *s, json_t *codes, struct err *e) ERR_CHECKED;
enum err_code schema_load_words(
    struct schema *s, json_t *words, struct err *e) ERR_CHECKED;
/* Fill s->holidays; after the code lists, of which they name nations. */
enum err_code schema_load_holidays(
    struct schema *s, json_t *holidays, struct err *e) ERR_CHECKED;
/* Fill s->guard; the types come after, their fields point to it. */
enum err_code schema_load_guard(
    struct schema *s, json_t *guard, struct err *e) ERR_CHECKED;
/* Read title, scope, signing and grants of a type whose fields are there. */
enum err_code schema_load_rules(struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;

/* The field that `key` names is there, and of one of these kinds. */
#define SCHEMA_KIND_BIT(kind) (1U << (kind))
enum err_code schema_check_field(const struct schema_where *w, const char *key,
    const struct schema_field *field, unsigned kinds,
    struct err *e) ERR_CHECKED;
/* The same of each of `names` in obj, where the name stands as `key`: fields
 * of the type, or with rows its columns. */
struct schema_named {
	const char *key;
	const char **name; /* borrowed from obj; NULL: it is missing */
	enum schema_kind kind;
	bool is_required;
};
enum err_code schema_read_names(const struct schema_where *w, json_t *obj,
    const struct schema_type *type, const struct schema_field *rows,
    const struct schema_named *names, size_t n, struct err *e) ERR_CHECKED;
/* A field of the type itself, of one of these kinds; and a list of names of
 * such.  What is missing leaves the output as it is. */
enum err_code schema_own_field(const struct schema_where *w, const char *key,
    const struct schema_type *type, const char *name, unsigned kinds,
    const struct schema_field **out, struct err *e) ERR_CHECKED;
enum err_code schema_own_fields(const struct schema_where *w, json_t *def,
    const char *key, const struct schema_type *type,
    const struct schema_field ***out, size_t *n_out, struct err *e) ERR_CHECKED;
/* Fill s->pages; after the types. */
enum err_code schema_load_pages(
    struct schema *s, json_t *pages, struct err *e) ERR_CHECKED;
/* Fill s->guides; after the types. */
enum err_code schema_load_guides(
    struct schema *s, json_t *guides, struct err *e) ERR_CHECKED;
/* Fill s->retentions, and read what says when a case ended; after the types. */
enum err_code schema_load_retentions(
    struct schema *s, json_t *defs, struct err *e) ERR_CHECKED;
enum err_code schema_load_kept(struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
/* Read which acts need two people; after the types. */
enum err_code schema_load_dual(
    struct schema *s, json_t *acts, struct err *e) ERR_CHECKED;
/* Read how a type ends in sign-off. */
enum err_code schema_load_signing(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
/* Read who a colleague is, and how long who may decide. */
enum err_code schema_load_account(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
enum err_code schema_load_deciding(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
/* A field or a group's member; NULL if it is neither. */
const struct schema_field *schema_plain_field(
    const struct schema_type *type, const char *path);
/* Conditions on records of a type, none if defs is NULL; may_look_away: on what
 * they refer to and what refers to them as well. */
enum err_code schema_load_whens(const struct schema_where *w, json_t *defs,
    const struct schema_type *type, bool may_look_away,
    struct schema_whens *out, struct err *e) ERR_CHECKED;
/* Read what is asked before somebody is given work: who declares, and what
 * colleagues can do; and, after the types, what a type's work asks for. */
enum err_code schema_load_interest(const struct schema_where *w, json_t *grants,
    struct schema_type *type, struct err *e) ERR_CHECKED;
enum err_code schema_load_competences(const struct schema_where *w,
    json_t *account, struct schema_type *type, struct err *e) ERR_CHECKED;
enum err_code schema_load_needs(
    struct schema *s, struct schema_type *type, struct err *e) ERR_CHECKED;
/* Read templates and checklists; after the types. */
enum err_code schema_load_templates(
    struct schema *s, json_t *defs, struct err *e) ERR_CHECKED;
enum err_code schema_load_checklists(
    struct schema *s, json_t *defs, struct err *e) ERR_CHECKED;
/* Read how its records become cases; after the rules of all types. */
enum err_code schema_load_intake(struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
/* Read how records are found to be of one and the same. */
enum err_code schema_load_same(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
/* Read which agreement its records rest on; after the rules of all types. */
enum err_code schema_load_agreed(struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
/* Read which file its records are of. */
enum err_code schema_load_content(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e) ERR_CHECKED;
/* The codes of a field's list that an array names; at least one. */
enum err_code schema_check_codes(const struct schema_where *w, const char *key,
    const json_t *codes, const struct schema_field *field,
    struct err *e) ERR_CHECKED;

/* jansson iterates without changing, but takes no const. */
static inline json_t *
schema_iterable(const json_t *value)
{
	union {
		const json_t *in;
		json_t *out;
	} u = { .in = value };

	return u.out;
}

#endif
