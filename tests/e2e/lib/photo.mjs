// SPDX-License-Identifier: Apache-2.0
// Photos as a telephone makes them, as far as a walker over their segments can
// tell: of any size, and with words where cameras put the place.
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

function segment(marker, data) {
	const head = Buffer.from([0xff, marker, 0, 0]);
	head.writeUInt16BE(data.length + 2, 2);
	return Buffer.concat([head, data]);
}

/* Coded bytes: every ff is followed by 00. */
function coded(bytes) {
	const picture = randomBytes(bytes);
	for (let i = 0; i < bytes; i++)
		if (picture[i] === 0xff)
			picture[i] = 0xfe;
	return picture;
}

/*
 * { bytes, kept, sha256 }: a JPEG of about so many bytes, with `secret` in its
 * Exif and XMP segments, a comment, and behind its end; what is kept of it, and
 * the hash of that.
 */
export function photo(bytes, secret = 'nowhere in particular') {
	const words = Buffer.from(secret);
	const density = segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0',
		'latin1'));
	const rest = Buffer.concat([
		segment(0xdb, Buffer.alloc(65, 1)),
		segment(0xc0, Buffer.from([8, 0, 16, 0, 16, 1, 1, 0x11, 0])),
		segment(0xc4, Buffer.alloc(20, 0)),
		segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
		coded(bytes), Buffer.from([0xff, 0xd9])]);
	const start = Buffer.from([0xff, 0xd8]);
	const kept = Buffer.concat([start, density, rest]);
	return {
		bytes: Buffer.concat([start, density,
			segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0MM\0*\0\0\0\x08',
				'latin1'), words])),
			segment(0xe1, Buffer.concat([
				Buffer.from('http://ns.adobe.com/xap/1.0/\0'), words])),
			segment(0xfe, words), rest, words]),
		kept,
		sha256: createHash('sha256').update(kept).digest('hex'),
	};
}

let next = 1;

/* The bytes in a file of the scenario's folder. */
export function written(t, bytes) {
	const path = join(t.folder, `photo-${next++}.jpg`);
	writeFileSync(path, bytes);
	return path;
}

/* Attach a photo to a record; resolves to the attachment's id. */
export async function attach(t, device, record, { bytes }) {
	const { id } = await device.ok(['attach', record, written(t, bytes),
		'--kind', 'letter_photo']);
	return id;
}
