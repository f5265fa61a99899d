/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/conflict_scene.h"

#include <stdio.h>

#include "tests/support/world_command.h"

void
conflict_scene_rename(
    struct conflict_scene *s, struct dev *d, const char *was, const char *to)
{
	struct change_base base = { 0 };

	base.seen =
	    record_related_version(dev_record(d, s->person), "full_name");
	dev_begin(d, s->person, "person");
	dev_set_seen(d, "full_name", was, to, base);
	(void)dev_cut(d);
}

static void
rename_person(struct conflict_scene *s, struct dev *d, const char *to)
{
	conflict_scene_rename(s, d, "'Betty'", to);
}

void
conflict_scene_start(struct conflict_scene *s)
{
	struct id of_case;

	world_start(&s->w);
	s->amina = world_colleague(&s->w, "Amina", "ADV", NULL);
	s->bryn = world_colleague(&s->w, "Bryn", "ADV", NULL);
	s->ceri = world_colleague(&s->w, "Ceri", "ADV", NULL);
	s->ada = world_colleague(&s->w, "Ada", "RES", NULL);
	s->sian = world_colleague(&s->w, "Sian", "SEN", NULL);
	dev_start(&s->a, &s->w, s->amina, DEVICE_ACTIVE);
	dev_start(&s->b, &s->w, s->bryn, DEVICE_ACTIVE);
	dev_start(&s->c, &s->w, s->ceri, DEVICE_ACTIVE);
	s->person = dev_person(&s->a, "Betty");
	of_case = dev_case(&s->a, s->person);
	dev_sync(&s->a);
	world_grant_case(&s->w, s->bryn, of_case, false);
	world_grant_case(&s->w, s->ceri, of_case, false);
	dev_sync(&s->b);
	dev_sync(&s->c);
	rename_person(s, &s->a, "'Bets'");
	rename_person(s, &s->b, "'Liz'");
	dev_sync(&s->a);
	dev_sync(&s->b);
	dev_sync(&s->c);
	world_conflict(&s->w, s->conflict);
}

void
conflict_scene_end(struct conflict_scene *s)
{
	dev_end(&s->a);
	dev_end(&s->b);
	dev_end(&s->c);
	world_end(&s->w);
}

size_t
conflict_scene_waiting(struct conflict_scene *s)
{
	json_t *list =
	    world_command(&s->w, json_pack("{s:s}", "do", "conflict list"));
	size_t n = json_array_size(json_object_get(list, "conflicts"));

	json_decref(list);
	return n;
}

const char *
conflict_scene_owner(struct conflict_scene *s)
{
	static char word[20];
	json_t *shown = world_command(&s->w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s->conflict));

	(void)snprintf(word, sizeof(word), "%s", text_of(shown, "owner"));
	json_decref(shown);
	return word;
}

const char *
conflict_scene_decide(struct conflict_scene *s, const char *as, bool ask)
{
	static char word[40];
	json_t *answer = world_command(&s->w,
	    ask ? json_pack("{s:s, s:s, s:s, s:b}", "do", "conflict decide",
	              "conflict", s->conflict, "as", as, "ask", 1)
	        : json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	              "conflict", s->conflict, "as", as, "take", "current"));
	const json_t *error = json_object_get(answer, "error");

	(void)snprintf(word, sizeof(word), "%s",
	    error == NULL ? "" : text_of(error, "word"));
	json_decref(answer);
	return word;
}

void
conflict_with_office(
    struct dev *d, struct id person, char id_out[static ID_TEXT_LEN + 1])
{
	struct change_base base = { 0 };

	base.seen =
	    record_related_version(dev_record(d, person), "preferred_name");
	dev_begin(d, person, "person");
	dev_set_seen(d, "preferred_name", "'Betty'", "'Bets'", base);
	(void)dev_cut(d);
	json_decref(world_command(d->w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:b}]}", "do",
	        "record edit", "type", "person", "id", id_print(person).s,
	        "set", "path", "preferred_name", "value", "Elizabeth", "inline",
	        1)));
	dev_sync(d);
	world_conflict(d->w, id_out);
}
