/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device's journal as the office holds it: links, signatures, and what
 * each change was told.
 */
#include "common/core/path.h"
#include "daemon/central/engine/engine_verify.h"
#include "daemon/central/store/office_walk.h"

/* What the device was told last of each of its changes; by counter. */
struct told_last {
	uint8_t kind; /* enum outcome_kind, or NONE */
	struct version version;
	char reason[sizeof(((struct intake_change *)0)->reason)];
};
struct told {
	struct verifying *v;
	struct id device;
	struct told_last *last;
	uint64_t n; /* counters 1 .. n */
	uint64_t last_no;
	bool bad;
};
#define NONE 255

/* A number follows the one before, or begins a later epoch. */
static bool
follows(uint64_t no, uint64_t last)
{
	uint64_t epoch = (no >> 32) + 1;

	return no == last + 1 ||
	    (no == outcome_no_base(epoch) + 1 && outcome_no_base(epoch) > last);
}

/* Are the paths one, or does one lie in the other? */
static bool
meets(const char *a, const char *b)
{
	const size_t na = strlen(a), nb = strlen(b);
	const size_t n = na < nb ? na : nb;

	return memcmp(a, b, n) == 0 &&
	    (n == 0 || na == nb || (na < nb ? b : a)[n] == '/');
}

/* What is held is held for something that the change is about: what it sets,
 * what that lies in, or what lies in it; a decision also for its conflict's
 * path, which it does not name. */
static bool
names_path(const struct change *c, const char *path)
{
	if (path_check(path, NULL) != ERR_OK)
		return false;
	for (size_t i = 0; i < c->n_ops; i++)
		if (meets(c->ops[i].path, path))
			return true;
	return c->n_resolves > 0;
}

static bool
path_agrees(const struct told *t, const struct outcome *o)
{
	struct change c;
	bool ok;

	if (o->path[0] == '\0')
		return true;
	if (o->kind != OUTCOME_HELD ||
	    store_change_get(t->v->g->store, t->device, o->counter, &c, NULL) !=
	        ERR_OK)
		return false;
	ok = names_path(&c, o->path);
	change_fini(&c);
	return ok;
}

static bool
take_outcome(void *arg, const struct outcome *o)
{
	struct told *t = arg;
	struct told_last *last;

	t->bad =
	    !follows(o->no, t->last_no) || o->counter == 0 || o->counter > t->n;
	last = t->bad ? NULL : &t->last[o->counter];
	t->bad = t->bad || (last->kind != NONE && last->kind != OUTCOME_HELD) ||
	    !path_agrees(t, o);
	if (t->bad)
		return false;
	last->kind = (uint8_t)o->kind;
	last->version = o->version;
	(void)snprintf(last->reason, sizeof(last->reason), "%s", o->reason);
	t->last_no = o->no;
	return true;
}

/* A change's state, version and reason are what was told last. */
static bool
state_agrees(const struct intake_change *c, const struct told_last *told)
{
	enum change_state state = CHANGE_DONE;

	if (told->kind == NONE)
		state = CHANGE_RECEIVED;
	else if (told->kind == OUTCOME_HELD)
		state = CHANGE_HELD;
	else if (told->kind == OUTCOME_CLOSED)
		state = CHANGE_CLOSED;
	return c->state == state &&
	    version_compare(c->version, told->version) == 0 &&
	    strcmp(c->reason, told->reason) == 0;
}

/* Received after the one before. */
static bool
place_agrees(const struct verifying *v, const struct office_device *d,
    struct verify_place *last, const struct intake_change *c)
{
	const struct verify_place before = *last;

	*last = (struct verify_place){ c->counter, c->epoch, c->intake };
	return verify_intake(v, d, &before, last);
}

/* Where a person closed it, an entry of the log says who and why. */
static enum err_code
check_closing(
    struct verifying *v, const struct intake_change *stored, struct err *e)
{
	const struct change_key of = { .device = stored->device,
		.counter = stored->counter };
	char words[OUTCOME_WORDS_MAX];
	enum err_code code;

	if (version_is_never(stored->version))
		return ERR_OK;
	code = closing_words(v->g, &of, stored->version, words, e);
	if (code != ERR_NOTFOUND)
		return code;
	verify_bad(v, "journal %s: nobody closed change %llu",
	    id_print(stored->device).s, (unsigned long long)stored->counter);
	return ERR_OK;
}

