/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading: one record with where its last word is, lists, conflicts, status.
 */
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/store/store_int.h"

const char *
transport_word(enum transport t)
{
	switch (t) {
	case TRANSPORT_DEVICE:
		return "device";
	case TRANSPORT_WAITING:
		return "waiting";
	case TRANSPORT_SENDING:
		return "sending";
	case TRANSPORT_SEALED:
		return "sealed";
	case TRANSPORT_OFFICE:
		return "office";
	case TRANSPORT_ANSWER:
		return "answer";
	case TRANSPORT_HELD:
		return "held";
	}
	return "device";
}

static void
record_view_init(struct record_view *v)
{
	*v = (struct record_view){ 0 };
	receipt_init(&v->receipt);
}

void
record_view_fini(struct record_view *v)
{
	record_fini(&v->record);
	receipt_fini(&v->receipt);
	json_decref(v->closed);
	json_decref(v->held);
}

/* How the last sync attempt ended, which tells `device` from `waiting`. */
static bool
was_tried(const char *outcome)
{
	return outcome[0] != '\0' && strcmp(outcome, "done") != 0;
}

static enum err_code
last_outcome_text(struct device_store *s, char out[static 24], struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, 23);
	out[0] = '\0';
	code = stored_meta_get(s->db, "last_outcome", &text, e);
	if (code == ERR_OK)
		memcpy(out, text.ptr, text.len + 1);
	buf_fini(&text);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* The outcome that counts for a change: the one with the highest number. */
static enum err_code
outcome_of(struct device_store *s, uint64_t counter, bool *has_out,
    struct outcome *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT " STORED_OUTCOME_COLUMNS
	    " FROM outcome WHERE counter = ? ORDER BY no DESC LIMIT 1",
	    "i", (int64_t)counter);

	if (code != ERR_OK)
		return code;
	code = db_step(q, has_out, e);
	if (code == ERR_OK && *has_out)
		code = stored_outcome(q, out, e);
	db_done(q);
	return code;
}

static enum err_code
receipt_covering(struct device_store *s, uint64_t counter, bool *has_out,
    struct receipt *out, struct err *e)
{
	struct db_stmt *q;
	int64_t epoch;
	enum err_code code = receipt_epoch(s, &epoch, e);

	if (code != ERR_OK)
		return code;
	code = db_query(s->db, &q, e,
	    "SELECT signed, sig FROM receipt WHERE counter >= ? AND epoch = ?"
	    " ORDER BY counter LIMIT 1",
	    "ii", (int64_t)counter, epoch);
	if (code != ERR_OK)
		return code;
	code = db_step(q, has_out, e);
	if (code == ERR_OK && *has_out)
		code = stored_receipt(q, out, e);
	db_done(q);
	return code;
}

static bool
has_open_conflict(const struct record *r)
{
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (r->conflicts[i].kind == CONFLICT_ASK &&
		    conflict_is_open(&r->conflicts[i]))
			return true;
	return false;
}

static enum transport
transport_of(const struct record_view *v, bool tried)
{
	if (v->has_outcome && v->outcome.kind == OUTCOME_HELD)
		return TRANSPORT_HELD;
	if (has_open_conflict(&v->record) && (!v->has_own || v->has_receipt))
		return TRANSPORT_ANSWER;
	if (!v->has_own || v->has_receipt)
		return TRANSPORT_OFFICE;
	return tried ? TRANSPORT_WAITING : TRANSPORT_DEVICE;
}

