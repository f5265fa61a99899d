/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static uint64_t
number_at(const json_t *json, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(json, key));
}

static bool
step_read(const json_t *json, struct step *out)
{
	const char *word = json_string_value(json_array_get(json, 0));
	const char *dice = json_string_value(json_array_get(json, 1));
	unsigned k = 0;

	if (word == NULL || dice == NULL)
		return false;
	while (k < simulation.n_steps &&
	    strcmp(simulation.steps[k].word, word) != 0)
		k++;
	*out = (struct step){ .kind = k,
		.dice = strtoull(dice, NULL, 10),
		.after_ms =
		    (uint32_t)json_integer_value(json_array_get(json, 2)) };
	return k < simulation.n_steps;
}

static bool
faults_read(const json_t *list, uint32_t *out)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));
		unsigned f = 0;

		while (f < simulation.n_faults && word != NULL &&
		    strcmp(simulation.fault_words[f], word) != 0)
			f++;
		if (word == NULL || f == simulation.n_faults)
			return false;
		*out |= UINT32_C(1) << f;
	}
	return true;
}

bool
plan_load(const char *path, struct plan *out)
{
	json_t *json = json_load_file(path, 0, NULL);
	const json_t *steps = json_object_get(json, "steps");
	bool ok = json != NULL;

	*out = (struct plan){ .seed = number_at(json, "seed"),
		.n_devices = (unsigned)number_at(json, "devices"),
		.n_nodes = (unsigned)number_at(json, "nodes"),
		.page_factor = (size_t)number_at(json, "page_factor"),
		.fills_up = json_is_true(json_object_get(json, "fills_up")),
		.n_steps = json_array_size(steps) };
	out->steps = calloc(out->n_steps + 1, sizeof(*out->steps));
	ok = ok && out->steps != NULL && out->n_devices >= 1 &&
	    out->n_devices <= simulation.devices_max && out->n_nodes >= 1 &&
	    out->n_nodes <= simulation.nodes_max &&
	    faults_read(json_object_get(json, "faults"), &out->faults);
	for (size_t i = 0; i < out->n_steps && ok; i++)
		ok = step_read(json_array_get(steps, i), &out->steps[i]);
	json_decref(json);
	return ok;
}

bool
plan_save(const char *path, const struct plan *p, const char *why)
{
	FILE *f = fopen(path, "we");
	const char *comma = "";

	if (f == NULL)
		return false;
	(void)fprintf(f,
	    "{\"why\": \"%s\",\n\"seed\": %" PRIu64
	    ", \"devices\": %u, \"nodes\": %u,"
	    " \"page_factor\": %zu, \"fills_up\": %s,\n\"faults\": [",
	    why, p->seed, p->n_devices, p->n_nodes, p->page_factor,
	    p->fills_up ? "true" : "false");
	for (unsigned i = 0; i < simulation.n_faults; i++)
		if ((p->faults & (UINT32_C(1) << i)) != 0) {
			(void)fprintf(
			    f, "%s\"%s\"", comma, simulation.fault_words[i]);
			comma = ", ";
		}
	(void)fprintf(f, "],\n\"steps\": [");
	for (size_t i = 0; i < p->n_steps; i++)
		(void)fprintf(f, "%s\n[\"%s\", \"%" PRIu64 "\", %u]",
		    i == 0 ? "" : ",", simulation.steps[p->steps[i].kind].word,
		    p->steps[i].dice, p->steps[i].after_ms);
	(void)fprintf(f, "]}\n");
	return fclose(f) == 0;
}
