/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JPEG walker (ITU-T T.81 annex B): segments of a marker, a length and
 * data, and after each start of a scan its coded bytes, in which a marker's
 * first byte is told from data by what follows it.
 */
#include <stdbool.h>
#include <string.h>

#include "common/core/media_int.h"

enum {
	MARKER = 0xff,
	FIRST_RESTART = 0xd0,
	LAST_RESTART = 0xd7,
	START = 0xd8,
	END = 0xd9,
	SCAN = 0xda,
	APP0 = 0xe0,
	APP1 = 0xe1,
	APP14 = 0xee,
	FRAME_FIRST = 0xc0, /* frames, Huffman and arithmetic tables */
	FRAME_LAST = 0xcf,
	TABLE_FIRST = 0xdb, /* quantisation, lines, restarts, hierarchy */
	TABLE_LAST = 0xdf,
};

struct walk {
	const uint8_t *at, *end;
	struct buf *out;
	bool has_scan;
};

struct segment {
	uint8_t marker;
	const uint8_t *data; /* behind the length */
	size_t len;
};

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool
begins(const struct segment *s, const char *text, size_t len)
{
	return s->len >= len && memcmp(s->data, text, len) == 0;
}

static void
put(struct buf *out, const struct segment *s)
{
	const uint8_t head[] = { MARKER, s->marker,
		(uint8_t)((s->len + 2) >> 8), (uint8_t)(s->len + 2) };

	(void)buf_add(out, head, sizeof(head));
	(void)buf_add(out, s->data, s->len);
}

/* ---- which way up ---- */

/* Numbers of a TIFF are in the order that its head says. */
struct tiff {
	const uint8_t *bytes;
	size_t len;
	bool is_big;
};

static size_t
tiff_number(const struct tiff *t, size_t at, size_t width)
{
	size_t n = 0;

	for (size_t i = 0; i < width; i++) {
		const size_t k = t->is_big ? i : width - 1 - i;

		n = n << 8 | t->bytes[at + k];
	}
	return n;
}

#define TIFF_HEAD 8
#define TIFF_ENTRY 12
#define TIFF_ORIENTATION 0x0112

/* 1 to 8; 0 where an Exif segment does not say it in the usual way. */
static unsigned
orientation(const struct segment *s)
{
	struct tiff t = { s->data + 6, s->len - 6, false };
	size_t at, n;

	if (t.len < TIFF_HEAD)
		return 0;
	t.is_big = t.bytes[0] == 'M';
	at = tiff_number(&t, 4, 4);
	if (at > t.len || t.len - at < 2)
		return 0;
	n = tiff_number(&t, at, 2);
	for (at += 2; n > 0 && t.len - at >= TIFF_ENTRY;
	     n--, at += TIFF_ENTRY) {
		const size_t value = tiff_number(&t, at + 8, 2);

		if (tiff_number(&t, at, 2) == TIFF_ORIENTATION)
			return value >= 1 && value <= 8 ? (unsigned)value : 0;
	}
	return 0;
}

/* A segment that says which way up the picture is, and nothing else. */
static void
put_orientation(struct buf *out, unsigned value)
{
	uint8_t exif[] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"
	                 "\0\0\0\0\0\0\0";
	const struct segment s = { APP1, exif, sizeof(exif) };

	exif[25] = (uint8_t)value;
	put(out, &s);
}

/* The density of the picture, without the small picture that may follow it. */
static void
put_density(struct buf *out, const struct segment *s)
{
	uint8_t data[14];
	const struct segment bare = { APP0, data, sizeof(data) };

	memcpy(data, s->data, 12);
	data[12] = 0;
	data[13] = 0;
	put(out, &bare);
}

/* ---- the walk ---- */

/* What the picture is decoded from, and by which kind of colours. */
static bool
is_picture(const struct segment *s)
{
	return (s->marker >= FRAME_FIRST && s->marker <= FRAME_LAST) ||
	    (s->marker >= TABLE_FIRST && s->marker <= TABLE_LAST) ||
	    s->marker == SCAN ||
	    (s->marker == APP14 && begins(s, "Adobe", 5) && s->len == 12);
}

static void
keep(struct walk *w, const struct segment *s)
{
	if (is_picture(s)) {
		put(w->out, s);
	} else if (s->marker == APP0 && begins(s, "JFIF\0", 5) &&
	    s->len >= 14) {
		put_density(w->out, s);
	} else if (s->marker == APP1 && begins(s, "Exif\0\0", 6)) {
		const unsigned value = orientation(s);

		if (value > 1)
			put_orientation(w->out, value);
	}
}

/* The coded bytes of a scan, up to the next marker; false: there is none. */
static bool
copy_scan(struct walk *w)
{
	const uint8_t *from = w->at;

	for (; w->end - w->at >= 2; w->at++) {
		const uint8_t next = w->at[1];

		if (w->at[0] != MARKER || next == 0 ||
		    (next >= FIRST_RESTART && next <= LAST_RESTART))
			continue;
		(void)buf_add(w->out, from, (size_t)(w->at - from));
		return true;
	}
	return false;
}

/* The next marker; 0: there is none where one has to be. */
static uint8_t
next_marker(struct walk *w)
{
	if (w->at == w->end || *w->at != MARKER)
		return 0;
	while (w->at < w->end && *w->at == MARKER)
		w->at++;
	return w->at < w->end ? *w->at++ : 0;
}

/* One segment; false: there is none as it should be. */
static bool
step(struct walk *w, uint8_t marker)
{
	struct segment s = { .marker = marker };

	if (marker < FRAME_FIRST ||
	    (marker >= FIRST_RESTART && marker <= START) || w->end - w->at < 2)
		return false;
	s.len = be16(w->at);
	if (s.len < 2 || s.len > (size_t)(w->end - w->at))
		return false;
	s.data = w->at + 2;
	w->at += s.len;
	s.len -= 2;
	keep(w, &s);
	if (marker != SCAN)
		return true;
	w->has_scan = true;
	return copy_scan(w);
}

enum err_code
media_jpeg(const uint8_t *bytes, size_t len, struct buf *out, struct err *e)
{
	static const uint8_t start[] = { MARKER, START },
	                     end[] = { MARKER, END };
	struct walk w = { .at = bytes + 2, .end = bytes + len, .out = out };
	uint8_t marker;

	(void)buf_add(out, start, sizeof(start));
	do
		marker = next_marker(&w);
	while (marker != END && marker != 0 && step(&w, marker));
	if (marker != END || !w.has_scan)
		return err_set(e, ERR_INVALID, 0,
		    "this photo (JPEG) is cut off or damaged");
	(void)buf_add(out, end, sizeof(end));
	return ERR_OK;
}
