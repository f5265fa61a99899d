/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/splice.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"

/* Less than this saved is not worth a splice's own bytes. */
#define SPLICE_SAVES_MIN 24

static bool
is_sequence_start(const char *s, size_t at)
{
	return ((unsigned char)s[at] & 0xc0) != 0x80;
}

/* The common head and tail of two texts, cut back to whole UTF-8 sequences so
 * that the inserted part is text by itself. */
static void
common_ends(const char *was, size_t was_len, const char *now, size_t now_len,
    size_t *head_out, size_t *tail_out)
{
	size_t shorter = was_len < now_len ? was_len : now_len;
	size_t head = 0, tail = 0;

	while (head < shorter && was[head] == now[head])
		head++;
	while (head > 0 &&
	    (!is_sequence_start(was, head) || !is_sequence_start(now, head)))
		head--;
	while (tail < shorter - head &&
	    was[was_len - 1 - tail] == now[now_len - 1 - tail])
		tail++;
	while (tail > 0 &&
	    (!is_sequence_start(was, was_len - tail) ||
	        !is_sequence_start(now, now_len - tail)))
		tail--;
	*head_out = head;
	*tail_out = tail;
}

enum err_code
splice_make(const json_t *was, const json_t *now, json_t **out, struct err *e)
{
	const size_t was_len = json_string_length(was);
	const size_t now_len = json_string_length(now);
	const char *text = json_string_value(now);
	size_t head, tail;

	*out = NULL;
	if (!json_is_string(was) || !json_is_string(now))
		return ERR_OK;
	common_ends(
	    json_string_value(was), was_len, text, now_len, &head, &tail);
	if (head + tail < SPLICE_SAVES_MIN)
		return ERR_OK;
	*out = json_pack("[I, I, s%]", (json_int_t)head,
	    (json_int_t)(was_len - head - tail), text + head,
	    now_len - head - tail);
	return *out == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                    : ERR_OK;
}

enum err_code
splice_put(const json_t *was, const json_t *splice, json_t **out, struct err *e)
{
	const char *text = json_string_value(was);
	const size_t was_len = json_string_length(was);
	size_t at = (size_t)json_integer_value(json_array_get(splice, 0));
	size_t cut = (size_t)json_integer_value(json_array_get(splice, 1));
	const json_t *insert = json_array_get(splice, 2);
	size_t insert_len = json_string_length(insert), now_len;
	enum err_code code = ERR_OK;
	json_t *now = NULL;
	char *made;

	if (text == NULL || at > was_len || cut > was_len - at)
		return err_set(
		    e, ERR_MALFORMED, 0, "splice: does not fit its text");
	now_len = was_len - cut + insert_len;
	made = malloc(now_len + 1);
	if (made == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	memcpy(made, text, at);
	memcpy(made + at, json_string_value(insert), insert_len);
	memcpy(made + at + insert_len, text + at + cut, was_len - at - cut);
	if (utf8_is_text(made, now_len))
		now = json_stringn_nocheck(made, now_len);
	else /* a cut inside a sequence is no text */
		code = err_set(e, ERR_MALFORMED, 0, "splice: not UTF-8");
	free(made);
	if (code == ERR_OK && now == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK)
		*out = now;
	return code;
}

bool
splice_is(const json_t *json)
{
	return json_is_array(json) && json_array_size(json) == 3 &&
	    json_is_integer(json_array_get(json, 0)) &&
	    json_integer_value(json_array_get(json, 0)) >= 0 &&
	    json_is_integer(json_array_get(json, 1)) &&
	    json_integer_value(json_array_get(json, 1)) >= 0 &&
	    json_is_string(json_array_get(json, 2));
}