static enum err_code
view_extras(struct device_store *s, struct record_view *v, struct err *e)
{
	char last[24];
	int64_t counter = 0;
	struct db_stmt *q;
	bool row;
	enum err_code code;

	code = db_get_int(s->db, &counter, e,
	    "SELECT coalesce(max(counter), 0) FROM journal WHERE record = ?",
	    "d", v->record.id);
	if (code != ERR_OK)
		return code;
	v->counter = (uint64_t)counter;
	v->has_own = counter > 0;
	code = db_query(s->db, &q, e,
	    "SELECT v_epoch, v_seq FROM confirmed WHERE record = ?", "d",
	    v->record.id);
	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row) {
		v->confirmed.epoch = (uint64_t)db_col_int(q, 0);
		v->confirmed.seq = (uint64_t)db_col_int(q, 1);
	}
	db_done(q);
	if (code == ERR_OK && v->has_own)
		code =
		    outcome_of(s, v->counter, &v->has_outcome, &v->outcome, e);
	if (code == ERR_OK && v->has_own)
		code = receipt_covering(
		    s, v->counter, &v->has_receipt, &v->receipt, e);
	if (code == ERR_OK)
		code = closed_list(s, v->record.id, &v->closed, e);
	if (code == ERR_OK)
		code = held_list(s, v->record.id, &v->held, e);
	if (code == ERR_OK)
		code = last_outcome_text(s, last, e);
	if (code == ERR_OK)
		v->transport = transport_of(v, was_tried(last));
	return code;
}

enum err_code
device_store_get(struct device_store *s, struct id id, struct record_view *out,
    struct err *e)
{
	struct record_view v;
	enum err_code code;

	record_view_init(&v);
	if ((code = db_begin_read(s->db, e)) != ERR_OK ||
	    (code = view_get(s, id, &v.record, e)) != ERR_OK)
		goto out;
	code = view_extras(s, &v, e);
out:
	db_rollback(s->db);
	if (code != ERR_OK)
		record_view_fini(&v);
	else
		*out = v;
	return code;
}

enum err_code
device_store_record(
    struct device_store *s, struct id id, struct record *out, struct err *e)
{
	return view_get(s, id, out, e);
}

/* One line a record.  The sub-queries use journal's and outcome's indexes; a
 * held outcome is the last one of the record's last own change.  Of a removed
 * record the path "" is the first that its JSON calls removed. */
#define LIST_SQL(WHICH)                                                        \
	"SELECT v.record, v.type, v.title, v.content, v.v_epoch, v.v_seq,"     \
	" v.conflicts, v.counter,"                                             \
	" (SELECT kind FROM outcome o WHERE o.counter = v.counter"             \
	"  ORDER BY o.no DESC LIMIT 1),"                                       \
	" EXISTS (SELECT 1 FROM confirmed c WHERE c.record = v.record),"       \
	" instr(v.body, '\"removed\":{\"\":') > 0"                             \
	" FROM view v WHERE " WHICH " v.record < ?2"                           \
	" ORDER BY v.record DESC LIMIT ?3"
static const char list_sql[] = LIST_SQL("");
/* By view_type: the others of a caseload are not read. */
static const char list_type_sql[] = LIST_SQL("v.type = ?1 AND");

struct list_facts {
	uint64_t receipted;
	bool tried;
};

static enum err_code
summary_row(struct db_stmt *q, const struct list_facts *f,
    struct record_summary *out, struct err *e)
{
	uint64_t counter = (uint64_t)db_col_int(q, 7);
	bool is_held =
	    !db_col_is_null(q, 8) && db_col_int(q, 8) == OUTCOME_HELD;

	*out = (struct record_summary){ .type = db_col_text(q, 1, NULL),
		.title = db_col_text(q, 2, NULL),
		.content = db_col_text(q, 3, NULL),
		.is_removed = db_col_int(q, 10) != 0,
		.open_conflicts = (size_t)db_col_int(q, 6) };
	if (db_col_int(q, 9) != 0)
		out->version =
		    (struct version){ .epoch = (uint64_t)db_col_int(q, 4),
			    .seq = (uint64_t)db_col_int(q, 5) };
	if (counter > 0 && is_held)
		out->transport = TRANSPORT_HELD;
	else if (counter > f->receipted)
		out->transport =
		    f->tried ? TRANSPORT_WAITING : TRANSPORT_DEVICE;
	else
		out->transport = out->open_conflicts > 0 ? TRANSPORT_ANSWER
		                                         : TRANSPORT_OFFICE;
	return db_col_id(q, 0, &out->id, e);
}

