/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page that schema-bundle makes: it names what "TYPE fields" names, and
 * what is added to the JSON is on it.
 */
#include "tests/support/check.h"

#include <dirent.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/core/fields.h"
#include "common/core/schema.h"
#include "common/sys/json.h"

#define BYTES_MAX ((size_t)16 * 1024 * 1024)

static const struct json_limits limits = {
	.bytes_max = BYTES_MAX, .tokens_max = 1000000, .depth_max = 32
};

/* A copy of the schema folder and what was made of it. */
struct made {
	struct check_folder folder;
	struct buf page;
	json_t *bundle;
	struct schema *schema;
};

static json_t *
load(const char *path)
{
	struct buf bytes;
	struct err e = { 0 };
	json_t *json = NULL;

	buf_init(&bytes, BYTES_MAX);
	assert_ok(file_load(path, &bytes, &e), &e);
	assert_ok(json_parse(bytes.ptr, bytes.len, &limits, &json, &e), &e);
	buf_fini(&bytes);
	return json;
}

static void
store(const char *path, json_t *json)
{
	struct buf bytes;
	struct err e = { 0 };

	buf_init(&bytes, BYTES_MAX);
	assert_ok(json_print(json, &bytes, &e), &e);
	assert_ok(file_save(path, bytes.ptr, bytes.len, &e), &e);
	buf_fini(&bytes);
	json_decref(json);
}

static void
path_in(const struct made *m, const char *name, char out[static FILE_PATH_MAX])
{
	assert_true(file_join(out, m->folder.path, name));
}

static void
copy_file(const char *from, const char *to)
{
	struct buf bytes;
	struct err e = { 0 };

	buf_init(&bytes, BYTES_MAX);
	assert_ok(file_load(from, &bytes, &e), &e);
	assert_ok(file_save(to, bytes.ptr, bytes.len, &e), &e);
	buf_fini(&bytes);
}

static void
copy_folder(const struct made *m, const char *name)
{
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
	char file[FILE_PATH_MAX], copy[FILE_PATH_MAX];
	const struct dirent *entry;
	struct err e = { 0 };
	DIR *dir;

	assert_true(file_join(from, VISITBOOK_SOURCE_DIR "/schema", name));
	path_in(m, name, to);
	assert_ok(file_make_folder(to, &e), &e);
	dir = opendir(from);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_true(file_join(file, from, entry->d_name));
		assert_true(file_join(copy, to, entry->d_name));
		copy_file(file, copy);
	}
	(void)closedir(dir);
}

static struct made
copied(void)
{
	static const char *const files[] = { "bundle.json", "words.json",
		"dual.json" };
	static const char *const folders[] = { "records", "codes", "guard",
		"templates", "checklists", "holidays", "pages", "guides",
		"retention" };
	struct made m = { .folder = check_folder_new() };
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX];

	buf_init(&m.page, BYTES_MAX);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		copy_folder(&m, folders[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_true(
		    file_join(from, VISITBOOK_SOURCE_DIR "/schema", files[i]));
		path_in(&m, files[i], to);
		copy_file(from, to);
	}
	return m;
}

/* Run schema-bundle on the copy, and load what it wrote. */
static void
bundled(struct made *m)
{
	char program[] = SCHEMA_BUNDLE_PROGRAM, option[] = "--page";
	char c[FILE_PATH_MAX], json[FILE_PATH_MAX], html[FILE_PATH_MAX];
	char *argv[] = { program, m->folder.path, c, json, option, html, NULL };
	char *envp[] = { NULL };
	struct err e = { 0 };
	int status;
	pid_t pid;

	path_in(m, "out.c", c);
	path_in(m, "out.json", json);
	path_in(m, "out.html", html);
	assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, envp), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_ok(file_load(html, &m->page, &e), &e);
	m->bundle = load(json);
	assert_ok(schema_load(m->bundle, &m->schema, &e), &e);
}

