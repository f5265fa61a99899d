/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which requests there are, and what the front answers by itself.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/id.h"
#include "common/core/blob.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/front/front_int.h"

/* Two certificate requests and a key. */
#define ENROL_MAX ((size_t)65536)

static const struct route routes[] = {
	{ WIRE_DEVICES, HTTP_POST, "/v1/sync", WIRE_SYNC, true,
	    LIMIT_BODY_PACKED },
	{ WIRE_DEVICES, HTTP_POST, "/v1/enrol", WIRE_ENROL, false, ENROL_MAX },
	{ WIRE_DEVICES, HTTP_POST, "/v1/courier/envelopes", WIRE_COURIER, true,
	    LIMIT_BODY_PACKED },
	{ WIRE_DEVICES, HTTP_GET, "/v1/courier/commands", WIRE_COMMANDS, true,
	    0 },
	{ WIRE_DEVICES, HTTP_POST, "/v1/renew", WIRE_RENEW, true, ENROL_MAX },
	{ WIRE_DEVICES, HTTP_GET, "/v1/wait", WIRE_WAIT, true, 0 },
	{ WIRE_DEVICES, HTTP_GET, "/v1/records/*/history", WIRE_HISTORY, true,
	    0 },
	{ WIRE_DEVICES, HTTP_PUT, "/v1/blobs/#", WIRE_BLOB_PUT, true,
	    LIMIT_BODY_PACKED },
	{ WIRE_DEVICES, HTTP_GET, "/v1/blobs/#", WIRE_BLOB_GET, true, 0 },
	{ WIRE_PEOPLE, HTTP_GET, "/healthz", WIRE_HEALTH, false, 0 },
	{ WIRE_PEOPLE, HTTP_GET, "/metrics", WIRE_METRICS, false, 0 },
};

/* Whether a path is the route's, "*" being one id and "#" one hash, at the
 * end. */
static bool
path_fits(const char *route, const char *path)
{
	const char *hash = strchr(route, '#');
	const char *star = strchr(route, '*');
	char text[ID_TEXT_LEN + 1];
	struct id id;
	size_t before;

	if (hash != NULL)
		return strncmp(route, path, (size_t)(hash - route)) == 0 &&
		    blob_hash_is_ok(path + (hash - route));
	if (star == NULL)
		return strcmp(route, path) == 0;
	before = (size_t)(star - route);
	if (strncmp(route, path, before) != 0 ||
	    strlen(path) < before + ID_TEXT_LEN)
		return false;
	memcpy(text, path + before, ID_TEXT_LEN);
	text[ID_TEXT_LEN] = '\0';
	return id_parse(text, &id) &&
	    strcmp(path + before + ID_TEXT_LEN, star + 1) == 0;
}

const struct route *
route_find(enum wire_listener listener, const struct http_request *r,
    enum protocol_word *word_out, const char **allow_out)
{
	*word_out = WORD_NOT_FOUND;
	*allow_out = NULL;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *at = &routes[i];

		if (at->listener != listener || !path_fits(at->path, r->path))
			continue;
		/* HEAD is a GET whose body the server leaves out. */
		if (at->method == r->method ||
		    (at->method == HTTP_GET && r->method == HTTP_HEAD))
			return at;
		*word_out = WORD_NOT_ALLOWED;
		*allow_out = http_method_name(at->method);
	}
	return NULL;
}

void
problem_reply(struct http_request *r, enum protocol_word word,
    const char *detail, const char *allow)
{
	struct http_header headers[4] = {
		{ "Content-Type", "application/problem+json" },
		{ "Cache-Control", "no-store" },
	};
	size_t n = 2;
	unsigned status = (unsigned)protocol_word_status(word);
	json_t *json = NULL;
	struct buf body;

	if (word == WORD_BUSY)
		headers[n++] = (struct http_header){ "Retry-After", "2" };
	if (allow != NULL) {
		headers[n++] = (struct http_header){ "Allow", allow };
		status = 405;
	}
	buf_init(&body, 4096);
	if (problem_to_json(word, detail, &json, NULL) != ERR_OK ||
	    json_object_set_new(
	        json, "status", json_integer((json_int_t)status)) != 0 ||
	    json_print(json, &body, NULL) != ERR_OK)
		buf_reset(&body); /* the status alone must do */
	http_reply(r, status, headers, n, body.ptr, body.len);
	buf_fini(&body);
	json_decref(json);
}