/* What a line's own row does not tell: a receipt's time, and whether what is
 * open asks anything of a person. */
static enum err_code
summary_more(struct device_store *s, struct db_stmt *q,
    struct record_summary *line, struct err *e)
{
	uint64_t counter = (uint64_t)db_col_int(q, 7);
	struct receipt receipt;
	struct record r;
	bool has = false;
	enum err_code code = ERR_OK;

	if (line->transport == TRANSPORT_ANSWER) {
		if ((code = view_get(s, line->id, &r, e)) != ERR_OK)
			return code;
		if (!has_open_conflict(&r))
			line->transport = TRANSPORT_OFFICE;
		record_fini(&r);
	}
	if (counter == 0 ||
	    (line->transport != TRANSPORT_OFFICE &&
	        line->transport != TRANSPORT_ANSWER))
		return ERR_OK;
	receipt_init(&receipt);
	code = receipt_covering(s, counter, &has, &receipt, e);
	if (code == ERR_OK && has)
		line->received_ms = receipt.time;
	receipt_fini(&receipt);
	return code;
}

enum err_code
device_store_list(struct device_store *s, const char *type,
    const struct id *after, size_t limit, record_each each, void *arg,
    struct err *e)
{
	struct list_facts facts;
	struct record_summary line;
	struct id_text before;
	struct buf title;
	struct db_stmt *q;
	char last[24];
	bool row;
	enum err_code code;

	if ((code = receipted_upto(s, &facts.receipted, e)) != ERR_OK ||
	    (code = last_outcome_text(s, last, e)) != ERR_OK)
		return code;
	facts.tried = was_tried(last);
	if (after != NULL)
		before = id_print(*after);
	else
		(void)snprintf(before.s, sizeof(before.s), "g");
	code = db_query(s->db, &q, e, type == NULL ? list_sql : list_type_sql,
	    "ssi", type, before.s, (int64_t)limit);
	if (code != ERR_OK)
		return code;
	buf_init(&title, LIMIT_RECORD_BYTES);
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		buf_reset(&title);
		if ((code = summary_row(q, &facts, &line, e)) != ERR_OK ||
		    (code = summary_more(s, q, &line, e)) != ERR_OK ||
		    (code = title_words(s, line.title, &title, e)) != ERR_OK)
			break;
		line.title = title.ptr;
		if (!each(arg, &line))
			break;
	}
	buf_wipe(&title);
	db_done(q);
	return code;
}

enum err_code
device_store_conflicts(struct device_store *s, bool all, conflict_each each,
    void *arg, struct err *e)
{
	struct db_stmt *q;
	struct record r;
	struct id id;
	bool row, go_on = true;
	/* Records without a conflict have an empty list, which is left out of
	 * their JSON. */
	enum err_code code = db_query(s->db, &q, e,
	    all ? "SELECT record FROM view"
	          " WHERE instr(body, '\"conflicts\":') > 0"
	          " ORDER BY record DESC"
	        : "SELECT record FROM view WHERE conflicts > 0"
	          " ORDER BY record DESC",
	    "");

	if (code != ERR_OK)
		return code;
	while (go_on && (code = db_step(q, &row, e)) == ERR_OK && row) {
		if ((code = db_col_id(q, 0, &id, e)) != ERR_OK ||
		    (code = view_get(s, id, &r, e)) != ERR_OK)
			break;
		for (size_t i = 0; i < r.n_conflicts && go_on; i++)
			if (all || conflict_is_open(&r.conflicts[i]))
				go_on =
				    each(arg, id, r.type, &r.conflicts[i], &r);
		record_fini(&r);
	}
	db_done(q);
	return code;
}

