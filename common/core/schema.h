/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/base/err.h"

/*
 * schema -- what records may hold: types, fields, merge policies, code lists
 * and on-screen words, read from one bundle of data (schema/README.md).
 *
 * schema_load a bundle, ask anything, schema_free.  A loaded schema never
 * changes and everything reached from it is borrowed from it, so one schema
 * may be read by any number of callers until it is freed.  All here is pure:
 * no file, no clock.
 *
 * A schema is one version of the data.  Records may hold types, fields,
 * columns and codes of a newer one: those are SCHEMA_UNKNOWN or a remark,
 * never an error; they are kept and passed on, and merge.h says how they merge.
 * Nothing in C knows any one type or field.
 */

enum schema_kind {
	SCHEMA_LINE = 1, /* one line of text */
	SCHEMA_TEXT,     /* text with lines */
	SCHEMA_DATE,     /* "2026-11-21" */
	SCHEMA_TIME,     /* "2026-11-21T18:05:09.123Z" */
	SCHEMA_NUMBER,   /* int64 */
	SCHEMA_YES_NO,   /* true or false; absent reads "not known" */
	SCHEMA_CODE,     /* one code of a list */
	SCHEMA_CODES,    /* set of codes: a sorted array, each once */
	SCHEMA_REF,      /* id of a record */
	SCHEMA_REFS,     /* set of ids: a sorted array, each once */
	SCHEMA_ROWS,     /* object: row id -> object of columns */
	SCHEMA_GROUP,    /* object of members; one path, one policy */
};

/* What happens to one path that two people set without seeing each other. */
enum schema_policy {
	SCHEMA_FIXED = 1,
	SCHEMA_LATEST,
	SCHEMA_SET,
	SCHEMA_MERGED_TEXT,
	SCHEMA_RANK,
	SCHEMA_ASK,
	SCHEMA_OFFICE,
};

/* Longest values: limits.h; a field's max_len may be lower. */
#define SCHEMA_FORMAT 5 /* latest format of the bundle that this code reads */
#define SCHEMA_CODE_MAX 64   /* bytes of a code, as of every part of a path */
#define SCHEMA_ROWS_MAX 2000 /* rows of one field; 20 times a long note */
#define SCHEMA_SET_MAX 500   /* members of one set */

struct schema;
struct schema_kept;
struct text_guard;

/* One item of a code list. */
struct schema_code {
	const char *code;
	const char *label;
	const char *from;      /* first day it may be chosen, or NULL */
	const char *to;        /* last day, or NULL */
	const char *note;      /* or NULL */
	const json_t *nations; /* array of codes of list "nation"; NULL: all */
};

/* One code list; items are in the order they are shown in. */
struct schema_list {
	const char *name;
	const char *label;
	const struct schema_code *items;
	size_t items_n;
	const struct schema_code **by_code; /* items_n, sorted by code */
};

/*
 * One field of a type, one column of a rows field, or one member of a group.
 *
 * 1. children are the columns of SCHEMA_ROWS and the members of SCHEMA_GROUP,
 *    sorted by name; no other kind has any.
 * 2. parent is the rows field of a column, the group of a member, else NULL.
 * 3. policy of a group's member is its group's.
 * 4. order is not NULL exactly for SCHEMA_RANK with an order of values.
 */
struct schema_field {
	const char *name;
	const char *label;
	const char *help; /* "" if none */
	enum schema_kind kind;
	enum schema_policy policy;
	bool locks_at_sign_off; /* later values become proposed addenda */
	bool free_text;        /* may hold anyone's words: looked through before
	                          copies are given out */
	bool required_to_sign; /* of a member: the group counts as missing
	                          without it */
	const char *instead; /* field that may be filled in instead, or NULL */
	const char *retention;           /* class that keeps it, a code */
	const char *source;              /* where the term is from, or NULL */
	const struct schema_list *codes; /* CODE and CODES; else NULL */
	const char *ref;                 /* REF and REFS: type; else NULL */
	/* LINE and TEXT: what a merge is held against; NULL in a bundle of
	 * format 1. */
	const struct text_guard *guard;
	const json_t *order; /* array, least to most protective; or NULL */
	bool has_nhs_check;  /* the NHS number's check digit is tested */
	size_t max_len;      /* LINE and TEXT: most bytes */
	int64_t min, max;    /* NUMBER: both allowed */
	size_t place;        /* position in the file, for showing in order */
	const struct schema_field *children;
	size_t children_n;
	const struct schema_field *parent;
};