static void
made_fini(struct made *m)
{
	schema_free(m->schema);
	json_decref(m->bundle);
	buf_fini(&m->page);
	check_folder_end(&m->folder);
}

static bool
has(const struct made *m, const char *text)
{
	return strstr(m->page.ptr, text) != NULL;
}

static size_t
count(const struct made *m, const char *text)
{
	size_t n = 0;

	for (const char *at = m->page.ptr; (at = strstr(at, text)) != NULL;
	     at++)
		n++;
	return n;
}

/* ---- tests ---- */

static void
the_page_names_the_fields_that_the_programs_name(void **state)
{
	struct made m = copied();
	struct err e = { 0 };
	size_t fields = 0;

	(void)state;
	bundled(&m);
	for (size_t i = 0; i < schema_types_n(m.schema); i++) {
		const struct schema_type *type = schema_type_at(m.schema, i);
		json_t *told = json_object();
		const json_t *list;
		char id[600];

		(void)snprintf(id, sizeof(id), "id=\"type-%s\"", type->name);
		assert_int_equal(count(&m, id), 1);
		assert_ok(fields_to_json(type, told, &e), &e);
		list = json_object_get(told, "fields");
		for (size_t j = 0; j < json_array_size(list); j++) {
			(void)snprintf(id, sizeof(id), "<tr id=\"%s.%s\">",
			    type->name,
			    json_string_value(json_object_get(
			        json_array_get(list, j), "path")));
			if (count(&m, id) != 1)
				fail_msg("%s", id);
			fields++;
		}
		json_decref(told);
	}
	assert_int_equal(count(&m, "<h3 id=\"type-"), schema_types_n(m.schema));
	assert_int_equal(
	    count(&m, "<tr id=\"") - count(&m, "<tr id=\"list-"), fields);
	made_fini(&m);
}

