/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What "own" means in a change: its device's journal, and for one that was cut
 * again also the journal that it came from, up to where the two part; and how a
 * change is named.
 */
#include "common/core/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The last change that both journals have: cut again in order and without a
 * gap, number n of the new one is n above it in the old one. */
static uint64_t
fork_of(const struct change *c)
{
	return c->recut_counter > c->counter ? c->recut_counter - c->counter
	                                     : 0;
}

struct change_name
change_own_name(const struct change *c, const struct change_base *base)
{
	struct change_name name = { .device = c->device, .counter = base->own };
	const uint64_t fork = fork_of(c);

	if (c->recut_counter == 0)
		return name;
	if (base->own > fork) {
		name.counter = base->own - fork;
	} else {
		name.device = c->recut_device;
	}
	return name;
}

uint64_t
change_own_upto(
    const struct change *c, const struct change_base *base, struct id device)
{
	const uint64_t fork = fork_of(c);

	if (id_equal(device, c->device)) {
		if (c->recut_counter == 0)
			return base->own;
		return base->own > fork ? base->own - fork : 0;
	}
	if (c->recut_counter == 0 || !id_equal(device, c->recut_device))
		return 0;
	return base->own < fork ? base->own : fork;
}

bool
change_is_own(const struct change *c, struct id device, uint64_t counter)
{
	if (id_equal(device, c->device))
		return true;
	return c->recut_counter != 0 && id_equal(device, c->recut_device) &&
	    counter <= fork_of(c);
}

bool
change_name_parse(const char *text, struct change_name *out)
{
	char id[ID_TEXT_LEN + 1], *end;
	unsigned long long counter;

	if (strlen(text) <= ID_TEXT_LEN + 1 || text[ID_TEXT_LEN] != '/' ||
	    text[ID_TEXT_LEN + 1] < '1' || text[ID_TEXT_LEN + 1] > '9')
		return false;
	memcpy(id, text, ID_TEXT_LEN);
	id[ID_TEXT_LEN] = '\0';
	errno = 0;
	counter = strtoull(text + ID_TEXT_LEN + 1, &end, 10);
	if (!id_parse(id, &out->device) || errno != 0 || *end != '\0' ||
	    counter > INT64_MAX)
		return false;
	out->counter = counter;
	return true;
}