/* How a record's scopes are found (schema_type.rules, all that match add up,
 * see enum). */
enum schema_rule {
	SCHEMA_EVERYONE = 1, /* "all" */
	SCHEMA_SELF,         /* "<type>:<own id>" */
	SCHEMA_BY_REF,       /* "case:<id>" for each id in `field` */
	SCHEMA_BACK,         /* "case:<id>" for each record of type `type` whose
	                        `field` names this record; `type` is `case` */
	SCHEMA_AUTHOR_WHILE, /* while the code in `field` is one of `in`, or is
	                        absent: "user:<author>" and nothing else */
	SCHEMA_SAME, /* those of each record of its own type that says in
	                `field` that it is the same as this one */
};
/* A record that no rule gives a scope is in "user:<author>". */
struct schema_scope_rule {
	enum schema_rule rule;
	const char *type;  /* SCHEMA_BY_REF and SCHEMA_BACK: scope's type */
	const char *field; /* NULL for EVERYONE and SELF */
	const json_t *in;  /* SCHEMA_AUTHOR_WHILE: array of codes; else NULL */
};

/* What a row of addenda is made of: columns of the rows field, each of its
 * kind. */
struct schema_addendum {
	const char *author;    /* ref to the user who wrote it */
	const char *at;        /* when */
	const char *kind;      /* code */
	const char *text;      /* the words */
	const char *path;      /* line: which place they are about */
	const char *later;     /* code of `kind`: written after sign-off */
	const char *left_over; /* code of `kind`: what had no place in the
	                          signed version */
	/* Code: whether words that were not written as an addendum have been
	 * accepted as one; NULL: there is no such column.  Absent is yes. */
	const char *state;
	const char *proposed, *accepted, *declined; /* codes of `state` */
};

/* How records of a type end in sign-off. */
struct schema_signing {
	const char *field;   /* code field with the state; NULL: never signed */
	const json_t *open;  /* codes in which it may still be changed; absent
	                        state counts as open */
	const char *addenda; /* rows field that takes addenda, or NULL */
	struct schema_addendum addendum; /* with addenda */
	const char *closes;   /* the code that signing sets, or NULL: not signed
	                         by itself */
	const char *addended; /* the code of one with addenda, or NULL */
	const char *error; /* the code of one entered in error, or NULL: set by
	                      two people at the office, and never unset */
	/* What begins or signs a record also sets, or NULL: refs to the user
	 * who began and who signed it, and the time of signing. */
	const char *author;
	const char *by;
	const char *at;
	/* Of what was written anew because it had been entered in error: ref
	 * to that record, and a line that says why; or NULL. */
	const char *copied_from, *copied_because;
	/* A line, with error: whoever proposes that it be marked so says why
	 * here; or NULL. */
	const char *error_because;
	/* Ref to a record that is signed along with it, or NULL. */
	const char *with;
};

/* Where colleagues declare whether anything stands between them and a record's
 * work, and which answers are clear. */
struct schema_interest {
	const char *rows;    /* rows field, or NULL: nobody is asked */
	const char *user;    /* column: ref to who declares */
	const char *answer;  /* column: code */
	const char *on;      /* column: date, or NULL */
	const json_t *clear; /* codes with which they may be given it */
};

/* A competence that the work asks for. */
struct schema_when;
struct schema_need {
	const struct schema_when *when; /* all of them hold of the record */
	size_t when_n;
	const char *competence; /* code of `list` */
	const struct schema_list *list;
};

/* Which rows of a record give a user the scope "<type>:<own id>". */
struct schema_grants {
	const char *rows; /* rows field, or NULL when the type gives none */
	const char *user; /* column: ref to the user */
	const char *from; /* column: first day, or NULL */
	const char *to;   /* column: last day, or NULL */
	struct schema_interest interest;
	const struct schema_need *needs; /* what they should be able to do */
	size_t needs_n;
};

