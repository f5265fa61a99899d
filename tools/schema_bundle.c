/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema-bundle FOLDER OUT.c OUT.json [--page OUT.html] -- make one canonical
 * JSON bundle out of the schema folder, check it as the programs will, and
 * write it as C, as it is, and as a page for people (dictionary.h).  A
 * definition that does not hold together fails the build here, with a sentence
 * that names the file and the field.
 */
#include <dirent.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/core/schema.h"
#include "common/sys/json.h"
#include "tools/dictionary.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define BUNDLE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define PAGE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define BYTES_PER_LINE 16

static enum err_code
load_json(const char *folder, const char *name, json_t **out, struct err *e)
{
	static const struct json_limits lim = { .bytes_max = FILE_BYTES_MAX,
		.tokens_max = 100000,
		.depth_max = 16 };
	char path[FILE_PATH_MAX];
	struct buf bytes;
	enum err_code rc;

	buf_init(&bytes, FILE_BYTES_MAX);
	if (!file_join(path, folder, name))
		rc = err_set(e, ERR_INVALID, 0, "the path is too long");
	else
		rc = file_load(path, &bytes, e);
	if (rc == ERR_OK)
		rc = json_parse(bytes.ptr, bytes.len, &lim, out, e);
	if (rc != ERR_OK)
		(void)err_wrap(e, name);
	buf_fini(&bytes);
	return rc;
}

/* Canonical form sorts keys, so every field, column and member is told its
 * place in the file, which is the order that it is shown in. */
static enum err_code
number_fields(json_t *defs, struct err *e)
{
	enum err_code rc = ERR_OK;
	int64_t place = 0;
	const char *key;
	json_t *def;

	json_object_foreach(defs, key, def)
	{
		if (!json_is_object(def))
			continue; /* the loader says what is wrong */
		rc = json_put_int(def, "place", place++, e);
		if (rc == ERR_OK)
			rc = number_fields(json_object_get(def, "columns"), e);
		if (rc == ERR_OK)
			rc = number_fields(json_object_get(def, "members"), e);
		if (rc != ERR_OK)
			return rc;
	}
	return rc;
}

/* "visit.json" -> "visit"; false for any other file. */
static bool
base_name(const char *file, char out[static 256])
{
	size_t len = strlen(file);

	if (len <= 5 || len > 255 || strcmp(file + len - 5, ".json") != 0 ||
	    file[0] == '.')
		return false;
	memcpy(out, file, len - 5);
	out[len - 5] = '\0';
	return true;
}

/* An object of all the *.json of a folder, by their names. */
static enum err_code
load_folder(const char *folder, const char *name, json_t *bundle, struct err *e)
{
	char path[FILE_PATH_MAX], key[256];
	json_t *all, *one = NULL;
	const struct dirent *entry;
	DIR *dir = NULL;
	enum err_code rc = ERR_OK;

	if (file_join(path, folder, name))
		dir = opendir(path);
	if (dir == NULL)
		return err_set(e, ERR_IO, 0, "%s cannot be read", name);
	all = json_object();
	while (rc == ERR_OK && (entry = readdir(dir)) != NULL) {
		if (!base_name(entry->d_name, key))
			continue;
		rc = load_json(path, entry->d_name, &one, e);
		if (rc == ERR_OK)
			rc = json_put_take(all, key, one, e);
		if (rc == ERR_OK)
			rc = number_fields(json_object_get(one, "fields"), e);
	}
	(void)closedir(dir); /* it was only read */
	if (rc == ERR_OK)
		return json_put_take(bundle, name, all, e);
	json_decref(all);
	return rc;
}

