/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge-eval FILE [--emit] -- try the text merge on what people really made
 * of two versions.
 *
 * Every line of FILE is a case: {"id", "base", "ours", "theirs"}, and "merged"
 * (what a person made of them), "git" ("conflict" where git's merge by lines
 * leaves one), "review" (whether the result is to be put before a person), as
 * far as they are known.  A case is right when it merges and equals "merged"
 * up to white space, wrong when it merges to something else, a conflict when
 * it is left to a person.  The last line sums up; with --emit a line for each
 * case comes first.  schema/cli.md has their form.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/schema.h"
#include "common/core/text_merge.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"

#define USAGE "usage: merge-eval FILE [--emit]\n"
/* A line of three texts, each much longer than a field may be. */
#define LINE_BYTES_MAX ((size_t)64 * 1024 * 1024)

enum exit_status { DONE = 0, FAILED = 1, BAD_USAGE = 2, NO_FILE = 3, BAD = 4 };

enum outcome { RIGHT, WRONG, CONFLICT, OUTCOMES_N };
enum guard { HIT, MISSED, FALSE_ALARM, QUIET, GUARDS_N };

struct tally {
	int64_t all[OUTCOMES_N];
	int64_t conflict_cases[OUTCOMES_N];
	int64_t review[GUARDS_N];
};

/* What all lines are tried with. */
struct eval {
	struct schema *schema; /* whose guard says what is to be read */
	bool is_emitting;
};

/* One line; texts are borrowed from its JSON. */
struct merge_case {
	const char *id;
	struct text_merge_part base, ours, theirs, merged;
	bool has_merged, git_conflicts, has_review, review;
};

static enum err_code
read_text(const json_t *line, const char *key, struct text_merge_part *t,
    struct err *e)
{
	return json_get_str(line, key, &t->ptr, &t->len, e);
}