/* What a colleague can do: rows of their record. */
struct schema_competences {
	const char *rows;      /* rows field, or NULL */
	const char *what;      /* column: code */
	const char *from, *to; /* columns: dates, or NULL */
};

/* Fields of the one type whose records are the people who use the service:
 * a user's id is that of their record. */
struct schema_account {
	const char *name;   /* line; NULL in every other type */
	const char *role;   /* code */
	const char *active; /* yes_no: works here now */
	/* Codes of `role`, or NULL: of those who may decide between two
	 * versions that are not theirs, seniors first, then administrators
	 * (decide.h); and of a new colleague of whom nobody said. */
	const json_t *seniors, *administrators;
	const char *usual;
	struct schema_competences competences;
};

/* Where an office keeps how long who may decide: fields of the one type that
 * has such a record, and what holds where they are absent. */
struct schema_deciding {
	const char *author; /* number of hours; NULL in every other type */
	const char *senior; /* number of hours */
	const char *early;  /* yes_no */
	uint64_t author_hours, senior_hours;
	bool is_early;
};

/* Fields that say which template a record was begun with, and the template's
 * version (schema_template.h). */
struct schema_begun {
	const char *name;    /* line; NULL: the type has no templates */
	const char *version; /* number */
};

/* What ends the waiting of a record of intake: the time in its own field, or an
 * earlier one that something else tells of. */
struct schema_intake_step {
	const char *field;  /* time */
	const char *within; /* number field of the `deciding` type: working days
	                       in which it is to happen; or NULL */
	bool is_granted;    /* also: somebody was given the case */
	/* Also: a record of this type that names the case, at its time or date
	 * `at`, when its code `result` is one of `in`; NULL: none. */
	const char *type, *of_case, *at, *result;
	const json_t *in;
};
/* A record that a new case has beside it, when its code is one of `in`. */
struct schema_intake_part {
	const char *type, *of_case; /* its ref to the case */
	const json_t *in;
};
/* How records of a type are answered and become cases (intake.h). */
struct schema_intake {
	const char *of_case; /* ref to the case; NULL: the type has no intake */
	const char *status;  /* code; these wait for an answer, as does none */
	const json_t *waits;
	const char *accepted, *declined; /* codes of `status` */
	const char *because;             /* code: why it was declined */
	const json_t *declined_as;       /* {code of `because`: another code of
	                                    `status` than `declined`}, or NULL */
	const char *received;            /* time */
	const char *needed_by;           /* date */
	const char *nation; /* code field of the `deciding` type: whose bank
	                       holidays count; or NULL */
	/* In the order in which they happen; the last is what all of it is
	 * for. */
	const struct schema_intake_step *steps;
	size_t steps_n;
	/* The case that is made: these fields as in the record, that status
	 * and date; and its parts, by the code `part_by` of the case. */
	const json_t *copied;
	const char *case_status, *case_open, *case_from;
	const char *part_by;
	const struct schema_intake_part *parts;
	size_t parts_n;
};

/* How records of a type are found to be of one and the same (same.h), and
 * where it is written that they are. */
struct schema_same {
	/* Ref to the type itself, which only the office sets: the record that
	 * stands for this one; NULL in a type without. */
	const char *field;
	const char *born;      /* date, or NULL */
	const json_t *names;   /* array of lines, one or more */
	const json_t *numbers; /* array of lines, or NULL */
	/* Array of refs: "group/member" or "rows/column"; or NULL. */
	const json_t *places;
};

/* What its person agreed to, or took back, that records of a type rest on
 * (agreed.h), and whose it is to look where it was taken back. */
struct schema_agreed {
	const char *of;  /* the type of agreements; NULL in a type without */
	const char *ref; /* ref to the one that it rests on */
	const char *who; /* ref to the person, in both types */
	const char *at;  /* date or time: when it was done */
	const char *to;  /* ref to whom it was done with, or NULL */
	/* May be done whatever the person says: a code field, or NULL, and for
	 * which of its codes. */
	const char *law;
	const json_t *lawful;
	/* Fields of `of`: the day; what it is about, and which codes of that
	 * where the record names none; with whom, or NULL; the answer, and
	 * which of its codes are a yes and a no. */
	const char *on, *what, *with, *answer;
	const json_t *about, *yes, *no;
	const char *role; /* a code of the account's role */
};

