/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/setup/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/core/change.h"
#include "daemon/central/engine/engine_epoch.h"
#include "daemon/central/engine/meta_names.h"
#include "daemon/central/setup/setup_folder.h"
#include "daemon/central/store/office_store.h"

#define COPY_BYTES ((size_t)1 << 30)

struct paths {
	const char *data;
	char folder[FILE_PATH_MAX], copy[FILE_PATH_MAX]; /* while it begins */
	char store[FILE_PATH_MAX], reached[FILE_PATH_MAX];
};

/* What tells stores apart. */
struct identity {
	struct id office;
	uint64_t epoch;
};

/* Copy a file as it is, durably. */
static enum err_code
file_copy(const char *from, const char *to, struct err *e)
{
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	int out;
	ssize_t n;
	enum err_code code = ERR_OK;

	if (in < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO,
		    errno, "cannot read %.150s", from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	do
		n = out < 0
		    ? -1
		    : copy_file_range(in, NULL, out, NULL, COPY_BYTES, 0);
	while (n > 0);
	if (n < 0 || fsync(out) != 0)
		code = err_set(e, ERR_IO, errno, "cannot copy the backup");
	(void)close(in);
	if (out >= 0)
		(void)close(out);
	return code;
}

static enum err_code
meta_text(
    struct office_store *s, const char *name, struct buf *out, struct err *e)
{
	buf_init(out, 64);
	return store_meta_get(s, name, out, e);
}

static enum err_code
identity_read(struct office_store *s, struct identity *out, struct err *e)
{
	struct buf office, epoch;
	char *end = NULL;
	enum err_code code;

	buf_init(&epoch, 64);
	code = store_begin_read(s, e);
	if (code != ERR_OK)
		return code;
	if ((code = meta_text(s, META_OFFICE, &office, e)) == ERR_OK &&
	    (code = meta_text(s, META_EPOCH, &epoch, e)) == ERR_OK) {
		out->epoch = strtoull(epoch.ptr, &end, 10);
		if (!id_parse(office.ptr, &out->office) || out->epoch == 0 ||
		    *end != '\0')
			code = err_set(
			    e, ERR_CORRUPT, 0, "it is not an office's store");
	}
	buf_fini(&office);
	buf_fini(&epoch);
	store_rollback(s);
	return code;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Begin the new epoch in the copy, which is a store of its own folder. */
static enum err_code
begin_in_copy(const char *folder, const struct secret_key *key,
    const struct identity *present, uint64_t reached, struct restored *out,
    struct err *e)
{
	struct identity found = { .epoch = 0 };
	struct epoch_engine engine;
	struct office_store *s;
	struct hash32 link;
	enum err_code code = office_store_open(folder, key, false, &s, e);

	if (code == ERR_AUTH || code == ERR_CORRUPT)
		return err_set(
		    e, code, 0, "that is no backup under this office's key");
	if (code != ERR_OK)
		return code;
	code = identity_read(s, &found, e);
	if (code == ERR_OK && present->epoch != 0 &&
	    !id_equal(found.office, present->office))
		code = err_set(
		    e, ERR_AUTH, 0, "that is a backup of another office");
	if (code == ERR_OK) {
		out->epoch =
		    1 + later(later(found.epoch, present->epoch), reached);
		out->from_epoch = found.epoch;
		if ((code = store_begin(s, e)) == ERR_OK &&
		    (code = store_log_head(s, &out->seq, &link, e)) == ERR_OK &&
		    (code = epoch_begin(
		         s, found.office, out->epoch, &engine, e)) == ERR_OK)
			code = store_commit(s, e);
		/* The copy goes into place without its log. */
		if (code == ERR_OK)
			code = store_forget(s, e);
		secret_wipe(&engine, sizeof(engine));
	}
	store_rollback(s);
	office_store_close(s);
	return code;
}

/* Who the present store is; epoch 0 when there is none that can be read: it
 * may be lost or damaged, which is what backups are for. */
static enum err_code
present_read(const char *data, const struct secret_key *key,
    struct identity *out, struct err *e)
{
	struct office_store *s = NULL;
	enum err_code code = office_store_open(data, key, false, &s, e);

	*out = (struct identity){ .epoch = 0 };
	if (code == ERR_OK) {
		code = identity_read(s, out, e);
		/* It is put aside file by file: best without a log. */
		if (code == ERR_OK && store_forget(s, e) == ERR_BUSY)
			code = ERR_BUSY;
		office_store_close(s);
	}
	if (code == ERR_NOMEM || code == ERR_BUSY)
		return code; /* it may well be read the next time */
	if (code != ERR_OK)
		out->epoch = 0;
	return ERR_OK;
}

/* The last epoch that a restore here began, 0 if none did.  It is beside the
 * store since that may be lost, or put aside by a restore that was cut. */
static enum err_code
reached_read(const char *path, uint64_t *out, struct err *e)
{
	char *end = NULL;
	struct buf text;
	enum err_code code;

	buf_init(&text, 64);
	*out = 0;
	code = file_load(path, &text, e);
	if (code == ERR_OK) {
		*out = strtoull(text.ptr, &end, 10);
		if (*out == 0 || *end != '\n')
			code = err_set(e, ERR_CORRUPT, 0,
			    "%.150s is damaged: write into it the highest epoch"
			    " that a receipt of this office has",
			    path);
	} else if (code == ERR_NOTFOUND) {
		code = ERR_OK;
	}
	buf_fini(&text);
	return code;
}

static enum err_code
reached_write(const char *path, uint64_t epoch, struct err *e)
{
	char text[24];
	int n =
	    snprintf(text, sizeof(text), "%llu\n", (unsigned long long)epoch);

	return file_save(path, text, (size_t)n, e);
}

/* Put the present store's files aside; those that are not there are fine. */
static enum err_code
store_aside(const char *data, struct err *e)
{
	static const char *const names[] = { "office.db-wal", "office.db-shm",
		"office.db" };
	char folder[FILE_PATH_MAX + 40], from[FILE_PATH_MAX];
	char to[FILE_PATH_MAX];
	enum err_code code;

	(void)snprintf(folder, sizeof(folder), "%s/before-restore-%llu", data,
	    (unsigned long long)clock_unix_ms());
	code = file_make_folder(folder, e);
	for (size_t i = 0;
	     i < sizeof(names) / sizeof(names[0]) && code == ERR_OK; i++) {
		if (!file_join(from, data, names[i]) ||
		    !file_join(to, folder, names[i]))
			return err_set(
			    e, ERR_INVALID, 0, "the path is too long");
		if (file_exists(from))
			code = file_rename(from, to, e);
	}
	return code;
}

/* The copy of the backup takes the store's place. */
static enum err_code
copy_begin(const struct paths *p, const char *from,
    const struct secret_key *key, struct restored *out, struct err *e)
{
	struct identity present;
	uint64_t reached;
	enum err_code code;

	if ((code = present_read(p->data, key, &present, e)) != ERR_OK ||
	    (code = reached_read(p->reached, &reached, e)) != ERR_OK ||
	    (code = file_copy(from, p->copy, e)) != ERR_OK ||
	    (code = begin_in_copy(p->folder, key, &present, reached, out, e)) !=
	        ERR_OK ||
	    (code = reached_write(p->reached, out->epoch, e)) != ERR_OK ||
	    (code = store_aside(p->data, e)) != ERR_OK)
		return code;
	return file_rename(p->copy, p->store, e);
}

enum err_code
restore_backup(const char *data, const char *from, const struct secret_key *key,
    struct restored *out, struct err *e)
{
	struct paths p = { .data = data };
	struct restored result;
	struct err failed;
	enum err_code code;

	if (!file_join(p.folder, data, "restore.new") ||
	    !file_join(p.copy, p.folder, "office.db") ||
	    !file_join(p.store, data, "office.db") ||
	    !file_join(p.reached, data, "epoch"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if ((code = setup_folder_remove(p.folder, e)) != ERR_OK ||
	    (code = file_make_folder(p.folder, e)) != ERR_OK)
		return code;
	code = copy_begin(&p, from, key, &result, e);
	failed = *e;
	if (setup_folder_remove(p.folder, e) == ERR_OK)
		*e = failed;
	else if (code == ERR_OK)
		code = e->code;
	if (code == ERR_OK)
		*out = result;
	return code;
}