static enum err_code
read_case(const json_t *line, struct merge_case *c, struct err *e)
{
	const char *git = "";
	enum err_code code;

	*c = (struct merge_case){ .has_merged = json_has(line, "merged"),
		.has_review = json_has(line, "review") };
	if ((code = json_get_str(line, "id", &c->id, NULL, e)) != ERR_OK ||
	    (code = read_text(line, "base", &c->base, e)) != ERR_OK ||
	    (code = read_text(line, "ours", &c->ours, e)) != ERR_OK ||
	    (code = read_text(line, "theirs", &c->theirs, e)) != ERR_OK)
		return code;
	if (c->has_merged)
		code = read_text(line, "merged", &c->merged, e);
	if (code == ERR_OK && json_has(line, "git"))
		code = json_get_str(line, "git", &git, NULL, e);
	if (code == ERR_OK && c->has_review)
		code = json_get_bool(line, "review", &c->review, e);
	c->git_conflicts = strcmp(git, "conflict") == 0;
	return code;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where the next word begins. */
static size_t
past_space(struct text_merge_part t, size_t at)
{
	while (at < t.len && is_space(t.ptr[at]))
		at++;
	return at;
}

static bool
equal_up_to_space(struct text_merge_part a, struct text_merge_part b)
{
	size_t i = past_space(a, 0), j = past_space(b, 0);

	while (i < a.len && j < b.len) {
		size_t i_next = past_space(a, i), j_next = past_space(b, j);

		if ((i_next > i) != (j_next > j) && i_next < a.len &&
		    j_next < b.len)
			return false;
		i = i_next;
		j = j_next;
		if (i == a.len || j == b.len)
			break;
		if (a.ptr[i++] != b.ptr[j++])
			return false;
	}
	return past_space(a, i) == a.len && past_space(b, j) == b.len;
}

static enum err_code
emit(const struct merge_case *c, const struct text_merge_result *r,
    const struct buf *text, struct err *e)
{
	json_t *line = json_object();
	struct buf out;
	enum err_code code;

	buf_init(&out, 2 * LINE_BYTES_MAX);
	code = json_put_str(line, "id", c->id, e);
	if (code == ERR_OK)
		code = json_put_str(
		    line, "outcome", r->is_clean ? "merged" : "conflict", e);
	if (code == ERR_OK)
		code = json_put_take(line, "text",
		    r->is_clean ? json_stringn(text->ptr, text->len)
		                : json_null(),
		    e);
	if (code == ERR_OK)
		code = json_put_bool(line, "review", r->review, e);
	if (code == ERR_OK)
		code = json_print(line, &out, e);
	if (code == ERR_OK)
		(void)puts(out.ptr); /* a failed write shows at the end */
	buf_fini(&out);
	json_decref(line);
	return code;
}

static void
count(const struct merge_case *c, const struct text_merge_result *r,
    const struct buf *text, struct tally *t)
{
	struct text_merge_part made = { text->ptr, text->len };
	enum outcome outcome = CONFLICT;
	/* Left to a person, it is read by one. */
	bool read = r->review || !r->is_clean;

	if (r->is_clean)
		outcome = equal_up_to_space(made, c->merged) ? RIGHT : WRONG;
	if (c->has_merged) {
		t->all[outcome]++;
		t->conflict_cases[outcome] += c->git_conflicts;
	}
	if (c->has_review && c->review)
		t->review[read ? HIT : MISSED]++;
	else if (c->has_review)
		t->review[read ? FALSE_ALARM : QUIET]++;
}

static enum err_code
try_line(const char *bytes, size_t len, const struct eval *v, struct tally *t,
    struct err *e)
{
	static const struct json_limits lim = {
		.bytes_max = LINE_BYTES_MAX, .tokens_max = 1000, .depth_max = 8
	};
	struct text_merge_result result;
	struct merge_case c;
	struct buf text;
	json_t *line = NULL;
	enum err_code code = json_parse(bytes, len, &lim, &line, e);

	buf_init(&text, LINE_BYTES_MAX);
	if (code == ERR_OK)
		code = read_case(line, &c, e);
	if (code == ERR_OK)
		code = text_merge(&(struct text_merge_task){ c.base, c.ours,
		                      c.theirs, schema_guard(v->schema) },
		    &text, &result, e);
	if (code == ERR_OK && v->is_emitting)
		code = emit(&c, &result, &text, e);
	if (code == ERR_OK)
		count(&c, &result, &text, t);
	buf_fini(&text);
	json_decref(line);
	return code;
}

/* A member of the sum: names to numbers. */
static enum err_code
put_counts(json_t *sum, const char *key, const char *const *names,
    const int64_t *counts, size_t n, struct err *e)
{
	json_t *part = json_object();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = json_put_int(part, names[i], counts[i], e);
	if (code == ERR_OK)
		return json_put_take(sum, key, part, e);
	json_decref(part);
	return code;
}

static enum err_code
print_sum(const struct tally *t, struct err *e)
{
	static const char *const outcomes[] = { "right", "wrong", "conflict" };
	static const char *const guards[] = { "hit", "missed", "false_alarm",
		"quiet" };
	json_t *sum = json_object();
	struct buf out;
	enum err_code code;

	buf_init(&out, 1024);
	code = put_counts(sum, "all", outcomes, t->all, OUTCOMES_N, e);
	if (code == ERR_OK)
		code = put_counts(sum, "conflict_cases", outcomes,
		    t->conflict_cases, OUTCOMES_N, e);
	if (code == ERR_OK)
		code =
		    put_counts(sum, "review", guards, t->review, GUARDS_N, e);
	if (code == ERR_OK)
		code = json_print(sum, &out, e);
	if (code == ERR_OK && (puts(out.ptr) < 0 || fflush(stdout) != 0))
		code = err_set(e, ERR_IO, errno, "cannot write the results");
	buf_fini(&out);
	json_decref(sum);
	return code;
}

/* Every line; *line_out is the one that the work ended at. */
static enum err_code
try_lines(FILE *f, const struct eval *v, struct tally *t, size_t *line_out,
    struct err *e)
{
	char *line = NULL;
	size_t room = 0;
	enum err_code code = ERR_OK;

	while (code == ERR_OK) {
		ssize_t len;

		errno = 0;
		len = getline(&line, &room, f);
		if (len < 0 && errno != 0)
			code = err_set(e, ERR_IO, errno, "it cannot be read");
		if (len < 0)
			break;
		++*line_out;
		if (strspn(line, " \t\r\n") == (size_t)len)
			continue;
		code = try_line(line, (size_t)len, v, t, e);
	}
	free(line);
	return code;
}

static enum exit_status
run(const char *path, bool is_emitting)
{
	struct eval v = { .is_emitting = is_emitting };
	struct tally t = { 0 };
	struct err e = { 0 };
	size_t line = 0;
	FILE *f = fopen(path, "rb");
	enum err_code code;

	if (f == NULL) {
		(void)fprintf(stderr, "merge-eval: cannot open %s: %s\n", path,
		    strerror(errno));
		return errno == ENOENT ? NO_FILE : FAILED;
	}
	code =
	    schema_parse(schema_bundle_bytes, schema_bundle_len, &v.schema, &e);
	if (code == ERR_OK)
		code = try_lines(f, &v, &t, &line, &e);
	schema_free(v.schema);
	(void)fclose(f); /* it was only read */
	if (code == ERR_OK)
		code = print_sum(&t, &e);
	if (code == ERR_OK)
		return DONE;
	if (code != ERR_MALFORMED) {
		(void)fprintf(stderr, "merge-eval: %s: %s\n", path, e.msg);
		return FAILED;
	}
	(void)fprintf(
	    stderr, "merge-eval: line %zu is not a case: %s\n", line, e.msg);
	return BAD;
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	bool is_emitting = false, is_usage = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--emit") == 0) {
			is_emitting = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			(void)fputs(USAGE, stdout);
			return DONE;
		} else if (path == NULL && strncmp(argv[i], "--", 2) != 0) {
			path = argv[i];
		} else {
			is_usage = true;
		}
	}
	if (path == NULL || is_usage) {
		(void)fputs(USAGE, stderr);
		return BAD_USAGE;
	}
	return (int)run(path, is_emitting);
}