/* Which file a record is of: one that is kept and sent beside it (blob.h). */
struct schema_content {
	const char *hash;  /* line: SHA-256 of the file, hex; NULL: there is
	                      none */
	const char *size;  /* number: its bytes; the field's max is the limit */
	const char *media; /* code: what kind of file */
	const char *kind;  /* code: what it is of */
	/* Refs: what it may belong to; it is removed only before that is
	 * signed. */
	const json_t *of;
	const char *seen_with; /* refs: filled in as in what it belongs to */
};

#define SCHEMA_TITLE_MADE "@made"

struct schema_type {
	const char *name;
	const char *label;
	const char *plural;
	const char *help;
	const char *retention;
	const struct schema_field *fields; /* sorted by name */
	size_t fields_n;
	const struct schema_scope_rule *rules;
	size_t rules_n;
	/* Paths that make its one-line name, shown in order, absent ones left
	 * out; "a|b" is a, or b where a is absent; "a/b" is a group's member;
	 * a ref is shown as the title of what it names.  SCHEMA_TITLE_MADE is
	 * when the record was begun. */
	const char *const *title;
	size_t title_n;
	struct schema_signing signing;
	struct schema_begun begun;
	struct schema_grants grants;
	struct schema_account account;
	struct schema_deciding deciding;
	struct schema_intake intake;
	struct schema_same same;
	struct schema_agreed agreed;
	const struct schema_kept *kept; /* schema_retention.h; NULL: no cases */
	struct schema_content content;
};

/* Check a bundle, a JSON object {format, version, records, codes, words} and
 * from format 2 on also {guard}, from 5 on also {holidays}, and build a schema
 * from a copy of it. ERR_INVALID: the message names the file and the field and
 * says what is wrong; ERR_NEWER: its format is of a later program; ERR_NOMEM.
 */
enum err_code schema_load(
    const json_t *bundle, struct schema **out, struct err *e) ERR_CHECKED;
/* As schema_load, from the bytes of the bundle (schema_bundle.h has those
 * that the program was built with). */
enum err_code schema_parse(const char *bytes, size_t len, struct schema **out,
    struct err *e) ERR_CHECKED;
void schema_free(struct schema *s);

/* The bundle's version: a higher one replaces a lower. */
int64_t schema_version(const struct schema *s);

/* Types and lists by name (NULL if unknown); types by position too, sorted by
 * name (i < count). */
const struct schema_type *schema_type(const struct schema *s, const char *name);
/* The type with an account; every schema has one. */
const struct schema_type *schema_account_type(const struct schema *s);
/* The type with `deciding`, or NULL. */
const struct schema_type *schema_deciding_type(const struct schema *s);
/* Each of its records is a scope of its own: one that people are given (by rows
 * of it, or by hand), or, where the type gives none, nobody's, so that what is
 * written there stays with the office. */
bool schema_is_own_scope(const struct schema_type *type);
bool schema_stays_at_office(const struct schema_type *type);
size_t schema_types_n(const struct schema *s);
const struct schema_type *schema_type_at(const struct schema *s, size_t i);
const struct schema_list *schema_list(const struct schema *s, const char *name);

/* A list's item, NULL if it has no such code; and its label, the code itself
 * if it has none, so that a page always has something to show. */
const struct schema_code *schema_code(
    const struct schema_list *list, const char *code);
const char *schema_code_label(const struct schema_list *list, const char *code);
/* True if the item may be chosen on this day ("2026-11-21") in this nation
 * ("wales"; NULL: in any). */
bool schema_code_is_current(
    const struct schema_code *item, const char *day, const char *nation);

/* Words that turn the meaning of those around them (text_guard.h); NULL in a
 * bundle of format 1. */
const struct text_guard *schema_guard(const struct schema *s);

/* An on-screen sentence ("content.draft"); the key itself if there is none.
 * Words in {braces} are for the caller to fill in. */