static enum err_code
make_bundle(
    const char *folder, json_t **out, struct schema **schema_out, struct err *e)
{
	json_t *bundle = NULL, *words = NULL, *dual = NULL;
	enum err_code rc;

	if ((rc = load_json(folder, "bundle.json", &bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "records", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "codes", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "guard", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "templates", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "checklists", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "holidays", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "pages", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "guides", bundle, e)) == ERR_OK &&
	    (rc = load_folder(folder, "retention", bundle, e)) == ERR_OK &&
	    (rc = load_json(folder, "words.json", &words, e)) == ERR_OK &&
	    (rc = json_put_take(bundle, "words", words, e)) == ERR_OK &&
	    (rc = load_json(folder, "dual.json", &dual, e)) == ERR_OK)
		rc = json_put_take(bundle, "dual", dual, e);
	if (rc == ERR_OK)
		rc = schema_load(bundle, schema_out, e);
	if (rc == ERR_OK)
		*out = bundle;
	else
		json_decref(bundle);
	return rc;
}

/* As character constants: a string literal may not be this long in ISO C. */
static enum err_code
print_c(const struct buf *bundle, struct buf *out, struct err *e)
{
	(void)buf_add_str(out,
	    "/* Made by tools/schema_bundle.c out of schema/. */\n"
	    "#include \"schema/schema_bundle.h\"\n\n"
	    "const char schema_bundle_bytes[] = {");
	for (size_t i = 0; i <= bundle->len; i++)
		(void)buf_printf(out, "%s'\\%03o',",
		    i % BYTES_PER_LINE == 0 ? "\n\t" : " ",
		    (unsigned)(unsigned char)bundle->ptr[i]);
	(void)buf_printf(
	    out, "\n};\nconst size_t schema_bundle_len = %zu;\n", bundle->len);
	return buf_check(out, e);
}

static enum err_code
save(const char *path, const struct buf *bytes, struct err *e)
{
	FILE *f = fopen(path, "wb");
	bool is_written;

	if (f == NULL)
		return err_set(e, ERR_IO, 0, "%s cannot be written", path);
	is_written = fwrite(bytes->ptr, 1, bytes->len, f) == bytes->len;
	if (fclose(f) != 0 || !is_written)
		return err_set(e, ERR_IO, 0, "%s cannot be written", path);
	return ERR_OK;
}

/* The bundle to OUT.c and OUT.json. */
static enum err_code
save_bundle(const json_t *json, char **names, struct err *e)
{
	struct buf bundle, source;
	enum err_code rc;

	buf_init(&bundle, BUNDLE_BYTES_MAX);
	buf_init(&source, BUNDLE_BYTES_MAX * 9);
	if ((rc = json_print(json, &bundle, e)) == ERR_OK &&
	    (rc = print_c(&bundle, &source, e)) == ERR_OK &&
	    (rc = save(names[0], &source, e)) == ERR_OK)
		rc = save(names[1], &bundle, e);
	buf_fini(&bundle);
	buf_fini(&source);
	return rc;
}

static enum err_code
save_page(const json_t *bundle, const struct schema *s, const char *name,
    struct err *e)
{
	struct buf html;
	const struct dictionary page = { bundle, s, &html };
	enum err_code rc;

	buf_init(&html, PAGE_BYTES_MAX);
	rc = dictionary_write(&page, e);
	if (rc == ERR_OK)
		rc = save(name, &html, e);
	buf_fini(&html);
	return rc;
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };
	struct schema *s = NULL;
	json_t *bundle = NULL;
	enum err_code rc;

	if (argc != 4 && (argc != 6 || strcmp(argv[4], "--page") != 0)) {
		(void)fputs("usage: schema-bundle FOLDER OUT.c OUT.json "
		            "[--page OUT.html]\n",
		    stderr);
		return 2;
	}
	rc = make_bundle(argv[1], &bundle, &s, &e);
	if (rc == ERR_OK)
		rc = save_bundle(bundle, argv + 2, &e);
	if (rc == ERR_OK && argc == 6)
		rc = save_page(bundle, s, argv[5], &e);
	if (rc != ERR_OK)
		(void)fprintf(stderr, "schema-bundle: %s\n", e.msg);
	schema_free(s);
	json_decref(bundle);
	return rc == ERR_OK ? 0 : 1;
}