static enum err_code
check_change(struct verifying *v, const struct office_device *d,
    const struct intake_change *stored, struct hash32 *link, struct err *e)
{
	struct engine *g = v->g;
	struct id_text device = id_print(d->id);
	unsigned long long counter = stored->counter;
	struct change c;
	struct log_entry l;
	bool covered = true;
	enum err_code code = intake_change_read(stored, &c, e);

	if (code != ERR_OK)
		return verify_damage(v, code, "journal: change", counter)
		    ? ERR_OK
		    : code;
	code = change_link_next(*link, &c, link, e);
	if (code == ERR_OK &&
	    (!hash32_equal(*link, stored->link) || !id_equal(c.device, d->id) ||
	        c.counter != stored->counter ||
	        !id_equal(c.record, stored->record)))
		verify_bad(v, "journal %s: change %llu does not link", device.s,
		    counter);
	if (code == ERR_OK && !verify_is_bad(v))
		code = verify_erased(v, &c, &covered, e);
	if (code == ERR_OK && !covered)
		verify_bad(v,
		    "journal %s: change %llu has no words, and no erasure says"
		    " so",
		    device.s, counter);
	change_fini(&c);
	if (code != ERR_OK || verify_is_bad(v))
		return code;
	if (stored->has_sig &&
	    !change_sig_ok(&d->sign_pub, g->office, d->id, stored->counter,
	        stored->link, &stored->sig))
		verify_bad(v, "journal %s: change %llu is not signed by it",
		    device.s, counter);
	if (verify_is_bad(v))
		return ERR_OK;
	if (stored->state == CHANGE_CLOSED)
		return check_closing(v, stored, e);
	if (stored->state != CHANGE_DONE)
		return ERR_OK;
	code = store_log_get(g->store, stored->version.seq, &l, e);
	if (code == ERR_NOTFOUND ||
	    (code == ERR_OK &&
	        (!id_equal(l.device, d->id) || l.counter != stored->counter))) {
		verify_bad(v, "journal %s: change %llu is not in the log",
		    device.s, counter);
		code = ERR_OK;
	}
	return code;
}

static enum err_code
walk_changes(struct verifying *v, const struct office_device *d,
    const struct told *told, struct err *e)
{
	struct hash32 link = change_link_start(v->g->office, d->id);
	struct id_text device = id_print(d->id);
	struct verify_place last = { 0 };
	bool is_signed = true;
	enum err_code code = ERR_OK;

	for (uint64_t n = 1; n <= d->counter && code == ERR_OK; n++) {
		struct intake_change stored;

		code = store_intake_get(v->g->store, d->id, n, &stored, e);
		if (code != ERR_OK)
			return verify_damage(v, code, "journal: change", n)
			    ? ERR_OK
			    : code;
		is_signed = stored.has_sig;
		code = check_change(v, d, &stored, &link, e);
		if (code == ERR_OK && !state_agrees(&stored, &told->last[n]))
			verify_bad(v,
			    "journal %s: change %llu was told otherwise",
			    device.s, (unsigned long long)n);
		if (code == ERR_OK && !place_agrees(v, d, &last, &stored))
			verify_bad(v,
			    "journal %s: change %llu was not received then",
			    device.s, (unsigned long long)n);
		intake_change_fini(&stored);
		if (verify_is_bad(v))
			return code;
	}
	if (code == ERR_OK && !is_signed)
		verify_bad(v, "journal %s: its end is not signed", device.s);
	if (code == ERR_OK && !hash32_equal(link, d->link))
		verify_bad(v, "journal %s: it ends elsewhere", device.s);
	/* The engine gives itself one number a change and no receipt. */
	if (code == ERR_OK && d->state == DEVICE_ENGINE &&
	    last.intake != d->intake)
		verify_bad(
		    v, "journal %s: its last intake was another", device.s);
	return code;
}

/* What is held was receipted: the last receipt covers the journal's end. */
static enum err_code
check_last_receipt(
    struct verifying *v, const struct office_device *d, struct err *e)
{
	struct receipt r;
	enum err_code code;

	if (d->state == DEVICE_ENGINE || d->counter == 0)
		return ERR_OK;
	code = store_receipt_get(v->g->store, d->id, d->counter, &r, e);
	if (code == ERR_OK)
		receipt_fini(&r);
	return verify_damage(v, code, "receipt for the end: change", d->counter)
	    ? ERR_OK
	    : code;
}

enum err_code
verify_journal(
    struct verifying *v, const struct office_device *d, struct err *e)
{
	struct told told = { .v = v, .device = d->id, .n = d->counter };
	struct id_text device = id_print(d->id);
	uint64_t n;
	enum err_code code = store_journal_count(v->g->store, d->id, &n, e);

	if (code != ERR_OK)
		return code;
	if (n != d->counter) {
		verify_bad(v, "journal %s: %llu changes, %llu are held",
		    device.s, (unsigned long long)d->counter,
		    (unsigned long long)n);
		return ERR_OK;
	}
	told.last = calloc((size_t)d->counter + 1, sizeof(*told.last));
	if (told.last == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (uint64_t i = 0; i <= d->counter; i++)
		told.last[i].kind = NONE;
	code = store_outcomes(
	    v->g->store, d->id, 0, INT64_MAX, take_outcome, &told, e);
	if (code == ERR_CORRUPT) {
		told.bad = true;
		code = ERR_OK;
	}
	if (code == ERR_OK && (told.bad || told.last_no != d->outcome_no))
		verify_bad(v, "journal %s: what follows outcome %llu does not",
		    device.s, (unsigned long long)told.last_no);
	if (code == ERR_OK && !verify_is_bad(v))
		code = verify_intakes_of(v, d->id, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = walk_changes(v, d, &told, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = check_last_receipt(v, d, e);
	free(told.last);
	return code;
}