const char *schema_word(const struct schema *s, const char *key);

/* The bank holidays of some nations. */
struct schema_holiday {
	int64_t day; /* workdays.h */
	const char *label;
};
struct schema_holidays {
	const char *name;
	const char *label;
	const char *source;
	const json_t *nations; /* array of codes of list "nation" */
	int64_t from, to;      /* first and last day that it knows of */
	const struct schema_holiday *days; /* from Monday to Friday, in order */
	size_t days_n;
};
/* Those of a nation; NULL: there is no list, or no nation was said (NULL). */
const struct schema_holidays *schema_holidays(
    const struct schema *s, const char *nation);

/* What a path names. */
enum schema_part {
	SCHEMA_PART_BAD = 0, /* can be no path: below a value, bad name */
	SCHEMA_PART_UNKNOWN, /* a field or column of a newer schema */
	SCHEMA_PART_RECORD,  /* "" */
	SCHEMA_PART_FIELD,   /* "summary", also a whole set or rows field */
	SCHEMA_PART_MEMBER,  /* "client_group/dementia", "cases/<id>" */
	SCHEMA_PART_ROW,     /* "statements/<row id>" */
	SCHEMA_PART_COLUMN,  /* "statements/<row id>/text" */
};
struct schema_spot {
	enum schema_part part;
	/* The field; a member's set, a row's rows field, the column itself;
	 * NULL for BAD, UNKNOWN and RECORD. */
	const struct schema_field *field;
};
struct schema_spot schema_find(
    const struct schema_type *type, const char *path);

/* schema_find(...).field: NULL for what this schema does not know. */
const struct schema_field *schema_find_field(
    const struct schema_type *type, const char *path);
/* A column or member by its name, NULL if there is none. */
const struct schema_field *schema_child(
    const struct schema_field *field, const char *name);
/* Fields (or children) in the order of the file, for showing: the i-th, i <
 * the count.  Linear in the count. */
const struct schema_field *schema_shown(
    const struct schema_field *fields, size_t n, size_t i);

/* Remarks on a value that is allowed: bits, for showing to its author. */
#define SCHEMA_REMARK_UNKNOWN_NAME 1U /* field or column of a newer schema */
#define SCHEMA_REMARK_UNKNOWN_CODE 2U /* not in its list */
#define SCHEMA_REMARK_CHECK_DIGIT 4U  /* NHS number does not add up */

/* Check what a path is to hold.  value NULL is "absent" and always allowed.
 * A member holds true; a row an object of its columns; path "" a whole
 * document.  Text must be UTF-8, printable, not empty and within its length;
 * dates must exist; sets and groups must not be empty (empty is absent).  On
 * ERR_OK the remarks are set (remarks_out may be NULL).  ERR_INVALID: the
 * message names the path and says what to do, in words for people. */
enum err_code schema_check_value(const struct schema_type *type,
    const char *path, const json_t *value, unsigned *remarks_out,
    struct err *e) ERR_CHECKED;

/* A value's place in a rank field's order, 0 the least protective; -1 when the
 * order does not have it (a newer code) or value is NULL. */
int schema_rank_of(const struct schema_field *field, const json_t *value);
/* Compare two values of a rank field: true, and *sign_out below, at or above 0
 * as a is less protective than, the same as or more protective than b; absent
 * (NULL) is least.  False when one is not in the order: then only a person can
 * say. */
bool schema_rank_compare(const struct schema_field *field, const json_t *a,
    const json_t *b, int *sign_out);

/* True if a record with this document is past its sign-off (always false for
 * types without one). */
bool schema_is_signed(const struct schema_type *type, const json_t *doc);
/* The next field, from position *i on in file order, that must be filled in
 * before the record may be signed and is not; NULL when there is no more.
 * Start with *i = 0. */
const struct schema_field *schema_missing(
    const struct schema_type *type, const json_t *doc, size_t *i);

/* The words for kinds and policies as in schema/records ("yes_no", "ask"). */
const char *schema_kind_word(enum schema_kind kind);
const char *schema_policy_word(enum schema_policy policy);

#endif