static void
every_list_code_and_act_is_on_the_page(void **state)
{
	static const struct {
		const char *member, *id;
	} parts[] = { { "templates", "template" },
		{ "checklists", "checklist" }, { "holidays", "holidays" },
		{ "pages", "page" }, { "guides", "guide" } };
	struct made m = copied();
	size_t codes = 0;
	const char *name;
	json_t *def;
	char id[300];

	(void)state;
	bundled(&m);
	json_object_foreach(json_object_get(m.bundle, "codes"), name, def)
	{
		const struct schema_list *list = schema_list(m.schema, name);

		(void)snprintf(id, sizeof(id), "<h3 id=\"list-%s\">", name);
		assert_int_equal(count(&m, id), 1);
		for (size_t i = 0; i < list->items_n; i++) {
			(void)snprintf(id, sizeof(id), "<tr id=\"list-%s.%s\">",
			    name, list->items[i].code);
			assert_int_equal(count(&m, id), 1);
			codes++;
		}
	}
	assert_int_equal(count(&m, "<tr id=\"list-"), codes);
	json_object_foreach(json_object_get(m.bundle, "dual"), name, def)
	{
		(void)snprintf(id, sizeof(id), "id=\"dual-%s\"", name);
		assert_true(has(&m, id));
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		json_object_foreach(
		    json_object_get(m.bundle, parts[i].member), name, def)
		{
			(void)snprintf(id, sizeof(id), "<h3 id=\"%s-%s\">",
			    parts[i].id, name);
			assert_int_equal(count(&m, id), 1);
		}
	json_object_foreach(json_object_get(m.bundle, "retention"), name, def)
	{
		(void)snprintf(id, sizeof(id), "id=\"retention-%s\"", name);
		assert_int_equal(count(&m, id), 1);
	}
	json_object_foreach(json_object_get(m.bundle, "guard"), name, def)
	{
		(void)snprintf(id, sizeof(id), "id=\"guard-%s\"", name);
		assert_true(has(&m, id));
	}
	made_fini(&m);
}

/* No word is missing, no brace is left open, and nothing comes from elsewhere
 * or runs. */
static void
the_page_stands_by_itself(void **state)
{
	static const char *const not_there[] = { ">dictionary.", ">policy.",
		">kind.", ">scope.", ">when.", " dictionary.", "{type}",
		"{field}", "{name}", "{group}", "{compared}", "<script",
		"src=", "http:", "https:", "@import", "url(" };
	struct made m = copied();

	(void)state;
	bundled(&m);
	for (size_t i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		if (has(&m, not_there[i]))
			fail_msg("%s", not_there[i]);
	assert_true(has(&m, "Full name, Name they like to be called, Date of"));
	assert_true(has(&m, "<html lang=\"en-GB\">"));
	assert_int_equal(count(&m, "<h1>"), 1);
	assert_true(has(&m, "<style>\n/*"));
	assert_int_equal(count(&m, "<main "), 1);
	assert_int_equal(count(&m, "<table>"), count(&m, "<caption "));
	assert_true(count(&m, "scope=\"row\"") > count(&m, "<table>"));
	made_fini(&m);
}

static json_t *
a_lift(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "kind",
	    "code", "codes", "lift_kind", "policy", "rank", "label",
	    "Lift & stairs", "help", "How <people> get upstairs.", "source",
	    "Our own survey", "free_text", 0, "retention", "FIN");
}

static void
what_is_added_to_the_json_is_on_the_page(void **state)
{
	struct made m = copied();
	char path[FILE_PATH_MAX];
	json_t *site, *lift, *dual;

	(void)state;
	path_in(&m, "codes/lift_kind.json", path);
	store(path,
	    json_pack("{s:s, s:i, s:s, s:s, s:[{s:s, s:s},"
	              "{s:s, s:s, s:s, s:s, s:[s], s:s}]}",
	        "list", "lift_kind", "version", 1, "label", "Kind of lift",
	        "source", "Lift makers", "items", "code", "none", "label",
	        "No lift", "code", "stairlift", "label", "Stairlift", "from",
	        "2026-01-31", "to", "2030-12-01", "nation", "wales", "note",
	        "Chairs only"));
	path_in(&m, "records/site.json", path);
	site = load(path);
	lift = a_lift();
	assert_int_equal(json_object_set_new(lift, "order",
	                     json_pack("[s,s]", "none", "stairlift")),
	    0);
	assert_int_equal(
	    json_object_set_new(json_object_get(site, "fields"), "lift", lift),
	    0);
	store(path, site);
	path_in(&m, "dual.json", path);
	dual = load(path);
	assert_int_equal(json_object_set_new(json_object_get(dual, "decide"),
	                     "fields", json_pack("{s:[s]}", "site", "lift")),
	    0);
	store(path, dual);
	bundled(&m);
	assert_true(has(&m, "<tr id=\"site.lift\">"));
	assert_true(has(&m, "<strong>Lift &amp; stairs</strong>"));
	assert_true(has(&m, "How &lt;people&gt; get upstairs."));
	assert_true(has(&m, "<a href=\"#list-lift_kind\">Kind of lift</a>"));
	assert_true(has(&m, "least to the most careful: No lift, Stairlift."));
	assert_true(has(&m, "Our own survey"));
	assert_true(has(&m, "<li>Place: Lift &amp; stairs</li>"));
	assert_true(has(&m, "<li>free text of what is signed</li>"));
	assert_true(has(&m, "Time and money"));
	assert_true(has(&m, "<h3 id=\"list-lift_kind\">Kind of lift</h3>"));
	assert_true(has(&m, "Lift makers"));
	assert_true(has(&m, "From 31 January 2026 until 1 December 2030"));
	assert_true(has(&m, "<td>Wales</td>"));
	assert_true(has(&m, "<td>Chairs only</td>"));
	assert_true(has(&m, "<a href=\"#site.lift\">Place: Lift &amp; stairs"));
	made_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_page_names_the_fields_that_the_programs_name),
		cmocka_unit_test(every_list_code_and_act_is_on_the_page),
		cmocka_unit_test(the_page_stands_by_itself),
		cmocka_unit_test(what_is_added_to_the_json_is_on_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