/* The sum over all scopes held, for people to compare by eye. */
static enum err_code
whole_digest(struct device_store *s, struct digest *out, struct err *e)
{
	struct db_stmt *q;
	struct hash32 sum;
	bool row;
	enum err_code code =
	    db_query(s->db, &q, e, "SELECT sum FROM scope_digest", "");

	if (code != ERR_OK)
		return code;
	*out = (struct digest){ 0 };
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_bytes(q, 0, sum.b, HASH32_LEN, e);
		if (code != ERR_OK)
			break;
		digest_add(out, &sum);
	}
	db_done(q);
	return code;
}

static enum err_code
status_counts(struct device_store *s, struct store_status *st, struct err *e)
{
	int64_t held = 0, conflicts = 0, contact = 0;
	enum err_code code;

	if ((code = journal_head(s, &st->written, &st->link, e)) != ERR_OK ||
	    (code = receipted_upto(s, &st->receipted, e)) != ERR_OK ||
	    (code = db_get_int(s->db, &held, e,
	         "SELECT count(*) FROM outcome o WHERE kind = ? AND no ="
	         " (SELECT max(no) FROM outcome n WHERE n.counter ="
	         " o.counter)",
	         "i", (int64_t)OUTCOME_HELD)) != ERR_OK ||
	    (code = db_get_int(s->db, &conflicts, e,
	         "SELECT coalesce(sum(conflicts), 0) FROM view"
	         " WHERE conflicts > 0",
	         "")) != ERR_OK ||
	    (code = meta_get_int(s->db, "last_contact", 0, &contact, e)) !=
	        ERR_OK)
		return code;
	st->unsent = st->written - st->receipted;
	st->held = (uint64_t)held;
	st->conflicts = (uint64_t)conflicts;
	st->last_contact = (uint64_t)contact;
	return ERR_OK;
}

enum err_code
device_store_office_ms(struct device_store *s, uint64_t *out, struct err *e)
{
	const int64_t now = (int64_t)clock_unix_ms();
	int64_t offset, contact;
	enum err_code code = meta_get_int(s->db, "clock_offset", 0, &offset, e);

	if (code == ERR_OK)
		code = meta_get_int(s->db, "last_contact", 0, &contact, e);
	/* It is not before the office was last heard, whatever a clock that
	 * was set back says. */
	if (code == ERR_OK)
		*out = (uint64_t)((now > contact ? now : contact) + offset);
	return code;
}

enum err_code
device_store_status(
    struct device_store *s, struct store_status *out, struct err *e)
{
	struct store_status st = { 0 };
	json_t *cursor = NULL;
	int64_t forked = 0, within = 0;
	enum err_code code;

	if ((code = db_begin_read(s->db, e)) != ERR_OK ||
	    (code = status_counts(s, &st, e)) != ERR_OK ||
	    (code = meta_get_int(
	         s->db, "clock_offset", 0, &st.clock_offset, e)) != ERR_OK ||
	    (code = meta_get_int(s->db, "clock_within", 0, &within, e)) !=
	        ERR_OK ||
	    (code = meta_get_json(s->db, "cursor", &cursor, e)) != ERR_OK ||
	    (code = last_outcome_text(s, st.last_outcome, e)) != ERR_OK ||
	    (code = meta_get_int(s->db, "forked", 0, &forked, e)) != ERR_OK ||
	    (code = whole_digest(s, &st.digest, e)) != ERR_OK)
		goto out;
	st.is_forked = forked != 0;
	st.clock_within = (uint64_t)within;
	st.has_cursor = cursor != NULL;
	if (cursor != NULL)
		code = cursor_from_json(cursor, &st.cursor, e);
out:
	db_rollback(s->db);
	json_decref(cursor);
	if (code == ERR_OK)
		*out = st;
	return code;
}

enum err_code
device_store_note_outcome(
    struct device_store *s, const char *outcome, struct err *e)
{
	return stored_meta_put(
	    s->db, "last_outcome", outcome, strlen(outcome), e);
}
