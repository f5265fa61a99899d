/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/trace.h"

#include <stdarg.h>
#include <stdlib.h>

#include "tests/sim/template.h"
#include "tests/sim/world.h"
#include "tests/simkit/fact.h"

void
trace_init(struct trace *t, FILE *story, FILE *history)
{
	*t = (struct trace){ .hasher = crypto_hasher_new(),
		.story = story,
		.history = history };
}

void
trace_fini(struct trace *t, struct hash32 *out)
{
	*out = crypto_hasher_take(t->hasher);
	crypto_hasher_free(t->hasher);
}

void
trace_say(struct world *w, const char *fmt, ...)
{
	struct trace *t = w->trace;
	char line[700];
	va_list list;
	int n;

	seam.turns++;
	n = snprintf(line, sizeof(line), "%10.3f  ",
	    (double)(seam.now_ms - TEMPLATE_START_MS) / 1000.0);
	va_start(list, fmt);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, list);
	va_end(list);
	if (n >= (int)sizeof(line))
		n = (int)sizeof(line) - 1;
	crypto_hasher_add(t->hasher, line, (size_t)n);
	if (t->story != NULL)
		(void)fprintf(t->story, "%s\n", line);
}

bool
trace_wants_facts(const struct world *w)
{
	return w->trace->history != NULL;
}

void
trace_fact(struct world *w, json_t *fact)
{
	fact_write(w->trace->history, w->seed, fact);
}
